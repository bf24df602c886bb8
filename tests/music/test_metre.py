"""Bars of two dotted beats, of three and of four beats, and swing, are told apart; a tempo may change for good."""

import numpy as np
import pytest
import torch

from console.music.beats.bars import Counted, count
from console.music.beats.features import FRAMES_PER_S, RATE_HZ, features
from console.music.beats.heard import alike
from console.music.beats.listen import as_meant
from console.music.beats.metre import along, beside_the_beat, dotted, feel, threes
from console.music.beats.paces import paces

EIGHTH = 12  # frames: 0.24 s
# How strongly each part of a bar rises, from its beginning on.
SIX = {0: 1.0, 1: 0.2, 2: 0.2, 3: 0.8, 4: 0.2, 5: 0.2}
THREE = {0: 1.0, 1: 0.2, 2: 0.7, 3: 0.2, 4: 0.7, 5: 0.2}
FOUR = {0: 1.0, 1: 0.2, 2: 0.8, 3: 0.2, 4: 0.9, 5: 0.2, 6: 0.8, 7: 0.2}
SWUNG = {0: 1.0, 4 / 3: 0.3, 2: 0.8, 10 / 3: 0.3, 4: 0.9, 16 / 3: 0.3, 6: 0.8, 22 / 3: 0.3}
TRESILLO = {0: 1.0, 2: 0.5, 3: 0.9, 4: 0.6, 6: 1.0}


def rises(bar: dict[float, float], eighths: int, bars: int = 24, stretch: float = 0.0) -> np.ndarray:
    """What rises in bars alike, with a little doubt all round; the last bar is longer than the first by `stretch`."""
    rng = np.random.default_rng(0)
    at = np.array([(number * eighths + place) * EIGHTH for number in range(bars) for place in bar])
    frames = np.round(slowed(at, bars * eighths * EIGHTH, stretch)).astype(int) + 4
    heights = np.array(list(bar.values()) * bars) * rng.uniform(0.85, 1.0, len(frames))
    told = rng.uniform(0, 0.02, int(frames[-1]) + 30)
    told[frames] = heights
    return told


def slowed(at: np.ndarray, end: int, stretch: float) -> np.ndarray:
    return at * (1 + stretch / 2 * at / end)


def beats(every: float, eighths: int, bars: int = 24, stretch: float = 0.0) -> np.ndarray:
    """Frames of beats of so many eighths."""
    at = np.arange(0, bars * eighths, every) * EIGHTH
    return np.round(slowed(at, bars * eighths * EIGHTH, stretch)).astype(int) + 4


def of_quarters(bar: dict[float, float], eighths: int, stretch: float = 0.0) -> np.ndarray:
    course = along(rises(bar, eighths, stretch=stretch), beats(2, eighths, stretch=stretch))
    assert course is not None
    return course


@pytest.mark.parametrize("stretch", [0.0, 0.2])
def test_six_eighths_counted_in_quarters_have_two_dotted_beats(stretch: float):
    way = dotted(of_quarters(SIX, 6, stretch), 125.0)
    assert way is not None
    assert way.length == 1.5
    assert way.probability > 0.9


@pytest.mark.parametrize(("bar", "eighths"), [(THREE, 6), (FOUR, 8), (SWUNG, 8), (TRESILLO, 8)])
def test_other_bars_have_none(bar: dict[float, float], eighths: int):
    way = dotted(of_quarters(bar, eighths), 125.0)
    assert way is not None
    assert way.probability < 0.05


def test_bars_of_three_and_of_four_are_told_apart_where_the_counting_is_not():
    nobody_knows = Counted(np.zeros(0, int), np.zeros(0, int), 4, {3: 0.0, 4: 0.0})
    assert threes(of_quarters(THREE, 6), nobody_knows) > 0.9
    assert threes(of_quarters(FOUR, 8), nobody_knows) < 0.1


@pytest.mark.parametrize(
    ("bar", "eighths", "every", "wanted"),
    [
        (FOUR, 8, 2, "straight"),
        (SWUNG, 8, 2, "swung"),
        (SIX, 6, 3, "triple"),
        ({0: 1.0, 2: 0.8, 4: 0.9, 6: 0.8}, 8, 2, None),
    ],
)
def test_into_what_beats_fall(bar: dict[float, float], eighths: int, every: float, wanted: str | None):
    course = along(rises(bar, eighths), beats(every, eighths))
    assert course is not None
    assert feel(course) == wanted
    assert not beside_the_beat(course)


def test_few_beats_tell_nothing():
    assert along(rises(SIX, 6, bars=3), beats(2, 6, bars=3)) is None


def heard(bar: dict[float, float], eighths: int, every: float, metre: int, shift: float = 0.0) -> tuple:
    """Chances of beats so many eighths apart, as a network tells them, what rises, and what does in the bass."""
    rise = rises(bar, eighths)
    chances = np.full((len(rise), 2), 0.01)
    frames = beats(every, eighths) + round(shift * EIGHTH)
    frames = frames[frames < len(rise)]
    chances[frames, (np.arange(len(frames)) % metre == 0).astype(int)] = 0.8
    low = np.zeros(len(rise))
    low[beats(eighths, eighths)] = 0.9
    return chances, rise, low, count(chances, FRAMES_PER_S)


def test_what_was_counted_in_quarters_is_counted_again_in_dotted_ones_and_bars_begin_with_the_bass():
    told = as_meant(*heard(SIX, 6, 2, 3))
    assert told is not None
    assert (told.metre, told.feel) == (2, "triple")
    assert told.tempo_bpm == pytest.approx(60 * FRAMES_PER_S / (3 * EIGHTH), rel=0.01)
    assert np.allclose(np.array(told.downbeats_s[2:-2]) % (6 * EIGHTH / FRAMES_PER_S), 4 / FRAMES_PER_S, atol=0.03)
    assert told.metre_confidence is not None
    assert told.metre_confidence <= told.confidence


@pytest.mark.parametrize("shift", [1, 2])
def test_dotted_beats_that_were_counted_beside_themselves_are_moved(shift: int):
    told = as_meant(*heard(SIX, 6, 3, 4, shift))
    assert told is not None
    assert (told.metre, told.feel) == (2, "triple")
    since = (np.array(told.beats_s[2:-2]) - 4 / FRAMES_PER_S) % (3 * EIGHTH / FRAMES_PER_S)
    assert np.all(np.minimum(since, 3 * EIGHTH / FRAMES_PER_S - since) < 0.03)


@pytest.mark.parametrize(("bar", "eighths", "metre"), [(THREE, 6, 3), (FOUR, 8, 4), (SWUNG, 8, 4)])
def test_plain_bars_are_never_called_compound(bar: dict[float, float], eighths: int, metre: int):
    told = as_meant(*heard(bar, eighths, 2, metre))
    assert told is not None
    assert told.feel != "triple"
    assert told.metre == metre
    assert told.other_metre is None


def test_beats_that_all_sound_alike_have_no_bars_and_a_kit_has():
    rng = np.random.default_rng(0)
    clicks, kit = np.zeros(20 * RATE_HZ, np.float32), np.zeros(20 * RATE_HZ, np.float32)
    long = np.arange(RATE_HZ // 10)
    sounds = [
        np.sin(2 * np.pi * 60 * long / RATE_HZ) * np.exp(-long / 900),
        0.5 * rng.normal(size=len(long)) * np.exp(-long / 600),
    ]
    for number in range(39):
        at = number * RATE_HZ // 2
        clicks[at : at + len(long)] = 0.3 * rng.normal(size=len(long)) * np.exp(-long / 600)
        kit[at : at + len(long)] = sounds[number % 2]
    frames = np.arange(39) * FRAMES_PER_S // 2
    for audio, same in ((clicks, True), (kit, False)):
        assert alike([(torch.as_tensor(features(audio)), 1)], frames) == same


def played(*stretches: tuple[float, float]) -> np.ndarray:
    """Beats at one tempo after another: for how long, at how many a minute; each a little early or late."""
    rng = np.random.default_rng(1)
    times, start = [], 0.0
    for seconds, bpm in stretches:
        own = np.arange(start, start + seconds - 30 / bpm, 60 / bpm)
        times.append(own)
        start = own[-1] + 60 / bpm
    joined = np.concatenate(times)
    return joined + rng.normal(0, 0.004, len(joined))


def test_a_change_of_tempo_is_told_with_when():
    told = paces(played((45, 120), (30, 96), (20, 140)))
    assert [round(pace.tempo_bpm) for pace in told] == [120, 96, 140]
    assert told[0].end_s == pytest.approx(45, abs=1.5)
    assert told[1].end_s == pytest.approx(75, abs=1.5)
    assert told[0].start_s == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    "times_s",
    [
        played((60, 100)),
        played((40, 100), (5, 130)),  # too short to be a stretch
        played((40, 120), (40, 60)),  # another way to count
        played((40, 100), (40, 102.5)),  # nobody hears it
        np.cumsum(np.linspace(0.5, 0.6, 150)),  # it slows down all the time
        np.cumsum(np.random.default_rng(2).uniform(0.3, 0.9, 100)),
        np.array([0.0, 0.5]),
    ],
)
def test_one_tempo_is_one(times_s: np.ndarray):
    assert len(paces(times_s)) == 1
