"""WAV, AIFF, FLAC, MP3, Ogg and their like, through libsndfile."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
from jaxtyping import Float32

from console.audio.downmix import speakers_of
from console.audio.file import BLOCK, AudioFile, refused

UNREADABLE = (sf.SoundFileError,)
UNKNOWN_LENGTH = 2**48  # libsndfile's answer for a FLAC that was streamed is far above


def open_plain(path: Path) -> AudioFile:
    """The file's header, with `UNKNOWN_LENGTH` where it tells none. Raises `UNREADABLE` or `InputError`."""
    with sf.SoundFile(spelled(path)) as sound:
        if _is_cut_short(sound.extra_info) or (sound.format == "OGG" and not _ogg_ends(path)):
            raise refused(path, "is truncated: it ends before its header says")
        speakers = speakers_of(sound.channels, ogg=sound.format == "OGG")
        return AudioFile(path, sound.samplerate, min(sound.frames, UNKNOWN_LENGTH), speakers)


def plain_blocks(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    """The file's samples; a block is good until the next one is asked for. Raises `UNREADABLE`."""
    buffer = np.empty((BLOCK, len(file.speakers)), dtype=np.float32)
    with sf.SoundFile(spelled(file.path)) as sound:
        while len(block := sound.read(out=buffer)):
            yield block


def spelled(path: Path) -> str | bytes:
    """The path as soundfile takes it, which knows no bytes on Windows and nothing else than UTF-8 elsewhere."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def is_wave(path: Path) -> bool:
    """Whether a file begins as a WAV does."""
    with path.open("rb") as file:
        start = file.read(12)
    return start[:4] == b"RIFF" and start[8:] == b"WAVE"


def _is_cut_short(log: str) -> bool:
    """Whether a WAV, AIFF, RF64 or W64 has less data than announced: libsndfile only notes it in its log."""
    noted = r"^ *(?:data|SSND|Riff size|riff) *: (\d+) \(should be (\d+)\)"
    sizes = [(int(told), int(there)) for told, there in re.findall(noted, log, re.MULTILINE)]
    return any(there < told and not _is_streamed(told) for told, there in sizes)


def _is_streamed(size: int) -> bool:
    """Whether a size is one of those that recorders write when they do not know it: then all data counts."""
    return any(abs(size - limit) <= 1 << 13 for limit in (2**31, 2**32, 2**63, 2**64))


def _ogg_ends(path: Path) -> bool:
    """Whether an Ogg file's last page is complete and marked as the last (RFC 3533, section 6)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 17)))  # a page has at most 65307 bytes
        end = file.read()
    page = end[end.rfind(b"OggS") :]
    if len(page) < 27 or not page[5] & 4:
        return False
    table = page[27 : 27 + page[26]]
    return len(page) >= 27 + len(table) + sum(table)
