"""What the console measures: invariant under a master gain, at any rate, and quadratic in the gains."""

import pytest
import torch
import torchaudio.functional

from console.features import FLOOR_DB, LEVELS, N_MEL, cross_energies, describe, energies, measure, regained, spectra


def close(a, b, atol):
    torch.testing.assert_close(a.levels, b.levels, atol=atol, rtol=0)
    torch.testing.assert_close(a.content, b.content, atol=atol, rtol=0)
    assert torch.equal(a.present, b.present)


def test_shapes_and_the_mix_as_the_last_source(small_song):
    features = measure(small_song.audio, small_song.sample_rate)
    assert features.levels.shape == (5, LEVELS)
    assert features.content.shape == (5, N_MEL, 15)
    assert features.present.all()
    alone = measure(small_song.mix()[None], small_song.sample_rate)
    torch.testing.assert_close(features.content[-1], alone.content[0], atol=1e-3, rtol=0)


@pytest.mark.parametrize("gain_db", [-40.0, -6.0, 6.0, 20.0])
def test_one_gain_on_all_stems_changes_nothing(small_song, gain_db):
    before = measure(small_song.audio, small_song.sample_rate)
    after = measure(small_song.audio * 10 ** (gain_db / 20), small_song.sample_rate)
    close(before, after, atol=1e-3)


def test_a_gain_on_one_stem_moves_its_levels_and_not_its_content(small_song):
    gained = small_song.audio.clone()
    gained[0] *= 10 ** (6 / 20)
    before, after = (measure(audio, small_song.sample_rate) for audio in (small_song.audio, gained))
    torch.testing.assert_close(before.content[:4], after.content[:4], atol=1e-3, rtol=0)
    against_bass = (after.levels[0] - after.levels[2]) - (before.levels[0] - before.levels[2])
    heard = (before.levels[0] > FLOOR_DB / 10) & (before.levels[2] > FLOOR_DB / 10)
    torch.testing.assert_close(against_bass[heard] * 10, torch.full_like(against_bass[heard], 6), atol=0.01, rtol=0)


def test_a_silent_stem_is_absent_and_changes_nothing_of_the_others(small_song):
    with_silence = torch.cat([small_song.audio[:2], torch.zeros_like(small_song.audio[:1]), small_song.audio[2:]])
    features = measure(with_silence, small_song.sample_rate)
    assert features.present.tolist() == [True, True, False, True, True, True]
    kept = [0, 1, 3, 4, 5]
    without = measure(small_song.audio, small_song.sample_rate)
    close(without, type(features)(*(part[kept] for part in features)), atol=1e-4)


def test_all_silent_is_absent_and_finite():
    features = measure(torch.zeros(3, 2, 44_100), 44_100)
    assert not features.present.any()
    assert features.levels.isfinite().all()
    assert features.content.isfinite().all()


@pytest.mark.parametrize("rate", [22_050, 32_000, 48_000, 96_000])
def test_levels_are_the_same_at_any_sample_rate(small_song, rate):
    resampled = torchaudio.functional.resample(small_song.audio[2:], small_song.sample_rate, rate)
    at_rate, native = measure(resampled, rate), measure(small_song.audio[2:], small_song.sample_rate)
    assert (at_rate.levels - native.levels)[:, :14].abs().median() < 0.02  # units of 10 dB
    assert (at_rate.content - native.content)[..., 2:-2].abs().median() < 0.05


def test_cross_energies_give_the_energies_after_any_gains(small_song):
    rate = small_song.sample_rate
    gain = torch.tensor([0.5, 2.0, 1.0, 0.0])
    cross = cross_energies(spectra(small_song.audio, rate), rate)
    by_form = regained(cross, gain[:, None].expand(-1, cross.shape[2]))
    rendered = energies(spectra(small_song.audio * gain[:, None, None], rate), rate)
    torch.testing.assert_close(by_form, rendered, rtol=1e-3, atol=1e-9)
    close(describe(by_form, 3.0), describe(rendered, 3.0), atol=1e-2)


def test_spectra_hold_the_mean_square():
    noise = 0.1 * torch.randn(1, 2, 441_000, generator=torch.Generator().manual_seed(0))
    total = energies(spectra(noise, 44_100), 44_100)[0, 3:-3, 0].mean()
    assert float(total) == pytest.approx(float(noise.square().sum(1).mean()), rel=0.01)


def test_a_song_shorter_than_a_frame_is_measured():
    features = measure(torch.randn(2, 1, 900, generator=torch.Generator().manual_seed(0)), 44_100)
    assert features.levels.isfinite().all()
    assert features.present.all()
