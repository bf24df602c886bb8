"""How loud: K-weighting, momentary and integrated loudness, true peak (ITU-R BS.1770-4)."""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

OFFSET_LUFS = -0.691  # makes a 0 dBFS 997 Hz sine in one channel read -3.01 LUFS (BS.1770-4, annex 1)
OVERSAMPLING = 4
BLOCK = 1 << 18  # samples interpolated at once: bounds the memory of a long song's true peak
MIN_S = 0.4  # one gating block; anything shorter has no integrated loudness


def integrated_lufs(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Gated integrated loudness in LUFS, by pyloudnorm; -inf for silence and for less than 0.4 s."""
    import pyloudnorm

    if audio.shape[-1] < MIN_S * sample_rate:
        return -math.inf
    with np.errstate(all="ignore"):  # silence has no block above the gate
        return float(pyloudnorm.Meter(sample_rate).integrated_loudness(audio.detach().numpy().T))


def true_peak_dbtp(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Largest absolute value of the 4 times oversampled signal, in dBTP; -inf for silence.

    `sample_rate` (Hz) chooses the factor: from 96 kHz on 2 times is enough, from 192 kHz on none (BS.1770-4, annex 2).
    """
    factor = max(1, round(OVERSAMPLING * 48_000 / max(sample_rate, 48_000)))
    peak = float(audio.abs().max()) if audio.numel() else 0.0
    if factor > 1 and peak > 0:
        phases = _interpolator(factor)
        half = phases.shape[-1] // 2
        padded = torch.nn.functional.pad(audio, (half, half))
        # No interpolated sample can exceed its neighbours' peak times the filter's L1 norm: quiet blocks are skipped.
        bound = float(phases.abs().sum(-1).max())
        for start in range(0, audio.shape[-1], BLOCK):
            block = padded[:, start : start + BLOCK + 2 * half]
            if float(block.abs().max()) * bound > peak:
                between = torch.nn.functional.conv1d(block[:, None], phases[:, None])
                peak = max(peak, float(between.abs().max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


@lru_cache
def _interpolator(factor: int) -> Float[Tensor, "phase tap"]:
    """The filters for the samples between the samples: a Kaiser-windowed sinc, 12 samples to each side."""
    half = 12
    n = np.arange(-half * factor, half * factor + 1)
    kernel = np.sinc(n / factor) * np.kaiser(len(n), 5.0)
    rows = [kernel[phase : phase + 2 * half * factor : factor] for phase in range(1, factor)]
    # Row `phase` is read against the samples from -half on, so it is turned round; a zero tap keeps the length odd.
    taps = np.stack([np.append(0.0, row[::-1]) for row in rows])
    return torch.from_numpy(taps / taps.sum(-1, keepdims=True)).float()


@lru_cache
def k_weighting(n_bins: int, sample_rate: int) -> Float[Tensor, " bin"]:
    """|H(f)|^2 of the K-weighting filters (high shelf and high pass) at the bins of a real FFT.

    Args: `n_bins` from 0 Hz to half of `sample_rate` (Hz), both included.
    """
    from pyloudnorm import IIRfilter
    from scipy.signal import freqz

    shelf = IIRfilter(4.0, 1 / math.sqrt(2), 1500.0, sample_rate, "high_shelf")
    high_pass = IIRfilter(0.0, 0.5, 38.0, sample_rate, "high_pass")
    omega = np.linspace(0, np.pi, n_bins)
    gain = [np.abs(freqz(stage.b, stage.a, omega)[1]) ** 2 for stage in (shelf, high_pass)]
    return torch.from_numpy(gain[0] * gain[1]).float()
