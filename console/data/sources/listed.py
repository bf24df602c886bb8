"""Songs that are named one by one, and all songs of a folder, whatever its splits."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from console.data.sources.folder import SPLITS, FolderSource
from console.errors import InputError
from console.files.home import expanded


class ListedSource(FolderSource):
    """Songs in the order given, each a folder of stems, a .zip or a .stem.mp4.

    Raises: InputError when there is none.
    """

    def __init__(self, songs: Sequence[str | Path]):
        self.native = False
        self.songs = [expanded(song) for song in songs]
        if not self.songs:
            raise InputError("no song is given")


def folder_to_test(root: str, split: Literal["train", "valid", "test"] = "test", native: bool = False) -> FolderSource:
    """The songs of a folder that a test is about: one of its splits, or all songs where it has no splits.

    Raises: as of `FolderSource`.
    """
    base = expanded(root)
    if not base.is_dir() or any((base / name).is_dir() for name in SPLITS):
        return FolderSource(root, split, native)
    found: list[Path] = []
    for part in ("train", "valid"):  # which are made up where the folder has none
        with suppress(InputError):
            found += FolderSource(root, part, native).songs
    if not found:
        raise InputError(f"{base}: no song in it (a song is a folder of stems)")
    source = ListedSource(sorted(found))
    source.native = native
    return source
