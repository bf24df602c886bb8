"""What the answers amount to: means with intervals, who was screened out, and how far raters agree."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from console.evaluation.figures.bootstrap import interval, resamples
from studio.study.agreement import Level, cohen_kappa, krippendorff_alpha
from studio.study.raters import raters_for, reliability_of
from studio.study.results import MOST_SCORE, Ratings, Unit
from studio.study.webmushra import POINTS, REFERENCE

LEAST_REFERENCE, MOST_SHARE = 90.0, 0.15  # ITU-R BS.1534-3, 4.1.2
BANDS = 5  # of the scale of mixes: bad, poor, fair, good, excellent


class Mean(NamedTuple):
    """A mean and its 95 % interval, by bootstrap over raters."""

    value: float
    low: float
    high: float


class Agreement(NamedTuple):
    """How far raters agree.

    Args:
        alpha_nominal, alpha_ordinal, alpha_interval: Krippendorff's.
        kappa: Cohen's, with quadratic weights, mean over pairs of raters; of mixes, in the five bands of the scale.
        reliability: of the mean over these raters, by Spearman and Brown, from alpha at the interval level.
        raters_needed: for a reliability of 0.8, None where raters do not agree.
    """

    raters: int
    alpha_nominal: float
    alpha_ordinal: float
    alpha_interval: float
    kappa: float
    reliability: float
    raters_needed: int | None


def trusted(mixes: Ratings) -> list[bool]:
    """Who is kept by the post-screening of ITU-R BS.1534-3.

    Left out is who rates the hidden reference below 90 on more than 15 % of the pages that he rated.
    """
    references = mixes.among(unit for unit in mixes.units if unit[1] == REFERENCE).score
    rated = (~np.isnan(references)).sum(1)
    below = (references < LEAST_REFERENCE).sum(1)  # NaN is not below
    return (below <= MOST_SHARE * rated).tolist()


def means(ratings: Ratings, groups: Mapping[str, Sequence[Unit]], against: str | None = None) -> dict[str, Mean]:
    """The mean score of each group of units: over a unit's raters first, then over the units.

    Args:
        against: a group that is to be taken off each of them, rater by rater as they are drawn.
    """
    raters = len(ratings.raters)
    times = np.concatenate([np.ones((1, raters)), resamples(raters).numpy()])  # once as it is, then resampled
    drawn = _unit_means(ratings.score, times)
    of_group = {name: _mean(drawn[:, [ratings.units.index(unit) for unit in units]]) for name, units in groups.items()}
    if against is not None:
        of_group = {name: value - of_group[against] for name, value in of_group.items()}
    return {name: _interval(values) for name, values in of_group.items()}


def agreement(ratings: Ratings, mixes: bool) -> Agreement:
    """How far raters agree on these units."""
    score = ratings.score
    if mixes:
        classes, count = np.minimum(np.floor(score * BANDS / MOST_SCORE), BANDS - 1), BANDS
    else:
        classes, count = score - min(POINTS), len(POINTS)
    alpha = {level: krippendorff_alpha(score, level) for level in Level}
    icc, raters = alpha[Level.INTERVAL], len(ratings.raters)
    return Agreement(
        raters,
        alpha[Level.NOMINAL],
        alpha[Level.ORDINAL],
        icc,
        cohen_kappa(classes, count),
        reliability_of(raters, icc) if icc > 0 else math.nan,
        None if math.isnan(icc) else raters_for(icc),
    )


def _unit_means(
    score: Float[ndarray, "rater unit"], times: Float[ndarray, "resample rater"]
) -> Float[ndarray, "resample unit"]:
    known = ~np.isnan(score)
    with np.errstate(invalid="ignore"):  # a unit that none of the drawn raters rated
        return times @ np.where(known, score, 0.0) / (times @ known)


def _mean(values: Float[ndarray, "resample unit"]) -> Float[ndarray, " resample"]:
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(1) / known.sum(1)


def _interval(values: Float[ndarray, " resample"]) -> Mean:
    low, high = interval(torch.from_numpy(values[1:])).tolist()
    return Mean(float(values[0]), low, high)
