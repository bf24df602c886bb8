"""Files that begin at different times lie where their time stamps place them."""

import struct
from pathlib import Path

import numpy as np
import pytest
from stem_files import RATE, noise, write

from console.read.song import Song


def stamped(path: Path, audio: np.ndarray, start_s: float | None, rate: int = RATE) -> Path:
    """A WAV with a `bext` chunk that tells its first sample's place in samples since midnight (EBU Tech 3285)."""
    write(path, audio, rate)
    if start_s is not None:
        bext = bytearray(602)
        struct.pack_into("<Q", bext, 338, round(start_s * rate))
        data = bytearray(path.read_bytes())
        data[12:12] = b"bext" + struct.pack("<I", 602) + bext
        struct.pack_into("<I", data, 4, len(data) - 8)
        path.write_bytes(data)
    return path


def notes(song: Song) -> dict[str, tuple[str, ...]]:
    return {use.file: use.notes for use in song.account if use.notes}


@pytest.mark.parametrize("origin_s", [0.0, 3600.0])
def test_stamps_that_differ_place_the_stems_on_one_origin(tmp_path, origin_s):
    early, late = noise(RATE, 2, seed=1), noise(RATE // 2, 2, seed=2)
    stamped(tmp_path / "bass.wav", early, origin_s)
    stamped(tmp_path / "vox.wav", late, origin_s + 0.25)
    song = Song.load(tmp_path)
    start = round(0.25 * RATE)
    assert song.audio.shape[-1] == RATE
    assert np.array_equal(song.audio[0].numpy().T, early)
    assert np.array_equal(song.audio[1, :, start : start + RATE // 2].numpy().T, late)
    assert song.audio[1, :, :start].abs().max() == 0
    assert notes(song) == {"vox.wav": ("its time stamp places it 0.250 s in",)}


def test_a_stem_that_begins_later_makes_the_song_longer(tmp_path):
    stamped(tmp_path / "bass.wav", noise(RATE, 1, seed=1), 10.0)
    stamped(tmp_path / "vox.wav", noise(RATE, 1, seed=2), 10.5)
    assert Song.load(tmp_path).audio.shape[-1] == RATE + RATE // 2


def test_stamps_count_in_seconds_whatever_the_rate(tmp_path):
    stamped(tmp_path / "bass.wav", noise(RATE, 1, seed=1), 5.0)
    stamped(tmp_path / "vox.wav", noise(RATE, 1, seed=2), 5.25, rate=2 * RATE)
    song = Song.load(tmp_path)
    assert song.audio[1, 0, : RATE // 2 - 100].abs().max() == 0
    assert song.audio[1, 0, RATE // 2 :][:100].abs().max() > 0


def test_equal_stamps_say_nothing(tmp_path):
    for seed, name in enumerate(("bass", "vox")):
        stamped(tmp_path / f"{name}.wav", noise(RATE, 1, seed=seed), 3600.0)
    song = Song.load(tmp_path)
    assert (song.audio.shape[-1], notes(song)) == (RATE, {})


def test_one_file_without_a_stamp_begins_with_the_first_and_that_is_said(tmp_path):
    stamped(tmp_path / "bass.wav", noise(RATE, 1, seed=1), 7.0)
    stamped(tmp_path / "gtr.wav", noise(RATE, 1, seed=2), 7.5)
    stamped(tmp_path / "vox.wav", noise(RATE, 1, seed=3), None)
    song = Song.load(tmp_path)
    assert song.audio[2, 0, :100].abs().max() > 0
    assert "no time stamp" in notes(song)["vox.wav"][0]


def test_stamps_of_another_day_are_not_used_and_that_is_said(tmp_path):
    stamped(tmp_path / "bass.wav", noise(RATE, 1, seed=1), 100.0)
    stamped(tmp_path / "vox.wav", noise(RATE, 1, seed=2), 30_000.0)
    song = Song.load(tmp_path)
    assert song.audio.shape[-1] == RATE
    assert list(notes(song)) == ["vox.wav"]
    assert "8:20:00.000" in notes(song)["vox.wav"][0]
