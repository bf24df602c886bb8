"""Meters against the standards' own signals, and against pyloudnorm."""

import math

import pytest
import torch

from console.meters.meters import gated_lufs, loudness_range_lu, meter, stereo
from console.network.features import energies
from console.stream.loudness import integrated_lufs

RATE = 44_100


def tone(*parts: tuple[float, float]) -> torch.Tensor:
    """A stereo sine of 1 kHz in parts of (dBFS, seconds)."""
    level = torch.cat([torch.full((round(length_s * RATE),), 10 ** (db / 20)) for db, length_s in parts])
    time_s = torch.arange(len(level), dtype=torch.float64) / RATE
    return (level * torch.sin(2 * math.pi * 1000 * time_s)).float().expand(2, -1).contiguous()


def weighted(audio: torch.Tensor) -> torch.Tensor:
    return energies(audio[None], RATE)[0, :, 1]


@pytest.mark.parametrize(
    ("parts", "range_lu"),
    [
        ([(-20, 20), (-30, 20)], 10),
        ([(-20, 20), (-15, 20)], 5),
        ([(-40, 20), (-20, 20)], 20),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
    ],
)
def test_loudness_ranges_of_ebu_tech_3342(parts, range_lu):
    assert loudness_range_lu(weighted(tone(*parts))) == pytest.approx(range_lu, abs=1)


@pytest.mark.parametrize("parts", [[(-23, 5)], [(-60, 10), (-20, 10)], [(-36, 10), (-23, 60), (-36, 10)], [(-80, 3)]])
def test_integrated_loudness_is_that_of_the_standard(parts):
    audio = tone(*parts)
    assert gated_lufs(weighted(audio)) == pytest.approx(integrated_lufs(audio, RATE), abs=0.1)


def test_silence_has_no_loudness_and_no_range():
    assert gated_lufs(torch.zeros(50)) == -math.inf
    assert loudness_range_lu(torch.zeros(50)) == 0
    silent = torch.zeros(2, RATE)
    shown = meter(silent, RATE, energies(silent[None], RATE)[0], None)
    assert set(vars(shown).values()) == {None}
    assert shown.text() == "silent."


def test_width_and_correlation():
    left, right = torch.randn(2, 200_000, generator=torch.Generator().manual_seed(0))
    for audio, width_percent, correlation in [
        (left[None], 0, 1),
        (torch.stack([left, left]), 0, 1),
        (torch.stack([left, -left]), 100, -1),
        (torch.stack([left, right]), 50, 0),
        (torch.stack([left, 0 * left]), 50, 0),
    ]:
        wide = stereo(audio)
        assert wide.width_percent == pytest.approx(width_percent, abs=1)
        assert wide.correlation == pytest.approx(correlation, abs=0.01)
    assert stereo(torch.zeros(2, 100)) is None


def test_a_sine_reads_as_one():
    audio = tone((-20, 4))
    shown = meter(audio, RATE, energies(audio[None], RATE)[0], None)
    assert shown.true_peak_dbtp == pytest.approx(-20, abs=0.1)
    assert shown.crest_db == pytest.approx(3.0, abs=0.2)
    assert shown.loudness_lufs == pytest.approx(-20, abs=0.1)
    assert max(shown.bands_db) == pytest.approx(0, abs=3.1)  # on the edge of two bands
    assert f"{shown.loudness_lufs} LUFS" in shown.text()
