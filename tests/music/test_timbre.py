"""Timbre: what must be brighter, rougher, deeper than what; the loudness model against its standard's own figures."""

import numpy as np
import pytest
import torch

from console.music.form import form
from console.music.sound import Sound
from console.music.timbre import timbre, with_timbre
from console.music.timbre.models import measured
from console.music.timbre.roughness import roughness
from console.music.timbre.spectra import RATE_HZ, peaks
from console.music.timbre.zwicker import FULL_SCALE_DB, N_BANDS, sharpness_acum, specific_loudness
from console.read.song import Song

TIME = np.arange(3 * RATE_HZ) / RATE_HZ
NOTES = np.exp(-6 * (TIME % 0.5))


def sines(*hz: float) -> np.ndarray:
    return (0.1 * sum(np.sin(2 * np.pi * each * TIME) for each in hz)).astype(np.float32)


def noise(tilt_db: float, seed: int = 0) -> np.ndarray:
    """Struck again every half second; its spectrum falls by so many dB per octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(TIME)))
    octaves = np.log2(np.maximum(np.arange(len(spectrum)), 20))
    return (NOTES * 0.1 * np.fft.irfft(spectrum * 10 ** (-tilt_db * (octaves - 10) / 20), len(TIME))).astype(np.float32)


def test_a_tone_of_40_phon_has_one_sone_and_of_60_db_one_acum():
    bands = np.full((2, N_BANDS), 1e-12)
    bands[:, 16] = 10 ** ((np.array([40, 60]) - FULL_SCALE_DB) / 10)  # the third of an octave about 1 kHz
    loudness = specific_loudness(bands)
    assert loudness.sum(-1) * 0.1 == pytest.approx([1, 4], rel=0.25)
    assert sharpness_acum(loudness)[1] == pytest.approx(1, abs=0.15)


def test_loudness_masks_upwards_and_falls_steadily():
    bands = np.full((1, N_BANDS), 1e-12)
    bands[0, 16] = 10 ** ((70 - FULL_SCALE_DB) / 10)
    (loudness,) = specific_loudness(bands)
    top = int(loudness.argmax())
    assert 75 <= top <= 92
    assert loudness[top - 20] < 0.01 * loudness[top] < loudness[top + 15]
    assert (np.diff(loudness[top:]) <= 0).all()


def test_a_darker_sound_is_less_bright_and_sharp_and_deeper_and_warmer():
    white, pink, dark = (measured(noise(tilt)) for tilt in (0, 3, 9))
    assert white.brightness > pink.brightness > dark.brightness
    assert white.sharpness_acum > pink.sharpness_acum > dark.sharpness_acum
    assert white.depth < pink.depth < dark.depth
    assert white.warmth < dark.warmth


def test_struck_is_harder_than_swelling():
    struck = noise(3)
    assert measured(struck).hardness > measured(struck[::-1].copy()).hardness + 3


def test_roughness_is_greatest_for_partials_a_third_of_a_critical_band_apart():
    alone, near, far = (roughness(sines(*hz)) for hz in ((440,), (440, 480), (440, 880)))
    assert alone < 0.01
    assert near > 5 * far
    quiet_partner = sines(440) + 0.05 * sines(480)
    assert roughness(quiet_partner) < 0.1 * near


@pytest.mark.parametrize("gain", [0.05, 0.3, 30.0])
def test_level_is_no_timbre(gain):
    sound = noise(3)
    for one, other in zip(
        vars(measured(sound)).values(), vars(measured(np.float32(gain) * sound)).values(), strict=True
    ):
        assert one == pytest.approx(other, abs=0.2)


def test_what_is_too_short_or_silent_has_no_timbre():
    assert measured(np.zeros(RATE_HZ, dtype=np.float32)) is None
    assert measured(sines(440)[:1000]) is None
    assert timbre(Sound.of(Song(torch.zeros(2, 1, 8000), ("a", "b"), 8000))) is None


@pytest.mark.parametrize("odd", ["click", "tone", "offset", "second"])
def test_odd_sounds_have_finite_timbre(odd):
    sound = {
        "click": np.eye(1, len(TIME), 5000, dtype=np.float32)[0],
        "tone": sines(1000),
        "offset": sines(100) + np.float32(0.5),
        "second": sines(440, 550)[:RATE_HZ],
    }[odd]
    values = vars(measured(sound))
    assert all(np.isfinite(value) and 0 <= value <= 100 for value in values.values()), values


def test_peaks_stand_out_and_lie_between_bins():
    rows = np.zeros((2, 50), dtype=np.float32)
    rows[0, 9:12] = 0.5, 1.0, 0.8
    rows[1, 49] = 1.0
    rows[1, 20:24] = 0.3, 0.5, 0.495, 0.6
    row, place, exact, height = peaks(rows, 0.1)
    assert (row.tolist(), place.tolist()) == ([0, 1, 1], [10, 23, 49])
    assert 10 < exact[0] < 10.5
    assert height[0] > 1
    assert exact[2] == 49


def test_each_section_has_its_own_timbre():
    dark, bright = (torch.from_numpy(np.tile(noise(tilt), 5)) for tilt in (9, 0))
    audio = torch.cat([dark, bright])[None, None]
    song = Song(torch.cat([audio, 0.1 * audio]), ("drums", "other"), RATE_HZ)
    found = form(song)
    first, *_, last = with_timbre(found, Sound.of(song)).sections
    assert first.timbre.brightness + 10 < last.timbre.brightness
    assert first.start_s == found.sections[0].start_s
