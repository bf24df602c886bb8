"""Comparing two versions of a song: gains are recovered exactly, and nothing else is taken for one."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from console import InputError, Song
from console.compare import Likeness, compare
from tests.consoles import make_song

SONG = make_song(4, seed=1)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-40, 40), min_size=4, max_size=4))
def test_gains_are_recovered(gains_db):
    changes = compare(SONG, SONG.with_gains_db(gains_db))
    assert [change.name for change in changes] == list(SONG.names)
    assert {change.likeness for change in changes} == {Likeness.GAIN}
    assert [change.change_db for change in changes] == pytest.approx(gains_db, abs=0.0051)


def test_the_way_back_is_the_opposite():
    louder = SONG.with_gains_db([3.0, 0.0, -4.5, 0.0])
    there, back = ([change.change_db for change in compare(*pair)] for pair in ((SONG, louder), (louder, SONG)))
    assert there == pytest.approx([-db for db in back])


@pytest.mark.parametrize(("bits", "residual_db"), [(16, -60), (24, -100)])
def test_rounding_on_disk_is_no_processing(bits, residual_db):
    written = replace(SONG, audio=(SONG.audio * 0.5 * 2 ** (bits - 1)).round() / 2 ** (bits - 1))
    for change in compare(SONG, written):
        assert change.likeness is Likeness.GAIN
        assert change.change_db == pytest.approx(-6.02, abs=0.011)
        assert change.residual_db < residual_db


def test_order_does_not_count():
    turned = Song(SONG.audio.flip(0), SONG.names[::-1], SONG.sample_rate, SONG.roles[::-1])
    assert [change.change_db for change in compare(SONG, turned)] == [0.0] * 4


def other(audio, stem):
    changed = SONG.audio.clone()
    changed[stem] = audio
    return replace(SONG, audio=changed)


def test_more_than_a_gain_is_told_apart():
    dull = (SONG.audio[1] + 0.5 * SONG.audio[1].roll(1, -1)) * 0.4  # explains 1 / 1.25 of it
    changes = compare(SONG, other(dull, 1))
    assert [change.likeness for change in changes] == [Likeness.GAIN, Likeness.PROCESSED, Likeness.GAIN, Likeness.GAIN]
    assert changes[1].residual_db == pytest.approx(-7.0, abs=0.3)
    assert changes[1].change_db == pytest.approx(-8.0, abs=0.3)


@pytest.mark.parametrize("audio", [torch.randn(2, SONG.audio.shape[-1]), -SONG.audio[2]], ids=["noise", "inverted"])
def test_another_sound_has_no_gain(audio):
    change = compare(SONG, other(audio, 2))[2]
    assert change.likeness is Likeness.OTHER
    assert change.change_db is None


def test_silent_and_muted_stems():
    muted = other(torch.zeros(2, SONG.audio.shape[-1]), 3)
    assert compare(SONG, muted)[3].likeness is Likeness.MUTED
    assert compare(muted, SONG)[3].likeness is Likeness.MUTED
    assert compare(muted, muted)[3].likeness is Likeness.SILENT


def test_another_song_is_refused():
    with pytest.raises(InputError, match="not versions of the same song"):
        compare(SONG, make_song(4, seed=2))


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (make_song(3, seed=1), 'different stems: only one of them has "stem 3"'),
        (make_song(4, seed=1, seconds=1.0), "different lengths"),
        (make_song(4, seed=1, rate=16_000), "different sample rates"),
    ],
)
def test_versions_have_the_same_shape(version, said):
    with pytest.raises(InputError, match=said):
        compare(SONG, version)
