"""A folder of songs, each a folder (or .zip, or .stem.mp4) of stems at the levels of a balanced mix."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from console.balance.genre import Genre
from console.data.sources.identity import hash_of, hash_of_files
from console.data.sources.native import LISTING, NATIVE, native_roles
from console.data.sources.style import Style, read_genre, read_style
from console.errors import InputError
from console.files.home import expanded
from console.read.layout import files_under
from console.read.song import Song
from console.read.stems import title_of

SPLITS = ("train", "valid", "test")
VALID_EVERY = 8


class FolderSource:
    """Songs under `root`, sorted by name; hidden files are passed over.

    Args:
        root: folder of songs. Where it has sub-folders `train`, `valid` or `test`, as MUSDB18-HQ does, those are the
            splits. Where there is no `valid`, every eighth song to train on is kept for validation instead.
        split: which part.
        native: read the finer stems in each song's sub-folder `native`, of which `song.json` beside it may tell the
            roles, in place of the song's own.

    Raises: InputError when there is no song, or one without native stems where these are asked for.
    """

    def __init__(self, root: str, split: Literal["train", "valid", "test"] = "train", native: bool = False):
        base = expanded(root)
        if not base.is_dir():
            raise InputError(f"{base}: no such folder of songs")
        self.native = native
        self.dataset, self.split = base.resolve().name, split
        self.songs = _split(base)[split]
        if not self.songs:
            raise InputError(f"{base}: no song for the {split} split (a song is a folder of stems)")
        without = [song for song in self.songs if native and not (song / NATIVE).is_dir()]
        if without:
            raise InputError(f'{without[0]}: no folder "{NATIVE}" of finer stems in it')

    def __len__(self) -> int:
        return len(self.songs)

    def identity(self, index: int) -> str:
        """Of the song's title and of every file that it may be read from, the mixture's included."""
        path = self.songs[index]
        files = _files(path, self.native)
        places = [str(file.relative_to(path)) for file in files if path.is_dir()]
        return hash_of(title_of(path), self.native, *places, hash_of_files(files))

    def style(self, index: int) -> Style | None:
        """Tempo, key and meter, as far as the song's `song.json` tells them all."""
        return read_style(self.songs[index] / LISTING)

    def genre(self, index: int) -> Genre | None:
        """As far as the song's `song.json` tells one."""
        return read_genre(self.songs[index] / LISTING)

    def song(self, index: int) -> Song:
        """The whole song."""
        path = self.songs[index]
        try:
            if self.native:
                song = Song.load(path / NATIVE, native_roles(path))
                return replace(song, title=title_of(path), source=path.absolute())
            return Song.load(path)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error


def _split(base: Path) -> dict[str, list[Path]]:
    if any((base / name).is_dir() for name in SPLITS):
        songs = {name: _songs(base / name) for name in SPLITS}
    else:
        songs = {"train": _songs(base), "valid": [], "test": []}
    if not (base / "valid").is_dir():
        train = songs["train"]
        songs["train"] = [song for i, song in enumerate(train) if i % VALID_EVERY]
        songs["valid"] = train[::VALID_EVERY]
    return songs


def _songs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in _visible(folder) if p.is_dir() or p.name.lower().endswith((".zip", ".stem.mp4")))


def _files(song: Path, native: bool) -> list[Path]:
    """What a song is read from."""
    if not song.is_dir():
        return [song]
    if native:
        return files_under(song / NATIVE) + ([song / LISTING] if (song / LISTING).is_file() else [])
    return [file for file in files_under(song) if NATIVE not in file.relative_to(song).parts[:-1]]


def _visible(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from error
