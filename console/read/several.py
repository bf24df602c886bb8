"""The songs in a place: it is one, or a folder of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from console.audio.kind import Kind, kind_of
from console.errors import InputError
from console.read.archive import is_zip
from console.read.layout import holds_stems
from console.read.names import natural, nfc
from console.read.roles import spoken_role
from console.read.stems import WHAT, open_stems

ONE_FILE = (".stem.mp4", ".stem.m4a")
DEEPEST = 8  # folders of folders of songs


def songs_in(path: Path) -> list[Path]:
    """The place itself where it is a song, else the songs that it is a folder of, in natural order of their names.

    A folder whose own folders are songs is one of them, unless these are parts of one song ("Drums", "Guitars").
    What `mixconsole correct` wrote is passed over. Nothing but headers is read; a song among others that cannot be
    opened is named all the same.

    Raises: InputError where there is no song.
    """
    if not path.is_dir():
        if not path.exists():
            raise InputError(f'"{path}" is not there: give {WHAT}.')
        return [path]
    within = _within(path)
    listed = False
    try:
        with open_stems(path, {}) as opened:
            listed = opened.listed
    except InputError:
        if not any(map(_opens, within)):
            raise
        return within
    parts = any(spoken_role(each.name) is not None for each in within)
    return [path] if listed or parts or _sounds_itself(path) or not any(map(_opens, within)) else within


def catalogue(path: Path, without: Path | None = None) -> Iterator[Path]:
    """The songs in a place and in the folders below it, each as `songs_in` tells one: albums of songs, splits of a set.

    A song that is linked from several places comes once. What holds sound and cannot be opened as a song is named all
    the same; what holds none is passed over.

    Args:
        without: a folder in it that is not looked into.

    Raises: InputError where nothing is there, or a file that is no song.
    """
    if path.is_file() and not _one_file(path):
        raise InputError(f'"{path}" is no song and no folder of songs: give {WHAT}.')
    seen = set() if without is None else {os.path.realpath(without)}

    def below(place: Path, depth: int) -> Iterator[Path]:
        real = os.path.realpath(place)
        if real in seen or depth > DEEPEST:
            return
        seen.add(real)
        try:
            found = songs_in(place)
        except InputError:
            if not place.is_dir():
                raise
            found = _within(place)
            if _sounds_itself(place):  # it is damaged, or one stem alone
                found = [place]
        # "Song/stems/" is the song, not a folder of one.
        if any(holds_stems(each.name) for each in found) and _opens(place):
            found = [place]
        for each in found:
            if each == place or not each.is_dir():
                yield each
            else:
                yield from below(each, depth + 1)

    yield from below(path, 0)


def _within(path: Path) -> list[Path]:
    """What may be songs in a folder, without what we wrote ourselves."""
    entries = sorted(path.iterdir(), key=lambda entry: natural(nfc(entry.name)))
    return [
        entry
        for entry in entries
        if not entry.name.startswith(".") and ((entry.is_dir() and not _is_output(entry)) or _one_file(entry))
    ]


def _is_output(folder: Path) -> bool:
    """Whether a correction was written there, which is no song of its own."""
    return all((folder / name).is_file() for name in ("advice.json", "faders.png"))


def _one_file(path: Path) -> bool:
    return os.path.isfile(path) and (path.name.casefold().endswith(ONE_FILE) or is_zip(path))


def _sounds_itself(folder: Path) -> bool:
    return any(kind_of(entry) is Kind.AUDIO for entry in folder.iterdir() if entry.is_file())


def _opens(song: Path) -> bool:
    try:
        with open_stems(song, {}):
            return True
    except InputError:
        return False
