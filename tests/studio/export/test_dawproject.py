"""DAWprojects: valid by the official schemas, and their sum, read back, is the mix."""

import math
import zipfile
from contextlib import contextmanager

import pytest
import soundfile
from exported import NASTY, dawproject_tracks, mixed, nasty_song, off_db, summed
from lxml import etree
from songs import noise_song

from console import Song
from console.errors import InputError
from explainer.advice.shown import shown
from studio.export.desk import Desk
from studio.export.formats import export
from studio.export.put import Put

SAME_DB = -120.0  # float32 rounds at -144


def desk_of(mixdown):
    return Desk.of_advice(mixdown.song, mixdown.advice)


@contextmanager
def read(path):
    """Its tracks, and what reads a file in it."""
    with zipfile.ZipFile(path) as archive:
        yield dawproject_tracks(archive), archive.read


@pytest.mark.parametrize("put", Put)
def test_it_is_valid_and_its_sum_is_the_mix(put, tmp_path):
    song = noise_song(seconds=2)
    mixdown = mixed(song, {song.names[0]: -5.73, song.names[2]: 3.1}, headroom_db=20.0)
    export(desk_of(mixdown), "dawproject", tmp_path / "a.dawproject", put)
    with read(tmp_path / "a.dawproject") as (tracks, files):
        assert off_db(summed(tracks, files), mixdown.mix) < SAME_DB
    assert [track["name"] for track in tracks] == list(song.names)
    faders_db = [20 * math.log10(track["fader"]) for track in tracks]
    assert faders_db == pytest.approx([-5.73, 0, 3.1, 0] if put is Put.FADER else [0, 0, 0, 0])
    said = [track["comment"] for track in tracks]
    on_sound = ["-5.73 dB are in the audio file.", None, "+3.10 dB are in the audio file.", None]
    assert said == ([None] * 4 if put is Put.FADER else on_sound)
    assert 20 * math.log10(tracks[0]["master"]) == pytest.approx(mixdown.advice.mix.trim_db)


def test_real_stems_summed(falcon_path, tmp_path):
    mixdown = mixed(Song.load(falcon_path), {"vocals": -4.2, "drums": 2.5}, headroom_db=1.0)
    export(desk_of(mixdown), "dawproject", tmp_path / "a.dawproject")
    with read(tmp_path / "a.dawproject") as (tracks, files):
        assert off_db(summed(tracks, files), mixdown.mix) < SAME_DB


def test_mono_and_stereo_stems_summed(tmp_path):
    stereo = noise_song(seconds=4)
    stereo.save(tmp_path / "song")
    soundfile.write(tmp_path / "song" / "bass mono.wav", stereo.audio[1, 0].numpy(), 44_100, "FLOAT")
    mixdown = mixed(Song.load(tmp_path / "song"), {"bass mono": 4.0})
    export(desk_of(mixdown), "dawproject", tmp_path / "a.dawproject")
    with read(tmp_path / "a.dawproject") as (tracks, files):
        assert off_db(summed(tracks, files), mixdown.mix) < SAME_DB


def test_names_of_any_kind_are_read_back(tmp_path):
    mixdown = mixed(nasty_song(), {NASTY[2]: -6.0})
    export(desk_of(mixdown), "dawproject", tmp_path / "a.dawproject")
    with read(tmp_path / "a.dawproject") as (tracks, files):
        assert off_db(summed(tracks, files), mixdown.mix) < SAME_DB
        assert [track["name"] for track in tracks] == list(map(shown, NASTY))
    with zipfile.ZipFile(tmp_path / "a.dawproject") as archive:
        names = archive.namelist()
        assert sorted(set(names) - {track["file"] for track in tracks}) == ["metadata.xml", "project.xml"]
        assert all({"", ".", ".."}.isdisjoint(name.split("/")) and "\\" not in name for name in names)
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        metadata = etree.fromstring(archive.read("metadata.xml"))
    assert metadata.find("Title").text == shown(mixdown.song.title)
    assert metadata.find("Comment").text.startswith("“=cmd|' /C calc'!A0” is")


@pytest.mark.parametrize(("gain_db", "fader_db"), [(6.0, 6), (9.5, 6), (60.0, 6), (-60.0, -60), (-150.0, -150)])
def test_what_a_fader_does_not_take_is_on_the_sound(gain_db, fader_db, tmp_path):
    song = noise_song(seconds=0.5)
    gains_db = (gain_db, 0.0, 0.0, 0.0)
    export(Desk(song, gains_db), "dawproject", tmp_path / "a.dawproject")
    with read(tmp_path / "a.dawproject") as (tracks, files):
        assert 20 * math.log10(tracks[0]["fader"]) == pytest.approx(fader_db, abs=1e-4)
        assert all(track["fader"] <= 2 for track in tracks)
        assert off_db(summed(tracks, files), song.mix(gains_db)) < SAME_DB


@pytest.mark.parametrize("put", Put)
@pytest.mark.parametrize("gain_db", [60.5, -151.0, 1e300])
def test_a_gain_beyond_that_is_refused_and_nothing_is_left(gain_db, put, tmp_path):
    song = noise_song(seconds=0.5)
    with pytest.raises(InputError, match=r"“vocals 0” has a gain of .* a DAWproject takes -150 to \+60 dB"):
        export(Desk(song, (gain_db, 0.0, 0.0, 0.0)), "dawproject", tmp_path / "a.dawproject", put)
    with pytest.raises(InputError, match=r"“master”"):
        export(Desk(song, (0.0,) * 4, trim_db=6.5), "dawproject", tmp_path / "a.dawproject", put)
    assert list(tmp_path.iterdir()) == []


def test_the_schema_refuses_what_is_wrong(tmp_path):
    """That validation here can fail at all."""
    export(Desk(noise_song(seconds=0.5), (0.0,) * 4), "dawproject", tmp_path / "a.dawproject")
    with zipfile.ZipFile(tmp_path / "a.dawproject") as good, zipfile.ZipFile(tmp_path / "b.dawproject", "w") as bad:
        bad.writestr("metadata.xml", good.read("metadata.xml"))
        bad.writestr("project.xml", good.read("project.xml").replace(b'unit="linear"', b'unit="loud"'))
    with pytest.raises(etree.DocumentInvalid), read(tmp_path / "b.dawproject"):
        pass
