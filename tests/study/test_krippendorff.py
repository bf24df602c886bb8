"""Agreement: published worked examples, and what has to hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.study.agreement import Level, cohen_kappa, krippendorff_alpha

N = math.nan
# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, twelve units.
EXAMPLE_C = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
# The same, example A: two observers, ten units, two values; and B: three more values.
EXAMPLE_A = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float)
EXAMPLE_B = np.array([[1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1], [2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]], dtype=float)
# The computational example of the encyclopaedia's article "Krippendorff's alpha": three coders, fifteen units.
THREE_CODERS = np.array(
    [
        [N, N, N, N, N, 3, 4, 1, 2, 1, 1, 3, 3, N, 3],
        [1, N, 2, 1, 3, 3, 4, 3, N, N, N, N, N, N, N],
        [N, N, 2, 1, 3, 4, 4, N, 2, 1, 1, 3, 3, N, 4],
    ]
)


@pytest.mark.parametrize(
    ("scores", "level", "alpha"),
    [
        (EXAMPLE_A, Level.NOMINAL, 0.095),
        (EXAMPLE_C, Level.NOMINAL, 0.743),
        (EXAMPLE_C, Level.ORDINAL, 0.815),
        (EXAMPLE_C, Level.INTERVAL, 0.849),
        (THREE_CODERS, Level.NOMINAL, 0.691),
        (THREE_CODERS, Level.INTERVAL, 0.811),
    ],
)
def test_published_examples(scores, level, alpha):
    assert krippendorff_alpha(scores, level) == pytest.approx(alpha, abs=0.0006)


def test_example_b():
    assert krippendorff_alpha(EXAMPLE_B, Level.NOMINAL) == pytest.approx(0.692, abs=0.0006)


TABLES = st.integers(0, 2**32 - 1).map(lambda seed: _table(np.random.default_rng(seed)))


def _table(rng):
    scores = rng.integers(1, 6, size=(rng.integers(2, 6), rng.integers(3, 9))).astype(float)
    scores[rng.random(scores.shape) < 0.2] = N
    return scores


@given(TABLES)
@pytest.mark.parametrize("level", Level)
def test_order_of_raters_and_units_does_not_matter(level, scores):
    alpha = krippendorff_alpha(scores, level)
    turned = krippendorff_alpha(scores[::-1, ::-1], level)
    assert turned == pytest.approx(alpha, nan_ok=True)
    assert not alpha > 1


@given(TABLES)
def test_alpha_agrees_with_its_definition(scores):
    """Observed over expected disagreement, pair by pair."""
    units = [column[~np.isnan(column)] for column in scores.T]
    units = [unit for unit in units if len(unit) > 1]
    values = np.concatenate([*units, []])
    if len(set(values)) < 2:
        assert math.isnan(krippendorff_alpha(scores, Level.INTERVAL))
        return
    observed = sum(((u[:, None] - u) ** 2).sum() / (len(u) - 1) for u in units) / len(values)
    expected = ((values[:, None] - values) ** 2).sum() / len(values) / (len(values) - 1)
    assert krippendorff_alpha(scores, Level.INTERVAL) == pytest.approx(1 - observed / expected)


@given(TABLES)
def test_ranks_are_all_that_counts_at_the_ordinal_level(scores):
    assert krippendorff_alpha(scores**3, Level.ORDINAL) == pytest.approx(
        krippendorff_alpha(scores, Level.ORDINAL), nan_ok=True
    )


@pytest.mark.parametrize("level", Level)
def test_full_agreement_is_one(level):
    assert krippendorff_alpha(np.tile([1.0, 2.0, 5.0], (3, 1)), level) == pytest.approx(1)


@pytest.mark.parametrize("scores", [np.full((3, 4), N), np.ones((3, 4)), np.array([[1.0, N], [N, 2.0]])])
def test_nothing_to_tell(scores):
    assert math.isnan(krippendorff_alpha(scores, Level.INTERVAL))


def test_kappa_of_a_worked_example():
    """Cohen (1968), quadratic weights: 1 - sum of w o / sum of w e, here by hand."""
    one, other = [0, 0, 1, 2, 2, 1], [0, 1, 1, 2, 1, 2]
    weight = (np.arange(3)[:, None] - np.arange(3)) ** 2
    observed = np.zeros((3, 3))
    np.add.at(observed, (one, other), 1 / 6)
    chance = np.outer(observed.sum(1), observed.sum(0))
    expected = 1 - (weight * observed).sum() / (weight * chance).sum()
    assert cohen_kappa(np.array([one, other], dtype=float), 3) == pytest.approx(expected)


def test_kappa_is_the_mean_over_pairs_that_have_units_in_common():
    same, opposite = np.array([0.0, 1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0, 0.0])
    alone = np.array([N, N, N, 1.0])
    assert cohen_kappa(np.stack([same, same, alone]), 4) == pytest.approx(1)
    assert cohen_kappa(np.stack([same, same, opposite]), 4) == pytest.approx((1 - 1 - 1) / 3)


def test_kappa_of_raters_who_only_know_one_category():
    assert math.isnan(cohen_kappa(np.ones((2, 4)), 5))
