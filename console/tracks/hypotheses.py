"""Which stem of a group is off: every stem and every gain weighed, beside a group that is off as one.

Two things tell of it. How loud a stem is beside the others of its group tells whether it is far from anything usual
there. What the console believes of the group's sum tells how far that is off, and a stem that dominates its group
moves the sum with it. Either alone is vague: together they tell a loud kick from a loud kit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.flaws import RANGE_DB, Category
from console.network.posterior import BINS_DB, N_BINS, ZERO_BIN
from console.read.vocabulary import FinerRole, Role
from console.tracks.prior import TracksPrior

Belief = Float[ndarray, "bin"]  # of a correction, over BINS_DB
BINS = BINS_DB.double().numpy()
COMMON_STEP_DB, COMMON_BEYOND_DB = 0.5, 12.0
TINY = 1e-12


def flaw_prior(share: float) -> Belief:
    """What is believed of a correction before anything is heard: `share` for a flaw, of any size that flaws have.

    Sizes have even chances up to the largest flaw, and fewer beyond; smaller ones than the least flaw have fewer, too.
    """
    least, most = RANGE_DB[Category.LOUD][0], RANGE_DB[Category.VERY_LOUD][1]
    size = np.abs(BINS)
    density = np.where(size > most, np.exp(-(size - most) / 2), np.minimum(size / least, 1.0))
    prior = share * density / density.sum()
    prior[ZERO_BIN] = 1 - share
    return prior


@dataclass(frozen=True, eq=False)
class Group:
    """The stems of one role that sound.

    Args:
        kinds: the finer role of each stem, or the role where that is not known.
        level_lufs: how loud each stem is.
        power: mean power of each, whose sum is the group's.
        fixed: stems that are known to be right within their group.
    """

    kinds: tuple[Role | FinerRole, ...]
    level_lufs: Float[ndarray, " stem"]
    power: Float[ndarray, " stem"]
    fixed: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Weighed:
    """What is believed of one group.

    Args:
        total: of the whole correction of each stem, its own and its group's.
        own: of the correction of each stem within its group.
        together: of the correction that all of the group's stems have in common.
    """

    total: Float[ndarray, "stem bin"]
    own: Float[ndarray, "stem bin"]
    together: Belief


def weigh(group: Group, heard: Belief, prior: TracksPrior, share: float, trust: float, whole: float) -> Weighed:
    """Weighs that nothing is off within a group against every single stem of it by every gain.

    Args:
        heard: what the console believes of the correction of the group's sum.
        share: of the stems that are off, before anything is heard.
        trust: how much of the evidence in `heard` counts, 0 to 1.
        whole: chance that a group is off as one, before anything is heard.
    """
    evidence = trust * _evidence(heard)
    stems = len(group.kinds)
    common = np.log(flaw_prior(whole) + TINY)  # of what all stems have in common
    flaw = np.log(flaw_prior(share) + TINY)
    own = flaw - flaw[ZERO_BIN] + _unusual(group, prior, share)  # "stem bin", against nothing off
    own[:, ZERO_BIN] = -np.inf  # that is the other hypothesis
    own[np.array(group.fixed)] = -np.inf
    # How far a stem's own correction moves the sum, and what is then still to do for the group as one.
    part = (group.power / group.power.sum())[:, None]
    moves_db = 10 * np.log10(1 + part * (10 ** (BINS / 10) - 1))
    sum_db = moves_db[..., None] + BINS  # "stem own common"
    told = np.interp(sum_db.clip(BINS[0], BINS[-1]), BINS, evidence)
    log_weight = own[..., None] + common + told
    log_nothing = common + evidence
    scale = max(log_weight.max(), log_nothing.max())
    weight, nothing = np.exp(log_weight - scale), np.exp(log_nothing - scale)
    whole_weight = weight.sum() + nothing.sum()
    weight, nothing = weight / whole_weight, nothing / whole_weight
    by_stem = weight.sum(1)  # "stem common"
    together = nothing + by_stem.sum(0)
    of_own = weight.sum(2)
    of_own[:, ZERO_BIN] = 1 - of_own.sum(1)
    total = np.stack([together - by_stem[stem] + _summed(weight[stem]) for stem in range(stems)])
    return Weighed(total, of_own, together)


def right_as_one(own: Float[ndarray, "stem bin"]) -> Weighed:
    """That a group is right as a whole, and that this is believed of its stems within it."""
    return Weighed(own, own, np.eye(N_BINS)[ZERO_BIN])


def added(a: Belief, b: Belief) -> Belief:
    """What is believed of the sum of two corrections that have nothing to do with each other."""
    return _summed(np.outer(a, b))


def _summed(joint: Float[ndarray, "bin bin"]) -> Belief:
    """The distribution of the sum of two corrections; beyond the outermost bins it stays in these."""
    at = np.add.outer(np.arange(N_BINS), np.arange(N_BINS)) - ZERO_BIN
    return np.bincount(at.clip(0, N_BINS - 1).ravel(), joint.ravel(), minlength=N_BINS)


def _evidence(heard: Belief) -> Belief:
    """What the console heard, without what it believes of any song: its belief against that, as logarithms.

    A console knows no flaw of under 3 dB. The evidence of such sizes lies between those of none and of the least.
    """
    with np.errstate(divide="ignore"):
        evidence = np.log(heard + 1e-6) - np.log(flaw_prior(CONSOLE_SHARE) + 1e-6)
    least = RANGE_DB[Category.LOUD][0]
    known = (np.abs(BINS) >= least) | (BINS == 0)
    return np.interp(BINS, BINS[known], evidence[known])


def _unusual(group: Group, prior: TracksPrior, share: float) -> Float[ndarray, "stem bin"]:
    """How much likelier each stem's level is within its group after a correction than without one, as logarithms.

    The level that the group's stems have in common is not known: all are weighed. Of the others any may be off, too.
    """
    usual_db, spread_db = prior.of(group.kinds)
    apart_db = group.level_lufs - usual_db
    middle = np.median(apart_db)
    apart_db = apart_db - middle
    reach = float(np.abs(apart_db).max()) + COMMON_BEYOND_DB
    common_db = np.arange(0, reach + COMMON_STEP_DB, COMMON_STEP_DB)
    common_db = np.concatenate([-common_db[:0:-1], common_db])
    flaw = np.log(flaw_prior(share) + TINY)
    # "stem common bin": the likelihood of a stem's level, corrected, at each common level
    left = (apart_db[:, None, None] + BINS - common_db[:, None]) / spread_db[:, None, None]
    leaning = np.where(left < 0, left / prior.lean, left * prior.lean)
    likely = _student(leaning, prior.freedom) - np.log(spread_db)[:, None, None]
    any_of = _log_sum(likely + flaw, axis=-1)  # "stem common"
    others = any_of.sum(0) - any_of
    told = _log_sum(likely + others[..., None], axis=1)
    return told - told[:, [ZERO_BIN]]


def _student(x: ndarray, freedom: float) -> ndarray:
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - 0.5 * math.log(freedom * math.pi)
    return scale - (freedom + 1) / 2 * np.log1p(x**2 / freedom)


def _log_sum(logs: ndarray, axis: int) -> ndarray:
    most = logs.max(axis, keepdims=True)
    return np.log(np.exp(logs - most).sum(axis)) + most.squeeze(axis)


CONSOLE_SHARE = 0.35  # of the stems that it was trained on, those that were flawed


def kinds_of(roles: Sequence[Role], finer: Sequence[FinerRole | None]) -> tuple[Role | FinerRole, ...]:
    """The finer role of each stem, or its role where that is not known."""
    return tuple(fine or role for role, fine in zip(roles, finer, strict=True))
