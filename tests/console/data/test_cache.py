"""Tables of songs on disk: what they hold, and when they are built again."""

import json
import multiprocessing
import os
import pickle
import shutil
import time
from dataclasses import replace

import pytest
import torch
import torchaudio.functional

from console import InputError, Song
from console.data import cache
from console.data.cache import SongTables
from console.data.sources import identity
from console.data.sources.folder import FolderSource
from console.data.sources.identity import hash_of
from console.data.sources.synthetic import SyntheticSource
from console.data.table import MOMENT, RATE_HZ, STEP, tabulate
from console.network.features import cross_energies, spectra
from console.read.roles import Role

NAMES = ("vocals", "drums", "bass")


def noise(seconds: float, rate: int = RATE_HZ, channels: int = 2, seed: int = 0) -> Song:
    """Three correlated stems, none of them steady."""
    generator = torch.Generator().manual_seed(seed)
    audio = 0.1 * torch.randn(3, channels, round(seconds * rate), generator=generator)
    audio *= torch.rand(3, 1, 40, generator=generator).repeat_interleave(-(-audio.shape[-1] // 40), -1)[
        ..., : audio.shape[-1]
    ]
    audio[1] += 0.5 * audio[0]
    return Song(audio, NAMES, rate, title=f"noise {seed}")


class Songs:
    """Given songs, counting how often each was asked for."""

    def __init__(self, *songs: Song):
        self.songs, self.asked = songs, [0] * len(songs)

    def __len__(self) -> int:
        return len(self.songs)

    def identity(self, index: int) -> str:
        return hash_of("songs", self.songs[index].title)

    def song(self, index: int) -> Song:
        self.asked[index] += 1
        return self.songs[index]


def whole(song: Song) -> torch.Tensor:
    return cross_energies(spectra(song.audio, RATE_HZ), RATE_HZ)


def assert_equal_energies(actual: torch.Tensor, expected: torch.Tensor) -> None:
    """Within 1e-5 of what the two stems of a pair have together, as their product may all but vanish."""
    own = expected.diagonal().permute(2, 0, 1).sqrt()
    size = own[:, None] * own[None]
    assert actual.shape == expected.shape
    assert ((actual - expected).abs() <= 1e-5 * size + 1e-12).all()


@pytest.mark.parametrize("steps", [5, 10, 10.4, 10.5, 11.5, 12.5, 27.3, 28.7])
def test_blocks_join_to_the_whole(steps, monkeypatch):
    monkeypatch.setattr("console.data.table.BLOCK", 10)
    song = noise(steps * STEP / RATE_HZ)
    assert_equal_energies(tabulate(song).cross, whole(song))


def test_a_part_of_the_song_measures_as_if_alone():
    """But for its first and last step, whose frames look a little beyond."""
    song, start, steps = noise(24.0), 83, 35
    table = tabulate(song)
    alone = whole(replace(song, audio=song.audio[..., start * STEP : (start + steps) * STEP]))
    assert_equal_energies(table.window(start, steps)[:, :, 1:-1], alone[:, :, 1:-1])
    assert torch.equal(table.plain, table.cross[..., 0])
    assert table.window(table.steps - 3, 50).shape[2] == 3


def test_moments_are_the_sound_at_their_steps():
    song = noise(27.0)
    table = tabulate(song)
    assert table.moment_step == [24, 74, 124]
    for step, moment in zip(table.moment_step, table.moments, strict=True):
        sound = song.audio[..., step * STEP : step * STEP + MOMENT]
        torch.testing.assert_close(moment.float(), sound, rtol=2**-11, atol=2**-25)


@pytest.mark.parametrize("seconds", [1.0, 3.0, 5.2])
def test_a_short_song_has_one_moment_inside_it(seconds):
    song = noise(seconds)
    [step] = tabulate(song).moment_step
    assert 0 <= step * STEP <= song.audio.shape[-1] - MOMENT


def test_mono_moments_go_to_both_sides():
    song = noise(12.0, channels=1)
    table = tabulate(song)
    assert_equal_energies(table.cross, whole(song))
    assert table.moments.shape == (1, 3, 2, MOMENT)
    assert torch.equal(table.moments[:, :, 0], table.moments[:, :, 1])


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_other_rates_are_resampled(rate):
    song = noise(12.0, rate)
    table = tabulate(song)
    audio = torchaudio.functional.resample(song.audio, rate, RATE_HZ)
    assert_equal_energies(table.cross, whole(replace(song, audio=audio, sample_rate=RATE_HZ)))
    [step] = table.moment_step
    sound = audio[..., step * STEP : step * STEP + MOMENT]
    torch.testing.assert_close(table.moments[0].float(), sound, rtol=2**-10, atol=1e-6)
    assert table.duration_s == 12


@pytest.mark.parametrize(
    ("song", "message"),
    [
        (noise(0.9), "noise 0: shorter than one second"),
        (noise(1.5, rate=44_101), "noise 0: has a rate of 44101 Hz"),
        (Song(torch.full((1, 1, RATE_HZ), 7e4), ("bass",), RATE_HZ, title="loud"), "loud: far beyond full scale"),
    ],
)
def test_what_cannot_be_measured_is_named(song, message, tmp_path):
    with pytest.raises(InputError, match=message):
        SongTables(Songs(song), tmp_path)[0]


def test_a_table_comes_back_as_it_was_made(tmp_path):
    song = noise(23.0)
    source = Songs(song)
    SongTables(source, tmp_path / "new" / "folder").build()
    [table] = SongTables(source, tmp_path / "new" / "folder")
    made = tabulate(song)
    for name in cache.TENSORS:
        assert torch.equal(getattr(table, name), getattr(made, name))
    assert table.title == "noise 0"
    assert table.roles == (Role.VOCALS, Role.DRUMS, Role.BASS)
    assert (table.moment_step, table.duration_s) == (made.moment_step, 23.0)
    assert source.asked == [1]


def test_tables_are_a_sequence(tmp_path):
    tables = SongTables(Songs(noise(2.0), noise(3.0, seed=1)), tmp_path)
    assert [table.title for table in tables] == ["noise 0", "noise 1"]
    assert [table.title for table in tables[1:]] == ["noise 1"]
    for index in (-1, 2):
        with pytest.raises(IndexError):
            tables[index]


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="tells what is mapped")
def test_tables_are_mapped_not_read(tmp_path):
    tables = SongTables(Songs(noise(2.0)), tmp_path)
    table = tables[0]
    with open("/proc/self/maps") as maps:
        assert str(tables.paths[0]) in maps.read()
    table.pairs.zero_()  # a private map: what is written to it reaches neither the file ...
    assert SongTables(tables.source, tmp_path)[0].pairs.any()  # ... nor another instance


@pytest.fixture
def folder_source(small_song, tmp_path):
    for title in ("a", "b"):
        small_song.save(tmp_path / "songs" / "test" / title)
    return FolderSource(str(tmp_path / "songs"), "test")


def started_anew(source: FolderSource, folder, monkeypatch) -> SongTables:
    """As another process would see them."""
    monkeypatch.setattr(identity, "_known", {})
    return SongTables(source, folder)


def test_changed_content_is_measured_again_and_a_new_date_is_not(folder_source, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(cache, "tabulate", lambda song, _: built.append(song.title) or tabulate(song))
    folder = tmp_path / "cache"
    SongTables(folder_source, folder).build()
    assert built == ["a", "b"]
    bass = folder_source.songs[1] / "bass.wav"

    os.utime(bass, (1, 1))
    started_anew(folder_source, folder, monkeypatch).build()
    assert built == ["a", "b"]

    sound = bytearray(bass.read_bytes())
    sound[-4:] = b"\0\0\0\0"
    bass.write_bytes(sound)
    tables = started_anew(folder_source, folder, monkeypatch)
    assert tables[0].title == "a"
    assert tables[1].title == "b"
    assert built == ["a", "b", "b"]


def test_a_second_start_reads_no_audio(folder_source, tmp_path, monkeypatch):
    before = SongTables(folder_source, tmp_path / "cache")
    before.build()

    def refuse(*_):
        raise AssertionError("read again")

    monkeypatch.setattr(identity.hashlib, "file_digest", refuse)
    monkeypatch.setattr(FolderSource, "song", refuse)
    after = started_anew(folder_source, tmp_path / "cache", monkeypatch)
    assert after.paths == before.paths
    assert torch.equal(after[1].pairs, before[1].pairs)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def with_turned_shape(data: bytes) -> bytes:
    """As many numbers, in a table of another form."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["pairs"]["shape"].reverse()
    return data[:8] + json.dumps(header, separators=(",", ":")).encode().ljust(size) + data[8 + size :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="a byte short"),
        pytest.param(lambda data: data[:20], id="hardly begun"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"{}" * 99, id="something else"),
        pytest.param(lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:], id="a bit of its sound"),
        pytest.param(lambda data: flipped(data, 8 + int.from_bytes(data[:8], "little")), id="its first bit"),
        pytest.param(lambda data: data.replace(b"duration_s", b"duration_z"), id="a name"),
        pytest.param(lambda data: data.replace(b"noise ", b"voice ", 1), id="its title"),
        pytest.param(with_turned_shape, id="a shape that is turned"),
        pytest.param(lambda data: data.replace(b"checksum", b"chocksum"), id="no checksum"),
    ],
)
def test_a_damaged_table_is_built_again(damage, tmp_path):
    source = Songs(noise(2.0), noise(2.0, seed=1))
    tables = SongTables(source, tmp_path)
    tables.build()
    for path in tables.paths:
        path.write_bytes(damage(path.read_bytes()))
    again = SongTables(source, tmp_path)
    assert again[0].title == "noise 0"
    again.build()
    assert again[1].title == "noise 1"
    assert source.asked == [2, 2]


def test_tables_of_other_versions_are_passed_over(tmp_path, monkeypatch):
    source = Songs(noise(2.0))
    SongTables(source, tmp_path).build()
    monkeypatch.setattr(cache, "LAYOUT", (*cache.LAYOUT, "another"))
    SongTables(source, tmp_path).build()
    assert source.asked == [2]
    assert len(list(tmp_path.glob("*.safetensors"))) == 2


def test_a_song_that_fails_keeps_the_others_and_leaves_nothing_half_done(tmp_path):
    source = Songs(noise(2.0), noise(0.5, seed=1))
    with pytest.raises(InputError, match="noise 1"):
        SongTables(source, tmp_path).build()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        SongTables(Songs(noise(2.0)), tmp_path / "file" / "cache").build()


def test_processes_build_the_same_tables(tmp_path, capfd):
    source = SyntheticSource(5, seconds=1.5)
    SongTables(source, tmp_path / "two").build(jobs=2)
    alone = SongTables(source, tmp_path / "one")
    alone.build(progress=False, jobs=1)
    for one, two in zip(alone, SongTables(source, tmp_path / "two"), strict=True):
        assert one.title == two.title
        torch.testing.assert_close(one.pairs, two.pairs)
    assert capfd.readouterr().out == ""


def test_an_error_comes_back_from_another_process(tmp_path):
    with pytest.raises(InputError, match="synthetic 0-"):
        SongTables(SyntheticSource(5, seconds=0.5), tmp_path).build(jobs=2)


class Slow(Songs):
    """Songs that take their time, and note in a file each time that one is read."""

    def __init__(self, notes, *songs: Song):
        super().__init__(*songs)
        self.notes = notes

    def song(self, index: int) -> Song:
        with open(self.notes, "a") as file:
            file.write(f"{index}\n")
        time.sleep(0.3)
        return self.songs[index]


def build_together(source, folder, start):
    start.wait()
    tables = SongTables(source, folder)
    tables.build()
    assert [table.title for table in tables] == [song.title for song in source.songs]


def test_processes_that_start_at_once_share_the_songs_and_measure_each_once(tmp_path):
    source = Slow(tmp_path / "notes", *(noise(2.0, seed=seed) for seed in range(3)))
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    other = spawn.Process(target=build_together, args=(source, tmp_path / "tables", start))
    other.start()
    build_together(source, tmp_path / "tables", start)
    other.join()
    assert other.exitcode == 0
    other.close()
    assert sorted((tmp_path / "notes").read_text().split()) == ["0", "1", "2"]
    tables = SongTables(source, tmp_path / "tables")
    assert sorted(path for path in (tmp_path / "tables").iterdir()) == sorted(tables.paths)  # and no lock is left
    for table, song in zip(tables, source.songs, strict=True):
        assert torch.equal(table.pairs, tabulate(song).pairs)


def build_alone(source, folder):
    SongTables(source, folder).build()


@pytest.mark.slow
def test_another_process_takes_over_from_one_that_is_killed_while_it_measures(tmp_path):
    source, spawn = Slow(tmp_path / "notes", noise(2.0)), multiprocessing.get_context("spawn")
    first, second = (spawn.Process(target=build_alone, args=(source, tmp_path / "tables")) for _ in range(2))
    first.start()
    while not (tmp_path / "notes").exists():
        time.sleep(0.005)
    second.start()
    first.kill()
    for process in (first, second):
        process.join()
    assert second.exitcode == 0
    [table] = SongTables(source, tmp_path / "tables")
    assert torch.equal(table.pairs, tabulate(source.songs[0]).pairs)
    for process in (first, second):
        process.close()


def test_tables_travel_to_processes_without_what_they_mapped(tmp_path):
    tables = SongTables(SyntheticSource(2, seconds=2.0), tmp_path)
    tables.build()
    assert tables[0].title == "synthetic 0-0"
    packed = pickle.dumps(tables)
    assert len(packed) < 2000
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        [there] = pool.map(summary, [tables])
        pool.close()
        pool.join()
    assert there == summary(tables)


def summary(tables: SongTables) -> list[float]:
    return [float(table.window(2, 4).sum()) for table in tables]


def test_equal_songs_share_a_table(tmp_path, small_song):
    small_song.save(tmp_path / "songs" / "train" / "a")
    shutil.copytree(tmp_path / "songs" / "train", tmp_path / "songs" / "valid")
    for split in ("train", "valid"):
        SongTables(FolderSource(str(tmp_path / "songs"), split), tmp_path / "cache").build()
    assert len(list((tmp_path / "cache").glob("*.safetensors"))) == 1
