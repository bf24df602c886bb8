"""What is no song is refused."""

import sys
import unicodedata

import numpy as np
import pytest
import torch
from stem_files import STEMS, make, noise, write

from console.errors import InputError
from console.read.song import Song


def test_a_missing_song_is_refused(tmp_path):
    for path in (tmp_path / "none", tmp_path / ("x" * 300), tmp_path / "none.zip", "no\0ne"):
        with pytest.raises(InputError, match=r"is not there: give a folder of stems"):
            Song.load(path)


def test_a_single_file_is_no_song(tmp_path):
    with pytest.raises(InputError, match=r'"kick.wav" is not a song: give a folder'):
        Song.load(write(tmp_path / "kick.wav"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'^"\w+" is an empty folder'):
        Song.load(tmp_path)


def test_a_folder_without_audio_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("later")
    with pytest.raises(InputError, match=r"holds no audio"):
        Song.load(tmp_path)


@pytest.mark.parametrize("suffix", ["aac", "wma"])
def test_what_only_its_name_calls_audio_is_named(folder, suffix):
    (folder / f"brass.{suffix}").write_bytes(b"raw")
    with pytest.raises(InputError, match=rf'^"brass.{suffix}" cannot be read as audio'):
        Song.load(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
@pytest.mark.parametrize("format", ["wav", "flac"])
def test_names_that_are_no_unicode(tmp_path, format):
    make().save(tmp_path / "song", format)
    (tmp_path / "song" / f"kick.{format}").rename(tmp_path / "song" / f"kick\udcff.{format}")
    song = Song.load(tmp_path / "song")
    assert song.names == ("kick\udcff", "vox")
    song.save(tmp_path / "copy")
    assert torch.equal(Song.load(tmp_path / "copy").audio, song.audio)


def test_a_folder_of_folders_is_refused(tmp_path):
    write(tmp_path / "Song A" / "kick.wav")
    write(tmp_path / "Song B.wav" / "kick.wav")
    with pytest.raises(
        InputError, match=r"several folders of sounds \(Song A, Song B.wav\): give the one that the stems are in"
    ):
        Song.load(tmp_path)


def test_a_folder_of_songs_is_refused(tmp_path, falcon_path):
    (tmp_path / "one.stem.mp4").symlink_to(falcon_path)
    with pytest.raises(InputError, match=r'holds a song of its own \("one.stem.mp4"\)'):
        Song.load(tmp_path)


def test_one_stem_is_refused(tmp_path):
    write(tmp_path / "kick.wav")
    with pytest.raises(InputError, match=r"holds 1 stem: a song needs at least two stems"):
        Song.load(tmp_path)
    write(tmp_path / "mix.wav")
    with pytest.raises(InputError, match=r'holds 1 stem \("mix.wav" was taken for the mixture.*at least two stems'):
        Song.load(tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kick.wav", "kick.flac"),
        ("kick.wav", "Kick.wav"),
        ("Bässe.wav", unicodedata.normalize("NFD", "bässe.wav")),
    ],
)
def test_two_files_for_one_stem_are_refused(folder, one, other):
    write(folder / one)
    write(folder / other)
    with pytest.raises(InputError, match=r"holds two files for one stem"):
        Song.load(folder)


@pytest.mark.parametrize("content", [b"", b"just text\n" * 50, b"RIFF\0\0\0\0WAVE"], ids=["empty", "text", "stub"])
def test_a_bad_stem_is_named(folder, content):
    (folder / "bad stem.wav").write_bytes(content)
    with pytest.raises(InputError, match=r'^"bad stem.wav" '):
        Song.load(folder)


def test_a_truncated_stem_is_named(folder):
    path = write(folder / "long.flac", noise(50_000, 2))
    path.write_bytes(path.read_bytes()[:-30_000])
    with pytest.raises(InputError, match=r'^"long.flac" is (damaged or )?truncated'):
        Song.load(folder)


def test_a_link_to_nowhere_is_named(folder):
    (folder / "gone.wav").symlink_to(folder / "nothing")
    with pytest.raises(InputError, match=r'^"gone.wav" cannot be read'):
        Song.load(folder)


def test_nan_is_refused(folder):
    write(folder / "bad.wav", np.full((100_000, 1), np.nan, dtype=np.float32))
    with pytest.raises(InputError, match=r'"bad.wav" holds NaN'):
        Song.load(folder)


@pytest.mark.parametrize("level", [0.0, 1e-9])
def test_one_silent_stem_is_allowed(folder, level):
    write(folder / "tacet.wav", np.full((100, 1), level, dtype=np.float32))
    song = Song.load(folder)
    assert [name for name, silent in zip(song.names, song.silent, strict=True) if silent] == ["tacet"]


def test_all_silent_is_refused(tmp_path):
    for name in STEMS:
        write(tmp_path / f"{name}.wav", np.zeros((100, 2)))
    with pytest.raises(InputError, match=r"All stems .* are silent"):
        Song.load(tmp_path)


def test_what_does_not_fit_into_memory_is_refused(folder, monkeypatch):
    def full(*shape, **_):
        raise MemoryError

    monkeypatch.setattr(np, "zeros", full)
    with pytest.raises(InputError, match=r"does not fit into memory"):
        Song.load(folder)
