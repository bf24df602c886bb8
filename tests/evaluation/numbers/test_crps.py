"""The ranked probability score of a belief over bins."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.evaluation.figures.crps import crps_db
from console.network.posterior import BINS_DB, N_BINS, bin_of

SEEDS = st.integers(0, 10_000)


def belief(seed: int, sharpness: float = 3.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (sharpness * torch.randn(N_BINS, generator=generator, dtype=torch.float64)).softmax(-1)


@given(SEEDS, st.floats(-30, 30))
def test_it_is_the_integral_of_the_squared_distance_of_the_distributions(seed, truth_db):
    probability = belief(seed)
    grid_db = np.arange(-40, 40, 0.002) + 0.001
    below = np.concatenate([[0], probability.cumsum(0).numpy()])[np.searchsorted(BINS_DB.numpy(), grid_db)]
    integral = ((below - (grid_db >= truth_db)) ** 2).sum() * 0.002
    assert float(crps_db(probability, torch.tensor(truth_db))) == pytest.approx(integral, abs=0.01)


@given(st.floats(-24, 24), st.floats(-24, 24))
def test_of_a_certain_belief_it_is_the_absolute_error(said_db, truth_db):
    at = bin_of(torch.tensor(said_db))
    probability = torch.nn.functional.one_hot(at, N_BINS).float()
    told = float(crps_db(probability, torch.tensor(truth_db)))
    assert told == pytest.approx(abs(float(BINS_DB[at]) - truth_db), abs=1e-4)


@given(SEEDS, SEEDS)
def test_no_other_belief_is_better_on_average_than_the_true_one(true, other):
    truth, wrong = belief(true), belief(other)

    def expected_db(said: torch.Tensor) -> float:
        return float(truth @ crps_db(said.expand(N_BINS, -1), BINS_DB.double()))

    assert expected_db(truth) <= expected_db(wrong) + 1e-9


def test_rows_are_scored_by_themselves():
    rows, truth_db = torch.stack([belief(0), belief(1)])[None], torch.tensor([[1.0, -3.0]])
    told = crps_db(rows, truth_db)
    assert told.shape == (1, 2)
    assert float(told[0, 1]) == float(crps_db(belief(1), torch.tensor(-3.0)))
