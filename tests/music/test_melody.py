"""What is sung: range, register and share of the time."""

import numpy as np
import pytest

from console.music import melody
from console.music.music import Key
from console.music.sound import Sound
from console.read.roles import Role

RATE = 16_000


def sung(notes: list[int], role: Role = Role.VOCALS, rest_s: float = 0.0, gain: float = 0.3) -> Sound:
    """A second of each note, with partials as a voice has them, and silence behind."""
    time = np.arange(RATE) / RATE
    audio = [
        sum(np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * part * time) / part for part in range(1, 7))
        for note in notes
    ]
    audio = np.concatenate([*audio, np.zeros(round(rest_s * RATE))]).astype(np.float32) * gain
    return Sound(("lead",), (role,), audio[None], RATE)


def test_range_and_register_are_those_of_the_notes():
    heard = melody.listen(sung([57, 60, 64, 69]))
    assert (heard.lowest, heard.highest) == ("A3", "A4")
    assert heard.range_semitones == 12
    assert heard.register == "tenor"
    assert heard.voiced_percent > 90


def test_notes_are_spelt_as_their_key_is():
    black = sung([58, 61, 63])
    assert melody.listen(black).lowest == "A#3"
    assert melody.listen(black, Key("F", "minor", "", "", 1.0, "")).lowest == "Bb3"


@pytest.mark.parametrize("by", [-12, 12])
def test_an_octave_moves_the_range_by_an_octave(by):
    plain, moved = (melody.listen(sung([note + shift for note in (57, 60, 64)])) for shift in (0, by))
    assert int(moved.lowest[-1]) - int(plain.lowest[-1]) == by // 12
    assert moved.register != plain.register


@pytest.mark.parametrize("gain", [1e-3, 3.0])
def test_how_loud_it_is_does_not_matter(gain):
    heard, plain = melody.listen(sung([57, 60], gain=gain)), melody.listen(sung([57, 60]))
    assert (heard.lowest, heard.highest, heard.voiced_percent) == (plain.lowest, plain.highest, plain.voiced_percent)


def test_rests_are_not_voiced():
    assert 40 < melody.listen(sung([60, 62], rest_s=2.0)).voiced_percent < 60


def test_what_is_not_sung_is_no_melody():
    assert melody.listen(sung([60], Role.OTHER)) is None
    assert melody.listen(sung([], rest_s=3.0)) is None
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 3 * RATE)).astype(np.float32)
    assert melody.listen(Sound(("lead",), (Role.VOCALS,), noise, RATE)) is None
    assert melody.listen(Sound(("lead",), (Role.VOCALS,), noise[:, :100], RATE)) is None
