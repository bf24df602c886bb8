"""What the console measures: invariant under a master gain, at any rate, and quadratic in the gains."""

import math
import warnings

import pytest
import torch
import torchaudio.functional
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song

from console.audio._torchaudio import mel_bands
from console.network.features import (
    CANCELLED,
    FLOOR_DB,
    FRAMES,
    LEVELS,
    LOUDEST_LEVEL,
    LOUDEST_S,
    MEAN_LEVEL,
    N_BANDS,
    N_MEL,
    QUANTILES,
    ROWS,
    SCALE_DB,
    SECONDS,
    Features,
    cross_energies,
    describe,
    energies,
    hide,
    measure,
    regained,
    spectra,
)
from console.stream.steps import AskPowers

SINGLE = slice(2, 2 + SECONDS)  # where the levels hold single seconds ...
SHARES = slice(2 + SECONDS, 2 + 2 * SECONDS)  # ... these against the mix's ...
WEIGHTED = 2 + 2 * SECONDS + len(QUANTILES)  # ... the K-weighted mean ...
BANDS = slice(WEIGHTED + 2, WEIGHTED + 2 + N_BANDS)  # ... and the bands
RATE_HZ = 44_100
SONG = noise_song(seconds=3.0)
GAINS_DB = st.lists(st.floats(-30, 20), min_size=4, max_size=4)


def close(a: Features, b: Features, atol: float) -> None:
    torch.testing.assert_close(a.levels, b.levels, atol=atol, rtol=0)
    torch.testing.assert_close(a.content, b.content, atol=atol, rtol=0)
    assert torch.equal(a.present, b.present)


def decibels(power: torch.Tensor) -> torch.Tensor:
    return 10 * power.log10()


def tone(hz: float, seconds: float = 2.0, rate: int = RATE_HZ) -> torch.Tensor:
    """One stem in one channel, at -6 dBFS."""
    time_s = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return (0.5 * torch.sin(2 * math.pi * hz * time_s)).float()[None, None]


def test_shapes_and_the_mix_as_the_last_source(small_song):
    features = measure(small_song.audio, small_song.sample_rate)
    assert features.levels.shape == (5, LEVELS)
    assert features.content.shape == (5, N_MEL, 8)
    assert features.present.all()
    alone = measure(small_song.mix()[None], small_song.sample_rate)
    torch.testing.assert_close(features.content[-1], alone.content[0], atol=1e-3, rtol=0)
    torch.testing.assert_close(features.levels[-1], alone.levels[0], atol=1e-3, rtol=0)


@given(st.integers(1, 60_000), st.sampled_from([8_000, 22_050, 44_100, 48_000]))
def test_a_window_has_a_whole_number_of_steps_the_nearest_to_its_length(samples, rate):
    spectrum = spectra(torch.ones(1, 1, samples), rate)
    assert spectrum.shape[-1] == FRAMES * max(1, round(samples / (FRAMES * round(0.05 * rate))))


def test_batches_of_windows_measure_as_each_by_itself(small_song):
    thirds = small_song.audio.unflatten(-1, (3, -1)).permute(2, 0, 1, 3)
    together = measure(thirds, small_song.sample_rate)
    for index, window in enumerate(thirds):
        close(Features(*(part[index] for part in together)), measure(window, small_song.sample_rate), atol=1e-4)


@given(st.floats(-60, 40))
def test_one_gain_on_all_stems_changes_nothing(gain_db):
    close(measure(SONG.audio, RATE_HZ), measure(SONG.audio * 10 ** (gain_db / 20), RATE_HZ), atol=1e-3)


def test_a_gain_on_one_stem_moves_its_levels_and_not_its_content(small_song):
    before, after = (
        measure(small_song.with_gains_db([gain_db, 0.0, 0.0, 0.0]).audio, small_song.sample_rate)
        for gain_db in (0.0, 6.0)
    )
    torch.testing.assert_close(before.content[:4], after.content[:4], atol=1e-3, rtol=0)
    against_bass = SCALE_DB * ((after.levels[0] - after.levels[2]) - (before.levels[0] - before.levels[2]))
    heard = (before.levels[0] > FLOOR_DB / SCALE_DB) & (before.levels[2] > FLOOR_DB / SCALE_DB)
    heard[SHARES] = False  # those of two stems are not of the same seconds
    torch.testing.assert_close(against_bass[heard], torch.full_like(against_bass[heard], 6), atol=0.01, rtol=0)


def test_a_silent_stem_is_absent_and_changes_nothing_of_the_others(small_song):
    with_silence = torch.cat([small_song.audio[:2], torch.zeros_like(small_song.audio[:1]), small_song.audio[2:]])
    features = measure(with_silence, small_song.sample_rate)
    assert features.present.tolist() == [True, True, False, True, True, True]
    kept = [0, 1, 3, 4, 5]
    without = measure(small_song.audio, small_song.sample_rate)
    close(without, Features(*(part[kept] for part in features)), atol=1e-4)


@pytest.mark.parametrize(("below_db", "present"), [(-58.0, True), (-62.0, False)])
def test_a_stem_60_db_below_the_mix_counts_as_silent(below_db, present):
    audio = noise_song(seconds=2.0).audio[:2]
    audio = audio / audio.square().mean((1, 2), keepdim=True).sqrt()
    audio[1] *= 10 ** (below_db / 20)
    assert measure(audio, RATE_HZ).present.tolist() == [True, present, True]


def test_all_silent_is_absent_and_finite():
    features = measure(torch.zeros(3, 2, 44_100), 44_100)
    assert not features.present.any()
    assert features.levels.isfinite().all()
    assert features.content.isfinite().all()


def test_stems_that_cancel_are_still_heard_and_their_mix_is_not():
    stem = noise_song(seconds=2.0).audio[:1]
    features = measure(torch.cat([stem, -stem]), RATE_HZ)
    assert features.present.tolist() == [True, True, False]
    expected_db = -decibels(torch.tensor(2 * CANCELLED))  # against a thousandth of both stems' energy
    torch.testing.assert_close(SCALE_DB * features.levels[:2, MEAN_LEVEL], expected_db.expand(2), atol=0.01, rtol=0)
    assert features.levels.isfinite().all()


@pytest.mark.parametrize("rate", [11_025, 22_050, 32_000, 48_000, 96_000, 192_000])
def test_what_is_measured_is_the_same_at_any_sample_rate(rate):
    """Of sound below 4 kHz, as the lowest rate holds no more."""
    low = noise_song(seconds=3.0, rate=8_000).audio
    at_rate, native = (
        measure(torchaudio.functional.resample(low, 8_000, r, lowpass_filter_width=32), r) for r in (rate, RATE_HZ)
    )
    torch.testing.assert_close(at_rate.levels[:, : BANDS.start], native.levels[:, : BANDS.start], atol=0.02, rtol=0)
    torch.testing.assert_close(at_rate.levels[:, SHARES], native.levels[:, SHARES], atol=0.02, rtol=0)
    within = slice(2, 30)  # mel bands well below 4 kHz
    assert (at_rate.content - native.content)[:, within].abs().median() < 0.02
    assert (at_rate.content - native.content)[:, within].abs().quantile(0.99) < 0.2
    assert torch.equal(at_rate.present, native.present)


@given(GAINS_DB)
def test_cross_energies_give_the_energies_after_any_gains(gains_db):
    cross = cross_energies(spectra(SONG.audio, RATE_HZ), RATE_HZ)
    gain = 10 ** (torch.tensor(gains_db) / 20)
    by_form = regained(cross, gain[:, None].expand(-1, cross.shape[2]))
    rendered = energies(SONG.with_gains_db(gains_db).audio, RATE_HZ)
    torch.testing.assert_close(by_form, rendered, rtol=1e-3, atol=1e-6 * float(rendered.max()))
    close(describe(by_form), describe(rendered), atol=1e-2)


def test_several_draws_of_gains_are_regained_at_once(small_song):
    rate = small_song.sample_rate
    cross = cross_energies(spectra(small_song.audio, rate), rate)
    gain = torch.rand(3, 4, cross.shape[2], generator=torch.Generator().manual_seed(0))
    together = regained(cross, gain)
    assert together.shape == (3, 5, cross.shape[2], ROWS)
    for draw in range(3):
        torch.testing.assert_close(together[draw], regained(cross, gain[draw]))


def test_gains_that_change_between_seconds_measure_as_rendered(small_song):
    """Ramps of 5 ms keep the rendered joins from clicking; frames across a join then see nearly what was reckoned."""
    by_second = torch.tensor([[1.0, 0.3, 1.0], [0.5, 1.0, 0.1], [1.0, 1.0, 0.4], [0.2, 0.2, 1.0]])
    cross = cross_energies(spectra(small_song.audio, RATE_HZ), RATE_HZ)
    reckoned = describe(regained(cross, by_second.repeat_interleave(5, 1)))
    curve = by_second.repeat_interleave(RATE_HZ, 1)[:, None]
    ramp = torch.nn.functional.avg_pool1d(torch.nn.functional.pad(curve, (110, 110), "replicate"), 221, 1)
    rendered = measure(small_song.audio * ramp, RATE_HZ)
    off_db = SCALE_DB * (reckoned.levels - rendered.levels).abs()
    assert off_db.median() < 0.1
    assert off_db[:, [MEAN_LEVEL, LOUDEST_LEVEL]].max() < 0.2


def test_a_pair_of_stems_crosses_the_same_both_ways_and_a_stem_with_itself_is_its_energy(small_song):
    cross = cross_energies(spectra(small_song.audio, RATE_HZ), RATE_HZ)
    assert torch.equal(cross, cross.transpose(0, 1))
    torch.testing.assert_close(cross.diagonal().permute(2, 0, 1), energies(small_song.audio, RATE_HZ)[:-1])


def test_plain_powers_alone_are_those_among_the_energies(small_song):
    power = small_song.sound.ask(AskPowers())
    torch.testing.assert_close(power, energies(small_song.audio, RATE_HZ)[:-1, :, 0], rtol=1e-5, atol=1e-9)


@given(st.integers(0, 100), st.integers(1, 4))
def test_levels_are_those_reckoned_by_hand(seed, stems):
    """Of 10 s, each second five steps."""
    generator = torch.Generator().manual_seed(seed)
    energy = torch.rand(stems + 1, 10 * 5, ROWS, generator=generator) + 0.01
    levels_db = SCALE_DB * describe(energy).levels
    plain = energy[..., 0]
    mix = plain[-1].mean()
    by_second = plain.unflatten(-1, (10, 5)).mean(-1)
    for source in range(stems + 1):
        seconds, order = by_second[source].sort(descending=True)
        for where, expected in (
            (MEAN_LEVEL, plain[source].mean() / mix),
            (LOUDEST_LEVEL, seconds[:LOUDEST_S].mean() / mix),
            (SINGLE, seconds / mix),
            (WEIGHTED, energy[source, :, 1].mean() / mix),
            (BANDS, energy[source, :, 2:].mean(0).unflatten(0, (N_BANDS, -1)).sum(-1) / mix),
            (SHARES, seconds / by_second[-1, order]),
        ):
            torch.testing.assert_close(levels_db[source, where], decibels(expected), atol=1e-3, rtol=0)


def test_levels_are_those_of_the_waveform():
    song = noise_song(seconds=10.0)
    sources = torch.cat([song.audio, song.mix()[None]])
    power = sources.square().sum(1)
    seconds = power.unflatten(-1, (10, -1)).mean(-1)
    levels_db = SCALE_DB * measure(song.audio, RATE_HZ).levels
    mean_db = decibels(power.mean(-1) / power[-1].mean())
    loudest_db = decibels(seconds.topk(2).values.mean(-1) / power[-1].mean())
    torch.testing.assert_close(levels_db[:, MEAN_LEVEL], mean_db, atol=0.05, rtol=0)
    torch.testing.assert_close(levels_db[:, LOUDEST_LEVEL], loudest_db, atol=0.1, rtol=0)


@pytest.mark.parametrize(("hz", "gain_db"), [(997.0, 0.691), (100.0, -1.1), (10_000.0, 4.0)])
def test_the_k_weighting_is_that_of_the_standard(hz, gain_db):
    energy = energies(tone(hz), RATE_HZ)[0].mean(0)
    assert float(decibels(energy[1] / energy[0])) == pytest.approx(gain_db, abs=0.1)


@pytest.mark.parametrize("hz", [110.0, 440.0, 1760.0, 7040.0])
def test_a_tone_sounds_in_the_mel_band_around_it(hz):
    mel = torch.tensor([2595 * math.log10(1 + f / 700) for f in (30.0, hz, 16_000.0)])
    band = float((mel[1] - mel[0]) / (mel[2] - mel[0]) * (N_MEL + 1) - 1)
    loudest = measure(tone(hz), RATE_HZ).content[0].mean(-1).argmax()
    assert abs(int(loudest) - band) < 1


def test_spectra_hold_the_mean_square():
    noise = 0.1 * torch.randn(1, 2, 441_000, generator=torch.Generator().manual_seed(0))
    total = energies(noise, 44_100)[0, :, 0].mean()
    assert float(total) == pytest.approx(float(noise.square().sum(1).mean()), rel=0.01)
    assert float(energies(tone(440.0), RATE_HZ)[0, 1:-1, 0].mean()) == pytest.approx(0.125, rel=1e-3)


def test_what_is_not_heard_is_hidden_and_the_mix_never_is(small_song):
    features = measure(small_song.audio, small_song.sample_rate)
    heard = torch.tensor([False, True, False, True])
    hidden = hide(features, heard)
    for source in (1, 3, 4):
        for before, after in zip(features, hidden, strict=True):
            assert torch.equal(before[source], after[source])
    for source in (0, 2):
        assert (hidden.levels[source] == 0).all()
        assert (hidden.content[source] == 0).all()
        assert not hidden.present[source]


@pytest.mark.parametrize("samples", [1, 900, 9_000])
def test_a_song_shorter_than_a_step_is_measured(samples):
    features = measure(torch.randn(2, 1, samples, generator=torch.Generator().manual_seed(0)), 44_100)
    assert features.content.shape[-1] == 1
    assert features.levels.isfinite().all()
    assert features.present.any()


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
def test_mel_bands_are_torchaudios_and_nothing_is_warned_of(rate):
    bins = round(0.05 * rate) + 1
    told = mel_bands(bins, rate, 64, 30.0, 16_000.0)  # a warning would be an error here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchaudios = torchaudio.functional.melscale_fbanks(bins, 30.0, 16_000.0, 64, rate, norm=None, mel_scale="htk")
    torch.testing.assert_close(told, torchaudios, rtol=0, atol=1e-5)
    assert bool((told.sum(0) == 0).any()) == (rate < 32_000)
