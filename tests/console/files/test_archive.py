"""Zips of stems: unpacked as the folder in them, and refused where they are not safe."""

import os
import stat
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from console.errors import InputError
from console.read import archive
from console.read.roles import Role
from console.read.song import Song

STEMS = ("bass", "drums", "other", "vocals")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A song of four stems in a folder."""
    (tmp_path / "song").mkdir()
    for seed, name in enumerate(STEMS):
        noise = 0.1 * np.random.default_rng(seed).standard_normal((1000, 2))
        sf.write(tmp_path / "song" / f"{name}.wav", noise, 44100, "FLOAT")
    return tmp_path / "song"


def pack(path: Path, entries: dict[str, bytes | Path], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    return path


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory, monkeypatch) -> Path:
    """The folder for temporary files, which every test leaves empty."""
    place = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("prefix", ["", "My Song/", "a/b/", "./", "stems\\"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_is_the_folder_in_it(tmp_path, folder, prefix, compression):
    entries = {f"{prefix}{name}.wav": folder / f"{name}.wav" for name in STEMS}
    entries |= {f"{prefix}mix.wav": b"", f"{prefix}roles.yaml": b"other: vocals", f"{prefix}notes.txt": b"hm"}
    entries |= {
        "__MACOSX/._kick.wav": b"",
        f"{prefix}.DS_Store": b"",
        f"{prefix}._bass.wav": b"",
        "docs/a.txt": b"",
    }
    path = pack(tmp_path / "My Song.ZIP", entries, compression)
    song, plain = Song.load(path), Song.load(folder)
    assert song.title == "My Song"
    assert (song.names, song.files) == (plain.names, plain.files)
    assert song.roles == (Role.BASS, Role.DRUMS, Role.VOCALS, Role.VOCALS)
    assert torch.equal(song.audio, plain.audio)


def test_names_in_a_zip_are_read_as_they_were_written(tmp_path, folder):
    path = pack(tmp_path / "song.zip", {"Bässe.wav": folder / "bass.wav", "vox.wav": folder / "vocals.wav"})
    packed = path.read_bytes()
    assert Song.load(path).names == ("Bässe", "vox")
    # UTF-8 without the mark for it (bit 11 of the flags), as the Finder writes it
    for header, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = packed.index(header) + offset
        assert packed[start + 1] == 8
        packed = packed[: start + 1] + b"\0" + packed[start + 2 :]
    path.write_bytes(packed)
    assert Song.load(path).names == ("Bässe", "vox")


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("kick.wav")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../kick.wav", "leads outside"),
        ("a/../../kick.wav", "leads outside"),
        ("..\\kick.wav", "leads outside"),
        ("../readme.txt", "leads outside"),
        ("/etc/kick.wav", "leads outside"),
        ("C:/kick.wav", "leads outside"),
        ("C:\\kick.wav", "leads outside"),
        ("more.zip", "holds another zip"),
        ("a/more.ZIP", "holds another zip"),
        ("bass.flac", "two files for one stem"),
        (link(), "holds a link"),
    ],
)
def test_a_zip_that_is_not_safe_is_refused(tmp_path, folder, entry, message):
    path = pack(tmp_path / "song.zip", {f"{name}.wav": folder / f"{name}.wav" for name in STEMS} | {entry: b"x"})
    with pytest.raises(InputError, match=rf'"song.zip" {message}|"song.zip" .*{message}'):
        Song.load(path)
    assert sorted(os.listdir(tmp_path)) == ["song", "song.zip"]


def test_one_name_twice_in_a_zip_is_refused(tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "song.zip", "w") as packed:
        packed.write(folder / "bass.wav", "bass.wav")
        with pytest.warns(UserWarning, match=r"Duplicate name"):
            packed.write(folder / "drums.wav", "bass.wav")
    with pytest.raises(InputError, match=r'"song.zip" holds "bass.wav" twice'):
        Song.load(tmp_path / "song.zip")


@pytest.mark.parametrize("limit", ["MOST_BYTES", "RATIO_COUNTS_FROM_BYTES"])
def test_a_bomb_is_left_packed(tmp_path, limit, monkeypatch):
    monkeypatch.setattr(archive, limit, 1 << 20)
    path = pack(tmp_path / "song.zip", {f"{name}.wav": bytes(1 << 20) for name in STEMS}, zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match=r'"song.zip" unpacks to far more than a song can be'):
        Song.load(path)


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path, monkeypatch):
    path = pack(tmp_path / "song.zip", {"kick.wav": bytes(1 << 22), "bass.wav": b""}, zipfile.ZIP_DEFLATED)
    honest = (1 << 22).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (1000).to_bytes(4, "little")))
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    with pytest.raises(InputError, match=r'"song.zip" '):
        Song.load(path)


def test_a_silent_stem_makes_no_bomb(tmp_path, folder):
    silent = tmp_path / "tacet.wav"
    sf.write(silent, np.zeros((1_000_000, 2)), 44100)
    entries = {"tacet.wav": silent} | {f"{name}.wav": folder / f"{name}.wav" for name in STEMS}
    path = pack(tmp_path / "song.zip", entries, zipfile.ZIP_DEFLATED)
    assert silent.stat().st_size > 50 * path.stat().st_size
    assert Song.load(path).silent.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("damage", ["no zip", "cut", "bytes", "encrypted", "method", "no audio", "empty"])
def test_a_broken_zip_is_refused(tmp_path, folder, damage):
    path = pack(tmp_path / "song.zip", {f"{name}.wav": folder / f"{name}.wav" for name in STEMS})
    packed = bytearray(path.read_bytes())
    if damage == "no zip":
        packed[:] = b"this is text"
    elif damage == "cut":
        del packed[len(packed) // 2 :]
    elif damage == "bytes":
        packed[2000:2010] = b"0123456789"
    elif damage in ("encrypted", "method"):
        value, local, central = (b"\1", 6, 8) if damage == "encrypted" else (b"\x63", 8, 10)
        for header, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
            start = packed.index(header) + offset
            packed[start : start + 1] = value
    path.write_bytes(packed)
    if damage in ("no audio", "empty"):
        path.unlink()
        pack(path, {"notes.txt": b"hm"} if damage == "no audio" else {})
    with pytest.raises(InputError, match=r'^"song.zip" .*\.$'):
        Song.load(path)


def test_nothing_is_left_of_a_zip_when_interrupted(tmp_path, folder, monkeypatch):
    path = pack(tmp_path / "song.zip", {f"{name}.wav": folder / f"{name}.wav" for name in STEMS})

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("console.read.song.OnDisk", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Song.load(path)  # the fixture sees that the temporary folder is gone


def test_a_file_without_a_name_is_refused(tmp_path, folder):
    path = pack(tmp_path / "song.zip", {"bass.wav": folder / "bass.wav", "x": folder / "drums.wav"})
    packed = path.read_bytes()
    second = packed.rindex(b"PK\x01\x02")  # in the list at the end
    name, at = second + 28, second + 46  # the length of its name, and that
    packed = packed[:name] + b"\0\0" + packed[name + 2 : at] + packed[at + 1 :]
    size = packed.rindex(b"PK\x05\x06") + 12
    length = int.from_bytes(packed[size : size + 4], "little") - 1
    path.write_bytes(packed[:size] + length.to_bytes(4, "little") + packed[size + 4 :])
    with pytest.raises(InputError, match=r'"song.zip" holds a file without a name'):
        Song.load(path)


@pytest.mark.parametrize(("limit", "most"), [("MOST_ENTRIES", 20), ("MOST_DIRECTORY_BYTES", 1000)])
def test_far_more_files_than_a_song_has_are_refused(tmp_path, folder, monkeypatch, limit, most):
    monkeypatch.setattr(archive, limit, most)
    path = pack(tmp_path / "song.zip", {f"{i}.txt": b"" for i in range(30)})
    with pytest.raises(InputError, match=r"holds more than \d+ files"):
        Song.load(path)


@pytest.mark.parametrize("hidden", ["behind zip64", "by a mark in the offset", "by a comment"])
def test_a_long_list_that_the_end_record_hides_is_not_read(tmp_path, hidden):
    """Which of the records at the end is right, each reader of zips decides for itself."""
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *[0] * 8, 1, 0) + b"a"
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, *[0] * 8, 1, *[0] * 6) + b"a"
    count = 200_000
    size, start = count * len(entry), len(local)
    if hidden == "behind zip64":
        end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        end += struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
        end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), start, 0)
    else:
        offset, comment = (0x06054B50, b"") if "offset" in hidden else (start, b"PK\5\6")
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, offset, len(comment)) + comment
    path = tmp_path / "song.zip"
    path.write_bytes(local + entry * count + end)
    tracemalloc.start()
    with pytest.raises(InputError, match=r'^"song.zip" '):
        archive.unpack(path, tmp_path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 * archive.MOST_DIRECTORY_BYTES


def test_an_entry_that_asks_for_gigabytes_is_refused(tmp_path, folder):
    path = pack(tmp_path / "song.zip", {"bass.wav": folder / "bass.wav"}, zipfile.ZIP_LZMA)
    packed = path.read_bytes()
    start = packed.index(b"bass.wav") + len("bass.wav")
    properties = (
        start + 4 + 1
    )  # behind the version and size of the filter's properties: their first byte, then the size
    path.write_bytes(packed[:properties] + b"\xff\xff\xff\xff" + packed[properties + 4 :])
    with pytest.raises(InputError, match=r'^"song.zip" '):
        Song.load(path)


def test_a_zip_is_known_by_what_is_in_it(tmp_path, folder):
    path = pack(tmp_path / "song.bin", {f"{name}.wav": folder / f"{name}.wav" for name in STEMS})
    assert Song.load(path).names == STEMS
