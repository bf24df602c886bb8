"""Whether two songs are versions of one: their roles rise and fall together, whatever their levels."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance.measured import Measured

FURTHEST = 50  # steps (10 s) that one may begin later
LEAST = 15  # steps (3 s) in common
DEEPEST_DB = 30.0  # below a role's loudest steps all is rest
ALIKE = 0.8  # of the correlation, mean over the roles that both have
ROLES_IN_COMMON = 2


def another_version(one: Measured, other: Measured) -> bool:
    """Whether both are the same recording, mixed otherwise: at one delay the steps of their roles correlate."""
    shared = (one.power.sum(-1) > 0) & (other.power.sum(-1) > 0)
    if int(shared.sum()) < ROLES_IN_COMMON:
        return False
    a, b = (_rise_and_fall(song.power[shared]) for song in (one, other))
    least = max(LEAST, round(0.5 * min(a.shape[-1], b.shape[-1])))
    lags = range(-FURTHEST, FURTHEST + 1)
    return any(_correlation(*_overlap(a, b, lag)) >= ALIKE for lag in lags if _common(a, b, lag) >= least)


def _rise_and_fall(power: Float[Tensor, "role step"]) -> Float[Tensor, "role step"]:
    """Level in dB, no further below the loudest steps than is heard."""
    level_db = 10 * power.clamp_min(torch.finfo(power.dtype).tiny).log10()
    return torch.maximum(level_db, level_db.amax(-1, keepdim=True) - DEEPEST_DB)


def _common(a: Tensor, b: Tensor, lag: int) -> int:
    return min(a.shape[-1], b.shape[-1] - lag) - max(0, -lag)


def _overlap(a: Tensor, b: Tensor, lag: int) -> tuple[Tensor, Tensor]:
    """What both have, `b` being `lag` steps later."""
    start, stop = max(0, -lag), min(a.shape[-1], b.shape[-1] - lag)
    return a[:, start:stop], b[:, start + lag : stop + lag]


def _correlation(a: Float[Tensor, "role step"], b: Float[Tensor, "role step"]) -> float:
    a, b = (x - x.mean(-1, keepdim=True) for x in (a, b))
    size = (a.square().sum(-1) * b.square().sum(-1)).sqrt()
    moves: Bool[Tensor, " role"] = size > 1e-3 * a.shape[-1]  # a role that never moves tells nothing
    if not bool(moves.any()):
        return 0.0
    return float(((a * b).sum(-1)[moves] / size[moves]).mean())
