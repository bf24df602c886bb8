"""WAV, AIFF, FLAC, MP3, Ogg and their like, through libsndfile."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile as sf
from jaxtyping import Float32

from console.audio.downmix import speakers_of
from console.audio.file import BLOCK, AudioFile, refused
from console.audio.view import Part, View, open_regular

UNREADABLE = (sf.SoundFileError,)
FULL_SCALE = np.float32(2**-15)  # of 16 bits
UNKNOWN_LENGTH = 2**48  # libsndfile's answer for a FLAC that was streamed is far above


def open_plain(path: Path, part: Part | None = None) -> AudioFile:
    """The file's header, or that of a part of it, with `UNKNOWN_LENGTH` where it tells none.

    Raises `UNREADABLE`, `OSError`, or `InputError` where it is truncated.
    """
    with _opened(path, part) as sound:
        if _is_cut_short(sound.extra_info):
            raise refused(path, "is truncated: it ends before its header says")
        speakers = speakers_of(sound.channels, ogg=sound.format == "OGG")
        frames = min(sound.frames, UNKNOWN_LENGTH)
        return AudioFile(path, sound.samplerate, frames, speakers, parts=(part,) if part else ())


def reads(path: Path) -> bool:
    """Whether libsndfile takes the file for one of its own. Raises `OSError`."""
    try:
        with _opened(path):
            return True
    except UNREADABLE:
        return False


def plain_blocks(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    """The file's samples; a block is good until the next one is asked for. Raises `UNREADABLE`, `OSError`."""
    buffer = np.empty((BLOCK, len(file.speakers)), dtype=np.float32)
    whole = np.empty(buffer.shape, dtype=np.int16)
    for part in file.parts or (None,):
        with _opened(file.path, part) as sound:
            if sound.subtype == "PCM_16":  # the same numbers, three times as fast
                while len(read := sound.read(out=whole)):
                    yield np.multiply(read, FULL_SCALE, out=buffer[: len(read)])
            else:
                while len(block := sound.read(out=buffer)):
                    yield block


@contextmanager
def _opened(path: Path, part: Part | None = None) -> Iterator[sf.SoundFile]:
    """The file without its name: where that ends in .au or .vox, libsndfile takes text for sound.

    Nor does it look for a Macintosh's `._name` beside it, which makes it give up on an MP3.
    """
    if part is None and os.name == "posix":  # libsndfile reads by itself, and waits for no other thread's Python
        with open_regular(path) as file, sf.SoundFile(file.fileno(), closefd=False) as sound:
            yield sound
    else:
        with View(path, part) as view, sf.SoundFile(view) as sound:
            yield sound


def _is_cut_short(log: str) -> bool:
    """Whether a file of packets (ADPCM) has less data than announced: libsndfile only notes it in its log."""
    noted = r"^ *(?:data|SSND) *: (\d+) \(should be (\d+)\)"
    sizes = [(int(told), int(there)) for told, there in re.findall(noted, log, re.MULTILINE)]
    return any(there < told and not _is_streamed(told) for told, there in sizes)


def _is_streamed(size: int) -> bool:
    """Whether a size is one of those that recorders write when they do not know it: then all data counts."""
    return any(abs(size - limit) <= 1 << 13 for limit in (2**31, 2**32, 2**63, 2**64))
