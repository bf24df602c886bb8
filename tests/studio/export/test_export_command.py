"""`mixconsole export`: the stems are found, or it is said why not; it writes whole, and replaces nothing unasked."""

import csv
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from exported import dawproject_tracks, mixed, off_db, reaper_tracks, summed
from songs import noise_song

from console import Song
from explainer.advice.advice import Faders
from explainer.advice.json import load
from studio.cli import main
from studio.export.folder import write_mixdown


def run(*arguments):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def written(*arguments):
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done


def refused(*arguments):
    """Ends with status 2 and one sentence, and changes nothing."""
    before = everything()
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert everything() == before
    return done.stderr


def everything():
    return {path: path.stat().st_mtime_ns for path in Path().rglob("*")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A song on disk and its correction, as `mixconsole correct` leaves them."""
    place = tmp_path_factory.mktemp("made")
    noise_song(seconds=4).save(place / "my song")
    song = Song.load(place / "my song")
    mixdown = mixed(song, {"vocals 0": -6.4, "bass 2": 1.7}, headroom_db=20.0)
    (place / "my song-corrected").mkdir()
    write_mixdown(place / "my song-corrected", mixdown, with_stems=True)
    return place, mixdown


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A copy of it to work in."""
    shutil.copytree(made[0], tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def mix(made):
    return made[1].mix


def with_advice(place, change):
    """Writes another advice.json."""
    path = place / "my song-corrected" / "advice.json"
    path.write_text(change(load(path)).to_json(), "utf-8")


def summed_reaper(folder):
    (project,) = folder.glob("*.rpp")
    return summed(reaper_tracks(project.read_text("utf-8")), lambda file: (folder / file).read_bytes())


@pytest.mark.parametrize("advice", ["my song-corrected", "my song-corrected/advice.json"])
def test_a_reaper_folder_beside_the_song(advice, place, mix):
    done = written(advice, "--to", "reaper")
    assert done.stdout == f"Written to {place / 'my song-reaper'}\n"
    assert off_db(summed_reaper(place / "my song-reaper"), mix) < -120
    assert sorted(path.name for path in (place / "my song-reaper").iterdir()) == ["audio", "my song.rpp"]


def test_the_folder_opens_anywhere(place, mix):
    written("my song-corrected", "--to", "reaper", "--as", "fader", "--out", "deep/session")
    shutil.move("deep/session", "elsewhere")
    shutil.rmtree("my song")
    assert off_db(summed_reaper(Path("elsewhere")), mix) < -120


def test_a_dawproject_beside_the_song(place, mix):
    done = written("my song-corrected", "--to", "dawproject")
    assert done.stdout == f"Written to {place / 'my song.dawproject'}\n"
    with zipfile.ZipFile("my song.dawproject") as archive:
        assert off_db(summed(dawproject_tracks(archive), archive.read), mix) < -120


def test_a_table_and_a_page_beside_the_advice_need_no_stems(place):
    shutil.rmtree("my song")
    written("my song-corrected", "--to", "csv")
    rows = list(csv.DictReader(io.StringIO(Path("my song-corrected/advice.csv").read_text("utf-8-sig"))))
    assert {row["name"]: float(row["gain_db"]) for row in rows if float(row["gain_db"])} == {
        "vocals 0": -6.4,
        "bass 2": 1.7,
    }
    written("my song-corrected", "--to", "md", "--out", "page.md")
    assert Path("page.md").read_text("utf-8").startswith("# my song\n")
    assert written("my song-corrected", "--to", "md", "--out", "-").stdout == Path("page.md").read_text("utf-8")


def test_where_faders_stand_elsewhere_the_project_has_them(place, made):
    gains_db = (1.0, -2.0, 0.0, -9.5)
    with_advice(place, lambda advice: replace(advice, faders=Faders(gains_db, -20.0, -3.0)))
    written("my song-corrected", "--to", "reaper")
    song = made[1].song
    trim_db = made[1].advice.mix.trim_db
    assert off_db(summed_reaper(place / "my song-reaper"), song.mix([db + trim_db for db in gains_db])) < -120


def test_a_zip_of_stems_is_found_too(place, mix):
    shutil.make_archive("my song", "zip", "my song")
    shutil.rmtree("my song")
    written("my song-corrected", "--to", "reaper")
    assert off_db(summed_reaper(place / "my song-reaper"), mix) < -120


def test_an_advice_among_its_stems(place, mix):
    shutil.move("my song-corrected/advice.json", "my song/advice.json")
    shutil.move("my song", "another name")
    written("another name/advice.json", "--to", "reaper")
    assert off_db(summed_reaper(place / "another name-reaper"), mix) < -120


def test_stems_elsewhere(place, mix):
    shutil.move("my song", "moved")
    said = refused("my song-corrected", "--to", "reaper")
    assert "--stems SONG" in said
    written("my song-corrected", "--to", "reaper", "--stems", "moved")
    assert off_db(summed_reaper(place / "moved-reaper"), mix) < -120


def test_stems_that_are_corrected_already_are_refused(place):
    said = refused("my song-corrected", "--to", "reaper", "--stems", "my song-corrected/stems", "--out", "out")
    assert "are not as they were" in said


def test_a_stem_that_was_exported_anew_is_refused(place):
    song = Song.load("my song")
    shutil.rmtree("my song")
    Song(song.audio * torch.tensor([1, 1, 1.05, 1])[:, None, None], song.names, song.sample_rate).save("my song")
    assert f"“{song.names[2]}” is at" in refused("my song-corrected", "--to", "dawproject")


def test_other_stems_are_refused(place):
    Path("my song/vocals 0.wav").rename("my song/vocals 9.wav")
    said = refused("my song-corrected", "--to", "reaper")
    assert "“vocals 0” is not there, and “vocals 9” is not in it" in said


def test_a_stem_of_another_length_is_refused(place):
    noise_song(seconds=5).save("longer")
    assert "5.000 s at 44100 Hz, not 4.000 s" in refused("my song-corrected", "--to", "reaper", "--stems", "longer")


def test_a_stem_that_only_a_person_takes_for_one_is_found(place):
    """Its name says that it is the mixture, and it was given a role."""
    Path("my song/other 3.wav").rename("my song/Mix.wav")
    song = Song.load("my song", {"Mix": "other"})
    assert len(Song.load("my song").names) == 3
    mixdown = mixed(song, {"Mix": -3.0})
    Path("my song-corrected/advice.json").write_text(mixdown.advice.to_json(), "utf-8")
    written("my song-corrected", "--to", "reaper")
    assert off_db(summed_reaper(place / "my song-reaper"), mixdown.mix) < -120


@pytest.mark.parametrize("to", ["dawproject", "csv", "md"])
def test_no_file_is_replaced_unless_told(to, place):
    written("my song-corrected", "--to", to)
    assert "exists" in refused("my song-corrected", "--to", to)
    written("my song-corrected", "--to", to, "--force")


def test_a_folder_is_never_replaced(place):
    written("my song-corrected", "--to", "reaper")
    assert "may have worked in it" in refused("my song-corrected", "--to", "reaper", "--force")
    assert "may have worked in it" in refused("my song-corrected", "--to", "reaper", "--out", "my song", "--force")
    assert "is a folder" in refused("my song-corrected", "--to", "dawproject", "--out", "my song", "--force")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.json", "--to", "csv"], "cannot be read"),
        (["my song", "--to", "csv"], "cannot be read"),
        (["my song-corrected", "--to", "csv", "--as", "trim"], "no faders"),
        (["my song-corrected", "--to", "csv", "--stems", "my song"], "--stems is for projects"),
        (["my song-corrected", "--to", "reaper", "--stems", "nothing"], "is not there"),
        (["my song-corrected", "--to", "csv", "--out", "no/where.csv"], "is not there"),
    ],
)
def test_what_does_not_go_is_said(arguments, said, place):
    assert said in refused(*arguments)


def test_a_title_leads_nowhere(place):
    """A title is text of others: no path is made of it."""
    shutil.move("my song", "aside")
    Path("deep").mkdir()
    shutil.move("my song-corrected", "deep/x")
    path = place / "deep" / "x" / "advice.json"
    for title in ("../aside", str(place / "aside"), "..", ""):
        path.write_text(replace(load(path), song=title).to_json(), "utf-8")
        assert "--stems SONG" in refused("deep/x", "--to", "reaper")


def test_a_gain_that_no_project_takes(place):
    def loud(advice):
        first, *rest = advice.stems
        return replace(advice, stems=(replace(first, move=replace(first.move, gain_db=99.0)), *rest))

    with_advice(place, loud)
    assert "takes -150 to +60 dB" in refused("my song-corrected", "--to", "reaper")
    assert "takes -150 to +60 dB" in refused("my song-corrected", "--to", "dawproject")
