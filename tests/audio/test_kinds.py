"""What is sound is told by what is in a file, and read whatever it is called."""

import io
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import zipfile
import zlib

import av
import numpy as np
import pytest
import soundfile as sf
from sounds import RATE, encode, sines

from console.audio.io import Kind, kind_of, open_audio, open_stem_mp4, read_audio, read_stem_mp4
from console.errors import InputError
from console.files.names import LONGEST_NAME

FRAMES = 30_000
# What PyAV writes and FFmpeg reads: the suffix, the codec, and how the length comes back: exactly, or with what the
# codec puts before and behind the sound.
WRITTEN = [("wv", "wavpack", 0), ("tta", "tta", 0), ("m4b", "alac", 0), ("caf", "alac", 0), ("mka", "flac", 0)]
WRITTEN += [("au", "pcm_s16be", 0), ("w64", "pcm_s24le", 0), ("aifc", "pcm_f32be", 0), ("avi", "pcm_s16le", 0)]
WRITTEN += [
    ("aac", "aac", 2048),
    ("ac3", "ac3", 1792),
    ("eac3", "eac3", 1792),
    ("mp2", "mp2", 1152),
    ("ts", "aac", 2048),
]
WRITTEN += [("mkv", "aac", 1024), ("flv", "aac", 2048), ("ogg", "flac", 0)]


@pytest.mark.parametrize(("suffix", "codec", "more"), WRITTEN)
@pytest.mark.parametrize("name", ["stem.{}", "stem.wav", "stem", "stem.txt"])
def test_every_format_is_read_whatever_it_is_called(tmp_path, suffix, codec, more, name):
    encode(tmp_path / f"written.{suffix}", codec, [sines(FRAMES, 2)])
    path = (tmp_path / f"written.{suffix}").rename(tmp_path / name.format(suffix))
    assert kind_of(path) is Kind.AUDIO
    file = open_audio(path)
    audio, rate = read_audio(path)
    assert rate == RATE
    assert FRAMES <= len(audio) == file.frames <= FRAMES + more
    lag = int(np.argmax(np.abs(audio[:, 0]) > 0.1)) - int(np.argmax(np.abs(sines(FRAMES, 2)[:, 0]) > 0.1))
    assert (lag > 100) == bool(file.notes)  # whoever comes late says so
    assert "late" in "".join(file.notes) or not lag


def picture() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(72))) + chunk(b"IEND", b"")


def film(codec: str, format: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=format) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 64, stream.pix_fmt)))
        container.mux(stream.encode(None))
    return target.getvalue()


def packed() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("notes.txt", np.random.default_rng(0).bytes(100_000))
    return target.getvalue()


SILENT = {
    "notes.txt": b"Kick sounds good, bass a bit loud.\n" * 300,
    "readme": b"\n",
    "utf16.txt": "Kick sounds good, bass a bit loud.\n".encode("utf-16") * 300,
    "advice.json": json.dumps({"stems": list(range(1000))}).encode(),
    "playlist.m3u": b"#EXTM3U\n#EXTINF:10,\nother.wav\n",
    "playlist.pls": b"[playlist]\nFile1=other.wav\n",
    "list.txt": b"ffconcat version 1.0\nfile 'other.wav'\n",
    "session.sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 96\n",
    "cover.png": picture(),
    "song.mid": b"MThd\0\0\0\6\0\1\0\2\1\xe0MTrk\0\0\0\4\0\xff\x2f\0",
    "session.als": zlib.compress(np.random.default_rng(0).bytes(100_000)),
    "noise.bin": np.random.default_rng(1).bytes(300_000),
    "words.srt": b"1\n00:00:00,000 --> 00:00:01,000\nLa la la\n\n",
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_sound_is_told(tmp_path, name, capfd):
    sf.write(tmp_path / "other.wav", sines(FRAMES, 2), RATE)
    (tmp_path / name).write_bytes(SILENT[name])
    assert kind_of(tmp_path / name) is Kind.OTHER
    with pytest.raises(InputError, match=rf'^"{name}" cannot be read as audio'):
        open_audio(tmp_path / name)
    (tmp_path / "stem.wav").write_bytes(SILENT[name])  # a name that promises sound is held to it
    assert kind_of(tmp_path / "stem.wav") is Kind.AUDIO
    with pytest.raises(InputError, match=r'^"stem.wav" cannot be read as audio'):
        open_audio(tmp_path / "stem.wav")
    assert capfd.readouterr() == ("", "")  # nor does a library speak up


@pytest.mark.parametrize(
    ("name", "codec", "format"),
    [("cover.jpg", "mjpeg", "image2pipe"), ("film.mp4", "mpeg4", "mp4"), ("a.mkv", "mpeg4", "matroska")],
)
def test_pictures_and_films_without_sound_are_no_sound(tmp_path, name, codec, format):
    (tmp_path / name).write_bytes(film(codec, format))
    assert kind_of(tmp_path / name) is Kind.OTHER
    with pytest.raises(InputError, match=rf'^"{name}" '):
        open_audio(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"raw"])
def test_a_damaged_file_whose_name_promises_sound_is_not_passed_over(tmp_path, content):
    (tmp_path / "kick.wv").write_bytes(content)
    assert kind_of(tmp_path / "kick.wv") is Kind.AUDIO
    with pytest.raises(InputError, match=r'^"kick.wv" '):
        open_audio(tmp_path / "kick.wv")


@pytest.mark.parametrize("format", ["wav", "mp3", "ogg"])
def test_what_a_macintosh_leaves_beside_a_file_does_not_matter(tmp_path, format):
    sf.write(tmp_path / f"kick.{format}", sines(FRAMES, 2), RATE)
    (tmp_path / f"._kick.{format}").write_bytes(b"\0\5\x16\7" + bytes(100))
    file = open_audio(tmp_path / f"kick.{format}")
    assert (file.frames, file.stream) == (FRAMES, None)


def test_a_folder_and_what_is_not_there_are_no_sound(tmp_path):
    (tmp_path / "stems.wav").mkdir()
    assert kind_of(tmp_path / "stems.wav") is Kind.OTHER
    assert kind_of(tmp_path / "none.txt") is Kind.OTHER


@pytest.mark.skipif(sys.platform == "win32", reason="there are none")
def test_a_pipe_and_a_socket_are_refused_without_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # its path may not be long
        listener.bind("socket.wav")
        for name in ("pipe.wav", "socket.wav"):
            asked = threading.Thread(target=kind_of, args=(tmp_path / name,), daemon=True)
            asked.start()
            asked.join(10)
            assert not asked.is_alive()
            with pytest.raises(InputError, match=rf'"{name}" cannot be read: it is a pipe, a socket or a device'):
                open_audio(tmp_path / name)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is counted there")
def test_a_chunk_that_tells_two_gigabytes_takes_none(tmp_path):
    fields = struct.pack(
        "<HHIIHHHHIHHIII", 0xFFFE, 2, RATE, 16 * RATE, 16, 64, 22, 64, 3, 1, 0, 0x100000, 0xAA000080, 0
    )
    info = b"INFOISFT" + struct.pack("<I", 0x7FFFFFE0) + b"Lavf59.27.100\0"
    chunks = b"fmt " + struct.pack("<I", len(fields)) + fields + b"LIST" + struct.pack("<I", 0x7FFFFFF0) + info
    (tmp_path / "stem.wav").write_bytes(b"RIFF" + struct.pack("<I", 96_000) + b"WAVE" + chunks + bytes(1900))
    script = """if True:
        import resource, sys
        from console.audio.io import kind_of, open_audio
        from console.errors import InputError
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        kind_of(sys.argv[1])
        try:
            open_audio(sys.argv[1])
        except InputError:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    command = [sys.executable, "-c", script, str(tmp_path / "stem.wav")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 100_000  # kB


def test_a_playlist_opens_no_other_file(tmp_path):
    encode(tmp_path / "secret.m4a", "aac", [sines(FRAMES, 2)])
    secret = tmp_path / "secret.m4a"
    scripts = (
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret.name}\n#EXT-X-ENDLIST\n",
    )
    for script in scripts:
        (tmp_path / "stem.wav").write_text(script)
        with pytest.raises(InputError, match=r'"stem.wav" cannot be read as audio'):
            open_audio(tmp_path / "stem.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a colon is no letter")
@pytest.mark.parametrize("name", ["concat:a.m4a", "file:a.m4a", "http:a.m4a", "data:a.m4a", "-.m4a"])
def test_a_name_is_a_name_whatever_it_looks_like(tmp_path, monkeypatch, name):
    encode(tmp_path / "a.m4a", "aac", [sines(30870, 2)])
    (tmp_path / "a.m4a").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(read_audio(name)[0]) == 30870


def stem_file(path, streams, names=None, titles=None):
    """A stem file as Native Instruments' program writes it, with what names it is given."""
    with av.open(str(path), "w", format="mp4") as container:
        outs = [container.add_stream("aac", rate=RATE, layout="stereo") for _ in range(streams)]
        for out, title in zip(outs, titles or [], strict=False):
            out.metadata["handler_name"] = title
        for i, out in enumerate(outs):
            audio = sines(8192, 2) / (i + 1)
            for start in range(0, len(audio), 1024):
                piece = np.ascontiguousarray(audio[start : start + 1024].T)
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = RATE, start
                container.mux(out.encode(frame))
            container.mux(out.encode(None))
    if names is None:
        return
    text = (
        names
        if isinstance(names, bytes)
        else json.dumps({"version": 1, "stems": [{"name": n} for n in names]}).encode()
    )
    stem = struct.pack(">I4s", 8 + len(text), b"stem") + text
    data = bytearray(path.read_bytes())
    at = data.index(b"moov") - 4  # at the end of the file, with a udta of FFmpeg's own at its end
    udta = data.rindex(b"udta") - 4
    for begin in (at, udta):
        struct.pack_into(">I", data, begin, struct.unpack_from(">I", data, begin)[0] + len(stem))
    path.write_bytes(data + stem)


def titles_of(path) -> list[str | None]:
    return [stem.title for stem in open_stem_mp4(path)]


def test_stems_are_called_what_the_file_lists(tmp_path):
    stem_file(tmp_path / "song.stem.mp4", 5, ["Vox", "Drums", "Bass", "Synths"])
    assert kind_of(tmp_path / "song.stem.mp4") is Kind.STEMS
    assert titles_of(tmp_path / "song.stem.mp4") == ["Vox", "Drums", "Bass", "Synths"]
    levels = [float(np.std(stem[2000:6000])) for stem in read_stem_mp4(tmp_path / "song.stem.mp4")[1]]
    assert levels == pytest.approx([0.25 / 2**0.5 / n for n in (2, 3, 4, 5)], rel=0.05)  # each name at its own stream


def test_where_the_file_lists_none_the_streams_names_are_taken(tmp_path):
    stem_file(tmp_path / "song.stem.mp4", 5, titles=["Master", "Vox", "Drums", "Bass", "Synths"])
    assert titles_of(tmp_path / "song.stem.mp4") == ["Vox", "Drums", "Bass", "Synths"]


@pytest.mark.parametrize(
    "names",
    [
        None,
        b"",
        b"no JSON",
        b"[" * 50_000,
        b'{"stems": 3}',
        b'{"stems": [1, 2, 3, 4]}',
        b'{"stems": [{"name": "a"}]}',
        b'{"stems": [{"name": ""}, {"name": "a"}, {"name": "b"}, {"name": "c"}]}',
        ["Drums", "Bass", "Other", "Vox"],
        b" " * (2 << 20),
    ],
)
def test_without_names_four_stems_come_in_the_usual_order(tmp_path, names):
    stem_file(tmp_path / "song.stem.mp4", 5, names)
    assert titles_of(tmp_path / "song.stem.mp4") == ["drums", "bass", "other", "vocals"]


def test_two_stems_of_one_name_are_told_apart(tmp_path):
    stem_file(tmp_path / "song.stem.mp4", 5, ["Synth", "Drums", "synth", "Synth 2"])
    assert titles_of(tmp_path / "song.stem.mp4") == ["Synth", "Drums", "synth 2", "Synth 2 2"]


@pytest.mark.parametrize("listed", [True, False])
def test_what_stems_are_called_is_made_safe_as_names_of_files_are(tmp_path, listed):
    names = ["../../etc/kick", "vo\u202ex\u200b<b>\x07", "con", "é" * 500]
    stem_file(tmp_path / "song.stem.mp4", 5, *([names] if listed else [None, ["mix", *names]]))
    kick, vox, con, long = titles_of(tmp_path / "song.stem.mp4")
    assert kick == "_.._.._etc_kick"
    assert vox == "vo_x__b__"
    assert con == "_con"
    assert long == "é" * (LONGEST_NAME // 2)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_stem_file_may_name_any_number_of_stems(tmp_path, count):
    names = [f"take {n}" for n in range(count)]
    stem_file(tmp_path / "song.stem.m4a", 1 + count, names)
    assert kind_of(tmp_path / "song.stem.m4a") is Kind.STEMS
    assert titles_of(tmp_path / "song.stem.m4a") == names


@pytest.mark.parametrize("streams", [1, 2, 4, 6])
def test_a_number_of_stems_that_nobody_names_is_refused(tmp_path, streams):
    stem_file(tmp_path / "song.stem.mp4", streams)
    with pytest.raises(InputError, match=rf'"song.stem.mp4" has {streams} audio stream'):
        open_stem_mp4(tmp_path / "song.stem.mp4")


def test_five_streams_are_stems_by_any_name_and_two_are_neither(tmp_path):
    encode(tmp_path / "a.m4a", "aac", [sines(8192, 2)] * 5)
    (tmp_path / "a.m4a").rename(tmp_path / "song.wav")
    assert kind_of(tmp_path / "song.wav") is Kind.STEMS
    encode(tmp_path / "b.m4a", "aac", [sines(8192, 2)] * 2)
    encode(tmp_path / "c.mka", "aac", [sines(8192, 2)] * 5)
    for name, count in (("b.m4a", 2), ("c.mka", 5)):
        assert kind_of(tmp_path / name) is Kind.AUDIO
        with pytest.raises(InputError, match=rf'"{name}" holds {count} audio streams, and a stem has one'):
            open_audio(tmp_path / name)
