"""M4A, MP4, WavPack, AAC and whatever else FFmpeg's libraries (PyAV) read: one or more audio streams."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from jaxtyping import Float32

from console.audio.downmix import known_speakers
from console.audio.file import BLOCK, AudioFile, refused
from console.audio.mpeg import late
from console.audio.view import Part, View

UNREADABLE = (av.FFmpegError, MemoryError)  # and where a header asks for more memory than it may have
UNKNOWN_LENGTH = 2**48
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_TELL_THEIR_LENGTH = frozenset((MP4, *"wav w64 aiff caf au wv tta ape tak shn flac".split()))
_TELL_IT_ROUGHLY = frozenset("matroska,webm asf avi".split())

# Only what holds sound and opens no other file: no playlists, no images, no text, no raw samples that anything is.
_DEMUXERS = """aac ac3 ac4 aea aiff amr ape aptx aptx_hd asf asf_o au avi avr bonk caf dsf dts dtshd eac3 flac flv
    iff ircam loas matroska webm mlp mov mp3 mpc mpc8 mpeg mpegts mxf nistsphere nut ogg oma osq paf pvf qcp qoa rka
    rm shn sox svx tak truehd tta voc vqf w64 wav wavarc wtv wv xa xwma"""
# About what the usual encoders put before the sound, where the container does not tell it.
_LATE_S = {"aac": 0.025, "aac_latm": 0.025, "ac3": 0.005, "eac3": 0.005, "mp2": 0.011, "mp3float": 0.025}
_TIMED = frozenset((MP4, "matroska,webm"))
_NO_TITLE = r"handler|media|^stereo$|^audio$|^sound$|^track$"
_LONGEST_TITLE = 200
_MOST_BYTES = 128 << 20  # that a header can make FFmpeg ask for at once

with suppress(OSError, AttributeError):  # PyAV has no name for it, and some systems do not find it there
    ctypes.CDLL(av._core.__file__).av_max_alloc(ctypes.c_size_t(_MOST_BYTES))


def open_container(path: Path, part: Part | None = None) -> list[AudioFile]:
    """The audio streams of a file, or of a part of it; `frames` are `UNKNOWN_LENGTH` where it does not tell.

    Raises `UNREADABLE`, `OSError`, or `InputError` without any audio.
    """
    with opened(path, part) as container:
        streams = []
        for index, stream in enumerate(container.streams.audio):
            if stream.codec_context is None or not stream.layout.channels:
                raise refused(path, "is audio of a kind that cannot be read")
            rate = stream.codec_context.sample_rate
            tells = container.format.name in _TELL_THEIR_LENGTH
            duration_s = (stream.duration or 0) * (stream.time_base or 0)
            frames = round(duration_s * rate) if tells and duration_s > 0 else UNKNOWN_LENGTH
            speakers = known_speakers(tuple(channel.name for channel in stream.layout.channels))
            late_s = _LATE_S.get(stream.codec_context.name) if container.format.name not in _TIMED else None
            notes = (late(late_s),) if late_s else ()
            parts = (part,) if part else ()
            streams.append(AudioFile(path, rate, frames, speakers, index, notes, None, title_of(stream), parts))
    if not streams:
        raise refused(path, "holds no audio")
    return streams


def survey(path: Path) -> tuple[str, int]:
    """The container's name at FFmpeg, and how many streams of sound it holds. Raises `UNREADABLE`, `OSError`."""
    with opened(path) as container:
        return container.format.name, len(container.streams.audio)


def told_frames(file: AudioFile) -> int:
    """How long the container says that the stream is, to a tenth of a second; 0 where it does not."""
    with opened(file.path, *file.parts[:1]) as container:
        if container.format.name not in _TELL_THEIR_LENGTH | _TELL_IT_ROUGHLY or not container.duration:
            return 0
        return round(container.duration / av.time_base * file.sample_rate)


def container_blocks(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    """The samples of one of the file's streams. Raises `UNREADABLE`, `OSError`, `InputError` for a change of rate."""
    for part in file.parts or (None,):
        with opened(file.path, part) as container:
            gather = av.AudioResampler(format="flt", frame_size=BLOCK)  # floats, interleaved, in long blocks
            for frame in container.decode(container.streams.audio[file.stream or 0]):
                if frame.sample_rate != file.sample_rate or frame.layout.nb_channels != len(file.speakers):
                    raise refused(file.path, "changes its sample rate or channels on the way: export it again")
                for block in gather.resample(frame):
                    yield block.to_ndarray().reshape(-1, len(file.speakers))
            for block in gather.resample(None):
                yield block.to_ndarray().reshape(-1, len(file.speakers))


@contextmanager
def opened(path: Path, part: Part | None = None) -> Iterator[InputContainer]:
    """A file through FFmpeg, which sees its bytes and nothing else: no name, no other file, no network."""
    options = {
        "protocol_whitelist": "none",
        "format_whitelist": ",".join(_DEMUXERS.split()),
        "codec_whitelist": _audio_decoders(),  # a picture in a file of two kilobytes may unpack to gigabytes
    }
    with View(path, part) as view, av.open(view, "r", metadata_errors="ignore", container_options=options) as container:
        yield container


def title_of(stream: av.AudioStream) -> str | None:
    """What a file calls a stream, unless it says no more than which program wrote it."""
    for key in ("title", "name", "handler_name"):
        title = " ".join(stream.metadata.get(key, "").split())
        if title and not re.search(_NO_TITLE, title, re.IGNORECASE):
            return title[:_LONGEST_TITLE]
    return None


@cache
def _audio_decoders() -> str:
    names = []
    for name in sorted(av.codecs_available):
        with suppress(ValueError):  # it is there to write only
            if av.Codec(name, "r").type == "audio":
                names.append(name)
    return ",".join(names)
