"""Audio files, written whole: 32-bit float WAV, 24-bit FLAC."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
from jaxtyping import Float, Float32
from torch import Tensor

from console.audio.file import BLOCK, refused
from console.errors import InputError
from console.files.whole import whole_file


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


def _interleaved(
    samples: Float[np.ndarray, "channel time"],
) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    for start in range(0, samples.shape[1], BLOCK):
        yield np.ascontiguousarray(samples[:, start : start + BLOCK].T, dtype=np.float32)


def _write_wav(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> None:
    with path.open("wb") as file:
        for piece in wav_pieces(path, samples, sample_rate):
            file.write(piece)


def wav_size(samples: Float[np.ndarray, "channel time"]) -> int:
    """How many bytes `wav_pieces` come to."""
    return samples.size * 4 + 58


def wav_pieces(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> Iterator[bytes]:
    """A 32-bit float WAV, piece by piece, for what is written from its beginning to its end.

    Raises: InputError, naming `path`, where the audio is too long for WAV.
    """
    # libsndfile would add the time of writing (in a PEAK chunk): the same audio shall be the same file.
    channels, frames = samples.shape
    size = samples.size * 4
    if size + 50 >= 2**32:
        raise refused(path, "would be longer than a WAV file can be (4 GB): write it as flac")
    layout = (3, channels, sample_rate, sample_rate * channels * 4, channels * 4, 32, 0)  # 3: IEEE float
    yield struct.pack("<4sI4s", b"RIFF", size + 50, b"WAVE")
    yield struct.pack("<4sIHHIIHHH", b"fmt ", 18, *layout)
    yield struct.pack("<4sII", b"fact", 4, frames)
    yield struct.pack("<4sI", b"data", size)
    for block in _interleaved(samples):
        yield block.astype("<f4", copy=False).tobytes()


def _write_flac(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> None:
    with sf.SoundFile(_spelled(path), "w", sample_rate, len(samples), "PCM_24", format="FLAC") as sound:
        for block in _interleaved(samples):
            sound.write(block)


def _spelled(path: Path) -> str | bytes:
    """The path as soundfile takes it, which knows no bytes on Windows and nothing else than UTF-8 elsewhere."""
    return str(path) if os.name == "nt" else os.fsencode(path)
