"""The linear trick: any number of mixes of the same stems, compared with a reference without being rendered."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

FFT_SIZES = [512, 1024, 2048]  # hops are a quarter of them
EPSILON = 1e-8  # the least power of a cell, auraloss's
BLOCK = 2**18  # cells of all draws handled at once: what is made of them stays in the processor's cache


@dataclass(frozen=True, eq=False)
class StemSpectra:
    """Spectra of stems, from which mixes of them are scored.

    A gain is linear, and so is the STFT: a mix's spectrum is the gain-weighted sum of its stems'. Each stem is
    transformed once; after that a mix costs one weighted sum and no STFT.

    The sums are of complex spectra, not of the stems' cross-spectra, though the mix's power is a quadratic form of
    those: wherever stems nearly cancel, rounding spoils the quadratic form, and gradients (which divide by the power)
    with it, by several per cent in float32.

    Args:
        resolutions: the spectra at each FFT size. Sides are sum and difference of the channels, parts are real and
            imaginary, sources the stems and then the reference if one was given, cells all frames and frequencies.
        n_stems: how many of the sources are stems.
    """

    resolutions: tuple[Float[Tensor, "*chunk side=2 part=2 source _"], ...]
    n_stems: int

    @classmethod
    @torch.no_grad()
    def of(
        cls, stems: Float[Tensor, "*chunk stem 2 time"], reference: Float[Tensor, "*chunk 2 time"] | None = None
    ) -> "StemSpectra":
        """Transform stems of more than 1024 samples. They are data: no gradient reaches them.

        Args:
            stems: what is mixed.
            reference: the mix to reach, which the stems need not be able to; without one it is their plain sum.
        """
        sources = stems if reference is None else torch.cat([stems, reference.unsqueeze(-3)], -3)
        left, right = sources.unbind(-2)
        sides = torch.stack([left + right, left - right], -3)
        return cls(tuple(_spectra(sides, fft_size) for fft_size in FFT_SIZES), stems.shape[-3])

    def distance(
        self,
        gain: Float[Tensor, "*chunk draw stem"],
        reference_gain: Float[Tensor, "*#chunk #draw stem"] | None = None,
    ) -> Float[Tensor, "*chunk draw"]:
        """How far the mix of each draw is from the reference; 0 for equal ones. Differentiable in `gain`, once.

        Each is what auraloss (`console.desk.losses.spectral_loss`) gives for that mix, rendered, and its reference in a
        batch of one. For a larger batch auraloss takes one norm over all mixes, which is not the mean of these.

        Args:
            gain: factors on the stems.
            reference_gain: factors that make the reference out of the same stems; without them it is the one that the
                spectra were made with. One draw for all is cheapest.
        """
        *chunk, n_draws, _ = gain.shape
        n_sources = self.resolutions[0].shape[-2]
        if reference_gain is None:
            reference_gain = gain.new_ones(1, n_sources)
            reference_gain[:, : self.n_stems] = float(n_sources == self.n_stems)
        gain, reference_gain = (
            torch.nn.functional.pad(rows, (0, n_sources - rows.shape[-1]))
            .expand(*chunk, -1, -1)
            .reshape(math.prod(chunk), -1, n_sources)
            for rows in (gain, reference_gain)
        )
        planes = [spectra.view(-1, 2, *spectra.shape[-3:]) for spectra in self.resolutions]
        with torch.autocast(gain.device.type, enabled=False):  # half precision is too coarse for these sums
            return _Distance.apply(gain, reference_gain.detach(), planes).view(*chunk, n_draws)


def _spectra(sides: Float[Tensor, "*chunk 2 source time"], fft_size: int) -> Float[Tensor, "*chunk 2 2 source cell"]:
    """STFTs as auraloss takes them."""
    window = torch.hann_window(fft_size, device=sides.device).to(sides.dtype)
    stft = torch.stft(sides.flatten(0, -2), fft_size, fft_size // 4, window=window, return_complex=True)
    # In memory frames come before frequencies; the order of the cells means nothing.
    parts = torch.view_as_real(stft.mT).reshape(*sides.shape[:-1], -1, 2)
    return parts.movedim(-1, -3).contiguous()


class _Distance(torch.autograd.Function):
    """Value and gradient in one walk over the cells, a block at a time; only the gradient in the gains is kept."""

    @staticmethod
    def forward(
        ctx: Any,
        gain: Float[Tensor, "chunk draw source"],
        reference_gain: Float[Tensor, "chunk #draw source"],
        resolutions: list[Float[Tensor, "chunk 2 2 source _"]],
    ) -> Float[Tensor, "chunk draw"]:
        value, gradient = gain.new_zeros(gain.shape[:-1]), torch.zeros_like(gain)
        for resolution in resolutions:
            for chunk, sides in enumerate(resolution):
                for plane in sides:
                    _add_plane(
                        gain[chunk],
                        reference_gain[chunk],
                        plane,
                        value[chunk],
                        gradient[chunk] if ctx.needs_input_grad[0] else None,
                    )
        n_planes = 2 * len(resolutions)
        ctx.save_for_backward(gradient.div_(n_planes))
        return value.div_(n_planes)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Float[Tensor, "chunk draw"]) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return upstream.unsqueeze(-1) * gradient, None, None


def _add_plane(
    gain: Float[Tensor, "draw source"],
    reference_gain: Float[Tensor, "#draw source"],
    plane: Float[Tensor, "2 source cell"],
    value: Float[Tensor, " draw"],
    gradient: Float[Tensor, "draw source"] | None,
) -> None:
    """Add, in place, one plane's spectral convergence and mean log distance, and their gradient in `gain`."""
    draws, cells = len(gain), plane.shape[-1]
    rows = torch.cat([gain, reference_gain])
    square, reference_square, absolute = (gain.new_zeros(()) for _ in range(3))
    convergence_pull, log_pull = gain.new_zeros(2, *gain.shape)
    for block in plane.split(max(1, BLOCK // draws), -1):
        real, imaginary = (rows @ part for part in block)
        power = (real * real).addcmul_(imaginary, imaginary).clamp_(min=EPSILON)
        magnitude = power.sqrt()
        log = magnitude.log()
        difference = magnitude[:draws] - magnitude[draws:]
        square = square + (difference * difference).sum(-1)
        reference_square = reference_square + (magnitude[draws:] ** 2).sum(-1)
        absolute = absolute + (log[:draws] - log[draws:]).abs_().sum(-1)
        if gradient is not None:
            # d magnitude / d gain = Re(stem * conj(mix)) / magnitude, and 0 where the power is clamped.
            free = torch.nn.functional.threshold(power[:draws], EPSILON, math.inf)
            convergence_weight = (difference * magnitude[:draws]).div_(free)
            log_weight = difference.sign_().div_(free)
            for part, mixed in zip(block, (real[:draws], imaginary[:draws]), strict=True):
                convergence_pull += (convergence_weight * mixed) @ part.mT
                log_pull += (log_weight * mixed) @ part.mT
    norm, reference_norm = square.sqrt(), reference_square.sqrt()
    value += norm / reference_norm + absolute / cells
    if gradient is not None:
        norm = norm.clamp_min(torch.finfo(norm.dtype).tiny)  # equal mixes pull nowhere: 0 / 0 is 0
        gradient += convergence_pull / norm[:, None] / reference_norm[:, None] + log_pull / cells
