"""How loud: K-weighting, momentary and integrated loudness, true peak (ITU-R BS.1770-4)."""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.audio._torchaudio import load_torchaudio

OFFSET_LUFS = -0.691  # makes a 0 dBFS 997 Hz sine in one channel read -3.01 LUFS (BS.1770-4, annex 1)
OVERSAMPLED_HZ = 4 * 44_100
BLOCK, HALO = 1 << 18, 64  # samples oversampled at once, and beyond them: bounds the memory of a long song's peak
MIN_S = 0.4  # one gating block; anything shorter has no integrated loudness


def integrated_lufs(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Gated integrated loudness in LUFS, by pyloudnorm; -inf for silence and for less than 0.4 s.

    One channel counts as it is heard, on both sides: 3.01 LU above a meter that takes the file alone.
    """
    import pyloudnorm

    if audio.shape[-1] < MIN_S * sample_rate:
        return -math.inf
    if len(audio) == 1:
        audio = audio.expand(2, -1)
    with np.errstate(all="ignore"):  # silence has no block above the gate
        return float(pyloudnorm.Meter(sample_rate).integrated_loudness(audio.detach().numpy().T))


def true_peak_dbtp(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Largest absolute value of the oversampled signal, in dBTP; -inf for silence.

    Oversampled to 176.4 kHz or more: 4 times at 44.1 and 48 kHz (BS.1770-4, annex 2, at its least).
    """
    factor = math.ceil(OVERSAMPLED_HZ / sample_rate)
    peak = float(audio.abs().max()) if audio.numel() else 0.0
    if factor > 1 and peak > 0:
        resample = load_torchaudio().functional.resample
        padded = torch.nn.functional.pad(audio, (HALO, HALO))
        for start in range(0, audio.shape[-1], BLOCK):
            block = padded[:, start : start + BLOCK + 2 * HALO]
            between = resample(block, 1, factor, lowpass_filter_width=16, rolloff=1.0)
            peak = max(peak, float(between[:, HALO * factor : -HALO * factor].abs().max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


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
    with torch.inference_mode(False):  # what is kept must serve training too
        return torch.from_numpy(gain[0] * gain[1]).float()
