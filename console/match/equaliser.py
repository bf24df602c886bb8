"""A smooth equaliser over bands of frequency, and what is summed in these bands."""

import math

import torch
from jaxtyping import Complex, Complex64, Float, Float32, Float64
from torch import Tensor

N_BANDS, LOW_HZ, HIGH_HZ = 24, 50.0, 16_000.0
FRAME_S = 0.046  # of the spectra, about
LEAST_BINS = 0.5  # a band of less is none


class Bands:
    """Overlapping bands on a logarithmic scale, for spectra of frames of one size.

    Args:
        sample_rate: of the sound, Hz.
    """

    def __init__(self, sample_rate: int):
        self.size = 1 << round(math.log2(FRAME_S * sample_rate))
        hz = torch.arange(self.size // 2 + 1, dtype=torch.float64) * sample_rate / self.size
        high_hz = min(HIGH_HZ, 0.475 * sample_rate)
        centres = torch.linspace(math.log(LOW_HZ), math.log(high_hz), N_BANDS, dtype=torch.float64)
        place = hz.clamp_min(1).log()
        weight = (1 - ((place[:, None] - centres) / (centres[1] - centres[0])).abs()).clamp_min(0)
        weight[hz < LOW_HZ, 0] = 1.0
        weight[0] = 0.0  # an offset is no sound
        kept = weight.sum(0) >= LEAST_BINS
        self.weight: Float64[Tensor, "bin band"] = weight[:, kept]
        # Between and beyond the bands' centres an equaliser is interpolated.
        spread = (
            1
            - ((place.clamp(centres[kept][0], centres[-1])[:, None] - centres[kept]) / (centres[1] - centres[0])).abs()
        ).clamp_min(0)
        self.spread: Float64[Tensor, "bin band"] = spread / spread.sum(1, keepdim=True).clamp_min(1e-9)
        self.count: Float64[Tensor, " band"] = self.weight.sum(0)

    def spectra(self, sound: Float32[Tensor, "*source time"]) -> Complex64[Tensor, "*source bin frame"]:
        """Short-time spectra of sounds; the order of the sums in them is that of the sounds."""
        flat = sound.reshape(-1, sound.shape[-1])
        window = torch.hann_window(self.size)
        found = torch.stft(flat, self.size, self.size // 4, window=window, return_complex=True)
        return found.unflatten(0, sound.shape[:-1])

    def sound(
        self, spectra: Complex64[Tensor, "*source bin frame"], length: int
    ) -> Float32[Tensor, "*source {length}"]:
        """The sounds that have such spectra."""
        flat = spectra.reshape(-1, *spectra.shape[-2:])
        window = torch.hann_window(self.size)
        return torch.istft(flat, self.size, self.size // 4, window=window, length=length).unflatten(
            0, spectra.shape[:-2]
        )

    def response(self, eq: Complex[Tensor, " band"]) -> Complex64[Tensor, " bin"]:
        """An equaliser's factor at each bin, from its logarithms (nepers + radians) in the bands."""
        return torch.exp(self.spread.to(eq.dtype) @ eq).to(torch.complex64)

    def sums(self, cells: Float[Tensor, "*source bin"] | Complex[Tensor, "*source bin"]) -> Tensor:
        """Sums in each band, "*source band"."""
        return cells.to(torch.complex128 if cells.is_complex() else torch.float64) @ self.weight.to(
            torch.complex128 if cells.is_complex() else torch.float64
        )
