"""Least squares on cross energies: the stems' gains, together with a smooth equaliser that lies on all of them."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Complex128, Float64
from torch import Tensor

NEPER_DB = 20 / math.log(10)
EQ_DB, EQ_POINTS = 2.0, 6  # what a mastering equaliser does, and at how many independent frequencies
BEND_DB = 0.7  # from one band to the next but one, beyond a straight line
TURN, TURN_BEND = 0.3, 0.1  # its phase, radians
ALIKE = 8.0  # cells of a spectrum that tell no more than one does: frames overlap, and faults lie together
DEAF, NOTHING = 0.1, 1e-9  # a band in which less is explained, or which holds less of the energy, tells nothing
FAITHFUL = 1e-9  # of the energy: what rounding leaves
LEAST = math.log(1e-3)  # -60 dB, of the loudest gain: a stem that is not there
STEPS, ROUNDS = 30, 3
LEAST_STEP = 1e-5  # nepers


@dataclass(frozen=True)
class Sums:
    """Energies in bands of frequency: of the pairs of stems, of each with the reference, and of the reference.

    Args:
        count: cells of the spectra that were summed in each band.
    """

    stems: Float64[Tensor, "band stem stem"]
    cross: Complex128[Tensor, "band stem"]
    reference: Float64[Tensor, " band"]
    count: Float64[Tensor, " band"]

    def without(self, other: "Sums") -> "Sums":
        """These less those of a part."""
        return Sums(
            self.stems - other.stems,
            self.cross - other.cross,
            self.reference - other.reference,
            self.count - other.count,
        )


@dataclass(frozen=True)
class Fit:
    """What explains a reference.

    Args:
        gain: logarithms (nepers) of the factors on the stems.
        eq: those of the equaliser on all, with its phase.
        spread: covariance of the gains, nepers squared, in which the equaliser is not known beforehand.
    """

    gain: Float64[Tensor, " stem"]
    eq: Complex128[Tensor, " band"]
    spread: Float64[Tensor, "stem stem"]


def start(sums: Sums) -> Float64[Tensor, " stem"]:
    """The gains (nepers) of plain least squares, every band weighing the same; what has none is very soft."""
    weight = 1 / sums.reference.clamp_min(1e-12 * sums.reference.max())
    normal = torch.einsum("b,bij->ij", weight, sums.stems)
    normal += 1e-9 * normal.diagonal().mean() * torch.eye(len(normal), dtype=normal.dtype)
    factor = torch.linalg.solve(normal, weight @ sums.cross.real)
    return factor.clamp_min(0.01 * factor.abs().max()).log()


def unexplained(
    sums: Sums, gain: Float64[Tensor, " stem"], eq: Complex128[Tensor, " band"]
) -> Float64[Tensor, " band"]:
    """The energy in each band that gains and an equaliser leave."""
    factor, response = gain.exp(), eq.exp()
    cross = (response.conj() * (sums.cross @ factor.to(sums.cross.dtype))).real
    power = torch.einsum("bij,i,j->b", sums.stems, factor, factor)
    return (sums.reference - 2 * cross + (2 * eq.real).exp() * power).clamp_min(0)


def telling(sums: Sums) -> Float64[Tensor, " band"]:
    """How much (0 to 1) each band tells: the share of the reference in it that the stems explain at any factors.

    0 where that is hardly any, as above what a lossy codec keeps.
    """
    normal = sums.stems.to(torch.complex128)
    scale = normal.diagonal(dim1=1, dim2=2).real.mean(1).clamp_min(1e-300)
    normal = normal + 1e-6 * torch.diag_embed(scale[:, None].expand(-1, normal.shape[-1])).to(normal.dtype)
    best = torch.linalg.solve(normal, sums.cross)
    share = (sums.cross.conj() * best).real.sum(1) / sums.reference.clamp_min(1e-300)
    share = torch.where(sums.reference > NOTHING * sums.reference.max(), share.clamp(0, 1), 0)
    return torch.where(share < DEAF, 0, share)


def fit(sums: Sums, gain: Float64[Tensor, " stem"], eq: Complex128[Tensor, " band"] | None = None) -> Fit:
    """The likeliest gains and equaliser, from a first guess of them, by Levenberg and Marquardt's steps.

    Each band weighs by what is left unexplained in it; the equaliser is smooth and mostly a few dB.
    """
    bands = len(sums.reference)
    eq = torch.zeros(bands, dtype=torch.complex128) if eq is None else eq
    prior = _prior(bands)
    count = (sums.count / ALIKE).clamp_min(1) * telling(sums)
    state = torch.cat([gain, eq.real, eq.imag])
    stems = len(gain)
    for _ in range(ROUNDS):
        left = unexplained(sums, *_parts(state, stems))
        floor = (FAITHFUL * sums.reference).clamp_min(1e-15 * float(sums.reference.max()))
        weight = count / torch.maximum(left, floor)
        state, hessian = _descend(sums, state, weight, prior)
    covariance = torch.linalg.pinv(hessian, hermitian=True)[:stems, :stems]
    return Fit(*_parts(state, stems), covariance)


def _descend(sums: Sums, state: Tensor, weight: Tensor, prior: Tensor) -> tuple[Tensor, Tensor]:
    stems = len(sums.stems[0])

    def cost(state: Tensor) -> float:
        curve = state[stems:]
        return float((weight * unexplained(sums, *_parts(state, stems))).sum() + 0.5 * curve @ prior @ curve)

    damping, now = 1e-4, cost(state)
    slope, hessian = _derivatives(sums, state, weight, prior)
    for _ in range(STEPS):
        step = torch.linalg.solve(hessian + damping * torch.diag(hessian.diagonal().clamp_min(1e-9)), -slope)
        step *= 1 / max(1.0, float(step.abs().max()))  # at most 9 dB at once
        tried = state + step
        tried[:stems] = tried[:stems].clamp_min(float(tried[:stems].max()) + LEAST)
        then = cost(tried)
        if then < now:
            moved = float((tried - state).abs().max())
            state, now, damping = tried, then, damping / 5
            slope, hessian = _derivatives(sums, state, weight, prior)
            if moved < LEAST_STEP:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    return state, hessian


def _derivatives(sums: Sums, state: Tensor, weight: Tensor, prior: Tensor) -> tuple[Tensor, Tensor]:
    """Slope and (Gauss-Newton) curvature of the cost."""
    stems, bands = len(sums.stems[0]), len(weight)
    gain, eq = _parts(state, stems)
    factor, response = gain.exp(), eq.exp()
    power = weight * (2 * eq.real).exp()
    pulled = sums.stems @ factor  # band, stem
    whole = pulled @ factor
    towards = weight[:, None] * response.conj()[:, None] * sums.cross * factor
    slope = torch.zeros_like(state)
    slope[:stems] = 2 * factor * (power @ pulled) - 2 * towards.real.sum(0)
    slope[stems : stems + bands] = 2 * power * whole - 2 * towards.real.sum(1)
    slope[stems + bands :] = -2 * towards.imag.sum(1)
    slope[stems:] += prior @ state[stems:]
    hessian = torch.zeros(len(state), len(state), dtype=state.dtype)
    hessian[:stems, :stems] = 2 * factor[:, None] * factor * torch.einsum("b,bij->ij", power, sums.stems)
    hessian[:stems, stems : stems + bands] = (2 * power[:, None] * pulled * factor).T
    hessian[stems : stems + bands, :stems] = hessian[:stems, stems : stems + bands].T
    hessian[stems:, stems:] = torch.diag(2 * (power * whole).repeat(2)) + prior
    return slope, hessian


def _parts(state: Tensor, stems: int) -> tuple[Float64[Tensor, " stem"], Complex128[Tensor, " band"]]:
    level, turn = state[stems:].chunk(2)
    return state[:stems], torch.complex(level, turn)


def _prior(bands: int) -> Float64[Tensor, "twice twice"]:
    """How unlikely an equaliser is: a quadratic form in its levels (nepers) and its phases (radians)."""
    bend = torch.zeros(max(bands - 2, 0), bands, dtype=torch.float64)
    for row in range(len(bend)):
        bend[row, row : row + 3] = torch.tensor([1.0, -2.0, 1.0])
    bent, one = bend.T @ bend, torch.eye(bands, dtype=torch.float64)
    level = bent * (NEPER_DB / BEND_DB) ** 2 + one * (NEPER_DB / EQ_DB) ** 2 * EQ_POINTS / bands
    turn = bent / TURN_BEND**2 + one / TURN**2
    return torch.block_diag(level, turn)
