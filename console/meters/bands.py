"""Bands of about an octave."""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.features import MEL_HIGH_HZ, MEL_LOW_HZ, N_MEL

BANDS_HZ = (30, 120, 250, 500, 1000, 2000, 4000, 8000, 16_000)  # edges


def bands(mel: Float[Tensor, "*batch mel"]) -> Float[Tensor, "*batch band"]:
    """Energies in `BANDS_HZ` from those in mel bands."""
    return mel @ _bands().to(mel)


@lru_cache
def _bands() -> Float[Tensor, "mel band"]:
    """Which mel bands lie in which band, by their centre (HTK's mel scale)."""
    with torch.inference_mode(False):
        low, high = (2595 * torch.log10(1 + torch.tensor(hz) / 700) for hz in (MEL_LOW_HZ, MEL_HIGH_HZ))
        centre_hz = 700 * (10 ** (torch.linspace(float(low), float(high), N_MEL + 2)[1:-1] / 2595) - 1)
        of_mel = torch.bucketize(centre_hz, torch.tensor(BANDS_HZ[1:-1], dtype=centre_hz.dtype))
        return torch.nn.functional.one_hot(of_mel, len(BANDS_HZ) - 1).float()
