"""What is no sound audio file is refused."""

import struct

import numpy as np
import pytest
import soundfile as sf
from sounds import RATE, encode, sines

from console.audio.io import (
    AUDIO_SUFFIXES,
    open_audio,
    read_audio,
    read_stem_mp4,
    write_audio,
)
from console.errors import InputError

BAD_FORMATS = [
    ("wav", "WAV", "MS_ADPCM"),
    ("caf", "CAF", "ALAC_16"),
    ("flac", "FLAC", "PCM_16"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    ("ogg", "OGG", "VORBIS"),
    ("opus", "OGG", "OPUS"),
]


@pytest.mark.parametrize("part", [0.9, 0.5, 0.01])
@pytest.mark.parametrize(("suffix", "format", "subtype"), BAD_FORMATS)
def test_a_truncated_file_is_refused(tmp_path, suffix, format, subtype, part):
    path = tmp_path / f"lead vox.{suffix}"
    noise = 0.1 * np.random.default_rng(0).standard_normal((96000, 2))
    sf.write(path, noise, 48000, subtype, format=format)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match=rf'^"lead vox.{suffix}" .*\.$'):
        read_audio(path)


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
@pytest.mark.parametrize("part", [0.9, 0.5, 0.01])
def test_a_truncated_m4a_is_refused(tmp_path, part, options):
    path = tmp_path / "stem.m4a"
    noise = 0.1 * np.random.default_rng(0).standard_normal((96000, 2))
    encode(path, "aac", [noise.astype(np.float32)], options=options)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match=r'^"stem.m4a" .*\.$'):
        read_audio(path)


@pytest.mark.parametrize("part", [0.9, 0.5, 0.1, 0.001])
def test_a_truncated_stem_mp4_is_refused(tmp_path, falcon_path, part):
    whole = falcon_path.read_bytes()
    (tmp_path / "song.stem.mp4").write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match=r'^"song.stem.mp4" .*\.$'):
        read_stem_mp4(tmp_path / "song.stem.mp4")


@pytest.mark.parametrize("suffix", sorted(AUDIO_SUFFIXES))
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Kick sounds good, bass a bit loud.\n" * 100,
        b"RIFF\x00\x00\x00\x00WAVE",
        np.random.default_rng(1).bytes(9000),
    ],
    ids=["empty", "text", "stub", "noise"],
)
def test_what_is_no_audio_is_refused(tmp_path, suffix, content):
    (tmp_path / f"kick{suffix}").write_bytes(content)
    with pytest.raises(InputError, match=rf'^"kick{suffix}" .*\.$'):
        read_audio(tmp_path / f"kick{suffix}")


def test_a_damaged_flac_is_refused(tmp_path):
    path = tmp_path / "stem.flac"
    sf.write(path, sines(100_000, 2), RATE)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 50] = bytes(50)
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r'"stem.flac" is damaged'):
        read_audio(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [0, 77_777, 99_999])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_nan_and_infinity_are_refused_wherever_they_are(tmp_path, bad, where, subtype):
    audio = sines(100_000, 2)
    audio[where, 1] = bad
    sf.write(tmp_path / "stem.wav", audio, RATE, subtype)
    with pytest.raises(InputError, match=r'"stem.wav" holds NaN or infinite samples'):
        read_audio(tmp_path / "stem.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "ogg"])
def test_a_file_without_samples_is_refused(tmp_path, suffix):
    sf.write(tmp_path / f"stem.{suffix}", np.zeros((0, 2)), RATE)
    with pytest.raises(InputError, match=rf'"stem.{suffix}" '):
        read_audio(tmp_path / f"stem.{suffix}")


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x80000000])
def test_a_wav_from_a_recorder_that_streams_is_read_to_its_end(tmp_path, size):
    path = tmp_path / "stem.wav"
    write_audio(path, sines(5000, 2).T, RATE)
    streamed = bytearray(path.read_bytes())
    struct.pack_into("<I", streamed, streamed.index(b"data") + 4, size)
    path.write_bytes(streamed)
    assert np.array_equal(read_audio(path)[0], sines(5000, 2))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'"none.wav" cannot be read: No such file'):
        read_audio(tmp_path / "none.wav")
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(InputError, match=r'"folder.wav" cannot be read: Is a directory'):
        read_audio(tmp_path / "folder.wav")


def test_a_container_with_several_streams_is_no_stem(tmp_path):
    encode(tmp_path / "stem.m4a", "aac", [sines(5000, 2)] * 2)
    with pytest.raises(InputError, match=r"holds 2 audio streams"):
        open_audio(tmp_path / "stem.m4a")
