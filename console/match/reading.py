"""The sound file that a reference is."""

import os
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from console.audio.downmix import fold
from console.audio.io import open_audio, read_blocks
from console.errors import InputError


def read_mix(path: str | os.PathLike[str]) -> tuple[Float32[Tensor, "channel time"], int]:
    """A mix in one or two channels, surround folded to stereo, and its rate (Hz).

    Raises: InputError where there is no file, or it cannot be read as `console.audio.io.read_blocks` says.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f'There is no reference at "{path}".')
    if path.is_dir():
        raise InputError(f'"{path}" is a folder: the reference is one sound file.')
    file = open_audio(path)
    audio = np.zeros((min(len(file.speakers), 2), file.frames), dtype=np.float32)
    done = 0
    for block in read_blocks(file):
        audio[:, done : done + len(block)] = fold(block, file.speakers, len(audio)).T
        done += len(block)
    return torch.from_numpy(audio), file.sample_rate
