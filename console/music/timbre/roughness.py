"""Roughness: how much the partials of a sound beat with each other (Vassilakis, SRA, SMC 2007).

Every two partials of a frame of 50 ms count by their amplitudes, how unlike these are, and how near they lie (Plomp and
Levelt's curve, as Sethares has it).
"""

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from console.music.timbre.spectra import RATE_HZ, peaks, pieces

FRAME_S, SIZE = 0.05, 4096
LEAST = 0.01  # of the loudest partial of all
MOST = 40  # partials of a frame, the loudest


def roughness(audio: Float32[ndarray, " time"]) -> float:
    """Mean over the frames of a sound at `RATE_HZ`."""
    window = np.hamming(round(FRAME_S * RATE_HZ) + 2)[1:-1].astype(np.float32)
    hop = len(window) // 2
    rows = [np.sqrt(power) * window.sum() for power in pieces(audio, window, hop, SIZE)]
    loudest = max(float(row.max()) for row in rows)
    if not loudest > 0:
        return 0.0
    frames = sum(map(len, rows))
    return sum(_sum(row, loudest) for row in rows) / frames


def _sum(magnitude: Float32[ndarray, "frame bin"], loudest: float) -> float:
    row, _, place, height = peaks(magnitude / loudest, LEAST)
    if not len(row):
        return 0.0
    height = np.maximum(height, 1e-9)
    order = np.lexsort((-height, row))
    row, place, height = row[order], place[order], height[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = rank < MOST
    hz, level = np.zeros((2, len(magnitude), int(rank[kept].max()) + 1), dtype=np.float32)
    hz[row[kept], rank[kept]] = place[kept] * RATE_HZ / SIZE
    level[row[kept], rank[kept]] = height[kept] * loudest
    one, other = np.triu_indices(hz.shape[1], 1)  # the louder one first
    there = level[:, other] > 0
    frame, pair = np.nonzero(there)
    return _pairs(hz[frame, one[pair]], level[frame, one[pair]], hz[frame, other[pair]], level[frame, other[pair]])


def _pairs(
    hz: Float[ndarray, " pair"],
    level: Float[ndarray, " pair"],
    hz_2: Float[ndarray, " pair"],
    level_2: Float[ndarray, " pair"],
) -> float:
    apart = np.abs(hz_2 - hz)
    width = 0.24 / (0.0207 * np.minimum(hz, hz_2) + 18.96)
    beating = np.exp(-3.51 * width * apart) - np.exp(-5.75 * width * apart)
    alike = 2 * np.minimum(level, level_2) / (level + level_2)
    return float(np.sum((level * level_2) ** 0.1 * 0.5 * alike**3.11 * beating))
