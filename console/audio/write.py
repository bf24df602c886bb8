"""Audio files, written whole: 32-bit float WAV, 24-bit FLAC."""

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    samples = audio.detach().cpu().numpy() if isinstance(audio, Tensor) else audio
    channels, frames = samples.shape
    with audio_file(path, channels, frames, sample_rate, format) as put:
        for start in range(0, frames, BLOCK):
            put(samples[:, start : start + BLOCK])


Put = Callable[[np.ndarray], None]


@contextmanager
def audio_file(
    path: str | os.PathLike[str], channels: int, frames: int, sample_rate: int, format: str = "wav"
) -> Iterator[Put]:
    """As `write_audio`, block by block: yields what takes the next samples, "channel time"; `frames` in all.

    Raises `InputError` as `write_audio` does, as soon as a block comes that FLAC would have to clip.
    """
    writers = {"wav": _wav, "flac": _flac}
    if format not in writers:
        raise InputError(f'There is no output format "{format}": choose {" or ".join(writers)}.')
    path = Path(path)
    with whole_file(path) as part:
        try:
            with writers[format](part, path, channels, frames, sample_rate) as put:
                yield lambda samples: put(np.ascontiguousarray(samples.T, dtype=np.float32))
        except sf.SoundFileError as error:
            raise refused(path, "cannot be written: the disk may be full") from error


@contextmanager
def _wav(part: Path, path: Path, channels: int, frames: int, sample_rate: int) -> Iterator[Put]:
    with part.open("wb") as file:
        file.write(_wav_header(path, channels, frames, sample_rate))

        def put(block: np.ndarray) -> None:
            file.write(block.astype("<f4", copy=False).tobytes())

        yield put


@contextmanager
def _flac(part: Path, path: Path, channels: int, frames: int, sample_rate: int) -> Iterator[Put]:
    with sf.SoundFile(_spelled(part), "w", sample_rate, channels, "PCM_24", format="FLAC") as sound:

        def put(block: np.ndarray) -> None:
            if not np.abs(block).max(initial=0) <= 1:
                raise refused(path, "would be clipped, as FLAC holds nothing above full scale: write it as wav")
            sound.write(block)

        yield put


def _interleaved(
    samples: Float[np.ndarray, "channel time"],
) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    for start in range(0, samples.shape[1], BLOCK):
        yield np.ascontiguousarray(samples[:, start : start + BLOCK].T, dtype=np.float32)


def wav_size(samples: Float[np.ndarray, "channel time"]) -> int:
    """How many bytes `wav_pieces` come to."""
    return samples.size * 4 + 58


def wav_pieces(path: Path, samples: Float[np.ndarray, "channel time"], sample_rate: int) -> Iterator[bytes]:
    """A 32-bit float WAV, piece by piece, for what is written from its beginning to its end.

    Raises: InputError, naming `path`, where the audio is too long for WAV.
    """
    channels, frames = samples.shape
    yield _wav_header(path, channels, frames, sample_rate)
    for block in _interleaved(samples):
        yield block.astype("<f4", copy=False).tobytes()


def _wav_header(path: Path, channels: int, frames: int, sample_rate: int) -> bytes:
    # libsndfile would add the time of writing (in a PEAK chunk): the same audio shall be the same file.
    size = channels * frames * 4
    if size + 50 >= 2**32:
        raise refused(path, "would be longer than a WAV file can be (4 GB): write it as flac")
    layout = (3, channels, sample_rate, sample_rate * channels * 4, channels * 4, 32, 0)  # 3: IEEE float
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", size + 50, b"WAVE"),
            struct.pack("<4sIHHIIHHH", b"fmt ", 18, *layout),
            struct.pack("<4sII", b"fact", 4, frames),
            struct.pack("<4sI", b"data", size),
        )
    )


def _spelled(path: Path) -> str | bytes:
    """The path as soundfile takes it, which knows no bytes on Windows and nothing else than UTF-8 elsewhere."""
    return str(path) if os.name == "nt" else os.fsencode(path)
