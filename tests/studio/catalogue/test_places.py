"""Catalogues and outputs at a URL, as fsspec has them: tried with its memory and local file systems."""

import csv
import io
import shutil

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from console.catalogue.places import fetched, files_in, place_of, songs_at
from console.errors import InputError
from explainer.advice.json import load, read
from studio.catalogue.asked import Asked
from studio.catalogue.run import correct_each, default_out
from studio.catalogue.stamp import STAMP


def here(work, tasks):
    return (work(task) for task in tasks)


@pytest.fixture
def memory(catalogue, monkeypatch):
    """The catalogue in memory; what is put there goes away again."""
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    monkeypatch.setattr(MemoryFileSystem, "pseudo_dirs", [""])
    system = fsspec.filesystem("memory")
    system.put(str(catalogue / "album") + "/", "/cat/", recursive=True)
    system.put(str(catalogue / "=c.zip"), "/cat/=c.zip")
    return system


def test_a_url_is_read_as_it_was_typed():
    from pathlib import Path

    for url in ("s3://bucket/songs", "gs://bucket/songs", "memory://songs", "file:///srv/songs"):
        assert place_of(Path(url)) == url
    assert place_of(Path("my songs/a")) == "my songs/a"
    assert place_of(Path("C:/songs")) == "C:/songs"
    assert default_out("s3://bucket/songs/") == "s3://bucket/songs-corrected"


@pytest.mark.parametrize("out", ["memory://done", "folder"])
def test_songs_in_memory_are_corrected_and_go_on(memory, hears, tmp_path, out):
    hears({"drums": -4.0})
    to = out if "://" in out else str(tmp_path / out)
    worked = []

    def tell(tally, outcome):
        worked.extend([outcome.task.name] if outcome else [])

    tally = correct_each("memory://cat", to, Asked(), here, tell=tell)
    assert (tally.done, worked) == (3, ["=c.zip", "a", "b"])
    if "://" in out:
        advice = read(memory.cat_file("/done/a-corrected/advice.json").decode())
        text = memory.cat_file("/done/songs.csv").decode("utf-8-sig")
        assert memory.exists(f"/done/=c-corrected/{STAMP}")
    else:
        advice = load(tmp_path / out / "a-corrected" / "advice.json")
        text = (tmp_path / out / "songs.csv").read_text("utf-8-sig")
    assert advice.song == "a"
    assert len(list(csv.DictReader(io.StringIO(text)))) == 12
    memory.pipe_file("/cat/b/notes.txt", b"changed")
    tally = correct_each("memory://cat", to, Asked(), here, tell=tell)
    assert (tally.found, worked[3:]) == (2, ["b"])


def test_songs_by_a_file_url_are_corrected(catalogue, tmp_path):
    shutil.copytree(catalogue / "album", tmp_path / "songs")
    tally = correct_each(f"file://{tmp_path}/songs", f"file://{tmp_path}/done", Asked(), here)
    assert (tally.done, tally.failed) == (2, [])
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == [
        "a-corrected",
        "b-corrected",
        "failures.csv",
        "songs.csv",
        "songs.parquet",
    ]


def test_an_upload_that_was_cut_off_is_not_taken_for_finished(memory):
    correct_each("memory://cat", "memory://done", Asked(), here)
    memory.rm_file(f"/done/a-corrected/{STAMP}")  # which is brought last
    worked = []
    correct_each("memory://cat", "memory://done", Asked(), here, tell=lambda _, outcome: worked.append(outcome))
    assert [outcome.task.name for outcome in worked if outcome] == ["a"]


def test_no_file_leads_out_of_its_song(memory):
    memory.store["/cat/a/../../evil.wav"] = memory.store["/cat/a/drums.wav"]
    assert "/cat/a/../../evil.wav" in memory.find("/cat/a")
    with fetched("memory://cat/a") as song:
        found = sorted(path.relative_to(song.parent).as_posix() for path in song.parent.rglob("*.wav"))
        assert found == [f"a/{name}.wav" for name in ("bass", "drums", "other", "vocals")]
        assert not (song.parent.parent / "evil.wav").exists()


@pytest.mark.parametrize("url", ["memory://nowhere", "nosuchscheme://bucket/songs"])
def test_what_is_not_there_is_one_sentence(memory, url):
    with pytest.raises(InputError, match=url):
        songs_at(url)
    if url.startswith("memory"):
        assert files_in(url) == {}
