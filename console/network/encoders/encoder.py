"""A pretrained encoder of sound: clips in, one vector a clip out, whatever their level."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from console.errors import InputError
from console.files.own_class import own_class, path_of
from console.network.encoders.heard_as import HeardAs

LEVEL = 0.1  # root mean square of what is listened to, full scale 1
SILENT = 1e-8  # of that, before it is brought to `LEVEL`: no sound
QUIET = 1e-6  # of the loudest piece's power: a piece that is not listened to
AT_ONCE = 16  # pieces
NOTHING = -1  # not even silence


class EncoderMissing(InputError):
    """An encoder cannot be had, or may not be used; the sentence says what to do."""


class AudioEncoder(nn.Module):
    """What the console needs of an encoder; `forward` is its own: "piece channel time" in, "piece size" out.

    Args:
        name: what it is called: a folder, a name on the Hub, or a model that we fetch.
        heard_as: how sound has to be for it.
        longest_s: of a piece that it hears at once; a longer clip is several, whose vectors' mean is taken. None: any.
        size: of its vectors.
        licence: as the Hub writes it; "unknown" where nobody tells.
    """

    def __init__(self, name: str, heard_as: HeardAs, longest_s: float | None, size: int, licence: str):
        super().__init__()
        self.name, self.heard_as, self.longest_s, self.size, self.licence = name, heard_as, longest_s, size, licence
        # How often all processes call `forward`, which they must do together where its weights are shards: as often as
        # the one that has most to hear.
        self.agreed: Callable[[int], int] = int

    @property
    def elsewhere(self) -> frozenset[str]:
        """The names of those weights that `keep` writes, or that are had by its name; they are not trained."""
        return frozenset()

    def told(self) -> dict[str, Any]:
        """What `again` needs, as JSON has it."""
        return {"class": path_of(type(self)), "name": self.name, "licence": self.licence}

    def keep(self, folder: Path) -> None:
        """Writes what is not among the console's own weights into the console's folder."""

    @classmethod
    def again(cls, told: Mapping[str, Any], folder: Path) -> "AudioEncoder":
        """One that was kept in a console's folder; the console's own weights hold the rest of its."""
        raise NotImplementedError

    def hear(self, sound: Float[Tensor, "*clip channel time"]) -> Float[Tensor, "*clip size"]:
        """A vector of each clip; 0 of silence. A gain on a clip changes nothing."""
        clips = sound.reshape(-1, *sound.shape[-2:]).float()
        rms = clips.square().mean((1, 2)).sqrt()
        sounds = rms > SILENT
        level = clips[sounds] * (LEVEL / rms[sounds])[:, None, None]
        pieces, of_clip = self._pieces(level) if len(level) else (clips[:0], clips.new_zeros(0).long())
        batches = pieces.split(AT_ONCE) if len(pieces) else ()
        idle = self.agreed(len(batches)) - len(batches)
        vectors = [self(some).float() for some in batches]
        heard = clips.new_zeros(len(clips), self.size)
        if vectors:
            summed = clips.new_zeros(len(level), self.size).index_add(0, of_clip, torch.cat(vectors))
            means = summed / of_clip.bincount(minlength=len(level))[:, None]
            heard = heard.index_copy(0, sounds.nonzero()[:, 0], means)
        for _ in range(idle):
            heard = heard + 0 * self._for_others(clips.device)
        return heard.reshape(*sound.shape[:-2], self.size)

    @torch.no_grad()
    def wait(self) -> None:
        """Takes part while other processes still hear what this one has no more of, until all of them wait."""
        while (count := self.agreed(NOTHING)) != NOTHING:
            for _ in range(count):
                self._for_others(next(self.parameters()).device)

    def _for_others(self, device: torch.device) -> Float[Tensor, "1 size"]:
        """Hears something for the sake of other processes, gradients included."""
        samples = round(min(1.0, self.longest_s or 1.0) * self.heard_as.rate_hz)
        ramp = torch.linspace(-LEVEL, LEVEL, samples, device=device)
        vector: Tensor = self(ramp.expand(1, self.heard_as.channels, -1)).float()
        return vector

    def _pieces(
        self, clips: Float[Tensor, "clip channel time"]
    ) -> tuple[Float[Tensor, "piece channel _"], Int[Tensor, " piece"]]:
        """The pieces of clips that sound, and of which clip each is."""
        samples = clips.shape[-1]
        most = samples if self.longest_s is None else round(self.longest_s * self.heard_as.rate_hz)
        length = min(samples, most)
        count = -(-samples // length)
        last = samples - length
        starts = [round(i * last / (count - 1)) for i in range(count)] if count > 1 else [0]
        pieces = torch.stack([clips[..., start : start + length] for start in starts], 1)
        power = pieces.square().mean((2, 3))
        kept: Bool[Tensor, "clip piece"] = power > QUIET * power.amax(1, keepdim=True)
        return pieces[kept], kept.nonzero()[:, 0]


def kept_encoder(told: Mapping[str, Any], folder: Path) -> AudioEncoder:
    """The encoder of a console's folder, as its configuration tells it.

    Raises: ClassNotHere for a class that is not imported; EncoderMissing where it cannot be had; whatever is
        raised by a configuration that is none.
    """
    from console.network.encoders import hub, musicnn  # noqa: F401  # so that they are among the classes known here

    return own_class(AudioEncoder, str(told["class"]), folder).again(told, folder)
