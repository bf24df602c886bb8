"""What goes in and out of the page as one file: a zip, DAW projects, stems, advice; read back by other readers."""

import csv
import io
import json
import math
import zipfile

import numpy as np
import pytest
import rpp
import soundfile
from lxml import etree
from takes import audio, off_db, summed

from studio.trial.spoil import spoil

pytestmark = pytest.mark.slow

SAME_DB = -90.0
PCM_24_DB = -60.0  # a quiet stem in a file of 24 bit, with room to spare


@pytest.fixture
def moved(desk):
    """The desk, corrected, and another fader moved."""
    desk.press("drums", "PageUp")
    desk.action("apply").click()
    desk.page.wait_for_selector("#advice[data-state=applied]")
    desk.rested()
    return desk


@pytest.fixture
def gains_db(moved):
    gains_db = {stem["name"]: stem["fader_db"] for stem in moved.table["stems"]}
    assert gains_db["drums"] == 3.0
    assert gains_db["vocals"] < -3
    return gains_db


def sum_of(archive, tracks, folder=""):
    """The tracks of a project, each with its own gain."""
    return sum(sound(archive.read(folder + file)) * factor for file, factor in tracks.values())


def sound(data):
    return soundfile.read(io.BytesIO(data), always_2d=True)[0].T


def test_a_zip_is_opened_and_another_flaw_is_named(visit, falcon, tmp_path):
    flawed = spoil(falcon, "bass", 12.0).song
    path = tmp_path / "My Song.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, stem in zip(flawed.names, flawed.audio, strict=True):
            file = io.BytesIO()
            soundfile.write(file, stem.numpy().T, flawed.sample_rate, "FLOAT", format="WAV")
            archive.writestr(f"Stems/0{flawed.names.index(name)} {name}.wav", file.getvalue())
        archive.writestr("Stems/read me.txt", "hello")
    visit.go()
    visit.send([path])
    assert "bass" in visit.text("headline")
    (bass,) = [stem for stem in visit.table["stems"] if stem["name"].endswith("bass")]
    assert bass["suggested_db"] < -3
    assert bass["role"] == "bass"
    visit.action("read").click()
    assert "bass.wav" in visit.text("read")


def test_a_reaper_project_sums_to_the_mix(moved, gains_db):
    taken = moved.download("reaper.zip")
    with zipfile.ZipFile(taken.path()) as archive:
        (project,) = [name for name in archive.namelist() if name.casefold().endswith(".rpp")]
        tracks = {}
        for track in rpp.loads(archive.read(project).decode()).findall("TRACK"):
            (item,) = track.findall("ITEM")
            factor = float(item.find("VOLPAN")[1]) * float(item.find("VOLPAN")[3]) * float(track.find("VOLPAN")[1])
            tracks[track.find("NAME")[1]] = item.find("SOURCE").find("FILE")[1], factor
        told_db = {name: 20 * math.log10(factor) for name, (_, factor) in tracks.items()}
        assert told_db == pytest.approx(gains_db, abs=1e-4)
        summed_up = sum_of(archive, tracks, project.rpartition("/")[0] + "/" if "/" in project else "")
    mix, _ = audio(moved.download("mix.wav").path())
    assert off_db(summed_up, mix) < SAME_DB


def test_a_dawproject_sums_to_the_mix(moved, gains_db, spoilt):
    with zipfile.ZipFile(moved.download("project.dawproject").path()) as archive:
        project = etree.fromstring(archive.read("project.xml"))
        assert etree.fromstring(archive.read("metadata.xml")).tag == "MetaData"
        files = {
            lane.get("track"): lane.find(".//File").get("path") for lane in project.iter("Lanes") if lane.get("track")
        }
        tracks = {}
        for track in project.find("Structure").iter("Track"):
            volume = track.find("Channel/Volume")
            if track.get("id") in files:
                assert volume.get("unit") == "linear"
                tracks[track.get("name")] = files[track.get("id")], float(volume.get("value"))
        told_db = {name: 20 * math.log10(factor) for name, (_, factor) in tracks.items()}
        assert told_db == pytest.approx(gains_db, abs=1e-4)
        assert off_db(sum_of(archive, tracks), summed(spoilt, gains_db)) < SAME_DB


def test_stems_flac_and_advice_tell_the_same(moved, gains_db, spoilt):
    with zipfile.ZipFile(moved.download("stems.zip").path()) as archive:
        stems = {name: archive.read(name) for name in archive.namelist() if name.endswith(".wav")}
    assert len(stems) == 4
    assert off_db(sum(map(sound, stems.values())), summed(spoilt, gains_db)) < PCM_24_DB
    advice = json.loads(moved.download("advice.json").path().read_text())
    suggested_db = {stem["name"]: stem["suggested_db"] for stem in moved.table["stems"]}
    assert {stem["name"]: stem["gain_db"] for stem in advice["stems"]} == pytest.approx(suggested_db, abs=0.01)
    rows = list(csv.DictReader(moved.download("advice.csv").path().read_text("utf-8-sig").splitlines()))
    assert [row["name"] for row in rows] == list(gains_db)
    assert "vocals" in moved.download("advice.md").path().read_text()
    assert moved.download("faders.png").path().read_bytes().startswith(b"\x89PNG")
    moved.excused.append("status of 422")
    moved.action("downloads").click()
    moved.action("download", what="mix.flac").click()  # over full scale, which FLAC cannot hold
    refused = moved.page.locator(".note[data-kind=error]")
    refused.wait_for()
    assert "full scale" in refused.inner_text()
    for name in spoilt.names:
        moved.fader(name).focus()
        for _ in range(6):
            moved.page.keyboard.press("PageDown")
    moved.rested()
    lowered_db = {stem["name"]: stem["fader_db"] for stem in moved.table["stems"]}
    flac, rate_hz = audio(moved.download("mix.flac").path())
    assert rate_hz == spoilt.sample_rate
    assert np.abs(flac).max() < 1
    assert off_db(flac, summed(spoilt, lowered_db)) < PCM_24_DB
