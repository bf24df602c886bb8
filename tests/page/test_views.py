"""The page's pictures: levels, spectra and masking, held against what is known of made-up and real sounds."""

import json
import math
from dataclasses import replace

import pytest
import torch
from songs import noise_song

from console.read.roles import Role
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from explainer.measured.masking import COVERED_DB
from explainer.measured.report import report
from studio.page.views import LEAST_PERCENT, POINTS, views

RATES_HZ = (8000, 44_100, 48_000, 192_000)


def tone(hz: float, level_db: float, seconds: float = 5.0, rate: int = 44_100, channels: int = 2) -> torch.Tensor:
    """A sine of that mean square."""
    time_s = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return (math.sqrt(2) * 10 ** (level_db / 20) * torch.sin(2 * torch.pi * hz * time_s)).float().expand(channels, -1)


def song(*stems: torch.Tensor, rate: int = 44_100) -> Song:
    return Song(
        torch.stack(stems), tuple(f"stem {at}" for at in range(len(stems))), rate, roles=(Role.OTHER,) * len(stems)
    )


def power(row: list[float | None]) -> float:
    return sum(10 ** (db / 10) for db in row if db is not None)


def mean_square_db(audio: torch.Tensor) -> float:
    return 10 * math.log10(audio.double().square().mean())


@pytest.mark.parametrize("rate", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sine_lands_in_its_band_at_its_level(rate, channels):
    seen = views(
        song(tone(1000, -20, rate=rate, channels=channels), tone(125, -33, rate=rate, channels=channels), rate=rate),
        [0.0, 0.0],
    )
    for row, hz, level_db in zip(seen["spectrum_db"], (1000, 125), (-20, -33), strict=True):
        at = seen["bands_hz"].index(hz)
        assert row[at] == pytest.approx(level_db, abs=0.1)
        assert max(db for i, db in enumerate(row) if i != at and db is not None) < level_db - 30


@pytest.mark.parametrize("hz", [25, 41, 63, 223.9, 447, 2818, 16_000])
def test_bands_sum_to_the_power_wherever_a_tone_lies(hz):
    audio = tone(hz, -12)
    assert 10 * math.log10(power(views(song(audio), [0.0])["spectrum_db"][0])) == pytest.approx(-12, abs=0.2)


def test_a_short_burst_counts_for_its_energy_whenever_it_comes():
    for begin_s in (0, 0.13, 0.25, 2.4, 3.9):
        audio = torch.zeros(2, 4 * 44_100)
        begin = round(begin_s * 44_100)
        audio[:, begin : begin + 4410] = tone(1000, -10, 0.1)
        assert 10 * math.log10(power(views(song(audio), [0.0])["spectrum_db"][0])) == pytest.approx(
            -10 - 16.02, abs=0.2
        )


def test_bands_of_real_stems_sum_to_their_power(falcon_path):
    falcon = Song.load(falcon_path)
    for row, audio in zip(views(falcon, [0.0] * 4)["spectrum_db"], falcon.audio, strict=True):
        assert 10 * math.log10(power(row)) == pytest.approx(mean_square_db(audio), abs=0.2)


def test_pink_noise_is_flat_from_the_lowest_band_to_the_highest():
    spectrum = torch.fft.rfft(torch.randn(2, 2**20, generator=torch.Generator().manual_seed(0)))
    spectrum[:, 1:] /= torch.arange(1, spectrum.shape[-1]).sqrt()
    audio = torch.fft.irfft(spectrum)
    row = torch.tensor(views(song(0.1 * audio / audio.std()), [0.0])["spectrum_db"][0])
    assert len(row) == 29
    assert float((row - row.mean()).abs().max()) < 1.2  # chance: the lowest band has few lines


@pytest.mark.parametrize("rate", RATES_HZ)
def test_bands_go_as_far_as_the_sample_rate(rate):
    bands_hz = views(song(tone(100, -20, rate=rate), rate=rate), [0.0])["bands_hz"]
    assert bands_hz[0] == 25
    assert bands_hz[-1] == (4000 if rate == 8000 else 16_000)


@pytest.mark.parametrize("rate", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("hz", [60, 1000, 3000])
def test_the_level_of_a_steady_tone_is_its_integrated_loudness(rate, channels, hz):
    steady = song(tone(hz, -23, rate=rate, channels=channels), rate=rate)
    lufs = integrated_lufs(steady.audio[0], rate)
    assert views(steady, [0.0])["levels_lufs"][0] == pytest.approx([lufs] * 24, abs=0.2)


def test_levels_rise_and_rest_when_the_stem_does():
    audio = torch.cat([tone(1000, -20, 4), torch.zeros(2, 4 * 44_100), tone(1000, -32, 4)], dim=1)
    seen = views(song(audio, tone(500, -20, 12)), [0.0, 0.0])
    row = seen["levels_lufs"][0]
    at = [round(second / seen["step_s"]) for second in (2, 6, 10)]
    assert row[at[1]] is None
    assert row[at[0]] - row[at[2]] == pytest.approx(12, abs=0.05)
    assert None not in seen["levels_lufs"][1]


def test_faders_leave_levels_and_spectra_as_they_were_opened():
    noise = noise_song(seconds=4)
    one, other = views(noise, [0.0] * 4), views(noise, [6.0, -6.0, 3.0, -60.0])
    assert {key: one[key] for key in one if key != "masking"} == {key: other[key] for key in other if key != "masking"}
    gained = views(noise.with_gains_db([6.0, 0.0, 0.0, 0.0]), [0.0] * 4)
    for what in ("levels_lufs", "spectrum_db"):
        assert gained[what][0] == pytest.approx([db + 6 for db in one[what][0]], abs=0.02)
        assert gained[what][1] == one[what][1]


def test_a_long_song_has_as_many_points_and_loses_nothing_between_them():
    rate, seconds = 8000, 20 * 60
    audio = 0.1 * torch.randn(2, 1, seconds * rate, generator=torch.Generator().manual_seed(0))
    audio[1] = 0
    audio[1, :, 601 * rate : 601 * rate + rate // 2] = audio[0, :, : rate // 2]  # half a second of twenty minutes
    seen = views(song(*audio, rate=rate), [0.0, 0.0])
    steady, once = seen["levels_lufs"]
    assert len(steady) == len(once) <= POINTS
    assert len(steady) * seen["step_s"] == pytest.approx(seconds, abs=seen["step_s"])
    assert steady == pytest.approx([integrated_lufs(audio[0, :, : 60 * rate], rate)] * len(steady), abs=0.3)
    assert [i for i, lufs in enumerate(once) if lufs is not None] == [int(601 / seen["step_s"])]


def test_masking_is_what_the_explainer_says(falcon_path):
    falcon = Song.load(falcon_path)
    for gains_db in ([0.0] * 4, [-7.0, 4.0, 0.0, 9.0]):
        shown = views(falcon, gains_db)["masking"]
        said = report(falcon.with_gains_db(gains_db)).masking
        assert said
        for pair in said:
            row = {
                "stem": pair.stem,
                "by": pair.by,
                "band_hz": [pair.low_hz, pair.high_hz],
                "percent": pair.time_percent,
            }
            assert row in shown


def test_a_raised_stem_masks_more_and_is_masked_less():
    quiet, loud = (0.1 * torch.randn(2, 6 * 44_100, generator=torch.Generator().manual_seed(at)) for at in range(2))
    noises = song(quiet, loud)

    def percent(gains_db: list[float], stem: int, by: int) -> int:
        return max(
            (
                row["percent"]
                for row in views(noises, gains_db)["masking"]
                if (row["stem"], row["by"]) == (f"stem {stem}", f"stem {by}")
            ),
            default=0,
        )

    assert percent([0.0, 0.0], 0, 1) == percent([0.0, 0.0], 1, 0) == 0
    raised = [percent([0.0, db], 0, 1) for db in (0.0, 6.0, COVERED_DB, 16.0)]
    assert raised == sorted(raised)
    assert raised[1] < 5
    assert 20 < raised[2] < 80
    assert raised[3] == 100
    assert percent([0.0, 16.0], 1, 0) == 0
    assert percent([6.0, 16.0], 0, 1) == raised[2]  # only what lies between them counts


def test_most_comes_first_and_little_is_left_out():
    noise = noise_song(tuple(Role) * 3, seconds=6)
    percents = [row["percent"] for row in views(noise, [0.0] * 12)["masking"]]
    assert percents == sorted(percents, reverse=True)
    assert min(percents) >= LEAST_PERCENT
    assert all(row["stem"] != row["by"] for row in views(noise, [0.0] * 12)["masking"])


@pytest.mark.parametrize("gain", [1e-20, 1.0, 1e20])
def test_silence_is_none_and_nothing_is_nan_at_any_size(small_song, gain):
    audio = torch.cat([small_song.audio, torch.zeros(1, 2, small_song.audio.shape[-1])])
    plain = views(small_song, [0.0] * 4)
    seen = views(Song(gain * audio, (*small_song.names, "nobody"), small_song.sample_rate), [0.0, 0.0, 0.0, 0.0, 24.0])
    json.dumps(seen, allow_nan=False)
    assert set(seen["levels_lufs"][4]) == set(seen["spectrum_db"][4]) == {None}
    assert seen["masking"] == plain["masking"]
    more_db = 20 * math.log10(gain)
    for what in ("levels_lufs", "spectrum_db"):
        for row, of_plain in zip(seen[what], plain[what], strict=False):
            assert row == pytest.approx([None if db is None else db + more_db for db in of_plain], abs=0.02)


@pytest.mark.parametrize("rate", RATES_HZ)
@pytest.mark.parametrize("samples", [1, 700, 9000])
def test_very_short_songs_and_silent_ones_have_views(rate, samples):
    noise = torch.randn(2, 1, samples, generator=torch.Generator().manual_seed(0))
    for audio in (noise, torch.zeros(2, 1, samples)):
        seen = views(Song(audio, ("a", "b"), rate), [-60.0, 24.0])
        json.dumps(seen, allow_nan=False)
        assert len(seen["levels_lufs"]) == len(seen["spectrum_db"]) == 2
        assert seen["levels_lufs"][0]


def test_an_offset_is_no_sound(small_song):
    lifted = replace(small_song, audio=small_song.audio + 0.3)
    plain, seen = views(small_song, [0.0] * 4), views(lifted, [0.0] * 4)
    for row, of_plain in zip(seen["levels_lufs"], plain["levels_lufs"], strict=True):
        assert row == pytest.approx(of_plain, abs=0.1)
