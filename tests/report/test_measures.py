"""What the report measures by itself: the spectrum beside the usual one, levels over time, the notes of chords."""

import math

import pytest
import torch
from songs import noise_song

from console.music.course import course
from console.music.harmony.notes import notes
from console.music.harmony.vocabulary import QUALITIES
from console.music.spectrum import FROM_HZ, TO_HZ, spectrum
from console.read.roles import Role
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from explainer.music.of_mix import departures

RATE_HZ = 44_100


def one(audio: torch.Tensor) -> Song:
    return Song(audio[None].float(), ("other",), RATE_HZ, roles=(Role.OTHER,))


def falling(db_per_octave: float, seconds: float = 20.0) -> torch.Tensor:
    """Noise whose density falls by so much per octave."""
    count = round(seconds * RATE_HZ)
    lines = torch.fft.rfft(torch.randn(2, count, generator=torch.Generator().manual_seed(3)))
    hz = torch.fft.rfftfreq(count, 1 / RATE_HZ).clamp_min(20.0)
    shaped = torch.fft.irfft(lines * (hz / 1000) ** (-db_per_octave / 20 / math.log10(2)), count)
    return 0.1 * shaped / shaped.std()


def test_noise_that_falls_as_the_usual_does_lies_on_it():
    found = spectrum(one(falling(4.5)))
    for hz, level_db, usual_db in zip(found.bands_hz, found.level_db, found.usual_db, strict=True):
        assert (usual_db is not None) == (FROM_HZ <= hz <= TO_HZ)
        if usual_db is not None:
            assert level_db == pytest.approx(usual_db, abs=1.0)
    assert departures(found)[0] == "The spectrum lies within 4 dB of the usual."


def test_white_noise_is_too_bright_and_its_level_does_not_matter():
    white = falling(0.0)
    found, softer = spectrum(one(white)), spectrum(one(0.01 * white))
    assert found == softer
    said = departures(found)
    assert any("above the usual" in sentence and "10 kHz" in sentence for sentence in said)
    assert any("below the usual" in sentence and "63 Hz" in sentence for sentence in said)


def test_a_tone_lies_in_its_third_and_silence_has_no_spectrum():
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(5 * RATE_HZ) / RATE_HZ).expand(2, -1)
    found = spectrum(one(tone))
    assert found.level_db[found.bands_hz.index(1000.0)] == pytest.approx(0.0, abs=0.1)
    assert spectrum(one(torch.zeros(2, RATE_HZ))) is None
    assert course(one(torch.zeros(2, RATE_HZ))) is None


def test_levels_over_time_are_the_loudness_of_what_sounds_then():
    song = noise_song(seconds=8.0)
    half = song.audio.clone()
    half[1, :, 4 * RATE_HZ :] = 0
    half[:, :, : 4 * RATE_HZ] *= 0.5
    found = course(Song(half, song.names, RATE_HZ, roles=song.roles))
    assert found.step_s == pytest.approx(0.4, abs=0.01)
    silent = found.stems_lufs[song.names[1]]
    assert silent[2] is not None
    assert silent[-2] is None
    steady = one(falling(3.0, 10.0))
    levels = course(steady).mix_lufs
    assert sum(levels) / len(levels) == pytest.approx(integrated_lufs(steady.mix(), RATE_HZ), abs=0.3)
    assert max(found.peaks) == pytest.approx(float(half.sum(0).abs().max()), abs=1e-3)


def test_a_long_song_has_as_many_points_as_can_be_drawn():
    long = noise_song((Role.DRUMS,), seconds=600.0, rate=8000)
    found = course(long)
    assert 300 <= len(found.mix_lufs) <= 400
    assert len(found.peaks) == len(found.mix_lufs)
    assert found.step_s * len(found.mix_lufs) == pytest.approx(600.0, rel=0.01)


@pytest.mark.parametrize(
    ("chord", "made_of"),
    [
        ("C:maj", (0, 4, 7)),
        ("A:min7", (9, 0, 4, 7)),
        ("Bb:maj/3", (10, 2, 5)),
        ("G:7", (7, 11, 2, 5)),
        ("D:sus4", (2, 7, 9)),
    ],
)
def test_notes_of_chords(chord, made_of):
    assert notes(chord) == made_of


def test_what_is_no_chord_has_no_notes():
    assert notes("N") == notes("X") == notes("H:maj") == notes("C:<b>") == ()
    assert all(len(set(notes(f"C:{quality}"))) == len(notes(f"C:{quality}")) >= 3 for quality in QUALITIES)
