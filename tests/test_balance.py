"""The balance prior: what is drawn has the figures that were fitted, and a fit finds them again."""

import csv
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from console.balance import CHUNK_S, LOUDEST_S, ROLES, BalancePrior, fit

TABLE = Path(os.environ.get("MIXCONSOLE_SHARED", Path(__file__).parents[2] / "shared"))
TABLE = TABLE / "data" / "musdb18_test_balance.csv"


def loudest(level_db: np.ndarray) -> np.ndarray:
    energy = np.sort(10 ** (level_db / 10), axis=1)[:, -LOUDEST_S:]
    return 10 * np.log10(energy.mean(1))


def test_draws_have_the_fitted_mean_and_spread():
    prior, rng = BalancePrior.load(), np.random.default_rng(0)
    tops = np.array([loudest(prior.draw(CHUNK_S, rng)) for _ in range(3000)])
    spread = np.sqrt(np.diag(prior.covariance_db2) + np.diag(prior.chunk_covariance_db2))
    np.testing.assert_allclose(tops.mean(0), prior.mean_db, atol=0.25)
    np.testing.assert_allclose(tops.std(0), spread, rtol=0.15)


def test_chunks_of_one_song_resemble_each_other():
    prior, rng = BalancePrior.load(), np.random.default_rng(0)
    pairs = []
    for _ in range(400):
        song = prior.draw(2 * CHUNK_S, rng)
        pairs.append([loudest(song[:, :CHUNK_S])[1], loudest(song[:, CHUNK_S:])[1]])
    assert np.corrcoef(np.transpose(pairs))[0, 1] > 0.5


def test_a_fit_to_drawn_songs_finds_the_figures_again(tmp_path):
    prior, rng = BalancePrior.load(), np.random.default_rng(1)
    table = tmp_path / "balance.csv"
    with open(table, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["track", "second", *ROLES])
        for song in range(150):
            share = 10 ** (prior.draw(6 * CHUNK_S, rng) / 10)
            rows.writerows([song, second, *share[:, second]] for second in range(share.shape[1]))
    again = fit(table, "drawn")
    np.testing.assert_allclose(again.mean_db, prior.mean_db, atol=0.6)
    np.testing.assert_allclose(np.diag(again.covariance_db2), np.diag(prior.covariance_db2), rtol=0.4)
    np.testing.assert_allclose(again.pause_share, prior.pause_share, rtol=0.4, atol=0.01)


def test_stems_pause_as_often_as_fitted():
    prior, rng = BalancePrior.load(), np.random.default_rng(2)
    for seconds in (CHUNK_S, 60):
        level_db = np.stack([prior.draw(seconds, rng) for _ in range(100_000 // seconds)])
        paused = level_db < np.median(level_db, axis=(0, 2), keepdims=True) - 40
        np.testing.assert_allclose(paused.mean((0, 2)), prior.pause_share, rtol=0.1, atol=0.003)


def test_the_shipped_figures_are_those_of_the_table():
    if not TABLE.is_file():
        pytest.skip(f"the table of energy shares is not at {TABLE}")
    shipped = BalancePrior.load()
    assert asdict(fit(TABLE, shipped.source)) == asdict(shipped)


def test_the_shipped_figures_name_their_source():
    assert "MUSDB18" in BalancePrior.load().source
