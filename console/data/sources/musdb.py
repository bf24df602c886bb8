"""MUSDB18 and MUSDB18-HQ with the official splits, as the `musdb` package knows them."""

from pathlib import Path
from typing import Literal

from console.data.sources.folder import FolderSource
from console.errors import InputError
from console.evaluation.protocol import check_musdb18_hq

TEST_SONGS = 50


class MusdbSource(FolderSource):
    """Songs of MUSDB18 (`.stem.mp4`) or MUSDB18-HQ (folders of `.wav`), sorted by name, at their levels in the mix.

    The package only says which songs are in a split: its own reader would round to 16 bits and clip.

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
        paths = [Path(track.path) for track in database.tracks]  # of the mixture where songs are folders
        self.native = False
        self.dataset, self.split = "musdb18-hq" if is_wav else "musdb18", split
        self.songs = sorted(path.parent if is_wav else path for path in paths)
        self.complete = test and is_wav and len(self.songs) == TEST_SONGS
        if not self.songs:
            kind = "folders of .wav files" if is_wav else ".stem.mp4 files"
            raise InputError(f"{root}: no {kind} of the {split} split of MUSDB18 in it")


def check_complete(source: object, n_chunks: int, n_items: int) -> None:
    """Holds the counts of the published protocol against the published ones, where they are of that whole test set.

    Raises: InputError where they differ.
    """
    if isinstance(source, MusdbSource) and source.complete:
        check_musdb18_hq(n_chunks, n_items)
