"""The mix as a meter has it, and what services do to it."""

import math

import pytest
import torch

from console.music.mix import SERVICES, mix
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from tests.songs import noise_song

RATE = 48_000


def tone(peak_dbfs: float, seconds: float = 5.0, channels: int = 2) -> Song:
    """A sine of 997 Hz, half of it in each stem."""
    sine = 10 ** (peak_dbfs / 20) * torch.sin(2 * math.pi * 997 * torch.arange(round(seconds * RATE)) / RATE)
    return Song(torch.stack([sine / 2, sine / 2])[:, None].expand(2, channels, -1).contiguous(), ("a", "b"), RATE)


def changes(song: Song) -> dict[str, float]:
    return {target.service: target.change_db for target in mix(song).targets}


def test_a_sine_reads_as_the_standards_say():
    shown = mix(tone(-23))
    assert shown.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert shown.true_peak_dbtp == pytest.approx(-23, abs=0.1)
    assert shown.crest_db == pytest.approx(3.01, abs=0.15)
    assert shown.range_lu == 0
    assert (shown.correlation, shown.width_percent) == (1, 0)
    loudest = max(shown.bands, key=lambda band: band.share_db)
    assert (loudest.low_hz, loudest.high_hz) in {(500, 1000), (1000, 2000)}
    assert sum(10 ** (band.share_db / 10) for band in shown.bands) == pytest.approx(1, abs=0.05)


def test_loud_mixes_are_turned_down_by_all():
    loud = changes(tone(-8))
    assert loud["Spotify"] == pytest.approx(-6, abs=0.1)
    assert loud["Apple Music"] == pytest.approx(-8, abs=0.1)
    assert loud["Deezer"] == pytest.approx(-7, abs=0.1)
    assert loud["EBU R 128"] == pytest.approx(-15, abs=0.1)
    assert set(loud) == {service.name for service in SERVICES}


def test_quiet_mixes_are_turned_up_only_by_some_and_as_far_as_peaks_allow():
    quiet = changes(tone(-20))
    assert quiet["Spotify"] == pytest.approx(6, abs=0.1)
    assert {quiet[service.name] for service in SERVICES if service.only_down} == {0}
    peaky = tone(-20)
    peaky.audio[0, :, RATE] += 0.7
    assert 0 <= changes(peaky)["Spotify"] < 3
    assert not any(math.copysign(1, change) < 0 for change in quiet.values() if change == 0)


def test_loudness_is_the_projects_own():
    song = noise_song(seconds=8.0)
    assert mix(song).integrated_lufs == pytest.approx(integrated_lufs(song.mix(), song.sample_rate), abs=0.05)


def test_mono_has_no_stereo_and_short_no_range():
    mono = mix(tone(-20, seconds=2.0, channels=1))
    assert (mono.correlation, mono.width_percent, mono.range_lu) == (None, None, None)
    assert mono.integrated_lufs == pytest.approx(-20, abs=0.1)
    blip = mix(tone(-20, seconds=0.3))
    assert (blip.integrated_lufs is None, blip.targets) == (True, ())


def test_silence_has_no_mix():
    assert mix(Song(torch.zeros(2, 2, RATE), ("a", "b"), RATE)) is None
