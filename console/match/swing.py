"""The one gain that a limiter or compressor puts on the whole mix, moment by moment."""

from dataclasses import dataclass

import torch
from jaxtyping import Float32, Float64
from torch import Tensor

WINDOW_S = 0.004
HOPS = 2  # to a window
CALM = 0.02  # of the mean energy: how strongly a moment without sound is held at no swing
STEPS = 12
MOST = 4.0  # 12 dB either way
LEAST_STEP = 1e-5


@dataclass(frozen=True)
class Moments:
    """Energies of each moment: of the pairs of stems, and of each stem with the reference.

    Args:
        hop: samples from one moment to the next.
    """

    stems: Float64[Tensor, "moment stem stem"]
    cross: Float64[Tensor, "moment stem"]
    hop: int


def moments(
    stems: Float32[Tensor, "stem channel time"], reference: Float32[Tensor, "channel time"], sample_rate: int
) -> Moments:
    """The energies of a piece, in windows of 4 ms."""
    hop = max(1, round(WINDOW_S * sample_rate / HOPS))
    window = torch.hann_window(HOPS * hop + 1, periodic=False)[None, None]
    count = len(stems)

    def summed(product: Float32[Tensor, "row channel time"]) -> Float64[Tensor, "row moment"]:
        return torch.nn.functional.conv1d(product.sum(1)[:, None], window, stride=hop, padding=hop)[:, 0].double()

    cross = summed(stems * reference)
    pairs = cross.new_empty(cross.shape[-1], count, count)
    for i in range(count):
        pairs[:, i, : i + 1] = summed(stems[i] * stems[: i + 1]).T
        pairs[:, : i + 1, i] = pairs[:, i, : i + 1]
    return Moments(pairs, cross.T.contiguous(), hop)


def settle(all_moments: list[Moments], gain: Float64[Tensor, " stem"], least: float) -> Float64[Tensor, " stem"]:
    """The gains (nepers) that are best if every moment may have a swing of its own: variable projection.

    Args:
        least: nepers below the loudest gain, at which a stem is not there.
    """
    stems = torch.cat([part.stems for part in all_moments])
    cross = torch.cat([part.cross for part in all_moments])
    factor = gain.exp()
    calm = CALM * float(torch.einsum("tij,i,j->t", stems, factor, factor).mean())

    def cost(gain: Tensor) -> float:
        factor = gain.exp()
        power = torch.einsum("tij,i,j->t", stems, factor, factor)
        return -float(((cross @ factor + calm).square() / (power + calm)).sum())

    damping, now = 1e-4, cost(gain)
    for _ in range(STEPS):
        factor = gain.exp()
        pulled = (stems @ factor) * factor
        power = pulled.sum(1) + calm
        swing = ((cross @ factor + calm) / power).clamp(1 / MOST, MOST)
        slope = -2 * (swing[:, None] * (cross * factor - swing[:, None] * pulled)).sum(0)
        square = swing.square()
        hessian = 2 * factor[:, None] * factor * torch.einsum("t,tij->ij", square, stems)
        hessian -= 2 * torch.einsum("t,ti,tj->ij", square / power, pulled, pulled)
        hessian.diagonal().clamp_min_(1e-12 * float(hessian.diagonal().max()))
        while damping < 1e6:
            step = torch.linalg.solve(hessian + damping * torch.diag(hessian.diagonal()), -slope)
            step *= 1 / max(1.0, float(step.abs().max()))
            tried = gain + step
            tried = tried.clamp_min(float(tried.max()) + least)
            then = cost(tried)
            if then < now:
                break
            damping *= 10
        else:
            break
        moved = float((tried - gain).abs().max())
        gain, now, damping = tried, then, damping / 5
        if moved < LEAST_STEP:
            break
    return gain


def swings(part: Moments, gain: Float64[Tensor, " stem"], calm: float, length: int) -> Float32[Tensor, " time"]:
    """The swing at each sample of a piece: a factor on the whole mix."""
    factor = gain.exp()
    power = torch.einsum("tij,i,j->t", part.stems, factor, factor)
    swing = ((part.cross @ factor + calm) / (power + calm)).clamp(1 / MOST, MOST)
    spaced = torch.nn.functional.interpolate(
        swing.float()[None, None], size=(len(swing) - 1) * part.hop + 1, mode="linear", align_corners=True
    )[0, 0]
    return torch.nn.functional.pad(spaced[None], (0, max(0, length - len(spaced))), mode="replicate")[0][:length]


def calm_of(all_moments: list[Moments], gain: Float64[Tensor, " stem"]) -> float:
    """How strongly moments are held at no swing."""
    factor = gain.exp()
    return CALM * float(torch.cat([torch.einsum("tij,i,j->t", p.stems, factor, factor) for p in all_moments]).mean())
