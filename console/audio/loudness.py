"""How loud: K-weighting, integrated loudness, true peak (ITU-R BS.1770-4)."""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.audio.k_weighting import response

OFFSET_LUFS = -0.691  # makes a 0 dBFS 997 Hz sine in one channel read -3.01 LUFS (BS.1770-4, annex 1)


def integrated_lufs(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Gated integrated loudness in LUFS; -inf for silence and for less than 0.4 s.

    One channel counts as it is heard, on both sides: 3.01 LU above a meter that takes the file alone.
    """
    from console.stream.loudness import AskLoudness
    from console.stream.sound import Held

    return Held(audio.detach().float()[None], sample_rate).ask(AskLoudness())[0] if audio.numel() else -math.inf


def true_peak_dbtp(audio: Float[Tensor, "channel time"], sample_rate: int) -> float:
    """Largest absolute value of the oversampled signal, in dBTP; -inf for silence.

    Oversampled to 176.4 kHz or more: 4 times at 44.1 and 48 kHz (BS.1770-4, annex 2, at its least).
    """
    from console.stream.peak import AskPeak
    from console.stream.sound import Held

    return Held(audio.detach().float()[None], sample_rate).ask(AskPeak())[0] if audio.numel() else -math.inf


@lru_cache
def k_weighting(n_bins: int, sample_rate: int) -> Float[Tensor, " bin"]:
    """|H(f)|^2 of the K-weighting filters (high shelf and high pass) at the bins of a real FFT.

    Args: `n_bins` from 0 Hz to half of `sample_rate` (Hz), both included.
    """
    with torch.inference_mode(False):  # what is kept must serve training too
        return torch.from_numpy(np.abs(response(n_bins, sample_rate)) ** 2).float()
