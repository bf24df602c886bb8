"""The sound of a song's stems, in one array."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from jaxtyping import Float32

from console.audio._torchaudio import resampler
from console.audio.downmix import fold
from console.audio.file import AudioFile, refused
from console.audio.io import read_blocks
from console.errors import InputError
from console.read.part import Part, Stem


def read_stems(stems: Sequence[Stem]) -> tuple[Float32[np.ndarray, "stem channel time"], int]:
    """The stems' audio in one array, and its rate (Hz), the highest among them.

    One channel if all are mono, else two; shorter files end in silence, later ones begin with it. The array is made
    once and filled in blocks, so that a song takes little more memory than its own size. Raises `InputError` as
    `read_blocks` does.
    """
    parts = [part for stem in stems for part in stem.parts]
    rate = max(part.audio.sample_rate for part in parts)
    stereo = any(len(part.audio.speakers) > 1 or part.side is not None for part in parts)
    frames = max(_start(part, rate) + _frames_at(part.audio, rate) for part in parts)
    channels = 2 if stereo else 1
    try:
        audio = np.zeros((len(stems), channels, frames), dtype=np.float32)
    except (MemoryError, ValueError) as error:
        size_gb = len(stems) * channels * frames * 4 / 1e9
        raise InputError(f"The song does not fit into memory: it takes {size_gb:.0f} GB.") from error
    jobs = [(row, part) for row, stem in zip(audio, stems, strict=True) for part in stem.parts]
    with ThreadPoolExecutor(2) as pool:  # decoding runs outside of Python's lock
        list(pool.map(lambda job: _fill(job[0], job[1], rate), jobs))
    return audio, rate


def _start(part: Part, rate: int) -> int:
    return round(part.start_s * rate)


def _frames_at(file: AudioFile, rate: int) -> int:
    return -(-file.frames * rate // file.sample_rate)


def _fill(row: Float32[np.ndarray, "channel time"], part: Part, rate: int) -> None:
    file, start = part.audio, _start(part, rate)
    out = row[slice(None) if part.side is None else slice(part.side, part.side + 1), start:]
    if file.sample_rate == rate:
        _decode(out, file)
        return
    resample = resampler(file.sample_rate, rate)
    if resample is None:
        raise refused(file.path, f"has a rate of {file.sample_rate} Hz beside {rate} Hz: convert it first")
    native = np.zeros((len(out), file.frames), dtype=np.float32)
    _decode(native, file)
    for channel, line in zip(native, out, strict=True):
        resampled = resample(torch.from_numpy(channel)).numpy()[: line.size]
        line[: resampled.size] = resampled


def _decode(out: Float32[np.ndarray, "channel time"], file: AudioFile) -> None:
    done = 0
    for block in read_blocks(file):
        out[:, done : done + len(block)] = fold(block, file.speakers, len(out)).T
        done += len(block)
