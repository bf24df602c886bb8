"""All that training needs of a song: the energies of its stems and their pairs over time, and moments of its sound."""

from typing import NamedTuple

import torch
from jaxtyping import Float16, Float32, Int
from torch import Tensor

from console.audio._torchaudio import resampler
from console.data.grouping import by_role
from console.errors import InputError
from console.evaluation.protocol import chunks
from console.network.encoders.heard_as import HeardAs
from console.network.features import STEP_S, cross_energies, offset, spectra
from console.read.roles import Role
from console.read.song import Song

RATE_HZ = 44_100  # at which everything in a table was measured
STEP = round(STEP_S * RATE_HZ)  # samples
BLOCK = 100  # steps whose spectra are in memory at once
# Frames look 25 ms beyond their step, so each block is measured with the steps around it. An even number of them: a
# song's last part of a step counts from one half on, and halves are rounded to even.
AROUND = 2
MOMENT = RATE_HZ // 2  # samples on which a mix is rendered: enough for the longest transform, light to batch
MOMENT_EVERY, MOMENT_AT = 50, 24  # steps: near the middle of every 10 s
_LARGEST = float(torch.finfo(torch.float16).max)


class SongTable(NamedTuple):
    """One song, measured.

    Args:
        title: of the song.
        roles: of the stems.
        pairs: `features.cross_energies` of stems i and j <= i, in the order 00, 10, 11, 20, ... (memory-mapped where
            it comes from a cache).
        plain: the first row of `cross`, plain energy, over the whole song (memory-mapped likewise).
        moments: half seconds of stereo sound (mono goes to both sides), one near the middle of every 10 s; a shorter
            song has one in its middle (memory-mapped likewise).
        moment_step: the step at which each moment begins.
        chunks: the steps at which the chunks begin that the evaluation protocol counts.
        duration_s: of the song.
        sound: of the stems, as an encoder hears it, where one does (memory-mapped likewise); at `sound_hz`.
    """

    title: str
    roles: tuple[Role, ...]
    pairs: Float32[Tensor, "step pair row"]
    plain: Float32[Tensor, "stem stem step"]
    moments: Float16[Tensor, "moment stem 2 sample"]
    moment_step: list[int]
    chunks: list[int]
    duration_s: float
    sound: Float16[Tensor, "stem channel sample"] | None = None
    sound_hz: int = 0

    @property
    def steps(self) -> int:
        """Length in steps of 0.2 s."""
        return len(self.pairs)

    @property
    def cross(self) -> Float32[Tensor, "stem stem step row"]:
        """The energies of all pairs over the whole song, in memory."""
        return self.window(0, self.steps)

    def window(self, start_step: int, steps: int) -> Float32[Tensor, "stem stem step row"]:
        """A copy of the energies of all pairs in the steps from `start_step` on; nothing else is read.

        Where the song ends before, there are fewer steps.
        """
        pairs = self.pairs[start_step : start_step + steps].transpose(0, 1)
        return pairs[_square(len(self.roles))]


def tabulate(song: Song, heard_as: HeardAs | None = None) -> SongTable:
    """Measures a song; beside its audio at 44.1 kHz, 20 s of spectra are in memory.

    Args:
        heard_as: the sound is kept, too, so that an encoder can hear it.

    Raises: InputError for a song shorter than one second, at a rate that cannot be resampled, or far beyond what
        float16 can hold.
    """
    if song.duration_s < 1:
        raise InputError(f"{song.title}: shorter than one second")
    if float(song.peaks.max()) > _LARGEST:
        raise InputError(f"{song.title}: far beyond full scale (1.0), at a peak of {float(song.peaks.max()):.0f}")
    audio = _resampled(song)
    pairs = _pairs(audio)
    at = _moment_steps(len(pairs), audio.shape[-1])
    moments = [audio[..., s * STEP : s * STEP + MOMENT].half().expand(-1, 2, -1) for s in at]
    plain = pairs[..., 0].T[_square(len(audio))]
    counted = [start // STEP for start in chunks(torch.einsum("ai,ict->act", by_role(song.roles)[0], audio), RATE_HZ)]
    made = SongTable(song.title, song.roles, pairs, plain, torch.stack(moments), at, counted, song.duration_s)
    if heard_as is None:
        return made
    return made._replace(sound=heard_as.of(song.audio, song.sample_rate).half(), sound_hz=heard_as.rate_hz)


def _resampled(song: Song) -> Float32[Tensor, "stem channel time"]:
    if song.sample_rate == RATE_HZ:
        return song.audio
    resample = resampler(song.sample_rate, RATE_HZ)
    if resample is None:
        raise InputError(f"{song.title}: has a rate of {song.sample_rate} Hz: convert it to {RATE_HZ} Hz first")
    return torch.stack([resample(stem) for stem in song.audio])


def _pairs(audio: Float32[Tensor, "stem channel time"]) -> Float32[Tensor, "step pair row"]:
    """`cross_energies` of the whole without its offset, which is no sound; in blocks."""
    off = offset(audio)
    steps = round(audio.shape[-1] / STEP)
    lower = torch.tril_indices(len(audio), len(audio)).unbind()
    blocks = []
    for start in range(0, steps, BLOCK):
        stop = min(start + BLOCK, steps)
        first = max(start - AROUND, 0)
        last = stop + AROUND if stop < steps else None
        block = audio[..., first * STEP : last and last * STEP] - off
        cross = cross_energies(spectra(block, RATE_HZ), RATE_HZ)
        blocks.append(cross[lower][:, start - first : stop - first].transpose(0, 1))
    return torch.cat(blocks).contiguous()


def _moment_steps(steps: int, samples: int) -> list[int]:
    at = [s for s in range(MOMENT_AT, steps, MOMENT_EVERY) if s * STEP + MOMENT <= samples]
    return at or [(samples - MOMENT) // 2 // STEP]


def _square(stems: int) -> Int[Tensor, "stem stem"]:
    """Where each pair of stems is among the pairs."""
    i = torch.arange(stems)
    low, high = torch.minimum(i[:, None], i), torch.maximum(i[:, None], i)
    return high * (high + 1) // 2 + low
