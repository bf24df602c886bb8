"""How far raters agree: Krippendorff's alpha and Cohen's kappa."""

import math
import warnings
from collections.abc import Callable
from enum import StrEnum
from itertools import combinations

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.errors import InputError


class Level(StrEnum):
    """What a difference between two values means."""

    NOMINAL = "nominal"  # they are other values
    ORDINAL = "ordinal"  # so many values lie between them
    INTERVAL = "interval"  # their distance


def _nominal(values: ndarray, counts: ndarray) -> ndarray:
    return (values[:, None] != values).astype(float)


def _ordinal(values: ndarray, counts: ndarray) -> ndarray:
    middle = counts.cumsum() - counts / 2  # so many values lie below it, half of its own among them
    return (middle[:, None] - middle) ** 2


def _interval(values: ndarray, counts: ndarray) -> ndarray:
    return (values[:, None] - values) ** 2


DIFFERENCES: dict[Level, Callable[[ndarray, ndarray], ndarray]] = {
    Level.NOMINAL: _nominal,
    Level.ORDINAL: _ordinal,
    Level.INTERVAL: _interval,
}


def krippendorff_alpha(scores: Float[ndarray, "rater unit"], level: Level) -> float:
    """Krippendorff's alpha: 1 is full agreement, 0 what chance gives.

    By coincidences of values within units, as in K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
    At the interval level it is, but for a term of small samples, one rater's intraclass correlation (Krippendorff,
    "Bivariate agreement coefficients for reliability of data", 1970).

    Args:
        scores: NaN where a rater did not rate a unit. A unit that fewer than two rated does not count.

    Returns:
        NaN where no unit was rated twice, or all values are the same.
    """
    known = ~np.isnan(scores)
    scores, known = scores[:, known.sum(0) > 1], known[:, known.sum(0) > 1]
    if not known.any():
        return math.nan
    values, place = np.unique(scores[known], return_inverse=True)
    unit = np.nonzero(known)[1]
    rated = np.zeros((scores.shape[1], len(values)))  # how often each unit was given each value
    np.add.at(rated, (unit, place), 1)
    coincidences = rated.T @ (rated / (rated.sum(1, keepdims=True) - 1))
    coincidences -= np.diag((rated / (rated.sum(1, keepdims=True) - 1)).sum(0))
    counts = coincidences.sum(0)
    difference = DIFFERENCES[level](values, counts)
    expected = (np.outer(counts, counts) * difference).sum() / (counts.sum() - 1)
    return math.nan if expected == 0 else float(1 - (coincidences * difference).sum() / expected)


def cohen_kappa(scores: Float[ndarray, "rater unit"], categories: int) -> float:
    """Cohen's kappa with quadratic weights, mean over all pairs of raters who have two units or more in common.

    Args:
        scores: categories 0, 1, ... as numbers, NaN where a rater did not rate a unit.
        categories: how many there are.

    Returns:
        NaN where there is no such pair, or none that used more than one category.

    Raises: InputError where scikit-learn is not installed.
    """
    try:
        from sklearn.metrics import cohen_kappa_score
    except ImportError as error:
        raise InputError("Cohen's kappa needs scikit-learn: pip install mixconsole[evaluate].") from error
    found = []
    for one, other in combinations(scores, 2):
        both = ~np.isnan(one) & ~np.isnan(other)
        if both.sum() > 1:
            pair = (row[both].astype(int) for row in (one, other))
            with np.errstate(all="ignore"), warnings.catch_warnings():  # of two who only ever used one category
                warnings.simplefilter("ignore")
                found.append(float(cohen_kappa_score(*pair, labels=list(range(categories)), weights="quadratic")))
    known = [kappa for kappa in found if not math.isnan(kappa)]
    return math.nan if not known else sum(known) / len(known)
