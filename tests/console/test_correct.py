"""From belief to faders: the decision rule, its strength, its locks, and what it leaves alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.correct import AUDIBLE_DB, Action, Correction, Move, decide, moved_db
from console.errors import InputError
from console.network.posterior import BINS_DB, N_BINS, ZERO_BIN, GainPosterior, bin_of
from console.read.roles import Role
from console.read.song import Song

NAMES = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def song():
    generator = torch.Generator().manual_seed(0)
    return Song(torch.randn(4, 1, 100, generator=generator), NAMES, 44100)


def certain(*correction_db, anchor=None):
    return GainPosterior.certain(NAMES, torch.tensor(correction_db), anchor)


def wide():
    """A belief spread around +6 dB for every stem."""
    probability = torch.softmax(-((BINS_DB - 6.0) ** 2) / 8, -1).expand(4, -1)
    return GainPosterior(NAMES, probability, None, torch.zeros(4, dtype=torch.bool))


def test_each_stem_moves_to_what_is_believed(song):
    correction = decide(song, certain(6.0, -3.5, 0.0, 1.0))
    assert [move.action for move in correction.moves] == ["raise", "lower", "leave", "raise"]
    assert correction.gains_db().tolist() == [6.0, -3.5, 0.0, 1.0]
    assert not correction.balanced


def test_what_nobody_hears_is_left(song):
    correction = decide(song, certain(0.5, -0.5, 0.0, 0.0))
    assert [move.action for move in correction.moves] == ["leave"] * 4
    assert correction.gains_db().tolist() == [0.0] * 4
    assert correction.balanced


@given(st.floats(-20, 20), st.floats(0, 100))
def test_the_gain_is_that_share_of_the_median(song, correction_db, strength_percent):
    posterior = certain(correction_db, 0.0, 0.0, 0.0)
    median_db = float(posterior.median_db[0])
    move = decide(song, posterior, strength_percent).moves[0]
    expected_db = median_db * strength_percent / 100 if abs(median_db) >= AUDIBLE_DB else 0.0
    assert move.gain_db == pytest.approx(expected_db, abs=0.005001)
    assert move.gain_db == round(move.gain_db, 2)
    assert math.copysign(1, move.gain_db) > 0 or move.gain_db < 0  # never -0


def test_the_range_scales_with_the_strength_and_the_action_does_not(song):
    posterior = wide()
    full, half, none = (decide(song, posterior, strength).moves[0] for strength in (100.0, 50.0, 0.0))
    assert full.low_db < full.gain_db < full.high_db
    assert (half.low_db, half.gain_db, half.high_db) == pytest.approx(
        (full.low_db / 2, full.gain_db / 2, full.high_db / 2), abs=0.0101
    )
    assert (none.low_db, none.gain_db, none.high_db) == (0.0, 0.0, 0.0)
    assert full.action == half.action == none.action == "raise"
    assert full.flaw_probability == none.flaw_probability > 0.9


def test_the_range_holds_four_fifths_of_the_belief(song):
    posterior = wide()
    move = decide(song, posterior).moves[0]
    inside = (move.low_db <= BINS_DB) & (move.high_db >= BINS_DB)
    assert float(posterior.probability[0][inside].sum()) == pytest.approx(0.8, abs=0.1)


def test_the_anchor_stays(song):
    correction = decide(song, certain(6.0, 0.0, 0.0, 0.0, anchor="drums"))
    drums = correction.moves[1]
    assert (drums.action, drums.gain_db, drums.low_db, drums.high_db) == (Action.ANCHOR, 0.0, 0.0, 0.0)
    assert correction.anchor == "drums"


def test_a_locked_stem_stays_and_keeps_its_range(song):
    correction = decide(song, certain(6.0, -3.0, 0.0, 0.0), lock=["vocals"])
    vocals = correction.moves[0]
    assert (vocals.action, vocals.gain_db) == (Action.LOCKED, 0.0)
    assert vocals.low_db > 5
    assert vocals.flaw_probability == 1.0
    assert correction.moves[1].action is Action.LOWER


def test_balanced_when_all_that_is_wrong_is_locked(song):
    held = decide(song, certain(6.0, 0.0, 0.0, 0.0), 50.0, lock=["vocals"])
    assert (held.still, held.balanced) == (True, False)
    assert held.moves[0].held_back_db == pytest.approx(6.0, abs=0.26)  # of the full correction
    assert decide(song, certain(0.5, 0.0, 0.0, 0.0), lock=["vocals"]).balanced
    assert not any(move.held_back_db for move in decide(song, certain(6.0, -3.0, 0.0, 0.0)).moves)


def test_a_silent_stem_gets_no_advice(song):
    posterior = replace(certain(6.0, 0.0, 0.0, 0.0), silent=torch.tensor([True, False, False, False]))
    silent = decide(song, posterior).moves[0]
    assert (silent.action, silent.gain_db, silent.flaw_probability) == (Action.SILENT, 0.0, 0.0)


def test_what_is_heard_later_is_added_to_the_gains_before(song):
    correction = decide(song, certain(2.0, 0.5, -5.5, -3.0), 50.0, before_db=[4.0, -3.0, 5.0, 0.0])
    assert [move.action for move in correction.moves] == ["raise", "lower", "leave", "lower"]  # -0.5 dB is not heard
    assert correction.gains_db().tolist() == [3.0, -1.5, 0.0, -1.5]
    ranges = [(move.low_db, move.high_db) for move in correction.moves]
    assert [(low + high) / 2 for low, high in ranges] == pytest.approx([3.0, -1.25, -0.25, -1.5])


def test_a_trim_lowers_every_stem(song):
    correction = decide(song, certain(6.0, -3.5, 0.0, 0.0))
    torch.testing.assert_close(
        correction.gains_db(-1.25), torch.tensor([4.75, -4.75, -1.25, -1.25], dtype=torch.float64)
    )


def test_an_unknown_lock_names_the_stems_there_are(song):
    with pytest.raises(InputError, match="drums"):
        decide(song, certain(0.0, 0.0, 0.0, 0.0), lock=["drum"])


@pytest.mark.parametrize("strength_percent", [-1.0, 100.5, math.nan])
def test_a_strength_is_a_percentage(song, strength_percent):
    with pytest.raises(InputError, match="0 to 100"):
        decide(song, certain(0.0, 0.0, 0.0, 0.0), strength_percent)


def test_a_belief_about_another_song_is_refused(song):
    posterior = GainPosterior.certain(("a", "b"), torch.zeros(2))
    with pytest.raises(ValueError, match="says nothing"):
        decide(song, posterior)


def test_gains_as_written_give_the_mix_to_the_bit():
    """Whoever reads the numbers, with whatever program, gets the same samples."""
    written_db = [round(-24 + 0.01 * step, 2) for step in range(4801)]
    moves = tuple(Move(Action.RAISE, gain_db, 0.0, 0.0, 0.5) for gain_db in written_db)
    names = tuple(f"stem {i}" for i in range(len(written_db)))
    ones = Song(torch.ones(len(names), 1, 2), names, 44_100)
    gained = ones.with_gains_db(Correction(names, moves, None, 100.0).gains_db())
    read = np.float32(10 ** (np.array(written_db) / 20))
    np.testing.assert_array_equal(gained.audio[:, 0, 0].numpy(), read)


def test_what_is_not_sure_enough_is_left():
    """Two to one has to speak for it; between stems of one role, an even chance."""
    roles = (Role.DRUMS, Role.BASS, Role.OTHER, Role.OTHER)
    song = Song(0.1 * torch.randn(4, 1, 8000), ("a", "b", "c", "d"), 8000, roles=roles)
    probability = torch.zeros(4, N_BINS)
    for stem, chance in enumerate((0.6, 0.7, 0.6, 0.45)):
        probability[stem, int(bin_of(torch.tensor(4.0)))] = chance
        probability[stem, ZERO_BIN] = 1 - chance
    posterior = GainPosterior(song.names, probability, None, torch.zeros(4, dtype=torch.bool))
    assert [move.moves for move in decide(song, posterior).moves] == [False, True, True, False]
    assert (moved_db(probability) != 0).tolist() == [False, True, False, False]


def test_a_silent_stem_of_its_role_and_one_that_is_linked_to_it_do_not_make_a_stem_less_sure():
    names, roles = ("a", "b", "c", "d"), (Role.DRUMS, Role.OTHER, Role.OTHER, Role.BASS)
    song = Song(0.1 * torch.randn(4, 1, 8000), names, 8000, roles=roles)
    probability = torch.zeros(4, N_BINS)
    probability[:, int(bin_of(torch.tensor(4.0)))], probability[:, ZERO_BIN] = 0.6, 0.4
    silent = torch.tensor([False, False, True, False])

    def moving(song, silent) -> list[bool]:
        return [move.moves for move in decide(song, GainPosterior(names, probability, None, silent)).moves]

    assert moving(song, torch.zeros(4, dtype=torch.bool)) == [False, True, True, False]
    assert moving(song, silent) == [False] * 4
    assert moving(replace(song, links=(("b", "c"),)), torch.zeros(4, dtype=torch.bool)) == [False] * 4
    three = replace(song, roles=(Role.OTHER, Role.OTHER, Role.OTHER, Role.BASS), links=(("b", "c"),))
    assert moving(three, torch.tensor([False, True, False, False])) == [True, False, True, False]
