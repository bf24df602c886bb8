"""Tables of several engineers' mixes of the same songs, as CSV or YAML.

A CSV has a row a mix: its `song`, its `mix` (the engineer, or any name), and its stems, in one of two kinds of columns:

    vocals, drums, bass, other      the stems' levels in LU against their power sum
    vocals_db, lead guitar_db, ...  the gains that the engineer put on the stems of the song's reference mix, in dB

Stems of gains are called by their role or by their name in the song. Other columns are passed over, and an empty cell
is a stem that is not in that mix. A YAML holds gains, by song, mix and stem:

    Night Owl:
      engineer A: {vocals: 0.5, drums: -1, bass: 0, other: 0}
      engineer B: {vocals: 2, drums: -2.5, bass: 1, other: 0}
      engineer C: {vocals: 0, drums: -1, bass: -1, other: 0.5}

In gains, 0 dB is the fader of the reference mix. A table of levels may hold that mix too, called "reference".
"""

import math
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

from console.errors import InputError
from console.files.untrusted import MB, compose_yaml, csv_rows, read_text
from console.read.roles import Role
from console.read.stems import nfc

LEAST = 3  # mixes of a song from which a range can be told
REFERENCE = "reference"  # the mix of a table of levels that flaws are put on
GAIN = "_db"  # ends the name of a CSV column of gains
MOST_BYTES = 4 * MB  # thousands of mixes
MOST_DB = 120.0  # beyond, it is no gain or level that anybody gives
SUM_LU = 0.5  # the levels of a mix sum to 0 LU, up to rounding


@dataclass(frozen=True, eq=False)
class Mixes:
    """How several engineers mixed one song.

    Args:
        song: its title.
        stems: what the stems are called: a role, or the stem's name; in lower case.
        level_db: of the stems in each mix, NaN where a mix lacks one; levels in LU, or gains in dB.
        placed: whether 0 dB is the song's reference mix, so that the table tells where that lies among the others.
    """

    song: str
    stems: tuple[str, ...]
    level_db: Float[ndarray, "mix stem"]
    placed: bool


def read(path: str | os.PathLike[str]) -> dict[str, Mixes]:
    """The table in a .csv, .yaml or .yml file, by `key` of the songs' titles.

    Raises: InputError, naming the file and where it can the line and column, for a file that cannot be read, a column
        that is missing, what is no number, levels that do not sum to 0 LU, a mix that is listed twice, and a song
        with fewer than three mixes.
    """
    path = Path(path)
    text = read_text(path, "a table of mixes", MOST_BYTES, "a table of mixes")
    formats = {".csv": _of_csv, ".yaml": _of_yaml, ".yml": _of_yaml}
    if path.suffix.casefold() not in formats:
        raise InputError(f'"{path}" is no table of mixes: give a .csv, .yaml or .yml file.')
    songs = formats[path.suffix.casefold()](path, text)
    if not songs:
        raise InputError(f'"{path}" holds no mixes.')
    for mixes in songs.values():
        if len(mixes.level_db) < LEAST:
            found = "one mix" if len(mixes.level_db) == 1 else f"{len(mixes.level_db)} mixes"
            raise InputError(f'"{path}" has {found} of "{mixes.song}": a range needs at least {LEAST}.')
    return songs


def key(title: str) -> str:
    """What a song or stem is found by: spelling that people do not see, and case, do not count."""
    return nfc(title).strip().casefold()


class _Cell(NamedTuple):
    line: int
    song: str
    mix: str
    stem: str
    value: str


def _of_csv(path: Path, text: str) -> dict[str, Mixes]:
    rows = csv_rows(path, text, skip_spaces=True)
    columns = [key(name) for name in next(rows, (0, []))[1]]
    for name in ("song", "mix"):
        if name not in columns:
            raise InputError(f'"{path}" has no column "{name}": it needs song, mix, and one for each stem.')
    gains = {column: key(column.removesuffix(GAIN)) for column in columns if column.endswith(GAIN)}
    levels = {column: column for column in columns if column in list(Role)}
    if gains and levels:
        both = f'levels ("{next(iter(levels))}") and of gains ("{next(iter(gains))}")'
        raise InputError(f'"{path}" has columns of {both}: give one of the two.')
    stems = gains or levels
    if len(stems) < 2:
        kinds = f"levels in LU ({', '.join(Role)}) or gains in dB (vocals{GAIN}, ...)"
        raise InputError(f'"{path}" needs a column for each of at least two stems: {kinds}.')
    twice = [column for column in ("song", "mix", *stems) if columns.count(column) > 1]
    if twice:
        raise InputError(f'"{path}" has two columns "{twice[0]}".')
    return _mixes(path, list(_cells(path, rows, columns, stems)), placed=bool(gains))


def _cells(
    path: Path, rows: Iterator[tuple[int, list[str]]], columns: list[str], stems: dict[str, str]
) -> Iterator[_Cell]:
    for line, cells in rows:
        if len(cells) > len(columns):
            raise InputError(f'"{path}", line {line}, has more cells than the header names columns.')
        row = dict(zip(columns, map(str.strip, cells), strict=False))
        for name in ("song", "mix"):
            if not row.get(name):
                raise InputError(f'"{path}", line {line}, column "{name}", is empty.')
        for column, stem in stems.items():
            yield _Cell(line, row["song"], row["mix"], stem, row.get(column, ""))


def _of_yaml(path: Path, text: str) -> dict[str, Mixes]:
    node = compose_yaml(text, str(path))
    cells = []
    for _, song, mixes in _pairs(path, node, "songs") if node else ():
        for _, mix, stems in _pairs(path, mixes, f'mixes of "{song}"'):
            for line, stem, gain in _pairs(path, stems, f'gains of "{mix}"'):
                if not isinstance(gain, yaml.ScalarNode):
                    raise InputError(f'"{path}", line {line}: the gain of "{stem}" is no number.')
                empty = gain.value in ("", "~", "null")
                cells.append(_Cell(line, song, mix, key(stem), "" if empty else gain.value))
    return _mixes(path, cells, placed=True)


def _pairs(path: Path, node: yaml.Node, what: str) -> Iterator[tuple[int, str, yaml.Node]]:
    """Line, key and value of each entry of a mapping."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise InputError(f'"{path}", line {line}, needs the {what} by name: song, then mix, then stem: gain in dB.')
    seen: set[str] = set()
    for name, value in node.value:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode) or key(name.value) in seen:
            raise InputError(f'"{path}", line {line}: the {what} need names, each another one.')
        seen.add(key(name.value))
        yield line, name.value, value


def _mixes(path: Path, cells: list[_Cell], placed: bool) -> dict[str, Mixes]:
    titles: dict[str, str] = {}
    values: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    lines: dict[tuple[str, str], int] = {}
    for cell in cells:
        song, mix = key(cell.song), key(cell.mix)
        titles.setdefault(song, cell.song)
        stems = values[song][mix]
        if cell.stem in stems:
            raise InputError(f'"{path}", line {cell.line}: the mix "{cell.mix}" of "{cell.song}" is listed twice.')
        stems[cell.stem] = _number(path, cell)
        lines[song, mix] = cell.line
    if not placed:
        _check_sums(path, values, lines)
    return {song: _song(titles[song], mixes, placed) for song, mixes in values.items()}


def _song(title: str, mixes: dict[str, dict[str, float]], placed: bool) -> Mixes:
    stems = tuple(dict.fromkeys(stem for mix in mixes.values() for stem in mix))
    level_db = np.array([[mix.get(stem, math.nan) for stem in stems] for mix in mixes.values()])
    if not placed and REFERENCE in mixes:  # levels against those of the reference are gains
        level_db, placed = level_db - level_db[list(mixes).index(REFERENCE)], True
    return Mixes(title, stems, level_db, placed)


def _number(path: Path, cell: _Cell) -> float:
    try:
        value = float(cell.value) if cell.value else math.nan
        if not cell.value or abs(value) <= MOST_DB:
            return value
    except ValueError:
        pass
    raise InputError(
        f'"{path}", line {cell.line}, column "{cell.stem}": "{cell.value}" is no number of dB '
        "(leave it empty where the mix lacks the stem)."
    )


def _check_sums(path: Path, values: dict[str, dict[str, dict[str, float]]], lines: dict[tuple[str, str], int]) -> None:
    """Gains that are given as levels would be taken for a spread around no reference, and nobody would notice."""
    for song, mixes in values.items():
        for mix, stems in mixes.items():
            sum_lu = 10 * math.log10(sum(10 ** (level_lu / 10) for level_lu in stems.values()))
            if abs(sum_lu) > SUM_LU:  # NaN, where a level is missing, is not
                raise InputError(
                    f'"{path}", line {lines[song, mix]}: the levels sum to {sum_lu:.1f} LU, not to 0; columns of gains '
                    f"are called vocals{GAIN} and so on."
                )
