"""Flawed examples: what they measure is what their flawed stems would, and their labels are true."""

import pickle
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from math import lcm

import numpy as np
import pytest
import torch
from songs import noise_song

from console import Song
from console.balance import BalancePrior
from console.data.examples import SINGLE, Example, FlawedExcerpts, Key
from console.data.recipe import Recipe
from console.data.table import MOMENT, STEP, SongTable, tabulate
from console.desk.mixer import db_to_amplitude
from console.network.features import LOUDEST_LEVEL, MOMENTARY, N_MEL, SCALE_DB, WINDOW, measure
from console.read.roles import Role

RATE_HZ = 44_100
FIRST = Key(0, 0)
FINER = (Role.DRUMS, Role.OTHER, Role.VOCALS, Role.OTHER, Role.BASS, Role.OTHER)
PLAIN = Recipe(mix_only=0.0, dropped=0.0, finer=0.0, windows=1)
STATIC, BY_SECOND = replace(PLAIN, second_by_second=0.0), replace(PLAIN, second_by_second=1.0)
PRIOR = BalancePrior.load()


@pytest.fixture(scope="module")
def song() -> Song:
    """Of exactly one window, so that an example's is known."""
    return noise_song(seconds=10.0)


@pytest.fixture(scope="module")
def table(song) -> SongTable:
    return tabulate(song)


@pytest.fixture(scope="module")
def long_song() -> Song:
    return noise_song(seconds=16.3, seed=2)


def only(protocol: str, recipe: Recipe = PLAIN, **changes: float) -> Recipe:
    return replace(recipe, protocols={protocol: 1.0}, **changes)


def excerpt(song: Song, recipe: Recipe = PLAIN, prior: BalancePrior | None = None, key: Key = FIRST) -> Example:
    return FlawedExcerpts([tabulate(song)], recipe, prior)[key]


def assert_measured(example: Example, song: Song, draws: Iterable[int]) -> None:
    """The features are those of the rendered stems with each draw's balance and flaw."""
    gain = example.balance * db_to_amplitude(example.flaw_db)
    for draw in draws:
        rendered = measure(song.audio * gain[draw, :, None, None], song.sample_rate)
        for ours, theirs in zip(example.features, rendered, strict=True):
            torch.testing.assert_close(ours[draw, 0], theirs, atol=0.01, rtol=0)


def equal(a: Example, b: Example) -> bool:
    parts = zip([*a.features, *a[1:]], [*b.features, *b[1:]], strict=True)
    return all(torch.equal(one, other) for one, other in parts)


@pytest.mark.parametrize("protocol", ["published", "none", "one", "many", "raw"])
def test_an_example_measures_what_its_flawed_stems_would(song, table, protocol):
    example = FlawedExcerpts([table], only(protocol))[FIRST]
    assert (example.balance == 1).all()
    assert_measured(example, song, range(6))


def test_a_song_set_to_drawn_levels_measures_as_rendered(song, table):
    """The balance that goes with the moment is the one that was heard, and the flaw comes on top of it."""
    example = FlawedExcerpts([table], only("many", STATIC), PRIOR)[FIRST]
    assert len(example.balance[:, 0].unique()) == PLAIN.draws
    assert_measured(example, song, range(6))


def test_stems_summed_by_role_measure_as_their_sum():
    song = noise_song(FINER, seconds=10.0)
    roles = tuple(Role)
    summed = torch.stack([song.audio[[own is role for own in song.roles]].sum(0) for role in roles])
    example = excerpt(song, only("one", STATIC), PRIOR)
    assert example.role.tolist() == [[0, 1, 2, 3]] * PLAIN.draws
    assert_measured(example, Song(summed, roles, RATE_HZ, roles), range(6))


def test_finer_stems_share_the_gain_of_their_role_and_may_be_flawed_one_by_one():
    song = noise_song(FINER, seconds=10.0)
    examples = FlawedExcerpts([tabulate(song)], only("one", STATIC, finer=1.0), PRIOR)
    drawn = [examples[Key(epoch, 0)] for epoch in range(8)]
    assert {example.role.shape[1] for example in drawn} == {4, 5, 6}
    finest = max(drawn, key=lambda example: example.role.shape[1])
    assert finest.role[0].tolist() == [0, 1, 2, 3, 3, 3]
    assert torch.equal(finest.balance[:, 3], finest.balance[:, 5])
    assert ((finest.flaw_db != 0).sum(-1) == 1).all()
    assert (finest.flaw_db[:, 3:] != 0).any()
    fits = []
    for others in permutations([1, 3, 5]):  # stems of one role come in any order
        try:
            assert_measured(finest, replace(song, audio=song.audio[[2, 0, 4, *others]]), range(2))
            fits.append(others)
        except AssertionError:
            continue
    assert len(fits) == 1


def test_windows_are_parts_of_the_song(long_song):
    examples = FlawedExcerpts([tabulate(long_song)], only("one", windows=4))
    example = next(e for epoch in range(20) if (e := examples[Key(epoch, 0, epoch)]).features.levels.shape[1] > 2)
    seconds = range(int(long_song.duration_s) - 9)
    for draw in range(2):
        flawed = long_song.with_gains_db(example.flaw_db[draw])
        parts = [measure(flawed.audio[..., s * RATE_HZ : (s + 10) * RATE_HZ], RATE_HZ).levels for s in seconds]
        for window in example.features.levels[draw]:
            off = sorted(float((window - part).abs().mean()) for part in parts)
            assert off[0] < 0.005 < off[1]  # frames at a window's ends see what is beyond it


def test_the_number_of_windows_is_drawn(long_song):
    examples = FlawedExcerpts([tabulate(long_song)], replace(PLAIN, windows=3, draws=1))
    counts = [examples[Key(epoch, 0, epoch)].features.levels.shape[1] for epoch in range(90)]
    assert set(counts) == {1, 2, 3}
    assert counts.count(1) / 90 == pytest.approx(SINGLE + (1 - SINGLE) / 3, abs=0.15)


@pytest.mark.parametrize("seconds", [1.0, 3.7, 9.7])
def test_a_short_song_is_repeated_to_a_window(seconds):
    song = noise_song(seconds=seconds)
    example = excerpt(song, replace(STATIC, windows=4), PRIOR)
    columns = WINDOW // MOMENTARY
    assert example.features.content.shape[1:] == (1, 5, N_MEL, columns)
    picture = example.features.content[:, 0, :4]
    period = lcm(round(song.audio.shape[-1] / STEP), MOMENTARY) // MOMENTARY
    for first in range(columns - period):
        torch.testing.assert_close(picture[..., first], picture[..., first + period])
    assert example.features.present.all()
    assert example.moment.shape == (1, 4, 2, MOMENT)
    assert all(part.isfinite().all() for part in (*example.features, example.balance, example.moment))


def test_the_moment_is_a_part_of_the_stems(long_song):
    table = tabulate(long_song)
    parts = [long_song.audio[..., s * STEP : s * STEP + MOMENT].half().float() for s in table.moment_step]
    examples = FlawedExcerpts([table], replace(PLAIN, draws=1))
    moments = [examples[Key(epoch, 0)].moment[0] for epoch in range(12)]
    counts = [sum(torch.equal(moment, part) for moment in moments) for part in parts]
    assert len(counts) == 2
    assert sum(counts) == len(moments)
    assert min(counts) > 0


def test_the_balance_is_that_of_the_moments_second(song, table):
    """Second by second: balanced, the stems have then the mix that was heard, band by band."""
    step = 22  # a whole column of the picture in one second
    example = FlawedExcerpts([table._replace(moment_step=[step])], only("none", BY_SECOND), PRIOR)[FIRST]
    cross = table.cross[:, :, step : step + MOMENTARY, 2:].mean(2)
    energy = torch.einsum("ijm,di,dj->dm", cross, example.balance, example.balance)
    heard = example.features.content[:, 0, -1, :, step // MOMENTARY]
    off = 10 * energy.log10() / SCALE_DB - heard  # by the mix's own level
    torch.testing.assert_close(off, off[:, :1].expand_as(off), atol=1e-3, rtol=0)


def test_drawn_balances_follow_the_prior(table):
    """Second by second, of the loudest seconds, and relative to each other: the mix's energy depends on the draw."""
    recipe = only("none", BY_SECOND, draws=600)
    levels_db = SCALE_DB * FlawedExcerpts([table], recipe, PRIOR)[FIRST].features.levels[:, 0, :4, LOUDEST_LEVEL]
    against_drums = levels_db - levels_db[:, 1:2]
    wanted = np.array(PRIOR.song_mean_db) - PRIOR.song_mean_db[1]
    np.testing.assert_allclose(against_drums.mean(0), wanted, atol=0.5)
    both = np.square(PRIOR.song_sd_db) + np.square(PRIOR.chunk_sd_db)
    spread = np.sqrt(both + both[1])
    np.testing.assert_allclose(against_drums.std(0)[[0, 2, 3]], spread[[0, 2, 3]], rtol=0.15)


def test_the_same_key_gives_the_same_example_and_another_another(table):
    recipe = Recipe(draws=4)
    first, second, other = (FlawedExcerpts([table, table], recipe, PRIOR, seed) for seed in (0, 0, 1))
    keys = [Key(0, 1), Key(5, 0), Key(0, 0)]
    one = [first[key] for key in keys]
    two = [second[key] for key in reversed(keys)][::-1]
    assert all(map(equal, one, two))
    seen = [*one, first[Key(1, 1)], other[Key(0, 1)]]
    assert not any(equal(a, b) for i, a in enumerate(seen) for b in seen[:i])
    assert [example.song.tolist() for example in one] == [[1] * 4, [0] * 4, [0] * 4]


def test_examples_travel_to_workers_that_are_spawned(table):
    examples = FlawedExcerpts([table], Recipe(draws=2), PRIOR)
    assert equal(examples[FIRST], pickle.loads(pickle.dumps(examples))[FIRST])
