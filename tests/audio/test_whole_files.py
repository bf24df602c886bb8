"""Files are read to their end: chains of Ogg, and recorders that died before they had finished the header."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sounds import RATE, assert_alike, encode, sines

from console.audio.io import Kind, kind_of, open_audio, read_audio
from console.errors import InputError

FRAMES = 30_000
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf59.27.100\0"
BEXT = b"bext" + struct.pack("<I", 602) + b"bass take 2".ljust(602, b"\0")
# Where each format keeps the size of its samples: what is before it, its layout, and how much more it counts.
SIZES = {
    "WAV": (b"data", 4, "<I", 0),
    "RF64": (b"ds64", 16, "<Q", 0),
    "W64": (b"data\xf3\xac", 16, "<Q", 24),
    "AIFF": (b"SSND", 4, ">I", 8),
    "CAF": (b"data", 4, ">q", 4),
    "AU": (b".snd", 8, ">I", 0),
}


def recorded(path: Path, format: str, size: int | None, behind: bytes = b"", subtype: str = "PCM_16") -> np.ndarray:
    """A file whose header tells `size` bytes of samples (None: the truth); the samples that are in it."""
    sf.write(path, 0.1 * np.random.default_rng(0).standard_normal((FRAMES, 2)), RATE, subtype, format=format)
    samples, _ = sf.read(path, dtype="float32")
    data = bytearray(path.read_bytes())
    before, offset, layout, more = SIZES[format]
    if size is not None:
        struct.pack_into(layout, data, data.index(before) + offset, size + more if size >= 0 else size)
    path.write_bytes(data + behind)
    return samples


@pytest.mark.parametrize("size", [0, 4000, 4 * FRAMES - 10_000])
@pytest.mark.parametrize("format", SIZES)
def test_a_recorder_that_died_is_read_to_the_end_with_a_word(tmp_path, format, size):
    samples = recorded(tmp_path / "take.wav", format, size)
    file = open_audio(tmp_path / "take.wav")
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert len(file.notes) == 1
    assert "to the end of the file (0.7 s)" in file.notes[0]


@pytest.mark.parametrize("size", [0x7FFFF000, 0x80000000, 0xFFFFFFFF])
@pytest.mark.parametrize("format", ["WAV", "RF64", "AIFF"])
def test_a_placeholder_of_a_size_is_no_size(tmp_path, format, size):
    samples = recorded(tmp_path / "take.wav", format, size - 8 if format == "AIFF" else size)
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert "never finished" in open_audio(tmp_path / "take.wav").notes[0]


@pytest.mark.parametrize("format", ["CAF", "AU"])
def test_where_the_format_allows_for_an_open_end_there_is_nothing_to_say(tmp_path, format):
    samples = recorded(tmp_path / "take.wav", format, -1 if format == "CAF" else 0xFFFFFFFF)
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert open_audio(tmp_path / "take.wav").notes == ()


@pytest.mark.parametrize("format", SIZES)
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_with_a_word(tmp_path, format):
    samples = recorded(tmp_path / "take.wav", format, None)
    whole = (tmp_path / "take.wav").read_bytes()
    (tmp_path / "take.wav").write_bytes(whole[: len(whole) - 2 * FRAMES])  # half of the samples, at least
    audio, _ = read_audio(tmp_path / "take.wav")
    assert FRAMES // 2 - 4 <= len(audio) <= FRAMES // 2
    assert np.array_equal(audio, samples[: len(audio)])
    assert "its header says 0.7 s, and the 0.3 s that are there are read" in open_audio(tmp_path / "take.wav").notes[0]


@pytest.mark.parametrize("format", SIZES)
def test_a_few_bytes_that_are_missing_are_not_worth_a_word(tmp_path, format):
    samples = recorded(tmp_path / "take.wav", format, 4 * FRAMES + 8)
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert open_audio(tmp_path / "take.wav").notes == ()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("behind", [LIST, BEXT, BEXT + LIST, b"id3 \4\0\0\0ID3\4", LIST[:-1]])
def test_chunks_behind_the_samples_are_no_samples(tmp_path, subtype, behind):
    for size in (None, 0, 0xFFFFFFFF):
        samples = recorded(tmp_path / "take.wav", "WAV", size, behind, subtype)
        assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples) == (behind != LIST[:-1] or size is None)
        assert len(open_audio(tmp_path / "take.wav").notes) == (size is not None)


@pytest.mark.parametrize("behind", [b"TAG".ljust(20_000, b" "), bytes(50_000), b"ID3\4" + bytes(20_000), b"\r\n"])
def test_tags_and_padding_behind_the_samples_are_no_samples(tmp_path, behind):
    samples = recorded(tmp_path / "take.wav", "WAV", None, behind)
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert open_audio(tmp_path / "take.wav").notes == ()


def test_a_recording_that_never_began_holds_no_sound(tmp_path):
    sf.write(tmp_path / "take.wav", np.zeros((0, 2)), RATE, "PCM_16")
    (tmp_path / "take.wav").write_bytes((tmp_path / "take.wav").read_bytes() + LIST)
    with pytest.raises(InputError, match=r'"take.wav" holds no sound'):
        open_audio(tmp_path / "take.wav")


@pytest.mark.parametrize("finished", [True, False])
def test_a_wav_longer_than_its_size_can_say_is_read_to_the_end(tmp_path, finished):
    size = 2**32 + 8_000_000
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, 4 * RATE, 4, 16)
    told = size % 2**32 if finished else 0
    with (tmp_path / "long.wav").open("wb") as file:  # sparse: it takes no place on the disk
        file.write(b"RIFF" + struct.pack("<I", told) + b"WAVE" + layout + b"data" + struct.pack("<I", told))
        file.seek(44 + 8_000_000)
        file.write(b"\1\2" * 100)
        file.truncate(44 + size)
    assert open_audio(tmp_path / "long.wav").frames == size // 4


@pytest.mark.parametrize("format", ["WAV", "RF64", "W64"])
def test_the_time_reference_of_a_broadcast_wave_is_told(tmp_path, format):
    reference = 3600 * RATE * 24 + 66_150  # more than 32 bits hold
    bext = bytearray(602)
    struct.pack_into("<Q", bext, 338, reference)
    recorded(tmp_path / "take.wav", format, None)
    data = (tmp_path / "take.wav").read_bytes()
    header = struct.pack("<4sI", b"bext", 602)
    if format == "W64":
        header = bytes.fromhex("62657874f3acd3118cd100c04f8edb8a") + struct.pack("<Q", 602 + 24)
        bext += bytes(6)  # so that the next chunk begins at a multiple of 8
    at = data.index(b"fmt ")
    (tmp_path / "take.wav").write_bytes(data[:at] + header + bext + data[at:])
    assert open_audio(tmp_path / "take.wav").time_reference == reference
    assert len(read_audio(tmp_path / "take.wav")[0]) == FRAMES


def test_a_file_without_a_time_reference_tells_none(tmp_path):
    recorded(tmp_path / "take.wav", "WAV", None, LIST)
    assert open_audio(tmp_path / "take.wav").time_reference is None


def chained(path: Path, kind: str, *links: tuple[int, int, int]) -> list[np.ndarray]:
    """Streams of sines (frames, channels, rate) one behind the other in one Ogg file."""
    written = [sines(*link) for link in links]
    path.write_bytes(b"")
    for audio, (_, channels, rate) in zip(written, links, strict=True):
        one = path.with_name("link.ogg")
        if kind == "FLAC":
            encode(one, "flac", [audio], rate, "stereo" if channels == 2 else "mono")
        else:
            sf.write(one, audio, rate, kind, format="OGG")
        path.write_bytes(path.read_bytes() + one.read_bytes())
        one.unlink()
    return written


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS", "FLAC"])
def test_chained_ogg_is_read_to_its_end(tmp_path, kind):
    links = chained(tmp_path / "vox.ogg", kind, (30_000, 2, 48000), (20_000, 2, 48000), (10_001, 2, 48000))
    audio, _ = read_audio(tmp_path / "vox.ogg")
    assert_alike(audio, np.concatenate(links))
    assert open_audio(tmp_path / "vox.ogg").frames == 60_001


@pytest.mark.parametrize("other", [(20_000, 2, 44100), (20_000, 1, 48000)])
@pytest.mark.parametrize("kind", ["VORBIS", "FLAC"])
def test_a_chain_of_different_links_is_refused(tmp_path, kind, other):
    chained(tmp_path / "vox.ogg", kind, (24_000, 2, 48000), other)
    with pytest.raises(InputError, match=r'"vox.ogg" changes its sample rate or channels'):
        open_audio(tmp_path / "vox.ogg")


def test_a_chain_whose_last_link_breaks_off_is_refused(tmp_path):
    chained(tmp_path / "vox.ogg", "VORBIS", (30_000, 1, RATE), (30_000, 1, RATE))
    (tmp_path / "vox.ogg").write_bytes((tmp_path / "vox.ogg").read_bytes()[:-2000])
    with pytest.raises(InputError, match=r'"vox.ogg" is truncated'):
        open_audio(tmp_path / "vox.ogg")


def test_mp3s_written_one_behind_the_other_are_read_to_the_end(tmp_path, capfd):
    for name, frames in (("a.mp3", FRAMES), ("b.mp3", 20_000)):
        sf.write(tmp_path / name, sines(frames, 2), RATE)
    tagged = (tmp_path / "a.mp3").read_bytes() + b"TAG".ljust(128, b" ") + b"ID3\4\0\0\0\0\0\x14" + bytes(20)
    (tmp_path / "both.mp3").write_bytes(tagged + (tmp_path / "b.mp3").read_bytes())
    audio, _ = read_audio(tmp_path / "both.mp3")
    assert kind_of(tmp_path / "both.mp3") is Kind.AUDIO
    assert np.allclose(audio[:FRAMES], read_audio(tmp_path / "a.mp3")[0], atol=1e-4)
    assert np.allclose(audio[FRAMES:], read_audio(tmp_path / "b.mp3")[0], atol=1e-4)
    assert open_audio(tmp_path / "both.mp3").notes == ()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("format", ["WAV", "AIFF", "RF64"])
def test_another_recording_behind_the_first_is_left_out_with_a_word(tmp_path, format):
    samples = recorded(tmp_path / "take.wav", format, None)
    (tmp_path / "take.wav").write_bytes((tmp_path / "take.wav").read_bytes() * 2)
    assert np.array_equal(read_audio(tmp_path / "take.wav")[0], samples)
    assert "another recording begins in it behind the first one (0.7 s)" in open_audio(tmp_path / "take.wav").notes[0]


@pytest.mark.parametrize("upper", [0, 1])
def test_a_length_that_cannot_be_takes_no_memory(tmp_path, upper, monkeypatch):
    sf.write(tmp_path / "stem.flac", sines(FRAMES, 2), RATE)
    data = bytearray((tmp_path / "stem.flac").read_bytes())
    data[21] |= upper  # the number of samples in 36 bits
    data[22] |= 16
    (tmp_path / "stem.flac").write_bytes(data)
    monkeypatch.setattr(np, "zeros", lambda *_, **__: pytest.fail("memory is asked for before samples come"))
    with pytest.raises(InputError, match=r'^"stem.flac" '):
        read_audio(tmp_path / "stem.flac")


def test_long_silence_is_read_however_well_it_is_packed(tmp_path):
    sf.write(tmp_path / "stem.flac", np.zeros((3_000_000, 2)), RATE)
    assert (tmp_path / "stem.flac").stat().st_size < 30_000
    assert read_audio(tmp_path / "stem.flac")[0].shape == (3_000_000, 2)


def test_flac_behind_an_id3_tag_is_read(tmp_path):
    sf.write(tmp_path / "plain.flac", sines(FRAMES, 2), RATE)
    tag = b"ID3\4\0\0" + bytes([0, 0, 30, 0]) + bytes(30 << 7)
    (tmp_path / "tagged.flac").write_bytes(tag + (tmp_path / "plain.flac").read_bytes())
    assert np.array_equal(read_audio(tmp_path / "tagged.flac")[0], read_audio(tmp_path / "plain.flac")[0])


def test_an_mp3_that_does_not_tell_its_delay_is_said_to_be_late(tmp_path):
    sf.write(tmp_path / "told.mp3", sines(FRAMES, 2), RATE)
    encode(tmp_path / "untold.mp3", "libmp3lame", [sines(FRAMES, 2)], options={"write_xing": "0"})
    told, untold = (open_audio(tmp_path / f"{name}.mp3") for name in ("told", "untold"))
    assert told.notes == ()
    assert "25 ms late" in untold.notes[0]
    late = read_audio(tmp_path / "untold.mp3")[0][:, 0]
    lag = int(np.argmax(np.abs(late) > 0.05)) - int(np.argmax(np.abs(sines(FRAMES, 2)[:, 0]) > 0.05))
    assert 0.015 * RATE < lag < 0.035 * RATE
    assert untold.frames == len(late)
