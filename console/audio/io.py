"""Audio files: read in blocks, whatever their format, and written whole."""

import os
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile as sf
from jaxtyping import Float, Float32
from torch import Tensor

from console.audio import container, sndfile
from console.audio.file import BLOCK, AudioFile, refused
from console.errors import InputError
from console.files.whole import whole_file, whole_folder

__all__ = [
    "AUDIO_SUFFIXES",
    "STEM_NAMES",
    "open_audio",
    "open_stem_mp4",
    "read_audio",
    "read_blocks",
    "read_stem_mp4",
    "whole_file",
    "whole_folder",
    "write_audio",
]

_CONTAINERS = frozenset(".m4a .mp4 .webm .mka".split())
AUDIO_SUFFIXES = _CONTAINERS | frozenset(
    ".wav .wave .aif .aiff .aifc .flac .mp3 .ogg .oga .opus .caf .w64 .rf64".split()
)
STEM_NAMES = ("drums", "bass", "other", "vocals")  # after the mixture in a .stem.mp4

_NO_AUDIO = "cannot be read as audio: it is damaged, truncated, or no audio at all"
_UNREADABLE = (*sndfile.UNREADABLE, *container.UNREADABLE)
_SLACK_S = 0.1  # what a lossy file may lack at its end: a packet, or the rounding of its length


def open_audio(path: str | os.PathLike[str]) -> AudioFile:
    """What the header of an audio file says.

    Raises `InputError` where the file is no audio, empty, truncated, or outside 8 to 192 kHz and 1 to 8
    channels.
    """
    path = Path(path)
    _check_file(path)
    try:
        if path.suffix.casefold() in _CONTAINERS:
            streams = container.open_container(path)
            if len(streams) > 1:
                raise refused(path, f"holds {len(streams)} audio streams, and a stem has one")
            return _measured(streams[0])
        try:
            return _measured(sndfile.open_plain(path))
        except sndfile.UNREADABLE:
            if not sndfile.is_wave(path):
                raise
            return _measured(container.open_container(path, "wav")[0])  # such as 64-bit integers
    except _UNREADABLE as error:
        raise refused(path, _NO_AUDIO) from error


def open_stem_mp4(path: str | os.PathLike[str]) -> tuple[AudioFile, ...]:
    """The four stems in a .stem.mp4 (`STEM_NAMES`); its first stream, the mixture, is left out.

    Raises `InputError` as `open_audio` does, and where there are not five audio streams.
    """
    path = Path(path)
    _check_file(path)
    try:
        streams = container.open_container(path)
        if len(streams) != 1 + len(STEM_NAMES):
            raise refused(path, f"has {len(streams)} audio streams, and a .stem.mp4 has five, the mixture first")
        return tuple(_measured(stream) for stream in streams[1:])
    except _UNREADABLE as error:
        raise refused(path, _NO_AUDIO) from error


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
    return list(STEM_NAMES), [_read(stem) for stem in stems], stems[0].sample_rate


def write_audio(
    path: str | os.PathLike[str],
    audio: Float[Tensor, "channel time"] | Float[np.ndarray, "channel time"],
    sample_rate: int,
    format: str = "wav",
) -> None:
    """Write 32-bit float WAV ("wav", exactly the samples) or 24-bit FLAC ("flac"); the file appears whole.

    Raises `InputError` where FLAC would have to clip, where the audio is too long for WAV, and where the file
    cannot be written.
    """
    writers = {"wav": _write_wav, "flac": _write_flac}
    if format not in writers:
        raise InputError(f'There is no output format "{format}": choose {" or ".join(writers)}.')
    path = Path(path)
    samples = audio.detach().cpu().numpy() if isinstance(audio, Tensor) else audio
    if format == "flac" and not all(np.abs(block).max() <= 1 for block in _interleaved(samples)):
        raise refused(path, "would be clipped, as FLAC holds nothing above full scale: write it as wav")
    with whole_file(path) as part:
        try:
            writers[format](part, samples, sample_rate)
        except sf.SoundFileError as error:
            raise refused(path, "cannot be written: the disk may be full") from error


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise refused(path, "is an empty file")
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror}") from error


def _measured(file: AudioFile) -> AudioFile:
    """The file with its length, which takes decoding it where the header does not tell."""
    if file.frames in (sndfile.UNKNOWN_LENGTH, container.UNKNOWN_LENGTH):
        file = replace(file, frames=sum(len(block) for block in _decoded(file)))
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


def _interleaved(
    samples: Float[np.ndarray, "channel time"],
) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    for start in range(0, samples.shape[1], BLOCK):
        yield np.ascontiguousarray(samples[:, start : start + BLOCK].T, dtype=np.float32)


def _write_wav(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> None:
    # libsndfile would add the time of writing (in a PEAK chunk): the same audio shall be the same file.
    channels, frames = samples.shape
    size = samples.size * 4
    if size + 50 >= 2**32:
        raise refused(path, "would be longer than a WAV file can be (4 GB): write it as flac")
    layout = (3, channels, sample_rate, sample_rate * channels * 4, channels * 4, 32, 0)  # 3: IEEE float
    with path.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", size + 50, b"WAVE"))
        file.write(struct.pack("<4sIHHIIHHH", b"fmt ", 18, *layout))
        file.write(struct.pack("<4sII", b"fact", 4, frames))
        file.write(struct.pack("<4sI", b"data", size))
        for block in _interleaved(samples):
            file.write(block.astype("<f4", copy=False).data)


def _write_flac(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> None:
    with sf.SoundFile(sndfile.spelled(path), "w", sample_rate, len(samples), "PCM_24", format="FLAC") as sound:
        for block in _interleaved(samples):
            sound.write(block)
