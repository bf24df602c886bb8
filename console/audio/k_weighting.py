"""The K-weighting of ITU-R BS.1770-4: a high shelf for the head, and a high pass, at any rate."""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Complex128, Float
from torch import Tensor

OFFSET_LUFS = -0.691  # makes a 0 dBFS 997 Hz sine in one channel read -3.01 LUFS (BS.1770-4, annex 1)
SHELF_HZ, SHELF_DB, SHELF_Q = 1500.0, 4.0, 1 / math.sqrt(2)
PASS_HZ, PASS_Q = 38.0, 0.5

Taps = tuple[float, float, float]


def response(bins: int, sample_rate: int) -> Complex128[np.ndarray, " bin"]:
    """What both filters do at so many frequencies from 0 Hz to half of `sample_rate` (Hz), both included."""
    back = np.exp(-1j * np.linspace(0, np.pi, bins))  # one sample
    made = np.ones(bins, dtype=np.complex128)
    for forward, feedback in (_shelf(sample_rate), _high_pass(sample_rate)):
        made *= np.polyval(forward[::-1], back) / np.polyval(feedback[::-1], back)
    return made


@lru_cache
def k_weighting(n_bins: int, sample_rate: int) -> Float[Tensor, " bin"]:
    """|H(f)|^2 of the K-weighting filters (high shelf and high pass) at the bins of a real FFT.

    Args: `n_bins` from 0 Hz to half of `sample_rate` (Hz), both included.
    """
    with torch.inference_mode(False):  # what is kept must serve training too
        return torch.from_numpy(np.abs(response(n_bins, sample_rate)) ** 2).float()


def _shelf(sample_rate: int) -> tuple[Taps, Taps]:
    """The biquad of the Audio EQ Cookbook (R. Bristow-Johnson) for a high shelf."""
    a = 10 ** (SHELF_DB / 40)
    cosine, alpha = _angle(SHELF_HZ, SHELF_Q, sample_rate)
    bend = 2 * math.sqrt(a) * alpha
    forward = (
        a * ((a + 1) + (a - 1) * cosine + bend),
        -2 * a * ((a - 1) + (a + 1) * cosine),
        a * ((a + 1) + (a - 1) * cosine - bend),
    )
    feedback = ((a + 1) - (a - 1) * cosine + bend, 2 * ((a - 1) - (a + 1) * cosine), (a + 1) - (a - 1) * cosine - bend)
    return forward, feedback


def _high_pass(sample_rate: int) -> tuple[Taps, Taps]:
    """The biquad of the Audio EQ Cookbook for a high pass."""
    cosine, alpha = _angle(PASS_HZ, PASS_Q, sample_rate)
    return ((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2), (1 + alpha, -2 * cosine, 1 - alpha)


def _angle(frequency_hz: float, q: float, sample_rate: int) -> tuple[float, float]:
    omega = 2 * math.pi * frequency_hz / sample_rate
    return math.cos(omega), math.sin(omega) / (2 * q)
