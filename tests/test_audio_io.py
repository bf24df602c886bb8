"""Audio files of every kind, read and written; what is no sound audio file is refused."""

import os
import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from console.audio_io import (
    AUDIO_SUFFIXES,
    open_audio,
    read_audio,
    read_blocks,
    read_stem_mp4,
    write_audio,
)
from console.downmix import fold, speakers_of
from console.errors import InputError

RATE = 44100


def sines(frames: int, channels: int, rate: int = RATE) -> np.ndarray:
    """A different quiet sine in every channel, time by channel."""
    time_s = np.arange(frames)[:, None] / rate
    return (0.25 * np.sin(2 * np.pi * (300 + 150 * np.arange(channels)) * time_s)).astype(np.float32)


def encode(path: Path, codec: str, streams: list[np.ndarray], rate: int = RATE, layout="stereo", options=None):
    """Write audio streams (time by channel) into a container."""
    with av.open(str(path), "w", options=options or {}) as container:
        outs = [container.add_stream(codec, rate=rate, layout=layout) for _ in streams]
        for start in range(0, len(streams[0]), 1024):
            for out, audio in zip(outs, streams, strict=True):
                piece = np.ascontiguousarray(audio[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
                frame.sample_rate, frame.pts = rate, start
                for converted in av.AudioResampler(format=out.codec_context.format.name).resample(frame):
                    container.mux(out.encode(converted))
        for out in outs:
            container.mux(out.encode(None))


def assert_alike(audio: np.ndarray, written: np.ndarray) -> None:
    """The same sound after lossy coding, and best alike where it is not shifted."""
    assert audio.shape == written.shape
    likeness = {n: np.corrcoef(np.roll(audio, n, axis=0).ravel(), written.ravel())[0, 1] for n in range(-3, 4)}
    assert likeness[0] > 0.99
    assert max(likeness, key=likeness.get) == 0


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- reading ---

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


# --- bad files ---

BAD_FORMATS = [
    ("wav", "WAV", "PCM_16"),
    ("wav", "WAV", "FLOAT"),
    ("wav", "RF64", "PCM_24"),
    ("aiff", "AIFF", "PCM_24"),
    ("caf", "CAF", "PCM_16"),
    ("w64", "W64", "PCM_16"),
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


# --- channels ---


@pytest.mark.parametrize("channels", range(3, 9))
@pytest.mark.parametrize("ogg", [False, True])
def test_surround_is_folded_as_bs_775_says(channels, ogg):
    speakers = speakers_of(channels, ogg)
    assert len(set(speakers)) == channels
    one_each = np.eye(channels, dtype=np.float32)  # each speaker sounds alone once
    sides = dict(zip(speakers, fold(one_each, speakers, 2).tolist(), strict=True))
    half = pytest.approx(10 ** (-3.0103 / 20), rel=1e-4)
    expected = {"FL": [1, 0], "FR": [0, 1], "FC": [half, half], "LFE": [0, 0], "BC": [0.5, 0.5]}
    expected |= {"BL": [half, 0], "SL": [half, 0], "BR": [0, half], "SR": [0, half]}
    assert sides == {speaker: expected[speaker] for speaker in speakers}


def test_mono_sounds_on_both_sides_and_stereo_stays():
    mono, stereo = sines(100, 1), sines(100, 2)
    assert np.array_equal(fold(mono, ("FC",), 2), np.repeat(mono, 2, axis=1))
    assert np.array_equal(fold(mono, ("FC",), 1), mono)
    assert fold(stereo, ("FL", "FR"), 2) is stereo


# --- writing ---

float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(audio=arrays(np.float32, st.tuples(st.integers(1, 2), st.integers(1, 50)), elements=float32))
def test_wav_keeps_every_bit(tmp_path_factory, audio):
    path = tmp_path_factory.mktemp("out") / "mix.wav"
    write_audio(path, torch.from_numpy(audio), RATE)
    read, rate = read_audio(path)
    assert rate == RATE
    assert np.array_equal(read.T.view(np.uint32), audio.view(np.uint32))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_long_wav_and_flac_come_back(tmp_path, channels, rate):
    audio = np.random.default_rng(0).uniform(-1, 1, (channels, 200_000)).astype(np.float32)
    write_audio(tmp_path / "mix.wav", audio, rate)
    write_audio(tmp_path / "mix.flac", torch.from_numpy(audio), rate, "flac")
    assert sf.info(tmp_path / "mix.wav").subtype == "FLOAT"
    assert sf.info(tmp_path / "mix.flac").subtype == "PCM_24"
    assert sf.info(tmp_path / "mix.wav").samplerate == rate
    assert np.array_equal(read_audio(tmp_path / "mix.wav")[0].T, audio)
    assert np.abs(read_audio(tmp_path / "mix.flac")[0].T - audio).max() < 2**-22
    assert files(tmp_path) == ["mix.flac", "mix.wav"]


def test_double_precision_and_gradients_are_no_hindrance(tmp_path):
    audio = torch.full((1, 10), 0.1, dtype=torch.float64, requires_grad=True)
    write_audio(tmp_path / "mix.wav", audio, RATE)
    assert np.array_equal(read_audio(tmp_path / "mix.wav")[0], np.full((10, 1), 0.1, dtype=np.float32))


def test_the_same_audio_is_the_same_file(tmp_path, monkeypatch):
    for name, now in (("a.wav", 0), ("b.wav", 10**9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        write_audio(tmp_path / name, sines(100, 2).T, RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("peak", [1.0, -1.0])
def test_flac_holds_full_scale(tmp_path, peak):
    write_audio(tmp_path / "mix.flac", np.full((1, 10), peak, dtype=np.float32), RATE, "flac")
    assert np.allclose(read_audio(tmp_path / "mix.flac")[0], peak, atol=1e-6)


@pytest.mark.parametrize("peak", [1.0001, -1.5, np.nan, np.inf])
def test_flac_is_never_clipped(tmp_path, peak):
    audio = np.zeros((2, 100_000), dtype=np.float32)
    audio[1, 90_000] = peak
    (tmp_path / "mix.flac").write_text("earlier")
    with pytest.raises(InputError, match=r'"mix.flac" would be clipped'):
        write_audio(tmp_path / "mix.flac", audio, RATE, "flac")
    assert (tmp_path / "mix.flac").read_text() == "earlier"
    assert files(tmp_path) == ["mix.flac"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'no output format "mp3": choose wav or flac'):
        write_audio(tmp_path / "mix.mp3", sines(10, 1).T, RATE, "mp3")
    assert files(tmp_path) == []


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, format):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "mix", tmp_path / "nowhere" / "mix", tmp_path / ("m" * 300)):
        with pytest.raises(InputError, match=r"cannot be written"):
            write_audio(path, sines(10, 1).T, RATE, format)
    assert files(tmp_path) == ["file"]


def test_a_wav_beyond_4_gb_is_refused(tmp_path):
    endless = np.broadcast_to(np.float32(0), (2, 2**29))
    with pytest.raises(InputError, match=r"4 GB"):
        write_audio(tmp_path / "mix.wav", endless, RATE)
    assert files(tmp_path) == []
