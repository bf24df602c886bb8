"""Stems set to levels: every second to one of its own, or a whole song to one that keeps its dynamics."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.balance import FAINT_DB, LOUDEST_S, ROLES, BalancePrior, song_level_db
from console.data.relevel import MIX_DB, relevel, static_gain
from console.network.features import SECOND

PRIOR = BalancePrior.load()
DRAWS = 5


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    """Power between 0.1 and 1.1."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) + 0.1


def decibels(power: torch.Tensor) -> torch.Tensor:
    return 10 * power.log10()


def seconds(power: torch.Tensor) -> torch.Tensor:
    return power.unflatten(-1, (-1, SECOND)).mean(-1)


def levels(draws: int, seed: int = 0) -> np.ndarray:
    return PRIOR.draw_songs(draws, rng(seed))


def by_second(power: torch.Tensor, draws: int = DRAWS, seed: int = 3) -> torch.Tensor:
    """Gains that set every second."""
    return relevel(power, rand(4, 200), levels(draws), PRIOR, np.ones(draws, dtype=bool), rng(seed))


def test_every_second_has_the_level_drawn():
    power = rand(2, 4, 50)
    gain = by_second(power)
    wanted_db = PRIOR.draw_chunks(levels(DRAWS), 2, rng(3)) + MIX_DB
    level_db = decibels(seconds(power * gain.square()))
    torch.testing.assert_close(level_db, torch.from_numpy(wanted_db).float(), atol=1e-3, rtol=0)
    within = gain.unflatten(-1, (-1, SECOND))
    assert torch.equal(within, within[..., :1].expand_as(within))  # the dynamics within a second stay


def test_a_whole_song_has_the_level_asked_for_and_keeps_its_dynamics():
    song_power, song_db = rand(4, 200), levels(50)
    static = np.zeros(50, dtype=bool)
    gain = relevel(song_power[None, :, :50], song_power, song_db, PRIOR, static, rng(3))
    assert torch.equal(gain, gain[..., :1].expand_as(gain))
    louder = relevel(100 * song_power[None, :, :50], song_power, song_db, PRIOR, static, rng(3))
    assert torch.equal(louder, gain)  # a window's own level does not count
    level_db = torch.stack([song_level_db(song_power * row[:, None].square()) for row in gain[:, 0, :, 0]]) - MIX_DB
    np.testing.assert_allclose(level_db, song_db, atol=1e-3)


def test_both_kinds_may_be_drawn_side_by_side():
    power, song_power = rand(2, 4, 50), rand(4, 200)
    alone = [relevel(power, song_power, levels(2), PRIOR, np.full(2, by_second), rng()) for by_second in (True, False)]
    both = relevel(power, song_power, levels(2), PRIOR, np.array([True, False]), rng())
    assert torch.equal(both[0], alone[0][0])
    assert torch.equal(both[1], alone[1][1])


def test_balances_follow_the_generator():
    power, song_power, both = rand(1, 4, 50), rand(4, 200), np.array([True, True])
    one, again, other = (relevel(power, song_power, levels(2), PRIOR, both, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert (one != other).all()


def test_silence_is_not_raised_to_a_level():
    power = rand(1, 4, 50)
    power[0, 2, 15:30] = 0
    power[0, 3, 20:25] = 1e-9
    gain = by_second(power)
    assert (gain[:, 0, 2, 15:30] == 0).all()
    assert (gain[:, 0, 3, 20:25] == 0).all()
    assert (gain[:, 0, :2] > 0).all()


def test_a_role_that_is_missing_stays_silent():
    power, song_power = rand(1, 4, 50), rand(4, 200)
    power[:, 1], song_power[1] = 0, 0
    gain = relevel(power, song_power, levels(2), PRIOR, np.array([True, False]), rng())
    assert gain.isfinite().all()
    assert (power * gain.square())[:, :, 1].abs().max() == 0
    assert gain[1, :, 1].max() < 10  # of a whole song, nothing that would raise a rounding error


@given(st.integers(0, 20), st.lists(st.floats(-60, 20), min_size=4, max_size=4))
def test_the_level_given_does_not_depend_on_that_of_the_source(seed, gain_db):
    power = rand(len(ROLES), 150, seed=seed)
    changed = power * 10 ** (torch.tensor(gain_db) / 10)[:, None]
    levels_db = [song_level_db(p * static_gain(p, levels(1, seed))[0, :, None].square()) for p in (power, changed)]
    torch.testing.assert_close(*levels_db, atol=1e-3, rtol=0)


def test_a_songs_level_is_the_mean_of_its_chunks_two_loudest_seconds():
    power = rand(2, 150)
    by_hand = [
        np.mean([10 * np.log10(np.sort(chunk)[-LOUDEST_S:].mean()) for chunk in row.reshape(3, 10)])
        for row in seconds(power).double().numpy()
    ]
    np.testing.assert_allclose(song_level_db(power), by_hand, atol=1e-3)


def test_chunks_in_which_a_stem_cannot_be_heard_do_not_count():
    power = rand(1, 150)
    rested = power.clone()
    rested[:, 50:100] *= 10 ** ((FAINT_DB - 5) / 10)
    torch.testing.assert_close(song_level_db(rested), song_level_db(power[:, list(range(50)) + list(range(100, 150))]))


@pytest.mark.parametrize("steps", [1, 4, 5, 23, 74])
def test_songs_of_any_length_have_a_level(steps):
    power = torch.full((3, steps), 0.25)
    torch.testing.assert_close(song_level_db(power), torch.full((3,), -6.0206), atol=1e-3, rtol=0)
