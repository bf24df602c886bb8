"""Listening again: what each pass adds, what it leaves, and when it ends."""

from itertools import cycle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from console.correct import Action, decide
from console.correct.passes import refine
from console.errors import InputError
from console.network.posterior import BINS_DB, GainPosterior
from console.read.song import Song

NAMES = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def song():
    return Song(torch.rand(4, 1, 100, generator=torch.Generator().manual_seed(0)) + 0.1, NAMES, 44100)


class Listener:
    """Says a share of what is still to do, as far as a song is from the right one; remembers what it was played."""

    def __init__(self, song, share=1.0, anchor=None, width_db=0.0, **right_db):
        self.song, self.share, self.anchor, self.width_db = song, share, anchor, width_db
        self.right_db = torch.tensor([right_db.get(name, 0.0) for name in NAMES])
        self.played_db = []

    def __call__(self, song):
        gains_db = 20 * torch.log10(song.peaks / self.song.peaks)
        self.played_db.append([round(gain_db, 2) + 0.0 for gain_db in gains_db.tolist()])
        return self.believe(self.share * (self.right_db - gains_db))

    def believe(self, left_db):
        if not self.width_db:
            return GainPosterior.certain(NAMES, left_db, self.anchor)
        spread = torch.softmax(-((BINS_DB - left_db[:, None]) ** 2) / (2 * self.width_db**2), -1)
        return GainPosterior(NAMES, spread, self.anchor, torch.zeros(4, dtype=torch.bool))


def says(*answers):
    """A listener that says these things in turn, whatever it is played, of the vocals."""
    turns = cycle(answers)
    return lambda song: GainPosterior.certain(NAMES, torch.tensor([next(turns), 0.0, 0.0, 0.0]))


def gains_db(correction):
    return correction.gains_db().tolist()


@given(st.lists(st.floats(-20, 20), min_size=4, max_size=4), st.floats(0, 100))
def test_one_pass_is_the_plain_decision(song, believed_db, strength_percent):
    heard = GainPosterior.certain(NAMES, torch.tensor(believed_db))
    expected = decide(song, heard, strength_percent, ["bass"])
    assert refine(song, lambda song: heard, 1, strength_percent, ["bass"]) == expected
    assert (expected.passes, expected.residual) == (1, ())


def test_one_pass_listens_once(song):
    listen = Listener(song, vocals=6.0)
    refine(song, listen)
    assert listen.played_db == [[0.0] * 4]


def test_a_console_that_hears_half_comes_nearer_with_each_pass(song):
    listen = Listener(song, share=0.5, vocals=16.0, bass=-4.0)
    correction = refine(song, listen, 3)
    assert listen.played_db == [[0.0, 0, 0, 0], [8.0, 0, -2.0, 0], [12.0, 0, -3.0, 0], [14.0, 0, -3.0, 0]]
    assert gains_db(correction) == [14.0, 0.0, -3.0, 0.0]  # half a dB of bass was not moved
    assert [move.action for move in correction.moves] == ["raise", "leave", "lower", "leave"]
    assert correction.passes == 3
    assert correction.residual == ((4.0, 0.0, -1.0, 0.0), (2.0, 0.0, -0.5, 0.0), (1.0, 0.0, -0.5, 0.0))


def test_it_ends_when_nothing_moves_any_more(song):
    listen = Listener(song, vocals=6.0)
    correction = refine(song, listen, 10)
    assert (correction.passes, correction.residual) == (1, ((0.0,) * 4,))
    assert len(listen.played_db) == 2
    assert gains_db(correction) == [6.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("left_db", [0.0, 0.5, -0.5])
def test_a_good_mix_stays(song, left_db):
    listen = Listener(song, vocals=left_db)
    correction = refine(song, listen, 10)
    assert correction.balanced
    assert gains_db(correction) == [0.0] * 4
    assert (correction.passes, correction.residual) == (1, ((left_db, 0.0, 0.0, 0.0),))
    assert len(listen.played_db) == 1  # the same song sounds the same


@pytest.mark.parametrize("answers", [(6.0, -6.0), (6.0, 6.0), (3.0, 9.0, -9.0)])
def test_a_console_that_goes_to_and_fro_is_stopped(song, answers):
    correction = refine(song, says(*answers), 10)
    assert (correction.passes, len(correction.residual)) == (1, 2)
    assert gains_db(correction) == [answers[0], 0.0, 0.0, 0.0]
    assert [row[0] for row in correction.residual] == [answers[1 % len(answers)], answers[2 % len(answers)]]


def test_only_the_pass_that_got_no_better_is_taken_back(song):
    correction = refine(song, says(6.0, 3.0, -1.5, 2.0), 10)
    assert (correction.passes, gains_db(correction)[0]) == (2, 9.0)
    assert [row[0] for row in correction.residual] == [3.0, -1.5, 2.0]


def test_the_last_pass_too_is_listened_to(song):
    correction = refine(song, says(6.0, 3.0, 3.0), 2)
    assert (correction.passes, gains_db(correction)[0], len(correction.residual)) == (1, 6.0, 2)


def test_locked_stems_and_the_anchor_never_move(song):
    listen = Listener(song, share=0.5, anchor="drums", vocals=16.0, drums=9.0, bass=20.0)
    correction = refine(song, listen, 4, lock=["bass"])
    assert [move.action for move in correction.moves] == ["raise", "anchor", "locked", "leave"]
    assert all(drums == bass == 0 for _, drums, bass, _ in listen.played_db)
    assert correction.passes == 4  # what the locked bass would need is not in the way
    assert correction.residual[-1][2] == 10.0
    assert correction.anchor == "drums"


def test_the_strength_scales_the_sum_and_nothing_else(song):
    listeners = [Listener(song, share=0.5, vocals=12.0, bass=-4.0) for _ in range(2)]
    full, half = (refine(song, listen, 3, strength) for listen, strength in zip(listeners, (100.0, 50.0), strict=True))
    assert listeners[0].played_db == listeners[1].played_db
    assert gains_db(half) == [gain_db / 2 for gain_db in gains_db(full)]
    assert (half.passes, half.residual, half.strength_percent) == (full.passes, full.residual, 50.0)
    for some, whole in zip(half.moves, full.moves, strict=True):
        assert (some.low_db, some.high_db) == pytest.approx((whole.low_db / 2, whole.high_db / 2), abs=0.0101)


def test_a_range_is_that_of_the_last_pass_on_top_of_the_gain_before(song):
    once, twice = (refine(song, Listener(song, 0.5, width_db=1.0, vocals=12.0), passes) for passes in (1, 2))
    for correction, around_db in ((once, 6.0), (twice, 9.0)):
        vocals = correction.moves[0]
        assert vocals.gain_db == pytest.approx(around_db, abs=0.05)
        assert (vocals.low_db, vocals.high_db) == pytest.approx((around_db - 1.28, around_db + 1.28), abs=0.1)


def test_a_stem_that_was_moved_stays_flawed(song):
    """The chance is of a flaw in the song as it was given, not in what was made of it."""
    assert refine(song, Listener(song, vocals=6.0), 5).moves[0].flaw_probability == 1.0
    assert refine(song, says(6.0, 1.5, 0.0), 5).moves[0].flaw_probability == 1.0


def test_a_silent_stem_stays_silent(song):
    audio = song.audio.clone()
    audio[2] = 0

    def listen(song):
        heard = says(6.0)(song)
        return GainPosterior(NAMES, heard.probability, None, song.silent)

    correction = refine(Song(audio, NAMES, 44100), listen, 3)
    assert correction.moves[2].action is Action.SILENT
    assert gains_db(correction)[2] == 0


@pytest.mark.parametrize("passes", [0, -1])
def test_less_than_one_pass_is_none(song, passes):
    with pytest.raises(InputError, match="at least one pass"):
        refine(song, Listener(song), passes)
