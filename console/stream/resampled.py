"""Sound brought to another rate as it passes: sample by sample what resampling it whole gives."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float32

from console.audio._torchaudio import resampling
from console.audio.file import BLOCK, AudioFile, refused

Piece = Float32[np.ndarray, "channel _"]


def resampled(pieces: Iterator[Piece], file: AudioFile, rate: int) -> Iterator[Piece]:
    """The pieces of a file, from its beginning, at another rate (Hz).

    Raises: InputError where the two rates have hardly a common divisor.
    """
    found = resampling(file.sample_rate, rate)
    if found is None:
        raise refused(file.path, f"has a rate of {file.sample_rate} Hz beside {rate} Hz: convert it first")
    convert, reach = found
    common = math.gcd(file.sample_rate, rate)
    each, made = file.sample_rate // common, rate // common  # so many samples become so many
    around = -(-reach // each) * each
    step = max(1, BLOCK // each) * each
    first, count = around // each * made, step // each * made
    left = -(-file.frames * rate // file.sample_rate)
    waiting: list[Piece] = []
    while left > 0:
        while _length(waiting) < step + 2 * around:
            piece = next(pieces, None)
            if piece is None:
                break
            waiting.append(piece.copy() if waiting else np.pad(piece, ((0, 0), (around, 0))))
        if not waiting:
            return
        sound = np.concatenate(waiting, axis=-1)
        window = sound[:, : step + 2 * around]  # beyond both ends lies silence
        window = np.pad(window, ((0, 0), (0, step + 2 * around - window.shape[-1])))
        yield convert(torch.from_numpy(window)).numpy()[:, first : first + min(left, count)]
        left, waiting = left - count, [sound[:, step:]]


def _length(pieces: list[Piece]) -> int:
    return sum(piece.shape[-1] for piece in pieces)
