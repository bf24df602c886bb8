"""The balance prior: songs that are drawn behave as real ones do, and a fit finds the figures again."""

import csv
import os
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from console.balance import CHUNK_S, LOUDEST_S, PAUSE_DB, ROLES, BalancePrior
from console.balance.fit import fit, fit_songs, moving, patterns, read_levels, write
from console.balance.patterns import Patterns
from console.balance.prior import REST_DB

SHARED = Path(os.environ.get("MIXCONSOLE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
SHARES, SECONDS = SHARED / "musdb18_test_balance.csv", SHARED / "real_seconds.csv"
PRIOR = BalancePrior.load()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def loudest(level_db: np.ndarray) -> np.ndarray:
    """Of the two loudest of the last axis's seconds."""
    energy = np.sort(10 ** (level_db / 10), axis=-1)[..., -LOUDEST_S:]
    return 10 * np.log10(energy.mean(-1))


def behaviour(level_db: np.ndarray) -> tuple[float, float, float]:
    """Of a song "role second": sd of the mix's seconds in dB, its ratio to that of shuffled ones, and the stems'
    median correlation with the mix."""
    power = 10 ** (level_db / 10)
    mix_db = 10 * np.log10(power.sum(0))
    shuffled = [10 * np.log10(rng(seed).permuted(power, axis=1).sum(0)).std() for seed in range(10)]
    floor = level_db.max(1, keepdims=True) - 30
    together = [np.corrcoef(row, mix_db)[0, 1] for row in np.maximum(level_db, floor)]
    return mix_db.std(), mix_db.std() / np.mean(shuffled), float(np.median(together))


@pytest.fixture(scope="module")
def songs() -> np.ndarray:
    """Levels "song role second" of a minute each."""
    chunks = PRIOR.draw_chunks(PRIOR.draw_songs(200, rng()), 6, rng(1))
    return chunks.transpose(0, 2, 1, 3).reshape(200, len(ROLES), -1)


def test_a_mix_is_as_unsteady_as_stems_make_it_that_move_by_themselves(songs):
    """On real songs 1.3 dB, 1.05 and 0.3 to 0.6; draws whose shares sum to a constant have 0.1 dB."""
    sd_db, ratio, together = np.median([behaviour(song) for song in songs], axis=0)
    assert 0.8 <= sd_db <= 2
    assert 0.85 <= ratio <= 1.25
    assert 0.2 <= together <= 0.6


@pytest.mark.skipif(not SECONDS.is_file(), reason="the levels of real songs are not here")
def test_real_songs_of_all_roles_and_some_length_behave_so(songs):
    whole = [song.T for song in read_levels(SECONDS) if (song.max(0) > -40).all() and len(song) >= 20]
    assert len(whole) >= 4
    real = np.median([behaviour(song) for song in whole], axis=0)
    drawn = np.quantile([behaviour(song) for song in songs], [0.1, 0.9], axis=0)
    assert (drawn[0] <= real).all()
    assert (real <= drawn[1]).all()


def test_songs_lie_about_the_mean_with_heavy_tails():
    level_db = PRIOR.draw_songs(40_000, rng())
    np.testing.assert_allclose(level_db.mean(0), PRIOR.song_mean_db, atol=0.1)
    np.testing.assert_allclose(level_db.std(0), PRIOR.song_sd_db, rtol=0.05)
    off = abs(level_db - PRIOR.song_mean_db) / PRIOR.song_sd_db
    assert (off > 3).mean() > 3 * 0.0027  # as often as a normal distribution has it
    for one, other in combinations(range(len(ROLES)), 2):
        assert abs(np.corrcoef(level_db[:, one], level_db[:, other])[0, 1]) < 0.05


def test_spreads_are_those_of_real_songs():
    """Relative to the other roles, as a listener hears them: 2.3 to 2.7 dB on real songs."""
    level_db = PRIOR.draw_songs(20_000, rng())
    spread_db = (level_db - level_db.mean(1, keepdims=True)).std(0)
    assert (spread_db > 1.9).all()
    assert (spread_db < 2.8).all()


def test_chunks_lie_about_their_song():
    song_db = PRIOR.draw_songs(500, rng())
    level_db = loudest(PRIOR.draw_chunks(song_db, 8, rng(1)))
    sounds = level_db > song_db[:, None] - REST_DB / 2
    assert (~sounds).mean() == pytest.approx(PRIOR.resting, rel=0.15)
    off_db = np.where(sounds, level_db - song_db[:, None], np.nan)
    np.testing.assert_allclose(np.nanmean(off_db, (0, 1)), 0, atol=0.15)
    np.testing.assert_allclose(np.nanstd(off_db, (0, 1)), PRIOR.chunk_sd_db, rtol=0.06)


def test_a_single_window_has_no_role_that_rests():
    song_db = PRIOR.draw_songs(2000, rng())
    assert (loudest(PRIOR.draw_chunks(song_db, 1, rng(1)))[:, 0] > song_db - REST_DB / 2).all()


def test_a_song_may_lack_roles_but_never_all_but_one():
    lacks = PRIOR.draw_missing(20_000, rng())
    np.testing.assert_allclose(lacks.mean(0), PRIOR.missing, atol=0.01)
    assert (~lacks).sum(1).min() == 2


def test_the_chunks_of_a_song_are_like_each_other():
    """A voice that seldom sings does so throughout."""
    drop_db = Patterns.load().draw(400, 2, rng())
    mean_db = -10 * np.log10((10 ** (-drop_db / 10)).mean(-1))
    for role in range(len(ROLES)):
        alike = np.corrcoef(*mean_db[:, :, role].T)[0, 1]
        assert 0.3 < alike < 0.98


def test_patterns_tell_nothing_but_how_far_seconds_drop():
    for bank in Patterns.load().drop_db:
        assert 200 <= len(bank) <= 500
        assert bank.shape[1] == CHUNK_S
        assert (np.diff(bank, axis=1) >= 0).all()  # the order of the seconds is gone
        np.testing.assert_allclose(loudest(-bank), 0, atol=0.1)
        mean = (10 ** (-bank / 10)).mean(1)
        assert (np.diff(mean) <= 0.02).all()  # and that of the songs
        assert 0.005 < (bank > PAUSE_DB).mean() < 0.2


def told(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels of songs, and mean and spread that were told of them."""
    song_db, usual = PRIOR.draw_told(count, rng())
    return song_db, usual[..., 0], usual[..., 1]


def test_what_is_usual_is_told_from_sharply_to_vaguely():
    _, _, spread_db = told(5000)
    assert 0.4 < np.quantile(spread_db, 0.05) < 0.7
    assert 2.4 < np.quantile(spread_db, 0.95) < 3.5


def test_a_song_lies_about_what_was_told_by_the_spread_that_was_told():
    song_db, mean_db, spread_db = told(60_000)
    off = (song_db - mean_db) / spread_db
    for low, high in ((0.4, 0.8), (0.8, 1.6), (1.6, 2.4), (2.9, 4)):
        of = (spread_db > low) & (spread_db < high)
        assert off[of].mean() == pytest.approx(0, abs=0.03)
        assert off[of].std() == pytest.approx(1, abs=0.08)
        # No shrinkage is called for: where more is told, the song lies no nearer to the mean of all music.
        slope = np.polyfit(mean_db[of] - PRIOR.song_mean_db[0], (song_db - mean_db)[of], 1)[0]
        assert abs(slope) < 0.1


def test_all_that_is_told_together_is_all_music():
    song_db, _, spread_db = told(60_000)
    sharp = (spread_db < 2).all(1)
    np.testing.assert_allclose(song_db[sharp].mean(0), PRIOR.song_mean_db, atol=0.1)
    np.testing.assert_allclose(song_db[sharp].std(0), PRIOR.song_sd_db, rtol=0.05)


def test_a_fit_finds_mean_and_spread_of_songs_again_whatever_their_common_level():
    mean_db, sd_db = np.array([0.0, 1.0, -2.0, -1.0]), np.array([1.8, 3.0, 2.4, 2.2])
    level_db = mean_db + sd_db * np.sqrt(0.6) * rng().standard_t(5, (150, 4)) + rng(1).normal(0, 6, (150, 1))
    level_db[::9, 0] = np.nan  # no voice
    found_mean_db, found_sd_db = fit_songs(level_db)
    np.testing.assert_allclose(found_mean_db - found_mean_db.mean(), mean_db - mean_db.mean(), atol=0.35)
    np.testing.assert_allclose(found_sd_db, sd_db, rtol=0.2)


def write_shares(path: Path, level_db: np.ndarray) -> Path:
    """Of levels "song chunk role second", one song's chunks one after the other."""
    power = 10 ** (level_db / 10)
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["track", "second", *ROLES])
        for song, chunks in enumerate(power / power.sum(2, keepdims=True)):
            by_second = np.moveaxis(chunks, 1, -1).reshape(-1, len(ROLES))
            rows.writerows([song, second, *share] for second, share in enumerate(by_second))
    return path


def test_figures_of_baselines_are_as_reckoned_by_hand(tmp_path):
    level_db = np.maximum(PRIOR.draw_chunks(PRIOR.draw_songs(40, rng()), 3, rng(4)), -12.0)
    share_db = level_db - 10 * np.log10((10 ** (level_db / 10)).sum(2, keepdims=True))
    again = fit(write_shares(tmp_path / "shares.csv", level_db))
    for of_chunk, mean_name, song_name, chunk_name in (
        (loudest(share_db), "mean_db", "covariance_db2", "chunk_covariance_db2"),
        (
            10 * np.log10((10 ** (share_db / 10)).mean(-1)),
            "mean_level_db",
            "mean_level_covariance_db2",
            "mean_level_chunk_covariance_db2",
        ),
    ):
        song_db = of_chunk.mean(1)
        np.testing.assert_allclose(getattr(again, mean_name), song_db.mean(0), atol=0.01)
        np.testing.assert_allclose(getattr(again, song_name), np.cov(song_db.T), atol=0.01)
        about = (of_chunk - song_db[:, None]).reshape(-1, len(ROLES))
        np.testing.assert_allclose(getattr(again, chunk_name), np.cov(about.T), atol=0.01)


def test_shares_are_made_to_move_as_stems_do(tmp_path):
    """Shares alone leave the mix's own seconds open: what is made of them is neither constant nor wild."""
    song_db = np.zeros((12, len(ROLES)))
    level_db = PRIOR.draw_chunks(song_db, 6, rng(2)).clip(-20)
    found = moving(write_shares(tmp_path / "shares.csv", level_db), rng())
    sd_db, ratio, _ = np.median([behaviour(song.T) for song in found], axis=0)
    assert 0.8 < sd_db < 2.2
    assert 0.7 < ratio < 1.3


def test_patterns_are_of_stems_that_are_heard():
    song = np.full((20, 4), -3.0)
    song[:, 1] = -60  # never heard
    song[::2, 2] = -33.0
    vocals, drums, bass, _ = patterns([song], rng())
    assert len(drums) == 0
    np.testing.assert_allclose(vocals, 0, atol=1e-9)
    np.testing.assert_allclose(bass[0], [0] * 5 + [30] * 5, atol=1e-9)


@pytest.mark.skipif(not SHARES.is_file(), reason="the table of energy shares is not here")
def test_the_shipped_figures_are_those_of_the_tables(tmp_path):
    write(SHARES, SECONDS, tmp_path)
    for name in ("balance.yaml", "patterns.csv"):
        assert (tmp_path / name).read_text() == (Path(__file__).parents[3] / "console" / "balance" / name).read_text()


def test_the_shipped_figures_name_their_source_and_are_covariances():
    assert "MUSDB18" in PRIOR.source
    for name, value in asdict(PRIOR).items():
        if "covariance" in name:
            np.testing.assert_array_equal(value, np.transpose(value), err_msg=name)
            assert np.linalg.eigvalsh(value).min() > 0, name
