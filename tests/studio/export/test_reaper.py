"""REAPER projects: read back by another reader, their sum is the mix; names and gains of any kind."""

import math

import pytest
import soundfile
import torch
from exported import NASTY, mixed, nasty_song, off_db, reaper_tracks, summed
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song

from console import Song
from console.errors import InputError
from explainer.advice.shown import shown
from studio.export.desk import Desk
from studio.export.formats import export
from studio.export.put import Put
from studio.export.reaper import quoted

SAME_DB = -120.0  # float32 rounds at -144


def desk_of(mixdown):
    return Desk.of_advice(mixdown.song, mixdown.advice)


def read(folder):
    (project,) = folder.glob("*.rpp")
    return reaper_tracks(project.read_text("utf-8")), lambda file: (folder / file).read_bytes()


@pytest.mark.parametrize("put", Put)
def test_its_sum_is_the_mix(put, tmp_path):
    song = noise_song(seconds=2)
    mixdown = mixed(song, {song.names[0]: -5.73, song.names[2]: 3.1}, headroom_db=20.0)
    assert mixdown.advice.mix.trim_db < 0
    export(desk_of(mixdown), "reaper", tmp_path / "out", put)
    tracks, files = read(tmp_path / "out")
    assert off_db(summed(tracks, files), mixdown.mix) < SAME_DB
    assert [track["name"] for track in tracks] == list(song.names)
    assert {track["length_s"] for track in tracks} == {2.0}
    free, used = ("fader", "item") if put is Put.TRIM else ("item", "fader")
    assert [track[free] for track in tracks] == [1, 1, 1, 1]
    assert [20 * math.log10(track[used]) for track in tracks] == pytest.approx([-5.73, 0, 3.1, 0])
    assert 20 * math.log10(tracks[0]["master"]) == pytest.approx(mixdown.advice.mix.trim_db)


def test_real_stems_summed(falcon_path, tmp_path):
    mixdown = mixed(Song.load(falcon_path), {"vocals": -4.2, "drums": 2.5}, headroom_db=1.0)
    export(desk_of(mixdown), "reaper", tmp_path / "out")
    assert off_db(summed(*read(tmp_path / "out")), mixdown.mix) < SAME_DB


def test_mono_and_stereo_stems_summed(tmp_path):
    stereo = noise_song(seconds=4)
    stereo.save(tmp_path / "song")
    soundfile.write(tmp_path / "song" / "bass mono.wav", stereo.audio[1, 0].numpy(), 44_100, "FLOAT")
    mixdown = mixed(Song.load(tmp_path / "song"), {"bass mono": 4.0})
    export(desk_of(mixdown), "reaper", tmp_path / "out")
    assert off_db(summed(*read(tmp_path / "out")), mixdown.mix) < SAME_DB


def test_a_song_that_is_mono_sounds_on_both_sides(tmp_path):
    stereo = noise_song(seconds=1)
    mono = Song(stereo.audio[:, :1], stereo.names, 44_100)
    mixdown = mixed(mono, {mono.names[1]: -2.0})
    export(desk_of(mixdown), "reaper", tmp_path / "out")
    total = summed(*read(tmp_path / "out"))
    assert total.shape[0] == 2
    assert off_db(total, mixdown.mix.expand(2, -1)) < SAME_DB


def test_names_of_any_kind_are_read_back(tmp_path):
    song = nasty_song()
    export(Desk(song, (1.5,) * len(NASTY)), "reaper", tmp_path / "out")
    tracks, files = read(tmp_path / "out")
    assert off_db(summed(tracks, files), song.mix([1.5] * len(NASTY))) < SAME_DB
    for track, name in zip(tracks, NASTY, strict=True):
        plain = shown(name)
        assert track["name"] == (plain.replace("`", "'") if {*"\"'`"} <= {*plain} else plain)
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.wav")}
    assert {track["file"] for track in tracks} == written
    assert len({file.casefold() for file in written}) == len(NASTY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_words_cannot_end_the_notes(tmp_path):
    mixdown = mixed(nasty_song(), {NASTY[3]: -6.0})
    export(desk_of(mixdown), "reaper", tmp_path / "out")
    (project,) = (tmp_path / "out").glob("*.rpp")
    notes = project.read_text("utf-8").split("<NOTES")[1].split("\n  >\n")[0].splitlines()[1:]
    assert notes
    assert all(line.startswith("    |") for line in notes)
    assert len(read(tmp_path / "out")[0]) == len(NASTY)


@given(st.text())
def test_quotes_hold_any_text(text):
    line = quoted(text)
    inside = line[1:-1]
    assert line[0] == line[-1]
    assert line[0] in "\"'`"
    assert line[0] not in inside
    assert inside.isprintable()
    assert inside.replace("`", "'") == shown(text).replace("`", "'")


@pytest.mark.parametrize(
    ("gain_db", "put", "expected"),
    [
        (30.0, Put.TRIM, {"item": 24, "take": 6, "fader": 0}),
        (59.0, Put.TRIM, {"item": 24, "take": 24, "fader": 11}),
        (30.0, Put.FADER, {"fader": 12, "item": 18, "take": 0}),
        (-150.0, Put.TRIM, {"item": -150, "take": 0, "fader": 0}),
        (-90.0, Put.FADER, {"fader": -90, "item": 0, "take": 0}),
    ],
)
def test_what_one_control_does_not_take_goes_to_the_next(gain_db, put, expected, tmp_path):
    song = noise_song(seconds=0.5)
    gains_db = (gain_db, 0.0, 0.0, 0.0)
    export(Desk(song, gains_db), "reaper", tmp_path / "out", put)
    tracks, files = read(tmp_path / "out")
    levels_db = {part: 20 * math.log10(tracks[0][part]) for part in expected}
    assert levels_db == pytest.approx(expected, abs=1e-5)
    assert off_db(summed(tracks, files), song.mix(gains_db)) < SAME_DB


@pytest.mark.parametrize("gain_db", [60.5, -151.0, 1e300])
def test_a_gain_beyond_all_of_them_is_refused_and_nothing_is_left(gain_db, tmp_path):
    song = noise_song(seconds=0.5)
    with pytest.raises(InputError, match=r"“vocals 0” has a gain of .* takes -150 to \+60 dB"):
        export(Desk(song, (gain_db, 0.0, 0.0, 0.0)), "reaper", tmp_path / "out")
    with pytest.raises(InputError, match=r"“master”"):
        export(Desk(song, (0.0,) * 4, trim_db=13.0), "reaper", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_song_without_an_advice_has_no_notes(tmp_path):
    song = noise_song(seconds=0.5)
    export(Desk(song, (0.0,) * 4), "reaper", tmp_path / "out")
    (project,) = (tmp_path / "out").glob("*.rpp")
    assert "NOTES" not in project.read_text("utf-8")


def test_silence_is_a_track_too(tmp_path):
    song = noise_song(seconds=1)
    audio = song.audio.clone()
    audio[3] = 0
    quiet = Song(audio, song.names, 44_100)
    export(Desk(quiet, (0.0,) * 4), "reaper", tmp_path / "out")
    assert len(read(tmp_path / "out")[0]) == 4
    sound, _ = soundfile.read(tmp_path / "out" / "audio" / "other 3.wav")
    assert not torch.from_numpy(sound).any()
