"""Audio files of every kind, read."""

import os
import sys

import av
import numpy as np
import pytest
import soundfile as sf
from sounds import RATE, assert_alike, encode, sines

from console.audio.io import (
    AUDIO_SUFFIXES,
    open_audio,
    read_audio,
    read_blocks,
    read_stem_mp4,
)
from console.errors import InputError

STEP = {"PCM_U8": 2**-7, "PCM_S8": 2**-7, "PCM_16": 2**-15, "PCM_24": 2**-23, "PCM_32": 2**-24}
STEP |= {"FLOAT": 0, "DOUBLE": 0, "ULAW": 0.02, "ALAW": 0.02, "ALAC_16": 2**-15}
LOSSLESS = [("wav", "WAV", s) for s in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")]
LOSSLESS += [("wav", "WAVEX", "PCM_24"), ("wav", "RF64", "FLOAT"), ("w64", "W64", "PCM_16")]
LOSSLESS += [("aiff", "AIFF", s) for s in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")]
LOSSLESS += [("flac", "FLAC", s) for s in ("PCM_S8", "PCM_16", "PCM_24")]
LOSSLESS += [("aif", "AIFF", "PCM_16"), ("caf", "CAF", "ALAC_16"), ("WAV", "WAV", "PCM_16")]


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(("suffix", "format", "subtype"), LOSSLESS)
def test_samples_come_back_in_every_lossless_format(tmp_path, suffix, format, subtype, channels):
    path = tmp_path / f"stem.{suffix}"
    written = sines(3000, channels)
    sf.write(path, written, RATE, subtype, format=format)
    audio, rate = read_audio(path)
    assert rate == RATE
    assert audio.dtype == np.float32
    assert audio.shape == written.shape
    assert np.abs(audio - written).max() <= STEP[subtype]
    assert path.suffix.casefold() in AUDIO_SUFFIXES


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000])
@pytest.mark.parametrize("format", ["wav", "flac", "aiff"])
def test_every_sample_rate_is_kept(tmp_path, format, rate):
    sf.write(tmp_path / f"stem.{format}", sines(100, 1), rate)
    assert read_audio(tmp_path / f"stem.{format}")[1] == rate


@pytest.mark.parametrize("rate", [4000, 7999, 192001, 384000])
def test_a_rate_outside_8_to_192_khz_is_refused(tmp_path, rate):
    sf.write(tmp_path / "stem.wav", sines(100, 1), rate)
    with pytest.raises(InputError, match=rf'"stem.wav" has a sample rate of {rate} Hz'):
        open_audio(tmp_path / "stem.wav")


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("format", ["wav", "flac"])
def test_one_to_eight_channels_are_read(tmp_path, format, channels):
    sf.write(tmp_path / f"stem.{format}", sines(500, channels), RATE, "PCM_24")
    assert np.allclose(read_audio(tmp_path / f"stem.{format}")[0], sines(500, channels), atol=1e-6)


def test_a_wav_of_more_channels_than_anybody_counts_is_refused(tmp_path):
    sf.write(tmp_path / "stem.wav", sines(500, 1), RATE, "PCM_16")
    data = bytearray((tmp_path / "stem.wav").read_bytes())
    data[22:24] = b"\xff\xff"
    (tmp_path / "stem.wav").write_bytes(data)
    with pytest.raises(InputError, match=r'"stem.wav" (is audio of a kind that )?cannot be read'):
        open_audio(tmp_path / "stem.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_a_container_whose_name_is_no_unicode_is_read(tmp_path):
    encode(tmp_path / "stem.m4a", "aac", [sines(5000, 2)])
    audio, _ = read_audio(tmp_path / "stem.m4a")
    odd = (tmp_path / "stem.m4a").rename(tmp_path / "stem\udcff.m4a")
    assert np.array_equal(read_audio(odd)[0], audio)


@pytest.mark.parametrize("channels", [9, 16])
def test_more_than_eight_channels_are_refused(tmp_path, channels):
    sf.write(tmp_path / "stem.wav", sines(500, channels), RATE)
    with pytest.raises(InputError, match=f"has {channels} channels"):
        open_audio(tmp_path / "stem.wav")


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("suffix", "subtype", "rate"),
    [
        ("mp3", "MPEG_LAYER_III", RATE),
        ("ogg", "VORBIS", RATE),
        ("opus", "OPUS", 48000),
        ("oga", "VORBIS", RATE),
    ],
)
def test_lossy_formats_keep_length_and_alignment(tmp_path, suffix, subtype, rate, channels):
    path = tmp_path / f"stem.{suffix}"
    written = sines(rate // 2, channels, rate)
    sf.write(path, written, rate, subtype, format="MP3" if suffix == "mp3" else "OGG")
    audio, read_rate = read_audio(path)
    assert read_rate == rate
    assert_alike(audio, written)


@pytest.mark.parametrize("codec", ["aac", "alac"])
@pytest.mark.parametrize("suffix", ["m4a", "mp4", "M4A"])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_m4a_keeps_length_and_alignment(tmp_path, codec, suffix, layout):
    path = tmp_path / f"stem.{suffix}"
    written = sines(30870, 1 if layout == "mono" else 2)
    encode(tmp_path / "stem.m4a", codec, [written], layout=layout)
    os.rename(tmp_path / "stem.m4a", path)
    audio, rate = read_audio(path)
    assert rate == RATE
    assert_alike(audio, written)


@pytest.mark.parametrize("suffix", ["webm", "mka"])
def test_containers_that_do_not_tell_their_length_are_measured(tmp_path, suffix):
    rate = 48000
    codec = "libopus" if suffix == "webm" else "aac"
    encode(tmp_path / f"stem.{suffix}", codec, [sines(30000, 2, rate)], rate)
    audio, _ = read_audio(tmp_path / f"stem.{suffix}")
    assert 30000 <= len(audio) <= 30000 + 3 * 1024


def test_64_bit_integers_are_read(tmp_path):
    encode(tmp_path / "stem.wav", "pcm_s64le", [sines(5000, 2)])
    audio, _ = read_audio(tmp_path / "stem.wav")
    assert np.abs(audio - sines(5000, 2)).max() < 1e-6


def test_blocks_are_the_file_in_order(tmp_path):
    written = sines(150_000, 2)
    sf.write(tmp_path / "stem.wav", written, RATE, "FLOAT")
    blocks = [block.copy() for block in read_blocks(open_audio(tmp_path / "stem.wav"))]
    assert len(blocks) > 1
    assert np.array_equal(np.concatenate(blocks), written)


def test_the_example_song_is_its_four_stems(falcon_path):
    names, stems, rate = read_stem_mp4(falcon_path)
    assert names == ["drums", "bass", "other", "vocals"]
    assert rate == RATE
    assert {stem.shape for stem in stems} == {(268288, 2)}
    with av.open(str(falcon_path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(container.streams.audio[0])]
    mixture = np.concatenate(frames, axis=1).T
    # Aligned with the mixture: the sum of the stems explains most of it, and less when a stem moves by 1 ms.
    apart = np.mean((mixture - sum(stems)) ** 2)
    assert apart < 0.05 * np.mean(mixture**2)
    for index in range(4):
        moved = [np.roll(stem, 44, axis=0) if i == index else stem for i, stem in enumerate(stems)]
        assert np.mean((mixture - sum(moved)) ** 2) > apart


def test_a_stem_mp4_keeps_its_streams_aligned(tmp_path):
    stems = [sines(22050, 2) * (np.arange(22050) > 5000)[:, None] / (i + 1) for i in range(5)]
    encode(tmp_path / "song.stem.mp4", "aac", [stem.astype(np.float32) for stem in stems])
    _, read, _ = read_stem_mp4(tmp_path / "song.stem.mp4")
    for stem, written in zip(read, stems[1:], strict=True):
        assert_alike(stem, written)


@pytest.mark.parametrize("count", [1, 4])
def test_a_stem_mp4_has_five_streams(tmp_path, count):
    encode(tmp_path / "song.stem.mp4", "aac", [sines(5000, 2)] * count)
    with pytest.raises(InputError, match=rf'"song.stem.mp4" has {count} audio stream'):
        read_stem_mp4(tmp_path / "song.stem.mp4")
