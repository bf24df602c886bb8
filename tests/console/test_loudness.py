"""Loudness against physics, and against pyloudnorm."""

import math

import numpy as np
import pyloudnorm
import pytest
import torch

from console.audio.k_weighting import k_weighting
from console.network.features import energies
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp

RATES = (8_000, 22_050, 44_100, 48_000, 96_000, 192_000)


def sine(hz: float, rate: int, seconds: float = 3.0, phase: float = 0.0) -> torch.Tensor:
    time_s = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return torch.sin(2 * math.pi * hz * time_s + phase).float()[None]


def test_a_full_scale_sine_at_997_hz_reads_minus_3_lufs():
    one_side = torch.cat([sine(997, 48_000), torch.zeros_like(sine(997, 48_000))])
    assert integrated_lufs(one_side, 48_000) == pytest.approx(-3.01, abs=0.05)


def test_one_channel_counts_as_heard_on_both_sides():
    mono = 0.1 * sine(997, 48_000)
    assert integrated_lufs(mono, 48_000) == pytest.approx(integrated_lufs(mono.expand(2, -1), 48_000), abs=1e-6)
    one_side = torch.cat([mono, torch.zeros_like(mono)])
    assert integrated_lufs(mono, 48_000) - integrated_lufs(one_side, 48_000) == pytest.approx(3.01, abs=0.01)


def test_six_db_are_six_lu():
    quiet = 0.1 * sine(500, 44_100)
    louder = quiet * 10 ** (6 / 20)
    assert integrated_lufs(louder, 44_100) - integrated_lufs(quiet, 44_100) == pytest.approx(6, abs=1e-3)


@pytest.mark.parametrize("samples", [0, 100, 17_000])
def test_too_short_for_a_gating_block_has_no_loudness(samples):
    assert integrated_lufs(torch.ones(2, samples), 44_100) == -math.inf


def test_silence_has_no_loudness_and_no_peak():
    silence = torch.zeros(2, 44_100)
    assert integrated_lufs(silence, 44_100) == -math.inf
    assert true_peak_dbtp(silence, 44_100) == -math.inf
    assert true_peak_dbtp(torch.zeros(1, 0), 44_100) == -math.inf


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000, 192_000])
def test_true_peak_finds_what_lies_between_the_samples(rate):
    tone = sine(rate / 4, rate, phase=math.pi / 4) * torch.hann_window(3 * rate)
    samples_db = 20 * math.log10(float(tone.abs().max()))
    assert samples_db == pytest.approx(-3.01, abs=0.01)
    if rate < 192_000:  # from there on, BS.1770 reads the samples themselves
        assert true_peak_dbtp(tone, rate) == pytest.approx(0.0, abs=0.1)


def test_true_peak_is_never_below_the_sample_peak_and_needs_no_clamping_near_full_scale():
    noise = 4 * torch.randn(2, 60_000, generator=torch.Generator().manual_seed(0))
    peak_db = 20 * math.log10(float(noise.abs().max()))
    assert peak_db <= true_peak_dbtp(noise, 44_100) < peak_db + 6


def test_true_peak_of_a_long_file_is_found_in_every_block():
    audio = torch.zeros(1, 700_000)
    burst = sine(11_025, 44_100, 0.05, math.pi / 4) * torch.hann_window(round(0.05 * 44_100))
    for at in (0, 262_144 - 1_000, 600_000):
        placed = audio.clone()
        placed[:, at : at + burst.shape[1]] = burst
        assert true_peak_dbtp(placed, 44_100) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [60, 250, 997, 3_000])
def test_k_weighted_level_of_a_tone_agrees_with_pyloudnorm(rate, hz):
    tone = 0.1 * sine(hz, rate)
    weighted = energies(tone[None], rate)[0, :, 1]
    ours = -0.691 + 10 * float(weighted[5:-5].mean().log10())  # the first and last frames hold the file's edges
    assert ours == pytest.approx(pyloudnorm.Meter(rate).integrated_loudness(tone.numpy().T), abs=0.1)


def test_k_weighted_momentary_levels_of_music_agree_with_pyloudnorm(small_song):
    rate = small_song.sample_rate
    for stem in small_song.audio:
        meter = pyloudnorm.Meter(rate)
        meter.integrated_loudness(stem.numpy().T)
        weighted = energies(stem[None], rate)[0, :, 1]
        blocks = (weighted[:-1] + weighted[1:]) / 2  # 0.4 s, every 0.2 s; theirs begin every 0.1 s
        theirs_lufs = np.array(meter.blockwise_loudness[::2][: len(blocks)])
        ours_lufs = -0.691 + 10 * np.log10(blocks[: len(theirs_lufs)].numpy())
        assert np.median(np.abs(ours_lufs - theirs_lufs)) < 0.5
        assert np.mean(10 ** (ours_lufs / 10)) == pytest.approx(np.mean(10 ** (theirs_lufs / 10)), rel=0.03)


def test_k_weighted_energy_is_quadratic_in_gain_and_differentiable():
    tone = sine(500, 44_100, 1.0)[None]
    gain = torch.tensor(2.0, requires_grad=True)
    once = energies(tone, 44_100)[0, :, 1].mean()
    twice = energies(gain * tone, 44_100)[0, :, 1].mean()
    twice.backward()
    assert float(twice.detach() / once) == pytest.approx(4, rel=1e-5)
    assert float(gain.grad / once) == pytest.approx(4, rel=1e-5)  # d(g^2)/dg at 2


def test_k_weighting_at_any_rate_is_the_same_curve():
    at_hz = torch.tensor([50, 200, 1000, 3000])
    for rate in (44_100, 96_000):
        bins = k_weighting(rate // 2 + 1, rate)[at_hz]
        torch.testing.assert_close(bins, k_weighting(24_001, 48_000)[at_hz], rtol=0.03, atol=0)
