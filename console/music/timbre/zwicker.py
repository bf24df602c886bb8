"""Specific loudness by Zwicker's method (ISO 532-1, DIN 45631), frame by frame, all frames at once.

Tables and steps as in Zwicker, Fastl, Widmann, Kurakata, Kuwano and Namba, Program for calculating loudness according
to DIN 45631 (J. Acoust. Soc. Jpn. (E) 12, 1991); for free field. Sharpness weights are those that timbral-models fits
to Fastl's.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numpy import ndarray

FULL_SCALE_DB = 100.0  # sound pressure level of a mean square of 1
N_Z = 240  # steps of 0.1 Bark
N_BANDS = 28  # thirds of an octave from 25 Hz to 12.5 kHz
FINER = 16  # within a bin, a filter is sampled so often

# Equal loudness at low frequencies: level ranges (dB), and by how much each of the lowest 11 bands is reduced in them.
RANGES_DB = np.array([45, 55, 65, 71, 80, 90, 100])
REDUCED_DB = np.array(
    [
        [-32, -24, -16, -10, -5, 0, -7, -3, 0, -2, 0],
        [-29, -22, -15, -10, -4, 0, -7, -2, 0, -2, 0],
        [-27, -19, -14, -9, -4, 0, -6, -2, 0, -2, 0],
        [-25, -17, -12, -9, -3, 0, -5, -2, 0, -2, 0],
        [-23, -16, -11, -7, -3, 0, -4, -1, 0, -1, 0],
        [-20, -14, -10, -6, -3, 0, -4, -1, 0, -1, 0],
        [-18, -12, -9, -6, -2, 0, -3, -1, 0, -1, 0],
        [-15, -10, -8, -4, -2, 0, -3, -1, 0, -1, 0],
    ]
)
THRESHOLD_DB = np.array([30, 18, 12, 8, 7, 6, 5, 4] + [3] * 12)
TO_EAR_DB = np.array([0] * 10 + [-0.5, -1.6, -3.2, -5.4, -5.6, -4, -1.5, 2, 5, 12])
FROM_THIRDS_DB = np.array(
    [-0.25, -0.6, -0.8, -0.8, -0.5, 0, 0.5, 1.1, 1.5, 1.7, 1.8, 1.8, 1.7, 1.6, 1.4, 1.2, 0.8, 0.5, 0, -0.5]
)
UP_TO_BARK = np.array(
    [0.9, 1.8, 2.8, 3.5, 4.4, 5.4, 6.6, 7.9, 9.2, 10.6, 12.3, 13.8, 15.2, 16.7, 18.1, 19.3, 20.6, 21.8, 22.7, 23.6, 24]
)
# How steeply loudness falls towards higher frequencies (sone per Bark, per Bark): by loudness, and by critical band.
STEEP_FROM = np.array(
    [21.5, 18, 15.1, 11.5, 9, 6.1, 4.4, 3.1, 2.13, 1.36, 0.82, 0.42, 0.30, 0.22, 0.15, 0.10, 0.035, 0]
)
STEEP = np.array(
    [
        [13.0, 8.2, 6.3, 5.5, 5.5, 5.5, 5.5, 5.5],
        [9.0, 7.5, 6.0, 5.1, 4.5, 4.5, 4.5, 4.5],
        [7.8, 6.7, 5.6, 4.9, 4.4, 3.9, 3.9, 3.9],
        [6.2, 5.4, 4.6, 4.0, 3.5, 3.2, 3.2, 3.2],
        [4.5, 3.8, 3.6, 3.2, 2.9, 2.7, 2.7, 2.7],
        [3.7, 3.0, 2.8, 2.35, 2.2, 2.2, 2.2, 2.2],
        [2.9, 2.3, 2.1, 1.9, 1.8, 1.7, 1.7, 1.7],
        [2.4, 1.7, 1.5, 1.35, 1.3, 1.3, 1.3, 1.3],
        [1.95, 1.45, 1.3, 1.15, 1.1, 1.1, 1.1, 1.1],
        [1.5, 1.2, 0.94, 0.86, 0.82, 0.82, 0.82, 0.82],
        [0.72, 0.67, 0.64, 0.63, 0.62, 0.62, 0.62, 0.62],
        [0.59, 0.53, 0.51, 0.50, 0.42, 0.42, 0.42, 0.42],
        [0.40, 0.33, 0.26, 0.24, 0.24, 0.22, 0.22, 0.22],
        [0.27, 0.21, 0.20, 0.18, 0.17, 0.17, 0.17, 0.17],
        [0.16, 0.15, 0.14, 0.12, 0.11, 0.11, 0.11, 0.11],
        [0.12, 0.11, 0.10, 0.08, 0.08, 0.08, 0.08, 0.08],
        [0.09, 0.08, 0.07, 0.06, 0.06, 0.06, 0.06, 0.05],
        [0.06, 0.05, 0.03, 0.02, 0.02, 0.02, 0.02, 0.02],
    ]
)


@lru_cache
def third_octaves(window: int, sample_rate: int) -> Float[ndarray, "bin band"]:
    """|H|^2 of Butterworth filters of order 4 a third of an octave wide, at the bins of a real FFT."""
    from scipy.signal import butter, sosfreqz

    bins = window // 2 + 1
    fine_hz = (np.arange(bins * FINER) - FINER // 2 + 0.5) * sample_rate / (window * FINER)
    rows = []
    for number in range(-16, N_BANDS - 16):
        middle_hz = 1000 * 2.0 ** (number / 3)
        edges = [middle_hz * 2 ** (side / 6) / (sample_rate / 2) for side in (-1, 1)]
        _, response = sosfreqz(butter(4, edges, "bandpass", output="sos"), np.abs(fine_hz), fs=sample_rate)
        rows.append(np.square(np.abs(response)).reshape(bins, FINER).mean(-1))
    return np.stack(rows, -1)


def specific_loudness(bands: Float[ndarray, "frame band"]) -> Float[ndarray, "frame 240"]:
    """Loudness in steps of 0.1 Bark (sone per Bark), from mean squares in thirds of an octave (full scale 1)."""
    level_db = FULL_SCALE_DB + 10 * np.log10(np.maximum(bands, 1e-20))
    low_db = level_db[:, :11]
    at = (low_db[:, None] > RANGES_DB[:, None] - REDUCED_DB[:7]).sum(1)
    power = 10 ** ((low_db + REDUCED_DB[at, np.arange(11)]) / 10)
    lowest = np.stack([power[:, :6].sum(-1), power[:, 6:9].sum(-1), power[:, 9:].sum(-1)], -1)
    critical_db = np.concatenate([10 * np.log10(lowest), level_db[:, 11:]], -1)
    excess_db = critical_db - TO_EAR_DB - FROM_THIRDS_DB - THRESHOLD_DB
    core = 0.0635 * 10 ** (0.025 * THRESHOLD_DB) * ((0.75 + 0.25 * 10 ** (0.1 * excess_db)) ** 0.25 - 1)
    core = np.where(critical_db > THRESHOLD_DB, np.maximum(core, 0), 0)
    core[:, 0] *= np.minimum(0.4 + 0.32 * core[:, 0] ** 0.2, 1)
    core = np.concatenate([core, np.zeros((len(core), 1))], -1)
    return _with_slopes(core)


def _with_slopes(core: Float[ndarray, "frame 21"]) -> Float[ndarray, "frame 240"]:
    """Each band masks what lies above it: loudness never falls faster than its slope."""
    rising = STEEP_FROM[::-1]
    band_of = np.searchsorted(UP_TO_BARK, np.arange(1, N_Z + 1) / 10 - 1e-6)
    found = np.empty((N_Z, len(core)))
    now = np.zeros(len(core))
    for z, band in enumerate(band_of):
        row = np.minimum(len(rising) - np.searchsorted(rising, now, side="left"), len(rising) - 1)
        now = np.maximum(now - 0.1 * STEEP[row, min(max(band - 1, 0), 7)], core[:, band])
        found[z] = now
    return found.T


def sharpness_acum(loudness: Float[ndarray, "frame 240"]) -> Float[ndarray, " frame"]:
    """Sharpness (Fastl 1991); 0 where nothing is heard."""
    z = np.arange(1, N_Z + 1) / 10
    weight = np.where(z > 14, 0.00012 * z**4 - 0.0056 * z**3 + 0.1 * z**2 - 0.81 * z + 3.5, 1.0)
    total = loudness.sum(-1)
    return np.where(total > 0, 0.11 * loudness @ (weight * z) / np.maximum(total, 1e-12), 0.0)


def bell(low: int, high: int) -> Float[ndarray, " 240"]:
    """Weights of a stretch of the Bark scale (in 0.1 Bark): most in its middle, none at its ends."""
    at = np.arange(low, high)
    shape = np.exp(-np.square(0.01 * (at - (low + high) / 2)) / 2)
    weights = np.zeros(N_Z)
    weights[low:high] = (shape - shape.min()) / (shape.max() - shape.min())
    return weights
