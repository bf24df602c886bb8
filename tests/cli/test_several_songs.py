"""`mixconsole correct A B C`: each song is corrected, and one that fails stops no other."""

import json
import shutil

import pytest
from commands import everything, invoke, refused

from console.model import Console
from console.read.song import Song
from explainer.advice.advice import Advice

WRITTEN = ["advice.json", "faders.png", "mix.wav"]


@pytest.fixture
def album(folder, hears):
    """Two songs and, between them by name, one that cannot be read."""
    hears({"drums": -4.0})
    album = folder.with_name("album")
    shutil.copytree(folder, album / "a")
    (album / "b").mkdir()
    (album / "b" / "vocals.wav").write_text("no sound")
    shutil.copytree(folder, album / "c")
    return album


def test_each_song_gets_a_folder_beside_it(album):
    result = invoke("correct", album / "a", album / "c")
    assert result.exit_code == 0, result.output
    for song in "ac":
        assert sorted(path.name for path in (album / f"{song}-corrected").iterdir()) == WRITTEN
        assert Advice.from_json((album / f"{song}-corrected" / "advice.json").read_text()).song == song
    assert [line for line in result.stdout.splitlines() if " of 2, " in line] == ["1 of 2, a", "2 of 2, c"]
    assert result.stdout.splitlines()[-3:] == [
        "2 songs: 2 done, 0 failed.",
        "a: The drums are too loud: turn them down 4.0 dB.",
        "c: The drums are too loud: turn them down 4.0 dB.",
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "There is not enough memory for this"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "There is not enough memory for this"),
        (OSError(5, "Input/output error"), "Input/output error."),
    ],
)
def test_what_one_song_is_refused_stops_no_other(album, monkeypatch, error, said):
    opened = Song.opened

    def refuse(path, *rest):
        if path.name == "a":
            raise error
        return opened(path, *rest)

    monkeypatch.setattr(Song, "opened", refuse)
    result = invoke("correct", album / "a", album / "c")
    assert result.exit_code == 2
    assert f"Error: {said}" in result.stderr
    assert (album / "c-corrected" / "mix.wav").is_file()
    assert not (album / "a-corrected").exists()


def test_a_song_that_fails_is_said_and_the_others_go_on(album, tmp_path):
    result = invoke("correct", album / "a", album / "b", album / "c", album / "d", "--out", tmp_path / "out")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 2
    assert "vocals.wav" in errors[0]
    assert "There is no song" in errors[1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-corrected", "c-corrected"]
    assert "4 songs: 2 done, 2 failed." in result.stdout
    assert errors[0].removeprefix("Error: ") in result.stdout.splitlines()[-3]


def test_json_is_one_document(album):
    before = everything(album)
    result = invoke("correct", album / "a", album / "b", "--json")
    assert result.exit_code == 2
    good, bad = json.loads(result.stdout)
    assert Advice.from_json(json.dumps(good)).song == "a"
    assert set(bad) == {"song", "error"}
    assert bad["song"] == str(album / "b")
    assert everything(album) == before
    alone = json.loads(invoke("correct", album / "a", "--json").stdout)
    assert alone == good


def test_models_are_loaded_once(album, monkeypatch):
    loaded = []
    console = Console.from_pretrained()
    monkeypatch.setattr(Console, "from_pretrained", lambda source=None: loaded.append(source) or console)
    assert invoke("correct", album / "a", album / "c", "--console", "mine").exit_code == 0
    assert loaded == ["mine"]


def test_songs_with_one_place_are_refused_before_the_work(album, tmp_path):
    shutil.copytree(album / "a", tmp_path / "other" / "a")
    assert "both go to" in refused("correct", album / "a", tmp_path / "other" / "a", "--out", tmp_path / "out").stderr
    assert "both go to" in refused("correct", album / "a", album / "a").stderr


def test_outputs_among_the_songs_are_left_out_and_named(album):
    songs = [album / "a", album / "c"]
    assert invoke("correct", *songs, "--stems").exit_code == 0
    result = invoke("correct", *sorted(set(album.iterdir()) - {album / "b"}), "--force")
    assert result.exit_code == 0, result.output
    assert "Left out: a-corrected, which was written by an earlier correction." in result.stderr
    assert "2 songs: 2 done" in result.stdout
    assert not (album / "a-corrected-corrected").exists()
    left = invoke("correct", album / "a", album / "a-corrected", "--json")
    assert [row["song"] for row in json.loads(left.stdout)] == ["a"]  # two were given: a list
