"""Stems of every kind make one song: formats, channels, lengths, rates."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from stem_files import RATE, STEMS, noise, tone, write

from console.audio._torchaudio import load_torchaudio
from console.errors import InputError
from console.read.roles import Role
from console.read.song import Song


def test_stems_of_one_format_come_as_they_are(folder):
    song = Song.load(folder)
    assert song.names == STEMS
    assert song.files == tuple(f"{name}.wav" for name in STEMS)
    assert song.roles == (Role.BASS, Role.DRUMS, Role.OTHER, Role.VOCALS)
    assert song.title == "song"
    assert song.sample_rate == RATE
    assert song.duration_s == pytest.approx(1000 / RATE)
    assert song.audio.dtype == torch.float32
    assert song.audio.is_contiguous()
    for name, stem in zip(STEMS, song.audio, strict=True):
        assert np.array_equal(stem.numpy().T, sf.read(folder / f"{name}.wav", dtype="float32")[0])


def test_stems_are_sorted_as_people_count(tmp_path):
    for name in ("Gtr 10", "gtr 2", "Gtr 1", "bass", "Äther", "01_kick"):
        write(tmp_path / f"{name}.wav")
    assert Song.load(tmp_path).names == ("01_kick", "bass", "Gtr 1", "gtr 2", "Gtr 10", "Äther")


def test_mono_sounds_on_both_sides_beside_stereo(tmp_path):
    mono, stereo = noise(500, 1), noise(500, 2)
    write(tmp_path / "bass.wav", mono)
    write(tmp_path / "gtr.wav", stereo)
    audio = Song.load(tmp_path).audio.numpy()
    assert np.array_equal(audio[0], np.repeat(mono.T, 2, axis=0))
    assert np.array_equal(audio[1], stereo.T)


def test_all_mono_stays_mono(tmp_path):
    write(tmp_path / "bass.wav", noise(500, 1))
    write(tmp_path / "gtr.wav", noise(400, 1))
    assert Song.load(tmp_path).audio.shape == (2, 1, 500)


@pytest.mark.parametrize("channels", range(3, 9))
def test_surround_is_folded_to_stereo(tmp_path, channels):
    surround = noise(500, channels)
    write(tmp_path / "pad.wav", surround)
    write(tmp_path / "bass.wav", noise(500, 1))
    folded = Song.load(tmp_path).audio[1].numpy().T
    half = np.sqrt(0.5)
    centre = half * surround[:, 2] if channels != 4 else 0
    left_only = {3: [], 4: [2], 5: [3], 6: [4], 7: [5], 8: [4, 6]}[channels]
    back = 0.5 * surround[:, 4] if channels == 7 else 0
    left = surround[:, 0] + centre + back + half * surround[:, left_only].sum(axis=1)
    assert np.allclose(folded[:, 0], left, atol=1e-6)


def test_shorter_stems_end_in_silence(tmp_path):
    write(tmp_path / "bass.wav", noise(300, 2))
    write(tmp_path / "gtr.wav", noise(70_000, 2))
    audio = Song.load(tmp_path).audio
    assert audio.shape == (2, 2, 70_000)
    assert np.array_equal(audio[0, :, :300].numpy().T, noise(300, 2))
    assert audio[0, :, 300:].abs().max() == 0


@pytest.mark.parametrize("high", [44100, 48000, 96000, 192000])
@pytest.mark.parametrize("low", [8000, 11025, 22050, 32000, 44100])
def test_mixed_rates_meet_at_the_highest(tmp_path, low, high):
    write(tmp_path / "bass.wav", tone(0.25, low), low)
    write(tmp_path / "gtr.wav", tone(0.25, high, channels=2), high)
    song = Song.load(tmp_path, {"bass": "bass", "gtr": "guitar"})  # vouched for, as they are the same sound
    assert song.sample_rate == high
    assert song.audio.shape[-1] == pytest.approx(0.25 * high, abs=high / low)
    # The same tone at the same time: what a resampler smears is at the ends only.
    middle = slice(round(0.05 * high), round(0.2 * high))
    assert (song.audio[0] - song.audio[1])[:, middle].abs().max() < 0.01


def test_rates_without_a_common_divisor_are_refused(tmp_path):
    write(tmp_path / "bass.wav", noise(100, 1), 44101)
    write(tmp_path / "gtr.wav", noise(100, 1), 96000)
    with pytest.raises(InputError, match=r'"bass.wav" has a rate of 44101 Hz.*convert'):
        Song.load(tmp_path)


def test_all_formats_go_together(tmp_path):
    audio = tone(0.2, RATE, channels=2)
    for name, format in (
        ("a.wav", "WAV"),
        ("b.flac", "FLAC"),
        ("c.mp3", "MP3"),
        ("d.ogg", "OGG"),
        ("e.aiff", "AIFF"),
    ):
        sf.write(tmp_path / name, audio, RATE, format=format)
    song = Song.load(tmp_path, dict.fromkeys("abcde", "other"))  # vouched for, as they are the same sound
    assert song.names == ("a", "b", "c", "d", "e")
    for stem in song.audio:
        assert np.allclose(stem.numpy().T[2000:-2000], audio[2000:-2000], atol=0.03)


def test_the_example_song(falcon_path):
    song = Song.load(falcon_path)
    assert song.names == ("drums", "bass", "other", "vocals")
    assert song.roles == (Role.DRUMS, Role.BASS, Role.OTHER, Role.VOCALS)
    assert song.title == "The Easton Ellises - Falcon 69"
    assert set(song.files) == {falcon_path.name}
    assert song.audio.shape == (4, 2, 268288)
    assert Song.load(falcon_path, roles={"other": "guitar", "vocals": "other"}).roles[3] is Role.OTHER


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures memory through /proc")
def test_a_song_takes_little_more_memory_than_its_own_size(tmp_path):
    for seed, name in enumerate(STEMS):
        write(tmp_path / f"{name}.wav", noise(2_000_000, 2, seed=seed), subtype="PCM_16")
    write(tmp_path / "short.flac", noise(100, 1))

    def peak_mb(line: str) -> float:
        status = Path("/proc/self/status").read_text()
        return int(next(row for row in status.splitlines() if row.startswith(line)).split()[1]) / 1024

    Song.load(tmp_path)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak until now
    before = peak_mb("VmRSS")
    song = Song.load(tmp_path)
    size_mb = song.audio.nbytes / 2**20
    assert peak_mb("VmHWM") - before < 1.1 * size_mb + 10
    song.mix()
    assert peak_mb("VmHWM") - before < 1.6 * size_mb + 10


def test_torchaudio_that_cannot_be_imported_says_what_to_do(tmp_path, monkeypatch):
    write(tmp_path / "bass.wav", noise(100, 1), 22050)
    write(tmp_path / "gtr.wav", noise(100, 1), 44100)
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    with pytest.raises(InputError, match=r"torchaudio cannot be imported .*delete the \*\.so files"):
        Song.load(tmp_path)
    monkeypatch.undo()
    assert load_torchaudio().functional.resample is not None


def test_nothing_but_mixed_rates_needs_torchaudio(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    assert Song.load(folder).names == STEMS
