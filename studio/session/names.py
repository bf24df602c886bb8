"""Stems as a session calls them: what a caller writes is found, and what is said can be shown."""

import re
from collections.abc import Sequence
from dataclasses import replace

from console.errors import InputError
from console.read.names import nfc
from console.read.song import Song
from explainer.advice.shown import listed, quoted, shown

_SURROGATE = re.compile("[\ud800-\udfff]")  # of a file name that is no Unicode: no JSON can hold it


def readable(song: Song) -> Song:
    """The song with a title and names that can be written down anywhere; as it is where they can."""
    if not any(map(_SURROGATE.search, (song.title, *song.names, *(song.files or ())))):
        return song
    called: dict[str, str] = {}
    for name in song.names:
        plain, count = _plain(name), 1
        while plain in called.values() or (plain != name and plain in song.names):
            count += 1
            plain = f"{_plain(name)} ({count})"
        called[name] = plain
    return replace(
        song,
        title=_plain(song.title),
        names=tuple(called.values()),
        files=None if song.files is None else tuple(map(_plain, song.files)),
        links=tuple(tuple(called[name] for name in group) for group in song.links),
    )


def find(song: Song, stem: str, sounding: bool = False) -> str:
    """The stem's name as the song spells it; in other case, or as it is shown, where only one is meant.

    Raises: InputError for a stem that there is none of, and, where it has to sound, for a silent one.
    """
    name = stem
    if stem not in song.names:
        alike = {each for each in song.names if _folded(each) == _folded(stem)}
        if len(alike) != 1:
            raise InputError(f"There is no stem {quoted(stem)}: there are {named(song.names)}.")
        (name,) = alike
    if sounding and bool(song.silent[song.index(name)]):
        raise InputError(f"{named([name])} is silent: choose a stem that sounds.")
    return name


def named(names: Sequence[str]) -> str:
    """Stems in a sentence."""
    return listed([quoted(name) for name in names])


def are(names: Sequence[str]) -> str:
    """The verb that agrees with so many stems."""
    return "is" if len(names) == 1 else "are"


def _plain(text: str) -> str:
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _folded(name: str) -> str:
    return nfc(shown(name)).casefold().strip()
