"""Sources of songs: their splits, their stems, and identities that follow the content."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from console import InputError, Song
from console.balance import ROLES
from console.data.module import ConsoleData
from console.data.sources import identity
from console.data.sources.folder import FolderSource
from console.data.sources.identity import hash_of_files, remembered
from console.data.sources.musdb import MusdbSource
from console.data.sources.source import Source
from console.data.sources.synthetic import SyntheticSource
from console.read.roles import Role

RATE_HZ = 44_100
FFMPEG = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="musdb needs the ffmpeg binary"
)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """As in a new process."""
    monkeypatch.setattr(identity, "_known", {})


def write_song(folder: Path, seed: int = 0) -> Path:
    """Three seconds in the layout of MUSDB18-HQ, some samples over full scale."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    stems = {role: 0.5 * rng.standard_normal((RATE_HZ * 3, 2)) for role in ROLES}
    for role, audio in {**stems, "mixture": sum(stems.values())}.items():
        soundfile.write(folder / f"{role}.wav", audio, RATE_HZ, subtype="FLOAT")
    return folder


@pytest.fixture(scope="module")
def musdb_root(tmp_path_factory):
    """Four songs, one of them an official validation song."""
    root = tmp_path_factory.mktemp("musdb18hq")
    names = ["train/B - Second", "train/A - First", "train/Actions - One Minute Smile", "test/C - Third"]
    for seed, name in enumerate(names):
        write_song(root / name, seed)
    return root


def titles(source: FolderSource) -> list[str]:
    return [path.name for path in source.songs]


@FFMPEG
def test_musdb_splits_are_the_official_ones(musdb_root):
    found = {split: titles(MusdbSource(str(musdb_root), split)) for split in ("train", "valid", "test")}
    assert found["train"] == ["A - First", "B - Second"]
    assert found["valid"] == ["Actions - One Minute Smile"]
    assert found["test"] == ["C - Third"]


@FFMPEG
def test_the_official_validation_songs_are_fourteen():
    import musdb
    import yaml

    setup = yaml.safe_load((Path(musdb.__file__).parent / "configs" / "mus.yaml").read_text())
    assert len(setup["validation_tracks"]) == 14


@FFMPEG
def test_musdb_stems_come_as_they_are_on_disk(musdb_root):
    source = MusdbSource(str(musdb_root), "test")
    assert isinstance(source, Source)
    song = source.song(0)
    assert set(song.roles) == set(ROLES)
    assert song.title == "C - Third"
    for name, stem in zip(song.names, song.audio, strict=True):
        disk, _ = soundfile.read(musdb_root / "test" / "C - Third" / f"{name}.wav", dtype="float32")
        assert abs(disk).max() > 1  # float files may exceed full scale, and nothing clips them
        np.testing.assert_array_equal(stem.T.numpy(), disk)


@FFMPEG
def test_musdb_songs_are_the_same_however_their_folder_is_read(musdb_root):
    through_musdb, plain = MusdbSource(str(musdb_root), "test"), FolderSource(str(musdb_root), "test")
    assert through_musdb.identity(0) == plain.identity(0)


@FFMPEG
def test_compressed_musdb_is_read_by_the_song_loader(falcon_path, tmp_path):
    (tmp_path / "test").mkdir()
    os.symlink(falcon_path, tmp_path / "test" / falcon_path.name)
    source = MusdbSource(str(tmp_path), "test", is_wav=False)
    song, direct = source.song(0), Song.load(falcon_path)
    assert (song.title, song.names, song.roles) == (direct.title, direct.names, direct.roles)
    assert torch.equal(song.audio, direct.audio)
    assert len(source.identity(0)) == 32


@FFMPEG
@pytest.mark.parametrize("is_wav", [True, False])
def test_a_folder_that_is_not_musdb_is_refused(tmp_path, is_wav):
    with pytest.raises(InputError, match="of the train split"):
        MusdbSource(str(tmp_path), "train", is_wav)


@FFMPEG
def test_a_whole_test_set_gives_the_published_number_of_items(musdb_root, tmp_path, monkeypatch):
    monkeypatch.setattr("console.data.sources.musdb.TEST_SONGS", 1)
    source = MusdbSource(str(musdb_root), "test")
    assert source.complete
    data = ConsoleData(source, source, source, cache=str(tmp_path), num_workers=0)
    data.setup("test")
    with pytest.raises(InputError, match="855 chunks and 25650 items, not"):
        data.test_dataloader()
    monkeypatch.setattr("console.data.sources.musdb.TEST_SONGS", 50)
    part = MusdbSource(str(musdb_root), "test")
    data = ConsoleData(part, part, part, cache=str(tmp_path), num_workers=0)
    with pytest.raises(
        InputError, match="None of the 1 songs"
    ):  # part of the test set may be tested, if it is long enough
        data.test_dataloader()


def test_musdb_without_ffmpeg_says_what_is_missing(musdb_root, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for module in ("musdb", "musdb.audio_classes", "stempeg", "stempeg.read", "stempeg.write", "stempeg.cmds"):
        monkeypatch.delitem(__import__("sys").modules, module, raising=False)
    with pytest.raises(InputError, match="ffmpeg"):
        MusdbSource(str(musdb_root), "train")


def test_a_folder_of_songs_is_split_and_sorted(small_song, tmp_path):
    for title in ("c", "a", "b"):
        small_song.save(tmp_path / title)
    (tmp_path / ".hidden").mkdir()
    assert titles(FolderSource(str(tmp_path), "train")) == ["b", "c"]
    assert titles(FolderSource(str(tmp_path), "valid")) == ["a"]
    with pytest.raises(InputError, match="no song for the test split"):
        FolderSource(str(tmp_path), "test")
    source = FolderSource(str(tmp_path), "train")
    assert isinstance(source, Source)
    song = source.song(0)
    assert song.title == "b"
    assert torch.equal(song.audio[song.index("bass")], small_song.audio[small_song.index("bass")])


def test_a_folder_with_splits_of_its_own_keeps_them(small_song, tmp_path):
    small_song.save(tmp_path / "train" / "a")
    small_song.save(tmp_path / "valid" / "b")
    assert titles(FolderSource(str(tmp_path), "train")) == ["a"]
    assert titles(FolderSource(str(tmp_path), "valid")) == ["b"]
    with pytest.raises(InputError, match="no song for the test split"):
        FolderSource(str(tmp_path), "test")
    with pytest.raises(InputError, match="no such folder"):
        FolderSource(str(tmp_path / "nowhere"))


def test_every_eighth_song_to_train_on_is_kept_where_nothing_is_for_validation(tmp_path):
    for i in range(10):
        (tmp_path / "train" / f"song {i}").mkdir(parents=True)
    (tmp_path / "test" / "last").mkdir(parents=True)
    assert titles(FolderSource(str(tmp_path), "valid")) == ["song 0", "song 8"]
    assert titles(FolderSource(str(tmp_path), "train")) == [f"song {i}" for i in (1, 2, 3, 4, 5, 6, 7, 9)]
    assert titles(FolderSource(str(tmp_path), "test")) == ["last"]


def test_what_cannot_be_read_is_named(tmp_path):
    (write_song(tmp_path / "test" / "broken") / "drums.wav").write_bytes(b"no sound")
    with pytest.raises(InputError, match=r"broken: .*drums\.wav"):
        FolderSource(str(tmp_path), "test").song(0)


@pytest.fixture
def native_root(tmp_path):
    """A song of four stems with five finer ones beside, one of which its name says nothing of."""
    song = write_song(tmp_path / "test" / "Song")
    rng = np.random.default_rng(1)
    listing = [("Kick", "drums"), ("Snare", "drums"), ("Bass", "bass"), ("Lead", "vocals"), ("Track 7", "vocals")]
    (song / "native").mkdir()
    for name, _ in listing:
        file = song / "native" / f"{name}.wav"
        soundfile.write(file, 0.1 * rng.standard_normal((RATE_HZ * 2, 2)), RATE_HZ, subtype="FLOAT")
    native = [{"name": name, "file": f"native/{name}.wav", "role": role} for name, role in listing]
    (song / "song.json").write_text(json.dumps({"title": "Song", "native": native}))
    return tmp_path


def test_native_stems_have_the_roles_of_the_listing(native_root):
    four, finer = FolderSource(str(native_root), "test"), FolderSource(str(native_root), "test", native=True)
    assert sorted(four.song(0).names) == ["bass", "drums", "other", "vocals"]
    song = finer.song(0)
    assert song.title == "Song"
    assert dict(zip(song.names, song.roles, strict=True)) == {
        "Bass": Role.BASS,
        "Kick": Role.DRUMS,
        "Lead": Role.VOCALS,
        "Snare": Role.DRUMS,
        "Track 7": Role.VOCALS,
    }
    assert four.identity(0) != finer.identity(0)


def test_a_changed_listing_is_another_song(native_root):
    before = FolderSource(str(native_root), "test", native=True).identity(0)
    listing = native_root / "test" / "Song" / "song.json"
    listing.write_text(listing.read_text().replace('"vocals"', '"other"'))
    assert FolderSource(str(native_root), "test", native=True).identity(0) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", 'needs "native" stems'),
        ('{"native": {"Kick": "drums"}}', 'needs "native" stems'),
        ('{"native": [{"name": "Kick", "file": "native/Kick.wav", "role": "tambour"}]}', 'needs "native" stems'),
        ('{"native": [{"name": "Tuba", "file": "native/Tuba.wav", "role": "other"}]}', "Tuba.wav"),
    ],
)
def test_a_listing_that_does_not_fit_is_refused(native_root, text, message):
    (native_root / "test" / "Song" / "song.json").write_text(text)
    with pytest.raises(InputError, match=message):
        FolderSource(str(native_root), "test", native=True).song(0)


def test_a_listing_may_map_names_to_roles(native_root):
    """As our own generator writes it."""
    text = json.dumps({"native": {"Kick": {"role": "other", "patch": 3}, "Track 7": {"role": "bass"}}})
    (native_root / "test" / "Song" / "song.json").write_text(text)
    song = FolderSource(str(native_root), "test", native=True).song(0)
    roles = dict(zip(song.names, song.roles, strict=True))
    assert (roles["Kick"], roles["Track 7"], roles["Snare"]) == (Role.OTHER, Role.BASS, Role.DRUMS)


def test_without_a_listing_names_tell_the_roles(native_root):
    (native_root / "test" / "Song" / "song.json").unlink()
    song = FolderSource(str(native_root), "test", native=True).song(0)
    assert song.roles[song.index("Kick")] is Role.DRUMS


def test_songs_without_native_stems_are_refused_where_these_are_asked_for(musdb_root):
    with pytest.raises(InputError, match=r"C - Third.*native"):
        FolderSource(str(musdb_root), "test", native=True)


def test_identities_follow_the_content_alone(tmp_path):
    song = write_song(tmp_path / "here" / "test" / "Song")
    source = FolderSource(str(tmp_path / "here"), "test")
    before = source.identity(0)
    shutil.copytree(song, tmp_path / "there" / "test" / "Song")
    os.utime(song / "bass.wav", (1, 1))
    assert source.identity(0) == before == FolderSource(str(tmp_path / "there"), "test").identity(0)

    audio, _ = soundfile.read(song / "bass.wav")
    soundfile.write(song / "bass.wav", 0.9 * audio, RATE_HZ, subtype="FLOAT")
    changed = source.identity(0)
    (song / "roles.yaml").write_text("other: vocals")
    relabelled = source.identity(0)
    shutil.move(song, song.with_name("Renamed"))
    renamed = FolderSource(str(tmp_path / "here"), "test").identity(0)
    assert len({before, changed, relabelled, renamed}) == 4


def test_files_that_did_not_change_are_read_once(tmp_path, monkeypatch):
    file, cache = tmp_path / "a.wav", tmp_path / "cache"
    cache.mkdir()
    file.write_bytes(b"sound")
    with remembered(cache):
        before = hash_of_files([file])
    stat = file.stat()
    file.write_bytes(b"noise")  # of the same size: only by its time can it be told that it changed
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    monkeypatch.setattr(identity, "_known", {})
    with remembered(cache):
        assert hash_of_files([file]) == before
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    with remembered(cache):
        assert hash_of_files([file]) != before


def test_a_damaged_memo_is_made_again(tmp_path):
    file = tmp_path / "a.wav"
    file.write_bytes(b"sound")
    for damage in ("", "[[1", '{"a": 1}'):
        (tmp_path / identity.MEMO).write_text(damage)
        with remembered(tmp_path):
            hash_of_files([file])
        identity._known.clear()
        with remembered(tmp_path):
            assert len(identity._known) == 1


def test_a_file_that_is_gone_has_no_identity(tmp_path):
    with pytest.raises(InputError, match=r"gone\.wav"):
        hash_of_files([tmp_path / "gone.wav"])


def test_synthetic_songs_are_sound_and_reproducible():
    source = SyntheticSource(4, seed=5, seconds=3.0)
    assert isinstance(source, Source)
    song, again, other = (source.song(i) for i in (0, 0, 1))
    assert song.names == ("vocals", "drums", "bass", "other")
    assert song.audio.shape == (4, 2, 3 * RATE_HZ)
    assert not song.silent.any()
    assert torch.equal(song.audio, again.audio)
    assert not torch.equal(song.audio, other.audio)


def test_synthetic_identities_tell_songs_apart():
    sources = SyntheticSource(2, seed=5), SyntheticSource(2, seed=6), SyntheticSource(2, seed=5, seconds=3.0)
    found = [source.identity(i) for source in sources for i in range(2)]
    assert len(set(found)) == 6
    assert SyntheticSource(9, seed=5).identity(1) == found[1]


def test_synthetic_bass_is_low_and_drums_are_struck():
    centroids, crests = {role: [] for role in ROLES}, {role: [] for role in ROLES}
    for index in range(8):
        song = SyntheticSource(8, seconds=4.0).song(index)
        for role, stem in zip(song.roles, song.audio.mean(1), strict=True):
            power = torch.fft.rfft(stem).abs().square()
            hz = torch.fft.rfftfreq(len(stem), 1 / RATE_HZ)
            centroids[role].append(float((power * hz).sum() / power.sum()))
            crests[role].append(float(stem.abs().max() / stem.std()))
    assert np.median(centroids[Role.BASS]) < 300 < np.median(centroids[Role.VOCALS])
    assert np.median(crests[Role.DRUMS]) > 1.5 * np.median(crests[Role.OTHER])
