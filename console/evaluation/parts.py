"""Which parts of songs are asked about, and what is told to be usual of each."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from console.balance import ROLES, song_level_db
from console.balance.genre import Genre, usual_in
from console.balance.usual import LEAST_SPREAD_DB, MOST_DB, MOST_SPREAD_DB, Usual
from console.data.chunk import Stems, counted
from console.data.excerpt import membership
from console.data.sources.style import Labelled
from console.data.table import SongTable
from console.evaluation.conditions import Condition, Told
from console.network.features import SECOND, WINDOW

Span = tuple[int, int]  # steps of a song: the first, and the one behind the last


class Part(NamedTuple):
    """What is heard of a song for one set of questions.

    Args:
        song: its index.
        number: of the chunk of 10 s, those that do not count included; 0 of a whole song, 0 and 1 of its halves.
        span: the part's.
        starts: steps at which its windows begin.
        other: the span of the same song that is told to be usual.
    """

    song: int
    number: int
    span: Span
    starts: list[int]
    other: Span | None = None


def parts_of(tables: Sequence[SongTable], condition: Condition, short_songs: bool = False) -> list[Part]:
    """The parts that are asked about, in order.

    Args:
        short_songs: take a song under 10 s, too, however faint.
    """
    found = _songs(tables, condition, short_songs) if condition.whole else _chunks(tables, condition, short_songs)
    if condition.usual is Told.WRONG and len(tables) < 2:
        return []
    return [part for part in found if condition.usual is not Told.GENRE or _genre(tables, part.song) is not None]


def usual_for(
    part: Part, tables: Sequence[SongTable], stems: Callable[[int], Stems], condition: Condition
) -> Usual | None:
    """What is told to be usual of a part.

    Args:
        stems: of a song, at the levels of its balanced mix.
    """
    if condition.usual is Told.GENRE:
        genre = _genre(tables, part.song)
        return None if genre is None else usual_in(genre)
    if condition.usual is Told.HALF and part.other is not None:
        return _levels(tables[part.song], stems(part.song), part.other, condition.spread_db)
    if condition.usual is Told.WRONG:
        other = (part.song + 1) % len(tables)
        return _levels(tables[other], stems(other), (0, tables[other].steps), condition.spread_db)
    return None


def windows_of(span: Span, most: int = 0) -> list[int]:
    """Where windows of 10 s begin that cover a span, evenly spread, as `Console.listen` takes them."""
    first, stop = span
    length = min(WINDOW, stop - first)
    count = -(-(stop - first) // length)
    count = min(count, most or count)
    last = stop - first - length
    return [first + (round(i * last / (count - 1)) if count > 1 else last // 2) for i in range(count)]


def _songs(tables: Sequence[SongTable], condition: Condition, short_songs: bool) -> list[Part]:
    found = []
    for song, table in enumerate(tables):
        if table.steps < WINDOW and not short_songs:
            continue
        middle = table.steps // 2 // SECOND * SECOND
        halves = [(0, middle), (middle, table.steps)]
        spans: list[tuple[Span, Span | None]] = [((0, table.steps), None)]
        if condition.usual is Told.HALF:
            spans = [(halves[0], halves[1]), (halves[1], halves[0])] if middle >= WINDOW else []
        for number, (span, other) in enumerate(spans):
            found.append(Part(song, number, span, windows_of(span, condition.most_windows), other))
    return found


def _chunks(tables: Sequence[SongTable], condition: Condition, short_songs: bool) -> list[Part]:
    found = []
    for song, start in counted(tables, short_songs):
        table = tables[song]
        stop = min(start + WINDOW, table.steps)
        part = Part(song, start // WINDOW, (start, stop), [start])
        if condition.usual is not Told.HALF:
            found.append(part)
            continue
        middle = table.steps // 2 // SECOND * SECOND
        first = start + stop >= 2 * middle  # told of the first half, as this chunk is of the second
        other = (0, min(middle, start)) if first else (max(middle, stop), table.steps)
        if other[1] - other[0] >= WINDOW:
            found.append(part._replace(other=other))
    return found


def _levels(table: SongTable, stems: Stems, span: Span, spread_db: float) -> Usual | None:
    """The levels of a song's roles in a span, as far as they can be heard there; the loudest is at 0 dB."""
    groups = membership(stems.roles) @ stems.groups
    plain = table.plain[..., span[0] : span[1]]
    level_db = song_level_db(torch.einsum("ri,rj,ijt->rt", groups, groups, plain).clamp_min(0))
    told = {role: float(db) for role, db in zip(ROLES, level_db, strict=True) if db != 0}  # 0 dB: not heard
    if not told:
        return None
    loudest_db = max(told.values())
    spread_db = min(max(spread_db, LEAST_SPREAD_DB), MOST_SPREAD_DB)
    mean_db = {role: max(db - loudest_db, -MOST_DB) for role, db in told.items()}
    return Usual(mean_db, dict.fromkeys(told, spread_db), f"levels of {table.title}")


def _genre(tables: Sequence[SongTable], song: int) -> Genre | None:
    source = getattr(tables, "source", None)
    return source.genre(song) if isinstance(source, Labelled) else None
