"""Stem files (.stem.mp4) as Native Instruments defined them: a mixture, and behind it the stems with their names."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console.audio.view import View

STEM_NAMES = ("drums", "bass", "other", "vocals")  # where a file of four stems names none
# What programs list there without having been told more than the order: no names that a person gave.
_PLAIN = (("drums", "drum"), ("bass",), ("other", "others"), ("vocals", "vocal", "vox"))
_PATH = (b"moov", b"udta", b"stem")
_MOST_ATOMS, _MOST_BYTES = 10_000, 1 << 20


def is_stem_file(path: Path) -> bool:
    """Whether an MP4 file says that it holds stems. Raises `OSError`."""
    return _stem_atom(path) is not None


def listed_names(path: Path) -> list[str]:
    """The names of the stems as the file lists them (`moov.udta.stem`), none where it does not. Raises `OSError`."""
    text = _stem_atom(path)
    try:
        listed: Any = json.loads((text or b"{}").rstrip(b"\0"))
        names = [" ".join(stem["name"].split()) for stem in listed["stems"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []
    if len(names) == len(_PLAIN) and all(name.casefold() in plain for name, plain in zip(names, _PLAIN, strict=True)):
        return list(STEM_NAMES)
    return names if all(names) else []


def different(names: list[str]) -> tuple[str, ...]:
    """The names, those that came before with a number behind them ("Synth", "Synth 2")."""
    taken: list[str] = []
    for name in names:
        count = 1
        while (unique := name if count == 1 else f"{name} {count}").casefold() in map(str.casefold, taken):
            count += 1
        taken.append(unique)
    return tuple(taken)


def _stem_atom(path: Path) -> bytes | None:
    with io.BufferedReader(View(path), 1 << 12) as file:
        at, end = 0, file.seek(0, io.SEEK_END)
        for wanted in _PATH:
            found = next(((body, stop) for name, body, stop in _atoms(file, at, end) if name == wanted), None)
            if found is None:
                return None
            at, end = found
        if end - at > _MOST_BYTES:
            return b""
        file.seek(at)
        return file.read(end - at)


def _atoms(file: io.BufferedIOBase, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of what each atom holds."""
    for _ in range(_MOST_ATOMS):
        file.seek(at)
        head = file.read(16)
        if at + 8 > end or len(head) < 8:
            return
        size, body = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:  # it takes 64 bits
            size, body = int.from_bytes(head[8:16], "big"), at + 16
        stop = end if size == 0 else at + size
        if not body <= stop <= end:
            return
        yield head[4:8], body, stop
        at = stop
