"""A folder of songs, each a folder (or .zip, or .stem.mp4) of stems at the levels of a balanced mix."""

from functools import lru_cache
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
        root: folder of songs. Where it has sub-folders `train` and `valid` (and `test`), those are the splits;
            else every eighth song is kept for validation, and `test` is all of them.
        split: which part.

    Raises: InputError when there is no song.
    """

    def __init__(self, root: str, split: Literal["train", "valid", "test"] = "train"):
        base = Path(root).expanduser()
        if not base.is_dir():
            raise InputError(f"{base}: no such folder of songs")
        if (base / "train").is_dir():
            self.songs = _songs(base / split)
        else:
            songs = _songs(base)
            kept = {"train": lambda i: i % VALID_EVERY != 0, "valid": lambda i: i % VALID_EVERY == 0}
            self.songs = [song for i, song in enumerate(songs) if split == "test" or kept[split](i)]
        if not self.songs:
            raise InputError(f"{base}: no song for the {split} split (a song is a folder of stems)")
        # Loading is whole songs only: the last one is kept, since examples of one song follow each other.
        self._load = lru_cache(maxsize=1)(Song.load)

    def __len__(self) -> int:
        return len(self.songs)

    def excerpt(self, index: int, seconds: float, rng: np.random.Generator) -> Song:
        """An excerpt of song `index`."""
        song = self._load(self.songs[index])
        total = song.audio.shape[-1]
        length = min(round(seconds * song.sample_rate), total)
        start = random_start(total, length, rng)
        return Song(song.audio[..., start : start + length], song.names, song.sample_rate, song.roles, title=song.title)


def _songs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return sorted(p for p in visible if p.is_dir() or p.name.lower().endswith((".zip", ".stem.mp4")))
