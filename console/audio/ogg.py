"""Ogg: the links of a chain, which are streams written one behind the other (RFC 3533, section 4)."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.audio.view import Part, open_regular

_SYNC = b"OggS"
_FIRST, _LAST = 2, 4  # flags of a stream's first and last page
_PIECE = 1 << 16
_MOST_LINKS = 1000


@dataclass(frozen=True)
class Chain:
    """The links of an Ogg file, and whether its last page is complete and marked as the last."""

    links: tuple[Part, ...]
    complete: bool


def read_chain(path: Path) -> Chain | None:
    """The chain that a file is; None where it is no Ogg. Raises `OSError`."""
    with open_regular(path) as raw, io.BufferedReader(raw, 512) as file:
        end = os.fstat(raw.fileno()).st_size
        if file.read(4) != _SYNC:
            return None
        starts, flags, stop, going = [0], 0, 0, False
        for at, flags, stop in _pages(file, end):  # noqa: B007  # the last page's are asked for below
            if flags & _FIRST and going:  # within a link, all first pages come before all others
                starts.append(at)
            going = not flags & _FIRST
            if len(starts) > _MOST_LINKS:
                break
    links = tuple(Part(start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True))
    return Chain(links, bool(flags & _LAST) and stop <= end)


def _pages(file: io.BufferedIOBase, end: int) -> Iterator[tuple[int, int, int]]:
    """Each page's offset, flags, and the offset behind it; what is no page is passed over."""
    at = 0
    while at < end:
        file.seek(at)
        head = file.read(27)
        if head[:4] != _SYNC:
            at = _next(file, at)
            continue
        table = file.read(head[26]) if len(head) == 27 else b""
        whole = len(head) == 27 and len(table) == head[26]
        stop = at + 27 + len(table) + sum(table) if whole else end + 1
        yield at, head[5] if len(head) > 5 else 0, stop
        at = stop


def _next(file: io.BufferedIOBase, at: int) -> int:
    """Where the next page begins, at the earliest behind `at`; beyond the file where there is none."""
    at += 1
    while True:
        file.seek(at)
        piece = file.read(_PIECE)
        found = piece.find(_SYNC)
        if found >= 0:
            return at + found
        if len(piece) < _PIECE:
            return at + _PIECE
        at += _PIECE - 3
