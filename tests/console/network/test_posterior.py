"""The posterior: quantiles, atom, range, sampling."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.network.posterior import BINS_DB, LIMIT_DB, N_BINS, STEP_DB, ZERO_BIN, GainPosterior, bin_of, quantile_db


def random_rows(seed: int, rows: int = 5) -> torch.Tensor:
    return torch.randn(rows, N_BINS, generator=torch.Generator().manual_seed(seed)).mul(3).softmax(-1)


def test_bins_are_half_a_db_apart_with_one_at_zero():
    assert BINS_DB[ZERO_BIN] == 0
    assert BINS_DB[0] == -24
    assert BINS_DB[-1] == 24
    torch.testing.assert_close(BINS_DB.diff(), torch.full((N_BINS - 1,), STEP_DB))


@given(st.floats(-LIMIT_DB, LIMIT_DB, width=32))
def test_a_correction_falls_into_the_nearest_bin(correction_db):
    assert abs(float(BINS_DB[bin_of(torch.tensor([correction_db]))]) - correction_db) <= STEP_DB / 2


def test_corrections_out_of_range_go_to_the_outermost_bins():
    assert bin_of(torch.tensor([-99.0, 99.0])).tolist() == [0, N_BINS - 1]


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=6))
def test_a_certain_posterior_returns_its_corrections(corrections):
    corrections_db = torch.tensor(corrections)
    posterior = GainPosterior.certain([f"stem {i}" for i in range(len(corrections))], corrections_db)
    assert (posterior.median_db - corrections_db).abs().max() <= STEP_DB / 2
    assert (posterior.mean_db - corrections_db).abs().max() <= STEP_DB / 2
    away = bin_of(corrections_db) != ZERO_BIN
    assert torch.equal(posterior.flaw_probability > 0.5, away)
    low, high = posterior.interval_db(0.8)
    assert (high - low <= STEP_DB).all()


def test_half_the_mass_at_zero_means_leave_it():
    row = torch.zeros(1, N_BINS)
    row[0, ZERO_BIN], row[0, ZERO_BIN + 12] = 0.51, 0.49
    posterior = GainPosterior(("vocals",), row, None, torch.tensor([False]))
    assert posterior.median_db.tolist() == [0]
    assert posterior.flaw_probability.item() == pytest.approx(0.49)
    assert posterior.mean_db.item() == pytest.approx(0.49 * 6)


def test_the_whole_range_ends_where_the_mass_ends():
    posterior = GainPosterior.certain(("anchor", "edge"), torch.tensor([0.0, 24.0]))
    low, high = posterior.interval_db(1.0)
    assert (float(low[0]), float(high[0])) == (0, 0)
    assert float(low[1]) >= 23.75
    assert float(high[1]) == 24
    with pytest.raises(ValueError, match="between 0 and 1"):
        posterior.interval_db(1.5)


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_are_monotone(seed, a, b):
    rows = random_rows(seed)
    assert (quantile_db(rows, min(a, b)) <= quantile_db(rows, max(a, b)) + 1e-4).all()


@given(st.integers(0, 1_000), st.sampled_from([0.05, 0.1, 0.5, 0.9, 0.95]))
def test_quantiles_have_the_mass_they_claim_below_them(seed, q):
    rows = random_rows(seed)
    at = quantile_db(rows, q)
    below = (rows * (at[:, None] - 1e-4 > BINS_DB + STEP_DB / 2)).sum(-1)
    up_to = (rows * (at[:, None] + 1e-4 >= BINS_DB - STEP_DB / 2)).sum(-1)
    assert (below <= q + 1e-4).all()
    assert (up_to >= q - 1e-4).all()


def test_the_median_minimises_the_expected_absolute_error():
    rows = random_rows(3)
    centres = BINS_DB[:, None]
    expected = (rows[:, None] * (centres - BINS_DB).abs()).sum(-1)  # at every bin as the guess
    best = BINS_DB[expected.argmin(-1)]
    assert (quantile_db(rows, 0.5) - best).abs().max() <= STEP_DB


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_quantile_outside_the_unit_interval_is_refused(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_db(random_rows(0), q)


def test_samples_follow_the_posterior_and_the_seed():
    posterior = GainPosterior(("a", "b"), random_rows(1, 2), None, torch.zeros(2, dtype=torch.bool))
    draws = posterior.sample(20_000, torch.Generator().manual_seed(1))
    assert draws.shape == (20_000, 2)
    torch.testing.assert_close(draws.mean(0), posterior.mean_db, atol=0.3, rtol=0)
    assert torch.equal(draws, posterior.sample(20_000, torch.Generator().manual_seed(1)))
