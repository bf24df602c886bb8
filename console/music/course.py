"""How loud the mix and its stems are over time."""

import math

import torch
from jaxtyping import Float64
from torch import Tensor

from console.audio.k_weighting import OFFSET_LUFS
from console.music.music import Course
from console.network.features import FRAMES, MOMENTARY, STEP_S
from console.read.song import Song
from console.stream.steps import heard_energies

POINTS = 400  # at most
FAINT_LU = 60.0  # so far below the loudest moment of all, nothing sounds


@torch.inference_mode()
def course(song: Song) -> Course | None:
    """Peaks of the mix, and the loudness of the mix and of each stem (BS.1770, ungated); None for silence."""
    scale = song.extremes.scale
    energy = heard_energies(song.sound)
    stride = max(MOMENTARY, math.ceil(energy.shape[1] / POINTS))
    window = min(stride, energy.shape[1])
    sides = 2 / song.audio.shape[1]  # one channel sounds on both, as `console.stream.loudness` counts it
    weighted = sides * energy[..., 1].double() / scale**2
    mean = torch.nn.functional.avg_pool1d(weighted, window, window, ceil_mode=True)
    step = window * FRAMES * round(STEP_S / FRAMES * song.sample_rate)
    loudest = float(mean.max())
    if not loudest > 0:
        return None
    rows = [_levels(row, loudest) for row in mean]
    peaks = [float(piece.abs().max()) for piece in song.mix().split(step, dim=-1)][: mean.shape[1]]
    return Course(
        step / song.sample_rate,
        tuple(round(peak, 4) for peak in peaks),
        rows[-1],
        dict(zip(song.names, rows[:-1], strict=True)),
    )


def _levels(power: Float64[Tensor, " point"], loudest: float) -> tuple[float | None, ...]:
    least = loudest * 10 ** (-FAINT_LU / 10)
    return tuple(round(OFFSET_LUFS + 10 * math.log10(value), 1) if value > least else None for value in power.tolist())
