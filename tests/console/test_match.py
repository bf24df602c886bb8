"""A reference mix: the gains that made it are found again, whatever mastering, transport and format did to it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchaudio
from hypothesis import given, settings
from hypothesis import strategies as st

from console import InputError, Song
from console.correct import Action
from console.evaluation.mastering import bell, limit, shelf
from console.match.match import Heard, Match, match
from console.match.moves import moves
from console.match.offset import resampled
from console.read.roles import Role

RATE = 16_000
NAMES = ("bass", "drums", "other", "vocals")


def band(seed: int = 0, seconds: float = 7.0, rate: int = RATE) -> Song:
    """Drums, bass, chords and a voice, none of which repeats."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate)) / rate
    beat = np.concatenate([[0.0], np.cumsum(rng.uniform(0.2, 0.45, 200))])
    since_s = time_s - beat[np.searchsorted(beat, time_s, "right") - 1]
    at = np.searchsorted(beat, time_s, "right")

    def tone(hz, count):
        phase = 2 * np.pi * np.cumsum(hz) / rate
        return sum(np.sin(k * phase) / k for k in range(1, count))

    def notes(low_hz, high_hz, every):
        return np.repeat(rng.uniform(low_hz, high_hz, 250), every)[at]

    kick = np.exp(-40 * since_s) * np.sin(2 * np.pi * 60 * since_s)
    drums = 0.5 * kick + 0.25 * np.exp(-25 * since_s) * rng.standard_normal(time_s.size)
    bass = 0.15 * tone(notes(45, 90, 2), 8) * np.exp(-2 * since_s)
    chords = 0.05 * (tone(notes(200, 400, 4), 9) + tone(notes(300, 600, 4), 9))
    voice = 0.08 * tone(notes(250, 500, 1), 14) * (0.5 + 0.5 * np.sin(2 * np.pi * 0.6 * time_s))
    sides = [(0.8, 1.0), (1.0, 1.0), (1.0, 0.6), (1.0, 0.95)]
    audio = np.stack([np.outer(side, part) for side, part in zip(sides, (bass, drums, chords, voice), strict=True)])
    return Song(audio.astype(np.float32), NAMES, rate, title="band")


SONG = band()


def apart_db(found: Match, gains_db) -> float:
    """How far gains are from those that were put on, one gain on all set aside."""
    off = np.array(found.gains_db) - np.array(gains_db)
    return float(np.abs(off - np.median(off)).max())


@settings(max_examples=6)
@given(st.lists(st.floats(-9, 9), min_size=4, max_size=4), st.floats(-12, 6))
def test_a_plain_sum_tells_its_gains_at_any_loudness(gains_db, all_db):
    found = match(SONG, SONG.mix([gain + all_db for gain in gains_db]), RATE)
    assert apart_db(found, gains_db) < 0.01
    assert found.residual_db < -45
    assert 0.0 in found.gains_db  # one gain on all is no balance: a stem stays


def test_samples_of_any_scale_are_matched():
    gains_db = [3.0, -4.0, 0.0, 5.0]
    faint, hot = replace(SONG, audio=SONG.audio * 1e-25), SONG.mix(gains_db) * 1e25
    assert apart_db(match(faint, hot, RATE), gains_db) < 0.01


CUT, BEFORE = round(1.73 * RATE), round(2.31 * RATE)
TRANSPORT = {
    "intro cut": (lambda mix: mix[:, CUT:], RATE, -1.73),
    "begins later": (lambda mix: torch.nn.functional.pad(mix, (BEFORE, 999)), RATE, 2.31),
    "end cut": (lambda mix: mix[:, : 4 * RATE], RATE, 0.0),
    "inverted": (lambda mix: -mix, RATE, 0.0),
    "mono": (lambda mix: mix.mean(0, keepdim=True), RATE, 0.0),
    "another rate": (lambda mix: torchaudio.functional.resample(mix, RATE, 22_050), 22_050, 0.0),
    "a lower rate": (lambda mix: torchaudio.functional.resample(mix, RATE, 11_025), 11_025, 0.0),
    "16 bits": (lambda mix: (mix * 2**15).round() / 2**15, RATE, 0.0),
}


@pytest.mark.parametrize("what", TRANSPORT)
def test_transport_and_format_change_nothing(what):
    change, rate, offset_s = TRANSPORT[what]
    gains_db = [3.0, -4.0, 0.0, 5.0]
    found = match(SONG, change(SONG.mix(gains_db)), rate)
    assert apart_db(found, gains_db) < 0.05
    assert found.offset_s == pytest.approx(offset_s, abs=2 / RATE)
    assert found.inverted == (what == "inverted")


def test_a_clock_that_runs_otherwise_is_followed():
    gains_db = [3.0, -4.0, 0.0, 5.0]
    slow = resampled(SONG.mix(gains_db), 0.0, SONG.audio.shape[-1] - 50, 2e-4)
    assert apart_db(match(SONG, slow, RATE), gains_db) < 0.3


MASTERS = {
    "limiter": lambda mix: limit(mix, 6.0, RATE),
    "bell at 100 Hz": lambda mix: limit(bell(mix, 100.0, 3.0, RATE), 6.0, RATE),
    "bell at 1 kHz": lambda mix: limit(bell(mix, 1000.0, -3.0, RATE), 6.0, RATE),
    "shelf": lambda mix: limit(shelf(mix, 3000.0, 3.0, RATE), 6.0, RATE),
    "no limiter": lambda mix: shelf(bell(mix, 120.0, 3.0, RATE), 2500.0, -3.0, RATE),
}


@pytest.mark.parametrize("what", MASTERS)
def test_a_mastered_reference_tells_them_too(what):
    gains_db = [-3.0, 4.0, 0.0, 2.0]
    mastered = torch.from_numpy(MASTERS[what](SONG.mix(gains_db).double().numpy())).float()
    found = match(SONG, mastered, RATE)
    assert apart_db(found, gains_db) < 0.3
    assert found.residual_db < -15
    assert max(found.spread_db) < 1


def test_what_the_reference_lacks_is_muted_and_tells_of_the_rest():
    found = match(SONG, SONG.mix([0.0, 3.0, -math.inf, -2.0]), RATE)
    assert found.heard == (Heard.YES, Heard.YES, Heard.MUTED, Heard.YES)
    assert found.gains_db[2] == -60
    assert np.array(found.gains_db)[[0, 1, 3]] == pytest.approx([0.0, 3.0, -2.0], abs=0.1)
    assert moves(SONG, found).moves[2].action is Action.LOWER


def test_what_the_song_lacks_is_left_unexplained():
    less = replace(SONG, audio=SONG.audio[:3], names=NAMES[:3], roles=SONG.roles[:3], finer_roles=SONG.finer_roles[:3])
    found = match(less, SONG.mix([0.0, 3.0, -2.0, 0.0]), RATE)
    assert found.gains_db == pytest.approx((0.0, 3.0, -2.0), abs=0.5)
    assert -15 < found.residual_db < -1


def test_silence_and_rests_are_told_apart():
    audio = SONG.audio.clone()
    audio[0] = 0
    audio[1, :, : 4 * RATE] = 0
    song = replace(SONG, audio=audio)
    found = match(song, song.mix([0.0, 0.0, 2.0, 0.0])[:, : 4 * RATE], RATE)
    assert found.heard == (Heard.SILENT, Heard.UNTOLD, Heard.YES, Heard.YES)
    assert found.high_db[1] - found.low_db[1] > 100
    planned = moves(song, found).moves
    assert [move.action for move in planned[:2]] == [Action.SILENT, Action.LEAVE]
    assert planned[2].gain_db - planned[3].gain_db == pytest.approx(2.0, abs=0.05)


def test_a_stem_that_is_hardly_heard_has_a_wide_range():
    faint = replace(SONG, audio=SONG.audio * torch.tensor([1.0, 1.0, 0.002, 1.0])[:, None, None])
    noise = 0.01 * torch.randn(2, SONG.audio.shape[-1], generator=torch.Generator().manual_seed(0))
    found = match(faint, faint.mix([0.0, 2.0, 0.0, 0.0]) + noise, RATE)
    widths = np.array(found.high_db) - np.array(found.low_db)
    assert widths[2] > 10 * widths[[0, 1, 3]].max()


def test_the_order_of_the_stems_does_not_count():
    mix = SONG.mix([3.0, -4.0, 0.0, 5.0])
    turned = replace(SONG, audio=SONG.audio.flip(0), names=NAMES[::-1], roles=SONG.roles[::-1])
    assert match(turned, mix, RATE).gains_db[::-1] == pytest.approx(match(SONG, mix, RATE).gains_db, abs=0.01)


def test_the_anchor_stays_and_linked_stems_go_together():
    mix = SONG.mix([3.0, -4.0, 1.0, 1.0])
    assert match(SONG, mix, RATE, anchor="drums").gains_db == pytest.approx((7.0, 0.0, 5.0, 5.0), abs=0.02)
    linked = replace(SONG, links=(("other", "vocals"),))
    assert match(linked, mix, RATE, anchor="bass").gains_db == pytest.approx((0.0, -7.0, -2.0, -2.0), abs=0.02)


def test_moves_leave_what_is_locked_uncertain_or_too_small():
    rows = {"low_db": (1.9, -1.0, 0.01, -6.1), "high_db": (2.1, 2.0, 0.05, -5.9), "spread_db": (0.1, 1.2, 0.02, 0.1)}
    found = Match(
        NAMES,
        (2.0, 0.5, 0.03, -6.0),
        **rows,
        heard=(Heard.YES,) * 4,
        residual_db=-30.0,
        offset_s=0.0,
        common_s=7.0,
        inverted=False,
    )
    planned = moves(SONG, found, strength_percent=50.0, lock=["vocals"])
    assert [move.action for move in planned.moves] == [Action.RAISE, Action.LEAVE, Action.LEAVE, Action.LOCKED]
    assert planned.gains_db().tolist() == [1.0, 0.0, 0.0, 0.0]
    assert planned.moves[3].held_back_db == -6
    assert [round(move.flaw_probability) for move in planned.moves] == [1, 1, 0, 1]
    with pytest.raises(InputError, match="0 to 100"):
        moves(SONG, found, strength_percent=101.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_another_song_is_refused(seed):
    with pytest.raises(InputError, match=r'"rough" is no mix of "band".* explain 0 %'):
        match(SONG, band(seed).mix(), RATE, "rough")


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (torch.zeros(2, 5 * RATE), "is silent"),
        (SONG.mix()[:, : 2 * RATE], "less than 3 s in common"),
        (SONG.mix()[:, :7], "less than 3 s in common"),
        (torch.randn(2, 5 * RATE, generator=torch.Generator().manual_seed(0)), "is no mix of"),
    ],
)
def test_no_balance_is_made_up(reference, said):
    with pytest.raises(InputError, match=said):
        match(SONG, reference, RATE)


def test_a_song_of_one_stem_has_no_balance():
    alone = Song(SONG.audio[:1], ("a",), RATE, roles=(Role.OTHER,))
    with pytest.raises(InputError, match="at least two"):
        match(alone, SONG.mix(), RATE)


def test_an_anchor_has_to_be_there():
    muted = SONG.mix([0.0, 0.0, -math.inf, 0.0])
    with pytest.raises(InputError, match="There is no stem"):
        match(SONG, SONG.mix(), RATE, anchor="kazoo")
    with pytest.raises(InputError, match='The anchor "other" is not to be heard in "rough"'):
        match(SONG, muted, RATE, "rough", anchor="other")
    silent = SONG.with_gains_db([0.0, 0.0, -math.inf, 0.0])
    with pytest.raises(InputError, match='The anchor "other" is silent'):
        match(silent, muted, RATE, anchor="other")


def through_a_master(song: Song) -> float:
    """The largest error, dB, after gains, an equaliser of 3 dB and a limiter of 6 dB on a real song."""
    gains_db, rate = [4.0, -3.0, 0.0, 2.0][: len(song.names)], song.sample_rate
    mix = song.mix(gains_db).double().numpy()
    mastered = torch.from_numpy(limit(bell(mix, 100.0, 3.0, rate), 6.0, rate)).float()
    assert apart_db(match(song, song.mix(gains_db), rate), gains_db) < 0.05
    return apart_db(match(song, mastered, rate), gains_db)


def test_a_real_song_through_equaliser_and_limiter(falcon_path):
    assert through_a_master(Song.load(falcon_path)) < 0.5


@pytest.mark.slow
def test_another_real_song_too(real_songs):
    shortest = min(real_songs, key=lambda place: sum(file.stat().st_size for file in place.iterdir()))
    assert through_a_master(Song.load(shortest)) < 0.5
