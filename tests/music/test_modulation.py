"""Keys that change for good, and how a song is tuned."""

import numpy as np
import pytest

from console.music.harmony.key import listen
from console.music.harmony.spectrum import RATE_HZ
from console.music.harmony.tuning import tuning_cents, tuning_of
from console.music.sound import Sound
from console.read.roles import Role

CADENCE = {
    "major": ((0, 4, 7), (5, 9, 0), (7, 11, 2), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 0), (7, 11, 2), (0, 3, 7)),
}


def chords(tonic: int, mode: str, seconds: float, cents: float = 0.0) -> np.ndarray:
    """I, IV, V, I again and again, a chord a second."""
    time = np.arange(RATE_HZ) / RATE_HZ
    bars = []
    for number in range(round(seconds)):
        tones = [48 + tonic] + [60 + (tonic + step) % 12 for step in CADENCE[mode][number % 4]]
        hz = [440 * 2 ** ((tone - 69 + cents / 100) / 12) for tone in tones]
        bars.append(sum(np.sin(2 * np.pi * each * time) + 0.4 * np.sin(4 * np.pi * each * time) for each in hz))
    return 0.1 * np.concatenate(bars).astype(np.float32)


def of_keys(audio: np.ndarray) -> Sound:
    return Sound(("keys",), (Role.OTHER,), audio[None].astype(np.float32), RATE_HZ)


def test_a_change_of_key_for_good_is_told_with_when_and_the_longer_one_is_the_song_s():
    key = listen(of_keys(np.concatenate([chords(2, "major", 24), chords(4, "major", 36)])))
    assert key is not None
    assert [stretch.name for stretch in key.stretches] == ["D major", "E major"]
    assert key.stretches[0].end_s == key.stretches[1].start_s == pytest.approx(24, abs=3)
    assert key.name == "E major"


@pytest.mark.parametrize(
    "audio",
    [
        chords(0, "major", 40),
        np.concatenate([chords(0, "major", 20), chords(6, "major", 4), chords(0, "major", 20)]),  # a bar or two
        np.concatenate([chords(0, "major", 20), chords(9, "minor", 20)]),  # its relative: the same notes
    ],
)
def test_one_key_is_one(audio: np.ndarray):
    key = listen(of_keys(audio))
    assert key is not None
    assert key.stretches == ()


def test_a_key_that_comes_back_is_told_three_times():
    back = np.concatenate([chords(0, "minor", 24), chords(3, "minor", 24), chords(0, "minor", 24)])
    key = listen(of_keys(back))
    assert key is not None
    assert [stretch.name for stretch in key.stretches] == ["C minor", "Eb minor", "C minor"]
    assert key.name == "C minor"


@pytest.mark.parametrize("cents", [-45.0, -31.8, 0.0, 12.0, 45.0])
def test_tuning_is_measured_to_two_cents(cents: float):
    assert tuning_of(chords(0, "major", 4, cents)) == pytest.approx(cents, abs=2)


def test_tuning_is_heard_in_instruments_and_told_with_the_key():
    keys = chords(0, "major", 12, -31.8)
    voice = chords(0, "major", 12, 40)
    song = Sound(("keys", "vocals"), (Role.OTHER, Role.VOCALS), np.stack([keys, voice]), RATE_HZ)
    assert tuning_cents(song) == pytest.approx(-31.8, abs=2)
    told = listen(song)
    assert told is not None
    assert told.tuning_cents == tuning_cents(song)


def test_noise_and_silence_are_tuned_in_no_way():
    rng = np.random.default_rng(0)
    assert tuning_of((0.1 * rng.normal(size=4 * RATE_HZ)).astype(np.float32)) is None
    assert tuning_of(np.zeros(4 * RATE_HZ, np.float32)) is None
    assert tuning_of(np.zeros(10, np.float32)) is None


def test_a_lone_tone_has_no_key():
    time = np.arange(8 * RATE_HZ) / RATE_HZ
    assert listen(of_keys(0.1 * np.sin(2 * np.pi * 440 * time))) is None
