"""Comparing two versions of a song: gains are recovered exactly, and nothing else is taken for one."""

from dataclasses import replace

import pytest
import torch
import torchaudio
from hypothesis import given, settings
from hypothesis import strategies as st

from console import InputError, Song
from console.correct.compare import Likeness, compare
from tests.consoles import make_song

SONG = make_song(4, seed=1)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-40, 40), min_size=4, max_size=4))
def test_gains_are_recovered(gains_db):
    changes = compare(SONG, SONG.with_gains_db(gains_db)).changes
    assert [change.name for change in changes] == list(SONG.names)
    assert {change.likeness for change in changes} == {Likeness.GAIN}
    assert [change.change_db for change in changes] == pytest.approx(gains_db, abs=0.0051)


def test_the_way_back_is_the_opposite():
    louder = SONG.with_gains_db([3.0, 0.0, -4.5, 0.0])
    there, back = ([change.change_db for change in compare(*pair).changes] for pair in ((SONG, louder), (louder, SONG)))
    assert there == pytest.approx([-db for db in back])


@pytest.mark.parametrize(("bits", "residual_db"), [(16, -60), (24, -100)])
def test_rounding_on_disk_is_no_processing(bits, residual_db):
    written = replace(SONG, audio=(SONG.audio * 0.5 * 2 ** (bits - 1)).round() / 2 ** (bits - 1))
    for change in compare(SONG, written).changes:
        assert change.likeness is Likeness.GAIN
        assert change.change_db == pytest.approx(-6.02, abs=0.011)
        assert change.residual_db < residual_db


def test_order_does_not_count():
    turned = Song(SONG.audio.flip(0), SONG.names[::-1], SONG.sample_rate, SONG.roles[::-1])
    assert [change.change_db for change in compare(SONG, turned).changes] == [0.0] * 4


def other(audio, stem):
    changed = SONG.audio.clone()
    changed[stem] = audio
    return replace(SONG, audio=changed)


def test_more_than_a_gain_is_told_apart():
    dull = (SONG.audio[1] + 0.5 * SONG.audio[1].roll(1, -1)) * 0.4  # explains 1 / 1.25 of it
    changes = compare(SONG, other(dull, 1)).changes
    assert [change.likeness for change in changes] == [Likeness.GAIN, Likeness.PROCESSED, Likeness.GAIN, Likeness.GAIN]
    assert changes[1].residual_db == pytest.approx(-7.0, abs=0.3)
    assert changes[1].change_db == pytest.approx(-8.0, abs=0.3)


def test_another_sound_has_no_gain():
    change = compare(SONG, other(torch.randn(2, SONG.audio.shape[-1]), 2)).changes[2]
    assert change.likeness is Likeness.OTHER
    assert change.change_db is None


def test_silent_and_muted_stems():
    muted = other(torch.zeros(2, SONG.audio.shape[-1]), 3)
    assert compare(SONG, muted).changes[3].likeness is Likeness.MUTED
    assert compare(muted, SONG).changes[3].likeness is Likeness.MUTED
    assert compare(muted, muted).changes[3].likeness is Likeness.SILENT


def test_another_song_is_refused():
    with pytest.raises(InputError, match="not versions of the same song"):
        compare(SONG, make_song(4, seed=2))


def delayed(song, *lags):
    """The song with each stem that many samples later; what would come before its beginning is cut off."""
    most = max(*lags, 0)
    audio = [
        torch.nn.functional.pad(stem[..., max(0, -lag) :], (max(0, lag), max(0, -lag) + most - max(0, lag)))
        for stem, lag in zip(song.audio, lags, strict=True)
    ]
    return replace(song, audio=torch.stack(audio))


@settings(deadline=None, max_examples=15)
@given(st.integers(-1600, 1600), st.lists(st.floats(-20, 20), min_size=4, max_size=4))
def test_a_version_that_is_late_is_aligned_first(lag, gains_db):
    found = compare(SONG, delayed(SONG.with_gains_db(gains_db), *[lag] * 4))
    assert found.lag_samples == lag
    for change, gain_db in zip(found.changes, gains_db, strict=True):
        assert (change.likeness, change.lag_samples) == (Likeness.GAIN, lag)
        assert change.change_db == pytest.approx(gain_db, abs=0.0051)


def test_each_stem_may_be_late_by_itself():
    found = compare(SONG, delayed(SONG, 0, 26, 0, 80))
    assert found.lag_samples == 0
    assert [change.lag_samples for change in found.changes] == [0, 26, 0, 80]
    assert {(change.likeness, change.change_db) for change in found.changes} == {(Likeness.GAIN, 0.0)}


def test_a_tone_is_aligned_by_the_other_stems():
    """A steady tone fits at many lags; where nothing else tells, the nearest to 0 is taken."""
    phase = torch.arange(SONG.audio.shape[-1]) % 40 / 40  # repeats exactly
    tone = (torch.sin(2 * torch.pi * phase) + 0.5 * torch.sin(4 * torch.pi * phase)).expand(2, -1)
    song = other(tone, 0)
    assert [change.lag_samples for change in compare(song, delayed(song, 97, 97, 97, 97)).changes] == [97] * 4
    tones = replace(song, audio=tone[None].repeat(4, 1, 1))
    assert compare(tones, replace(tones, audio=tones.audio.roll(80, -1))).lag_samples == 0
    assert compare(tones, replace(tones, audio=tones.audio.roll(97, -1))).lag_samples == 17


@pytest.mark.parametrize("gone", [True, False])
def test_where_the_loudest_seconds_do_not_tell_the_delay_the_whole_does(gone):
    """They are gone in B, or are a tone, which fits at many delays."""
    rate, lag = 8000, 60
    song = make_song(4, seconds=120.0, rate=rate)
    loudest = torch.arange(song.audio.shape[-1]) < 15 * rate
    tone = torch.sin(2 * torch.pi * torch.arange(len(loudest)) / 40)
    a = replace(song, audio=torch.where(loudest, 1.2 * song.audio if gone else tone, song.audio))
    b = replace(song, audio=song.audio * ~loudest) if gone else a
    found = compare(a, delayed(b, *[lag] * 4))
    assert found.lag_samples == lag
    assert {(change.likeness, change.lag_samples) for change in found.changes} == {(Likeness.GAIN, lag)}


def test_a_version_further_off_is_refused():
    with pytest.raises(InputError, match=r"0\.2 s apart"):
        compare(SONG, delayed(SONG, *[1700] * 4))


@pytest.mark.parametrize("lag", [0, 3])
def test_inverted_polarity_is_no_other_sound(lag):
    changes = compare(SONG, delayed(other(-0.5 * SONG.audio[2], 2), *[lag] * 4)).changes
    assert [change.inverted for change in changes] == [False, False, True, False]
    assert (changes[2].likeness, changes[2].change_db) == (Likeness.GAIN, -6.02)


@pytest.mark.parametrize(
    ("gains_db", "common_db", "relative_db"),
    [
        ([-1.02] * 4, -1.02, [0.0] * 4),
        ([-1.02, -1.02, -4.02, -1.02], -1.02, [0.0, 0.0, -3.0, 0.0]),
        ([-2.0, -2.0, -2.0, 0.0], 0.0, [-2.0, -2.0, -2.0, 0.0]),  # one kept its level: the master did not move
        ([-2.0, -2.0, 1.0, 3.0], 0.0, [-2.0, -2.0, 1.0, 3.0]),
    ],
)
def test_the_gain_of_the_whole_is_told_from_the_stems(gains_db, common_db, relative_db):
    found = compare(SONG, SONG.with_gains_db(gains_db))
    assert found.common_db == common_db
    assert [change.relative_db for change in found.changes] == pytest.approx(relative_db)
    assert [change.change_db for change in found.changes] == pytest.approx(gains_db)


def test_what_sounds_longer_is_no_other_gain():
    tail = torch.nn.functional.pad(SONG.with_gains_db([3.0, 0.0, 0.0, 0.0]).audio, (0, 4000))
    tail[1, :, -4000:] = 0.05 * torch.randn(2, 4000)
    found = compare(SONG, replace(SONG, audio=tail))
    assert [change.change_db for change in found.changes] == [3.0, 0.0, 0.0, 0.0]
    assert [change.only_b_s for change in found.changes] == [0.0, 0.5, 0.0, 0.0]
    cut = SONG.audio.clone()
    cut[0, :, :4000] = 0
    found = compare(SONG, replace(SONG, audio=cut[..., :-2000]))
    assert [change.change_db for change in found.changes] == [0.0] * 4
    assert [change.only_a_s for change in found.changes] == [0.75, 0.25, 0.25, 0.25]


def test_versions_of_other_rates_are_compared_at_the_lower():
    smooth = torchaudio.functional.resample(torchaudio.functional.resample(SONG.audio, 8000, 4000), 4000, 8000)
    a = replace(SONG, audio=torchaudio.functional.resample(smooth, 8000, 16000), sample_rate=16000)
    b = replace(SONG, audio=smooth).with_gains_db([0.0, -2.0, 0.0, 0.0])
    for pair, sign in (((a, b), 1), ((b, a), -1)):
        found = compare(*pair)
        assert found.sample_rate == 8000
        assert {change.likeness for change in found.changes} == {Likeness.GAIN}
        assert [change.relative_db for change in found.changes] == pytest.approx([0.0, -2.0 * sign, 0.0, 0.0], abs=0.02)


def test_stems_of_one_version_only_are_told():
    found = compare(SONG, make_song(3, seed=1))
    assert (found.only_a, found.only_b) == (("stem 3",), ())
    assert len(found.changes) == 3
    with pytest.raises(InputError, match="no stem of the same name"):
        compare(SONG, replace(SONG, names=("a", "b", "c", "d")))
