"""Audio files: opened and read in blocks, whatever their format."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from console.audio import container, sndfile
from console.audio.chunks import read_chunks
from console.audio.file import AudioFile, check_file, refused
from console.audio.kind import AUDIO_SUFFIXES, Kind, kind_of
from console.audio.mpeg import LATE_S, Mpeg, late, read_links, read_mpeg
from console.audio.ogg import read_chain
from console.audio.stemfile import STEM_NAMES, different, listed_names
from console.audio.view import Part
from console.audio.write import write_audio
from console.files.names import safe_name
from console.files.whole import whole_file, whole_folder

__all__ = [
    "AUDIO_SUFFIXES",
    "STEM_NAMES",
    "Kind",
    "kind_of",
    "open_audio",
    "open_stem_mp4",
    "read_audio",
    "read_blocks",
    "read_stem_mp4",
    "whole_file",
    "whole_folder",
    "write_audio",
]

_NO_AUDIO = "cannot be read as audio: it is damaged, truncated, or no audio at all"
_UNREADABLE = (*sndfile.UNREADABLE, *container.UNREADABLE)
_MOST_FRAMES_PER_BYTE = 100  # only silence packs so well; a header that tells more must prove it
_SLACK_S = 0.1  # what a lossy file may lack at its end: a packet, or the rounding of its length


def open_audio(path: str | os.PathLike[str]) -> AudioFile:
    """What the header of an audio file says, and what is to be said of it (`notes`).

    Raises `InputError` where the file is no audio, no regular file, empty, truncated, or outside 8 to 192 kHz
    and 1 to 8 channels; where its rate or channels change on the way; and where it holds several streams.
    """
    path = Path(path)
    with _refusing(path):
        check_file(path)
        chunks, chain, mpeg = read_chunks(path), read_chain(path), read_mpeg(path)
        if chain and not chain.complete:
            raise refused(path, "is truncated: its last page is not marked as the last")
        links = chain.links if chain else read_links(path) if mpeg is Mpeg.TIMED else ()
        parts = links if len(links) > 1 else (chunks.part,)
        file = _joined([_open_part(path, part, mpeg) for part in parts])
        if mpeg in LATE_S and file.stream is None:  # and its length is no more than estimated
            file = replace(file, frames=sndfile.UNKNOWN_LENGTH, notes=(late(LATE_S[mpeg]),))
        file = _measured(file)
    there_s = file.frames / file.sample_rate
    lie = (chunks.lie.format(there_s=there_s, told_s=chunks.told * there_s),) if chunks.lie else ()
    return replace(file, notes=file.notes + lie, time_reference=chunks.time_reference)


def open_stem_mp4(path: str | os.PathLike[str]) -> tuple[AudioFile, ...]:
    """The stems in a .stem.mp4, each with its name as `title`; its first stream, the mixture, is left out.

    Names are those that the file lists, or else its streams' own, made safe as those of files are. Where it has
    neither, it has four stems, which are called `STEM_NAMES`. Raises `InputError` as `open_audio` does, and for another
    number of streams.
    """
    path = Path(path)
    with _refusing(path):
        check_file(path)
        streams = container.open_container(path)
        names = listed_names(path)
        titles = [stream.title for stream in streams[1:] if stream.title]
        if len(streams) < 3 or len(names) != len(streams) - 1:
            names = titles if len(streams) > 2 and len(set(titles)) == len(streams) - 1 else list(STEM_NAMES)
        if len(streams) != 1 + len(names):
            raise refused(path, f"has {len(streams)} audio streams, and a .stem.mp4 has five, the mixture first")
        named = zip(streams[1:], different(list(map(safe_name, names))), strict=True)
        return tuple(_measured(replace(stream, title=name)) for stream, name in named)


def read_blocks(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    """The file's audio in its own rate and channels, `file.frames` at most; a block is good until the next.

    Raises `InputError` where the file turns out to be damaged, truncated, or to hold NaN or infinite samples.
    """
    done = 0
    try:
        for block in _decoded(file):
            block = block[: file.frames - done]  # without what a codec adds to fill its last packet
            if not np.isfinite(block).all():
                raise refused(file.path, "holds NaN or infinite samples")
            done += len(block)
            yield block
    except _UNREADABLE as error:
        raise refused(file.path, "is damaged or truncated") from error
    except OSError as error:
        raise refused(file.path, f"cannot be read: {error.strerror or error}") from error
    if done < file.frames - _SLACK_S * file.sample_rate:
        raise refused(file.path, f"is truncated: of {file.frames} samples it holds {done}")


def read_audio(path: str | os.PathLike[str]) -> tuple[Float32[np.ndarray, "time channel"], int]:
    """A whole file in its own channels, and its rate (Hz); raises `InputError` for what cannot be read."""
    file = open_audio(path)
    return _read(file), file.sample_rate


def read_stem_mp4(
    path: str | os.PathLike[str],
) -> tuple[list[str], list[Float32[np.ndarray, "time channel"]], int]:
    """Names, audio and rate (Hz) of a .stem.mp4's stems; raises `InputError` as `open_stem_mp4` does."""
    stems = open_stem_mp4(path)
    return [stem.title or "" for stem in stems], [_read(stem) for stem in stems], stems[0].sample_rate


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise refused(path, _NO_AUDIO) from error
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror or error}") from error


def _open_part(path: Path, part: Part | None, mpeg: Mpeg) -> AudioFile:
    """The one audio stream of a file, or of a part of it."""
    try:
        if mpeg is not Mpeg.BROKEN:
            return sndfile.open_plain(path, part)
    except sndfile.UNREADABLE:
        pass
    streams = container.open_container(path, part)
    if len(streams) > 1:
        raise refused(path, f"holds {len(streams)} audio streams, and a stem has one")
    return replace(streams[0], notes=()) if mpeg is Mpeg.TIMED else streams[0]


def _joined(links: list[AudioFile]) -> AudioFile:
    """The links of a chain as one file."""
    first = links[0]
    if len({(link.sample_rate, link.speakers, link.stream) for link in links}) > 1:
        raise refused(first.path, "changes its sample rate or channels on the way: export it again")
    lengths = [link.frames for link in links]
    frames = sndfile.UNKNOWN_LENGTH if max(lengths) == sndfile.UNKNOWN_LENGTH else sum(lengths)
    return replace(first, frames=frames, parts=tuple(part for link in links for part in link.parts))


def _measured(file: AudioFile) -> AudioFile:
    """The file with its length, which takes decoding it where the header does not tell, or tells what cannot be."""
    unknown = file.frames == sndfile.UNKNOWN_LENGTH
    if unknown or file.frames > _MOST_FRAMES_PER_BYTE * file.path.stat().st_size:
        told = file.frames if not unknown else container.told_frames(file) if file.stream is not None else 0
        file = replace(file, frames=sum(len(block) for block in _decoded(file)))
        if file.frames < told - _SLACK_S * file.sample_rate:
            raise refused(file.path, f"is truncated: of {told} samples it holds {file.frames}")
    if file.frames == 0:
        raise refused(file.path, "holds no sound: it is 0 samples long")
    return file


def _decoded(file: AudioFile) -> Iterator[Float32[np.ndarray, "time channel"]]:
    return sndfile.plain_blocks(file) if file.stream is None else container.container_blocks(file)


def _read(file: AudioFile) -> Float32[np.ndarray, "time channel"]:
    audio = np.zeros((file.frames, len(file.speakers)), dtype=np.float32)
    done = 0
    for block in read_blocks(file):
        audio[done : done + len(block)] = block
        done += len(block)
    return audio
