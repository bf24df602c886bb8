"""The report of a song: figures that other meters confirm, as JSON and as text."""

import json
from dataclasses import replace

import pytest
import torch

from console.errors import InputError
from console.read.song import Song
from console.stream.loudness import integrated_lufs
from console.stream.peak import true_peak_dbtp
from explainer.advice.claims import ReasonKind
from explainer.measured.report import report


@pytest.fixture(scope="module")
def falcon(falcon_path) -> Song:
    return Song.load(falcon_path)


def test_meters_agree_with_the_standard_ones(small_song):
    told = report(small_song)
    shown_of = [*(stem.sound for stem in told.stems), told.mix]
    for shown, audio in zip(shown_of, [*small_song.audio, small_song.mix()], strict=True):
        assert shown.loudness_lufs == pytest.approx(integrated_lufs(audio, small_song.sample_rate), abs=0.25)
        assert shown.true_peak_dbtp == pytest.approx(true_peak_dbtp(audio, small_song.sample_rate), abs=0.06)


def test_what_was_measured_before_is_taken_over(small_song):
    told = report(small_song, loudness_lufs=[-11.11, -12.0, -13.0, -14.0, -9.99])
    assert [stem.sound.loudness_lufs for stem in told.stems] == [-11.1, -12.0, -13.0, -14.0]
    assert told.mix.loudness_lufs == -10.0


def test_json_holds_all_of_it_and_nothing_that_json_has_not(small_song):
    told = report(small_song, "drums")
    data = json.loads(told.to_json(), parse_constant=pytest.fail)
    assert data["anchor"] == "drums"
    assert "figures" not in data
    assert [stem["name"] for stem in data["stems"]] == list(small_song.names)
    for stem in data["stems"]:
        assert (stem["anchor_lu"] is None) == (stem["name"] == "drums")
        assert len(stem["sound"]["bands_db"]) == len(data["bands_hz"]) - 1
    bass = data["stems"][2]
    assert bass["sound"]["bands_db"][0] == max(bass["sound"]["bands_db"])
    assert sum(stem["share_percent"] for stem in data["stems"]) == pytest.approx(100, abs=12)


def test_each_stem_has_a_line_and_other_names_can_be_put_in(small_song):
    names = ("the {voice}\nline 2", "kit", "low", "rest")
    song = replace(small_song, names=names, title="a\ntitle")
    told = report(song, "kit")
    shown, other = told.text(), told.text(["track A", "track B", "track C", "track D"])
    assert len(shown.splitlines()) == len(other.splitlines()) >= 6
    assert "the {voice} line 2: sounds" in shown
    assert "Anchor: track B." in other
    assert not any(name in other for name in ("voice", "kit", "title"))
    assert len(other) < 2000


def test_an_anchor_is_one_of_the_stems(small_song):
    with pytest.raises(InputError, match='no stem "flute"'):
        report(small_song, "flute")


def test_rests_are_told_from_when_to_when():
    rate, noise = 8000, 0.1 * torch.randn(3, 1, 20 * 8000, generator=torch.Generator().manual_seed(0))
    noise[0, :, : 6 * rate] = 0
    noise[0, :, 10 * rate : 12 * rate] = 0
    told = report(Song(noise, ("vocals", "drums", "bass"), rate))
    assert told.stems[0].rests_s == ((0, 6),)  # two seconds are no rest
    assert told.stems[0].sounds_percent == 60
    assert told.stems[1].rests_s == ()
    assert "rests 0-6 s" in told.text()


@pytest.mark.parametrize("stem", range(4))
def test_a_stem_that_sounds_a_fifth_of_an_excerpt_is_held_against_what_is_usual_while_it_sounds(falcon, stem):
    from_s, to_s = 2, 3.2  # of six
    audio = falcon.audio.clone()
    audio[stem, :, : from_s * falcon.sample_rate] = 0
    audio[stem, :, round(to_s * falcon.sample_rate) :] = 0
    anchor = falcon.names[0] if stem else falcon.names[1]  # drums or bass, which sound all the time
    told, whole = (report(song, anchor).stems[stem] for song in (replace(falcon, audio=audio), falcon))
    assert told.sounds_percent <= 50  # in whole seconds
    assert told.usual_level_lu == pytest.approx(whole.usual_level_lu, abs=4)
    assert told.usual_anchor_lu == pytest.approx(whole.usual_anchor_lu, abs=4)
    assert 0 < told.usual_share_percent < whole.usual_share_percent
    assert told.no_usual_because is None


def test_where_nothing_is_usual_the_report_says_why():
    noise = 0.1 * torch.randn(4, 1, 20 * 8000, generator=torch.Generator().manual_seed(0))
    noise[0, :, : 10 * 8000] *= 0.02  # of the vocals, and
    noise[1:, :, 10 * 8000 :] *= 0.05  # of the others, that is a pause
    told = report(Song(noise, ("vocals", "drums", "snare", "bass"), 8000))
    assert told.stems[0].usual_level_lu is None
    assert told.stems[0].no_usual_because == "it never sounds while the rest is there in full"
    assert "(nothing is usual here: it never sounds while the rest is there in full)" in told.text()
    assert told.stems[1].no_usual_because == "other stems play its role too"
    assert told.stems[3].no_usual_because is None


@pytest.mark.parametrize("gain", [1e-20, 1.0, 1e20])
def test_silent_stems_and_samples_of_any_size_are_measured(small_song, gain):
    audio = gain * torch.cat([small_song.audio, torch.zeros(1, 2, small_song.audio.shape[-1])])
    told = report(Song(audio, (*small_song.names, "nobody"), small_song.sample_rate))
    plain = report(small_song)
    *stems, nobody = told.stems
    assert [stem.level_lu for stem in stems] == pytest.approx([stem.level_lu for stem in plain.stems], abs=0.11)
    assert [stem.sound.crest_db for stem in stems] == pytest.approx([s.sound.crest_db for s in plain.stems], abs=0.11)
    assert nobody.sound.true_peak_dbtp is None
    assert nobody.level_lu is None
    assert nobody.sounds_percent == 0
    assert told.text().splitlines()[6] == "nobody: silent."
    assert told.reasons([0.0, 0.0, 0.0, 0.0, 6.0])[4] == ()
    json.loads(told.to_json(), parse_constant=pytest.fail)


def test_a_song_of_silence_is_a_report_of_silence():
    told = report(Song(torch.zeros(2, 2, 44_100), ("a", "b"), 44_100))
    assert told.text().endswith("mix: silent.\na: silent.\nb: silent.")


@pytest.mark.parametrize("samples", [1, 700, 9000])
def test_very_short_songs_are_measured(samples):
    noise = torch.randn(2, 1, samples, generator=torch.Generator().manual_seed(0))
    told = report(Song(noise, ("vocals", "drums"), 44_100), "drums")
    assert told.text().count("\n") >= 3
    json.loads(told.to_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize("stem", range(4))
def test_every_number_of_a_reason_is_in_the_report(falcon, stem):
    flaw_db = [9.0 * (i == stem) for i in range(4)]
    anchor = falcon.names[(stem + 1) % 4]
    for sign in (1, -1):
        told = report(falcon.with_gains_db([sign * db for db in flaw_db]), anchor)
        found = told.reasons([-sign * db for db in flaw_db])[stem]
        assert found
        row = told.stems[stem]
        for reason in found:
            if reason.kind is ReasonKind.LEVEL:
                assert (reason.measured, reason.usual) == (row.level_lu, row.usual_level_lu)
            elif reason.kind is ReasonKind.ANCHOR:
                assert (reason.measured, reason.usual, reason.other) == (row.anchor_lu, row.usual_anchor_lu, anchor)
            elif reason.kind is ReasonKind.SHARE:
                assert (reason.measured, reason.usual) == (row.share_percent, row.usual_share_percent)
            elif reason.kind is ReasonKind.SOUNDS:
                assert reason.measured == row.sounds_percent
            else:
                pairs = [(p.by, p.low_hz, p.high_hz, p.time_percent) for p in told.masking if p.stem == row.name]
                assert (reason.other, reason.low_hz, reason.high_hz, reason.measured) in pairs
