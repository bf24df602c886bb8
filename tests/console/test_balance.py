"""The balance prior: what is drawn has about the figures that were fitted, and a fit finds them again.

Shares of a second are made to sum to 1 after the levels are drawn, which moves the figures a little.
"""

import csv
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from console.balance import CHUNK_S, DROP_QUANTILES, LOUDEST_S, PAUSE_DB, REST_DB, ROLES, BalancePrior, fit

TABLE = Path(os.environ.get("MIXCONSOLE_SHARED", Path(__file__).parents[3] / "shared"))
TABLE = TABLE / "data" / "musdb18_test_balance.csv"
PRIOR = BalancePrior.load()
SONGS, CHUNKS = 2000, 4


def loudest(level_db: np.ndarray) -> np.ndarray:
    """Of the two loudest of the last axis's seconds."""
    energy = np.sort(10 ** (level_db / 10), axis=-1)[..., -LOUDEST_S:]
    return 10 * np.log10(energy.mean(-1))


def mean(level_db: np.ndarray) -> np.ndarray:
    return 10 * np.log10((10 ** (level_db / 10)).mean(-1))


def rests(level_db: np.ndarray) -> np.ndarray:
    return level_db < loudest(level_db)[..., None] - (PAUSE_DB + REST_DB) / 2


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """Levels "song chunk role second"."""
    return PRIOR.draw(SONGS, CHUNKS, CHUNK_S, np.random.default_rng(0))


@pytest.mark.parametrize("seconds", [1, 2, 7, CHUNK_S, 60])
def test_draws_have_their_shapes_and_are_repeatable(seconds):
    level_db = PRIOR.draw(3, 2, seconds, np.random.default_rng(5))
    assert level_db.shape == (3, 2, len(ROLES), seconds)
    assert np.isfinite(level_db).all()
    np.testing.assert_array_equal(level_db, PRIOR.draw(3, 2, seconds, np.random.default_rng(5)))
    assert (loudest(level_db)[..., None] - level_db).max() < REST_DB + 10


@pytest.mark.parametrize("seconds", [1, 3, CHUNK_S])
def test_the_shares_of_every_second_sum_to_one(seconds):
    share = 10 ** (PRIOR.draw(50, 3, seconds, np.random.default_rng(6)) / 10)
    np.testing.assert_allclose(share.sum(2), 1, rtol=1e-12)


def within(values: np.ndarray) -> np.ndarray:
    """Covariance of chunks about their song; of the songs' means it is `between`."""
    about = values - values.mean(1, keepdims=True)
    return np.einsum("sci,scj->ij", about, about) / (len(values) * (values.shape[1] - 1))


def between(values: np.ndarray) -> np.ndarray:
    return np.cov(values.mean(1).T) - within(values) / values.shape[1]


def spread_and_correlation(covariance: np.ndarray | list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    spread = np.sqrt(np.diag(covariance))
    return spread, covariance / np.outer(spread, spread)


def test_the_two_loudest_seconds_have_the_fitted_levels(drawn):
    level_db = loudest(drawn)
    np.testing.assert_allclose(level_db.mean((0, 1)), PRIOR.mean_db, atol=0.2)
    for ours, fitted, tolerance in (
        (between(level_db), PRIOR.covariance_db2, 0.3),
        (within(level_db), PRIOR.chunk_covariance_db2, 0.2),
    ):
        (spread_db, correlation), (wanted_db, wanted) = map(spread_and_correlation, (ours, fitted))
        np.testing.assert_allclose(spread_db, wanted_db, rtol=0.12)
        np.testing.assert_allclose(correlation, wanted, atol=tolerance)


def test_the_mean_lies_below_them_as_far_as_fitted(drawn):
    drop_db = loudest(drawn) - mean(drawn)
    root = np.sqrt(drop_db.clip(0))
    roles = len(ROLES)
    np.testing.assert_allclose(root.mean((0, 1)), PRIOR.root_drop, rtol=0.08)
    both = np.concatenate([loudest(drawn), root], axis=-1)
    np.testing.assert_allclose(between(both)[roles:, roles:], np.array(PRIOR.together)[roles:, roles:], atol=0.03)
    np.testing.assert_allclose(within(both)[roles:, roles:], np.array(PRIOR.chunk_together)[roles:, roles:], atol=0.03)
    # How a level goes with the dynamics of each stem.
    np.testing.assert_allclose(within(both)[:roles, roles:], np.array(PRIOR.chunk_together)[:roles, roles:], atol=0.08)


def test_mean_levels_are_those_that_baselines_read(drawn):
    """Fitted by themselves: levels and dynamics have to be right together for these to be."""
    np.testing.assert_allclose(mean(drawn).mean((0, 1)), PRIOR.mean_level_db, atol=0.2)


def test_single_seconds_are_spread_as_fitted(drawn):
    below = loudest(drawn)[..., None] - drawn
    for stem, quantiles in enumerate(PRIOR.second_drop_db):
        sounding = below[:, :, stem][~rests(drawn)[:, :, stem]]
        # The tails follow the dynamics that are drawn for each chunk.
        for q, tolerance_db in ((0.25, 0.3), (0.5, 0.45), (0.75, 1.0)):
            wanted_db = quantiles[DROP_QUANTILES.index(q)]
            np.testing.assert_allclose(np.quantile(sounding, q), wanted_db, atol=tolerance_db)


def test_stems_make_room_for_each_other_within_a_chunk(drawn):
    ranks = (loudest(drawn)[..., None] - drawn).argsort(-1).argsort(-1)
    seconds = ranks.transpose(2, 0, 1, 3).reshape(len(ROLES), -1)
    correlation = np.corrcoef(seconds)
    wanted = np.array(PRIOR.second_correlation)
    strong = np.abs(wanted) > 0.15
    np.testing.assert_allclose(correlation[strong], wanted[strong], atol=0.15)
    assert (np.sign(correlation[strong]) == np.sign(wanted[strong])).all()


def test_stems_pause_as_often_as_fitted():
    level_db = PRIOR.draw(200, 1, 600, np.random.default_rng(2))
    np.testing.assert_allclose(rests(level_db).mean((0, 1, 3)), PRIOR.pause_share, rtol=0.15, atol=0.005)


def test_stems_rest_for_phrases():
    level_db = PRIOR.draw(200, 1, 600, np.random.default_rng(3))
    paused = rests(level_db)
    begins = (paused[..., 1:] & ~paused[..., :-1]).sum((0, 1, 3))
    lasts_s = paused.sum((0, 1, 3)) / begins
    assert ((lasts_s > 2) & (lasts_s < 5)).all()  # single seconds would last hardly more than one


def test_a_stem_never_rests_through_all_of_its_loudest_seconds(drawn):
    """Each chunk is heard at the level drawn, however short."""
    for level_db in (drawn, PRIOR.draw(500, 1, 3, np.random.default_rng(4))):
        assert (~rests(level_db)).any(-1).all()
        assert loudest(level_db).min() > -30


def write_table(path: Path, level_db: np.ndarray) -> Path:
    """Of levels "song chunk role second", one song's chunks one after the other."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["track", "second", *ROLES])
        for song, chunks in enumerate(10 ** (level_db / 10)):
            by_second = np.moveaxis(chunks, 1, -1).reshape(-1, len(ROLES))
            rows.writerows([song, second, *share] for second, share in enumerate(by_second))
    return path


def test_a_fit_to_drawn_songs_finds_the_figures_again(tmp_path):
    chunks = 12
    level_db = PRIOR.draw(400, chunks, CHUNK_S, np.random.default_rng(1))
    again = fit(write_table(tmp_path / "balance.csv", level_db), "drawn")
    assert again.source == "drawn"
    np.testing.assert_allclose(again.mean_db, PRIOR.mean_db, atol=0.4)
    np.testing.assert_allclose(again.root_drop, PRIOR.root_drop, rtol=0.1)
    np.testing.assert_allclose(again.mean_level_db, PRIOR.mean_level_db, atol=0.4)
    # A song is the mean of its chunks: a twelfth of their covariance goes over to that of the songs.
    together, chunk_together = np.array(PRIOR.together), np.array(PRIOR.chunk_together)
    levels = slice(0, len(ROLES))
    for ours, wanted in (
        (np.array(again.together), together + chunk_together / chunks),
        (np.array(again.chunk_together), chunk_together * (1 - 1 / chunks)),
    ):
        spread_db, correlation = spread_and_correlation(ours[levels, levels])
        wanted_db, wanted_correlation = spread_and_correlation(wanted[levels, levels])
        np.testing.assert_allclose(spread_db, wanted_db, rtol=0.18)
        np.testing.assert_allclose(correlation, wanted_correlation, atol=0.3)
        np.testing.assert_allclose(ours[len(ROLES) :, len(ROLES) :], wanted[len(ROLES) :, len(ROLES) :], atol=0.03)
    np.testing.assert_allclose(again.covariance_db2, np.array(again.together)[levels, levels], atol=0.006)
    np.testing.assert_allclose(again.chunk_covariance_db2, np.array(again.chunk_together)[levels, levels], atol=0.006)


def test_a_table_is_fitted_as_reckoned_by_hand(tmp_path):
    level_db = PRIOR.draw(40, 3, CHUNK_S, np.random.default_rng(4))
    level_db = np.maximum(level_db, -12.0)  # nothing pauses: plain means and covariances
    again = fit(write_table(tmp_path / "balance.csv", level_db), "drawn")
    assert again.pause_share == [0] * len(ROLES)
    for of_chunk, mean_name, song_name, chunk_name in (
        (loudest(level_db), "mean_db", "covariance_db2", "chunk_covariance_db2"),
        (mean(level_db), "mean_level_db", "mean_level_covariance_db2", "mean_level_chunk_covariance_db2"),
    ):
        song_db = of_chunk.mean(1)
        np.testing.assert_allclose(getattr(again, mean_name), song_db.mean(0), atol=0.01)
        np.testing.assert_allclose(getattr(again, song_name), np.cov(song_db.T), atol=0.01)
        about = (of_chunk - song_db[:, None]).reshape(-1, len(ROLES))
        np.testing.assert_allclose(getattr(again, chunk_name), np.cov(about.T), atol=0.01)
    below = (loudest(level_db)[..., None] - level_db).transpose(2, 0, 1, 3).reshape(len(ROLES), -1)
    np.testing.assert_allclose(again.second_drop_db, np.quantile(below, DROP_QUANTILES, axis=-1).T, atol=0.01)


def test_the_shipped_figures_are_those_of_the_table():
    if not TABLE.is_file():
        pytest.skip(f"the table of energy shares is not at {TABLE}")
    assert asdict(fit(TABLE, PRIOR.source)) == asdict(PRIOR)


def test_the_shipped_figures_name_their_source_and_are_covariances():
    assert "MUSDB18" in PRIOR.source
    for name, value in asdict(PRIOR).items():
        if any(word in name for word in ("covariance", "correlation", "together")):
            np.testing.assert_array_equal(value, np.transpose(value), err_msg=name)
            assert np.linalg.eigvalsh(value).min() > 0, name
