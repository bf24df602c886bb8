"""M4A, MP4 and other containers, through FFmpeg's libraries (PyAV): one or more audio streams."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float32

from console.audio.downmix import known_speakers
from console.audio.file import BLOCK, AudioFile, refused

UNREADABLE = (av.FFmpegError,)
_TELL_THEIR_LENGTH = ("mov,mp4,m4a,3gp,3g2,mj2", "wav")
UNKNOWN_LENGTH = 2**48


def open_container(path: Path, format: str | None = None) -> list[AudioFile]:
    """The file's audio streams; their `frames` are `UNKNOWN_LENGTH` where it does not tell.

    `format` is the container's, where it may not be guessed. Raises `UNREADABLE`, or `InputError` without any
    audio.
    """
    with av.open(str(path), format=format, metadata_errors="ignore") as container:
        tells = container.format.name in _TELL_THEIR_LENGTH
        streams = []
        for index, stream in enumerate(container.streams.audio):
            if stream.codec_context is None or not stream.layout.channels:
                raise refused(path, "is audio of a kind that cannot be read")
            rate = stream.codec_context.sample_rate
            duration_s = (stream.duration or 0) * (stream.time_base or 0)
            frames = round(duration_s * rate) if tells and duration_s else UNKNOWN_LENGTH
            speakers = known_speakers(tuple(channel.name for channel in stream.layout.channels))
            streams.append(AudioFile(path, rate, frames, speakers, index))
    if not streams:
        raise refused(path, "holds no audio")
    return streams


def container_blocks(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    """The samples of one of the file's streams. Raises `UNREADABLE`."""
    index = file.stream or 0
    with av.open(str(file.path), metadata_errors="ignore") as container:
        gather = av.AudioResampler(format="flt", frame_size=BLOCK)  # floats, interleaved, in long blocks
        for frame in container.decode(container.streams.audio[index]):
            for block in gather.resample(frame):
                yield block.to_ndarray().reshape(-1, len(file.speakers))
        for block in gather.resample(None):
            yield block.to_ndarray().reshape(-1, len(file.speakers))
