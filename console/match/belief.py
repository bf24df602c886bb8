"""How surely the gains are known: from parts of the song without each other, from the equaliser, from two methods."""

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from console.match.fit import NEPER_DB, fit
from console.match.solve import Solution, add

GROUPS = 6
FINEST_DB = 0.02  # nothing is known more finely
ALIKE_DB = 0.3  # what all parts have wrong alike, where as much is left unexplained as there is
WIDER = 1.5  # what six parts of one song do not tell: their faults are akin


def spread_db(
    solution: Solution, refined: Float64[Tensor, " stem"], fixed: int | None = None
) -> Float64[Tensor, " stem"]:
    """The standard deviation (dB) of each gain against the others', those that are well known weighing most.

    Args:
        refined: the gains (nepers) that another method found.
        fixed: a stem that the others are held against alone.
    """
    gain = solution.fit.gain
    parts = _left_out(solution)
    apart = (parts - parts.mean(0)) * ((len(parts) - 1) / len(parts)) ** 0.5 if len(parts) > 1 else parts[:0]
    twice = (refined - gain)[None] / 2
    covariance = WIDER**2 * apart.T @ apart + twice.T @ twice + solution.fit.spread
    weight = torch.ones_like(gain) / len(gain)
    one = torch.eye(len(gain), dtype=gain.dtype)
    for _ in range(4):
        if fixed is not None:
            weight = one[fixed]
        against = one - weight  # each less the weighted mean of all
        variance = (against @ covariance @ against.T).diagonal().clamp_min(0)
        weight = 1 / (variance + (FINEST_DB / NEPER_DB) ** 2)
        weight = weight / weight.sum()
    alike_db = ALIKE_DB * 10 ** (min(solution.residual_db, 0.0) / 20)
    return variance.sqrt() * NEPER_DB + FINEST_DB + alike_db


def _left_out(solution: Solution) -> Float64[Tensor, "part stem"]:
    """The gains of the song less one part of its pieces after another."""
    whole, count = add(solution.sums), len(solution.sums)
    groups: list[Sequence[int]] = [range(first, count, GROUPS) for first in range(min(GROUPS, count))]
    if len(groups) < 2:
        return solution.fit.gain[None]
    rest = [whole.without(add([solution.sums[i] for i in group])) for group in groups]
    return torch.stack([fit(sums, solution.fit.gain, solution.fit.eq).gain for sums in rest])
