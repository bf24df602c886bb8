"""A folder of songs, each a folder (or .zip, or .stem.mp4) of stems at the levels of a balanced mix."""

from pathlib import Path
from typing import Literal

import numpy as np

from console.data.source import random_start
from console.errors import InputError
from console.song import Song

VALID_EVERY = 8


class FolderSource:
    """Songs under `root`, sorted by name; hidden files are passed over.

    Args:
        root: folder of songs. Where it has sub-folders `train`, `valid` or `test`, those are the splits; else every
            eighth song is kept for validation, the rest is for training, and there are none to test on.
        split: which part.

    Raises: InputError when there is no song.
    """

    def __init__(self, root: str, split: Literal["train", "valid", "test"] = "train"):
        base = Path(root).expanduser()
        if not base.is_dir():
            raise InputError(f"{base}: no such folder of songs")
        if any((base / name).is_dir() for name in ("train", "valid", "test")):
            self.songs = _songs(base / split)
        else:
            songs = _songs(base)
            train = [song for i, song in enumerate(songs) if i % VALID_EVERY]
            self.songs = {"train": train, "valid": songs[::VALID_EVERY], "test": []}[split]
        if not self.songs:
            raise InputError(f"{base}: no song for the {split} split (a song is a folder of stems)")

    def __len__(self) -> int:
        return len(self.songs)

    def excerpt(self, index: int, seconds: float, rng: np.random.Generator) -> Song:
        """An excerpt of song `index`."""
        try:
            song = Song.load(self.songs[index])
        except InputError as error:
            raise InputError(f"{self.songs[index]}: {error}") from error
        total = song.audio.shape[-1]
        length = min(round(seconds * song.sample_rate), total)
        start = random_start(total, length, rng)
        return Song(song.audio[..., start : start + length], song.names, song.sample_rate, song.roles, title=song.title)


def _songs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return sorted(p for p in visible if p.is_dir() or p.name.lower().endswith((".zip", ".stem.mp4")))
