"""A table of decisions: what somebody did by hand to the roles of songs, beside what the console had advised."""

import math
import os

from console.balance.learn import Decision
from console.errors import InputError
from console.files.untrusted import csv_rows, read_text
from console.read.roles import parse_role

SONG, ROLE, GAIN, ADVISED = "song", "role", "gain_db", "advised_db"
MOST_DB = 48.0  # either way


def read_decisions(path: str | os.PathLike[str]) -> list[Decision]:
    """The decisions in a CSV file.

    Its first row names the columns: `role` (a finer one, such as kick, is of one of the four) and `gain_db`; `song` and
    `advised_db` may be there, others are passed over. Without `advised_db` the gain is what was put on top of what the
    console had advised.

    Raises: InputError, naming the line, for what is no such table.
    """
    rows = csv_rows(path, read_text(path, "a table of decisions", form="CSV"), skip_spaces=True)
    _, header = next(rows, (0, []))
    columns = [name.strip().casefold() for name in header]
    for needed in (ROLE, GAIN):
        if columns.count(needed) != 1:
            raise InputError(
                f'"{path}" needs a column "{needed}" in its first row, beside those of a table such as '
                f'"{SONG},{ROLE},{GAIN},{ADVISED}".'
            )
    decisions = []
    for line, cells in rows:
        if len(cells) != len(columns):
            raise InputError(f'"{path}", line {line}, has {len(cells)} cells, and the first row {len(columns)}.')
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        where = f'"{path}", line {line}'
        advised = row.get(ADVISED, "")
        decisions.append(
            Decision(
                parse_role(row[ROLE], f" ({where})"),
                _decibels(row[GAIN], GAIN, where),
                _decibels(advised, ADVISED, where) if advised else 0.0,
                row.get(SONG) or None,
            )
        )
    if not decisions:
        raise InputError(f'"{path}" holds no decision: give a row for each.')
    return decisions


def _decibels(text: str, column: str, where: str) -> float:
    try:
        gain_db = float(text)
    except ValueError:
        gain_db = math.nan
    if not abs(gain_db) <= MOST_DB:
        raise InputError(f'{where}: "{text}" is no {column}: give dB from -{MOST_DB:g} to {MOST_DB:g}.')
    return gain_db
