"""The energies of a whole song, as the console hears them."""

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.features import FRAMES, SECOND, STEP_S, energies, offset
from console.read.song import Song

PIECE = 10 * SECOND  # steps that are transformed at once
FAINTEST, HOTTEST = 1e-6, 1e6  # peaks beyond which energies would leave the range of float32


def measurable(song: Song) -> float:
    """A factor that keeps the energies of very faint or very hot samples inside float32; mostly 1."""
    peak = float(song.peaks.max())
    return 1.0 if FAINTEST < peak < HOTTEST or peak == 0 else 1 / peak


def song_energies(song: Song, scale: float = 1.0) -> Float[Tensor, "source step row"]:
    """`energies` of a whole song, piece by piece, which bounds the memory; samples times `scale`."""
    step = FRAMES * round(STEP_S / FRAMES * song.sample_rate)
    pieces = song.audio.split(PIECE * step, dim=-1)
    if len(pieces) > 1 and pieces[-1].shape[-1] < step // 2:
        pieces = pieces[:-1]
    off = offset(song.audio)
    heard = (scale * (piece - off) for piece in pieces)
    return torch.cat([energies(piece, song.sample_rate) for piece in heard], dim=1)
