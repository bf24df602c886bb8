"""The energies of a whole song, as the console hears them."""

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.features import FRAMES, SECOND, hop_of
from console.read.song import Song
from console.stream.extremes import as_key
from console.stream.steps import AskEnergies

PIECE = 10 * SECOND  # steps that are transformed by themselves


def measurable(song: Song) -> float:
    """A factor that keeps the energies of very faint or very hot samples inside float32; mostly 1."""
    return song.extremes.scale


def song_energies(song: Song, scale: float = 1.0, mix: bool = True) -> Float[Tensor, "source step row"]:
    """`energies` of a whole song, piece by piece; samples times `scale`. Without `mix`, not of the mix."""
    return torch.cat(song.sound.ask(asked_of(song, as_key(song.extremes.offset), scale, mix)), dim=1)


def asked_of(
    song: Song, offset: tuple[tuple[float, ...], ...] | None = None, scale: float = 1.0, mix: bool = True
) -> AskEnergies:
    """What `song_energies` asks, for whoever asks it beside other things; by default, of nearly every song."""
    step = FRAMES * hop_of(song.sample_rate)
    frames = song.sound.frames
    starts = list(range(0, frames, PIECE * step))
    if len(starts) > 1 and frames - starts[-1] < step // 2:
        starts.pop()
    return AskEnergies(tuple((start, min(start + PIECE * step, frames)) for start in starts), offset, scale, mix)
