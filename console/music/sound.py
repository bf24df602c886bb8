"""What analyses listen to: the stems of a song by role, in mono, at the rate that each needs."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from console.read.roles import Role
from console.read.song import Song

Mono = Float32[ndarray, " time"]
SILENT = 1e-5  # a peak of -100 dBFS: below it nothing is listened to


@dataclass(frozen=True, eq=False)
class Sound:
    """The stems of a song in mono.

    Args:
        names, roles: of the stems.
        stems: their samples, full scale 1.0.
    """

    names: tuple[str, ...]
    roles: tuple[Role, ...]
    stems: Float32[ndarray, "stem time"]
    sample_rate: int
    _kept: dict[tuple[frozenset[str], int], Mono] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, song: Song) -> "Sound":
        """Of a song, as it is mixed."""
        return cls(song.names, song.roles, song.audio.mean(1).numpy(), song.sample_rate)

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.stems.shape[1] / self.sample_rate

    def named(self, roles: Collection[Role]) -> tuple[str, ...]:
        """The stems of these roles that sound."""
        return tuple(
            name
            for name, role, stem in zip(self.names, self.roles, self.stems, strict=True)
            if role in roles and np.abs(stem).max() > SILENT
        )

    def mix(self, rate: int) -> Mono:
        """All stems, at `rate` Hz."""
        return self.sum(self.names, rate)

    def sum(self, names: Collection[str], rate: int) -> Mono:
        """The sum of these stems, at `rate` Hz; silence for none."""
        wanted = frozenset(names)
        if (wanted, rate) not in self._kept:
            summed: Mono = np.zeros_like(self.stems[0])
            for name, stem in zip(self.names, self.stems, strict=True):
                if name in wanted:
                    summed += stem
            self._kept[wanted, rate] = resampled(summed, self.sample_rate, rate)
        return self._kept[wanted, rate]


def resampled(audio: Mono, rate: int, wanted: int) -> Float32[ndarray, " resampled"]:
    """At another rate, by soxr."""
    if rate == wanted:
        return audio
    import soxr

    return np.asarray(soxr.resample(audio, rate, wanted), dtype=np.float32)
