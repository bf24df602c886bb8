"""What BeatNet hears by: a spectrogram of 136 bands, 24 to the octave, on a log scale, and how much each band rises."""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Float32
from numpy import ndarray
from torch import Tensor

RATE_HZ = 22_050
FRAMES_PER_S = 50
HOP, WINDOW = 441, 1411  # 20 ms and 64 ms
BANDS = 136
_BLOCK = 3000  # frames that are transformed at once


def features(audio: Float32[ndarray, " time"]) -> Float32[Tensor, "frame 272"]:
    """The bands of each frame, then by how much they are above those of the frame before.

    A front end of madmom's kind (Böck, Krebs and Widmer, ISMIR 2016) as BeatNet was trained with it (Heydari,
    Cwitkowitz and Duan, ISMIR 2021): frames are centred, silence lies around the sound, and nothing is scaled.

    Args:
        audio: at `RATE_HZ`.
    """
    frames = -(-len(audio) // HOP)
    padded = torch.zeros(WINDOW // 2 + frames * HOP + WINDOW)
    padded[WINDOW // 2 : WINDOW // 2 + len(audio)] = torch.from_numpy(audio)
    window, bank = torch.from_numpy(np.hanning(WINDOW)).float(), _filterbank()
    bands = torch.cat(
        [
            _spectrum(padded[start * HOP : (min(start + _BLOCK, frames) - 1) * HOP + WINDOW], window) @ bank
            for start in range(0, frames, _BLOCK)
        ]
        or [torch.zeros(0, BANDS)]
    )
    bands = torch.log10(bands + 1)
    rises = torch.zeros_like(bands)
    rises[1:] = (bands[1:] - bands[:-1]).clamp(min=0)
    return torch.cat([bands, rises], 1)


def _spectrum(padded: Float32[Tensor, " time"], window: Float32[Tensor, " window"]) -> Float32[Tensor, "frame bin"]:
    return torch.fft.rfft(padded.unfold(0, WINDOW, HOP) * window)[:, : WINDOW // 2].abs()


@lru_cache
def _filterbank() -> Float[Tensor, "bin band"]:
    from madmom_infer.audio.filters import LogarithmicFilterbank
    from madmom_infer.audio.stft import fft_frequencies

    bank = LogarithmicFilterbank(fft_frequencies(WINDOW // 2, RATE_HZ), num_bands=24, fmin=30, fmax=17_000)
    return torch.from_numpy(bank.data)
