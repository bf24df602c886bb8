"""MUSDB18 and MUSDB18-HQ through the `musdb` package, with its official splits."""

from typing import Any, Literal

import numpy as np
import soundfile
import torch
from jaxtyping import Float
from torch import Tensor

from console.data.source import random_start
from console.errors import InputError
from console.roles import Role
from console.song import Song

ROLES = (Role.DRUMS, Role.BASS, Role.OTHER, Role.VOCALS)  # the order of the streams in a .stem.mp4


class MusdbSource:
    """Songs of MUSDB18 (`.stem.mp4`) or MUSDB18-HQ (folders of `.wav`).

    Args:
        root: folder that holds `train` and `test`.
        split: `train` (86 songs), `valid` (the 14 official validation songs) or `test` (50 songs).
        is_wav: True for MUSDB18-HQ.

    Raises: InputError when `musdb` cannot be imported (it needs the ffmpeg binary) or the split has no song.
    """

    def __init__(self, root: str, split: Literal["train", "valid", "test"], is_wav: bool = True):
        try:
            import musdb
        except (ImportError, RuntimeError) as error:  # stempeg raises RuntimeError where ffmpeg is missing
            raise InputError(f"MUSDB18 is read with the package musdb and the ffmpeg binary: {error}") from error
        test = split == "test"
        database = musdb.DB(root, is_wav=is_wav, subsets="test" if test else "train", split=None if test else split)
        self.is_wav = is_wav
        self.tracks = sorted(database.tracks, key=lambda track: track.name)
        if not self.tracks:
            kind = "folders of .wav files" if is_wav else ".stem.mp4 files"
            raise InputError(f"{root}: no {kind} of the {split} split of MUSDB18 in it")

    def __len__(self) -> int:
        return len(self.tracks)

    def excerpt(self, index: int, seconds: float, rng: np.random.Generator) -> Song:
        """An excerpt of track `index` (tracks sorted by name); only the excerpt is decoded."""
        track = self.tracks[index]
        rate, total = int(track.rate), int(track.samples)
        length = min(round(seconds * rate), total)
        start = random_start(total, length, rng)
        read = _read_wav if self.is_wav else _read_stem_mp4
        audio = read(track, start, length, rate)
        return Song(audio, tuple(map(str, ROLES)), rate, roles=ROLES, title=track.name)


def _read_wav(track: Any, start: int, length: int, rate: int) -> Float[Tensor, "stem 2 time"]:
    """Straight from the files: musdb's own reader would round to 16 bits and clip."""
    stems = []
    for role in ROLES:
        path = track.sources[role.value].path
        stem, _ = soundfile.read(path, frames=length, start=start, dtype="float32", always_2d=True)
        if len(stem) != length:
            raise InputError(f"{path}: shorter than the mixture beside it")
        stems.append(torch.from_numpy(np.broadcast_to(stem, (length, 2)).copy()).T)
    return torch.stack(stems)


def _read_stem_mp4(track: Any, start: int, length: int, rate: int) -> Float[Tensor, "stem 2 time"]:
    track.chunk_start, track.chunk_duration = start / rate, length / rate
    return torch.from_numpy(track.stems[1:].astype(np.float32)).transpose(1, 2).contiguous()
