"""A table on disk that grows by whole blocks, so that a run that is killed at any moment goes on where it was."""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from console.errors import InputError
from console.files.untrusted import parse_json
from console.files.whole import whole_file

Cell = str | int | float
Row = Mapping[str, Cell]


class Ledger:
    """A CSV table and a journal beside it, which tells of every block that is in the table, and where it ends.

    Rows come first and the journal's line second: what lies in the table behind the last block that the journal
    knows was cut off in the middle, and is written anew. So the table of a run that was killed and continued has the
    same bytes as that of one that was not.

    Args:
        table: the CSV file.
        journal: the file beside it.

    Raises: InputError where the table is shorter than the journal says.
    """

    def __init__(self, table: Path, journal: Path):
        self.table, self.journal = table, journal
        self._ends = dict(_read(journal))
        size = table.stat().st_size if table.exists() else 0
        self._end = max(self._ends.values(), default=0)
        if size < self._end:
            raise InputError(
                f'"{table}" was changed since the run that wrote it: remove the folder, or choose another.'
            )
        journal.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(journal) as part:  # without a line that was cut off
            part.write_bytes(b"".join(_line(block, end) for block, end in self._ends.items()))
        with table.open("ab") as rows:
            rows.truncate(self._end)
        self.columns = self._header()

    def __contains__(self, block: str) -> bool:
        return block in self._ends

    def __len__(self) -> int:
        """Blocks."""
        return len(self._ends)

    def tidy(self) -> None:
        """A table without a block leaves nothing behind."""
        if not self._ends:
            self.table.unlink()
            self.journal.unlink()

    def add(self, block: str, rows: Sequence[Row]) -> None:
        """Appends the rows of a block, which may be none; the first row of all names the columns.

        Raises: ValueError for a block that is there, or rows with other columns.
        """
        if block in self:
            raise ValueError(f"{block} is in {self.table} already")
        text = io.StringIO()
        if rows and not self.columns:
            self.columns = tuple(rows[0])
            csv.writer(text, lineterminator="\n").writerow(self.columns)
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        for row in rows:
            if row.keys() != set(self.columns):
                raise ValueError(f"columns {sorted(row.keys() ^ set(self.columns))} differ in {self.table}")
            writer.writerow(row)
        written = text.getvalue().encode()
        _append(self.table, written)
        self._end += len(written)
        _append(self.journal, _line(block, self._end))
        self._ends[block] = self._end

    def rows(self, **only: str) -> Iterator[dict[str, str]]:
        """The rows with these cells, all by default, in order, as text."""
        lines = self._lines()
        columns = next(lines, [])
        wanted = [(columns.index(name), cell) for name, cell in only.items() if columns]
        for line in lines:
            if all(line[at] == cell for at, cell in wanted):
                yield dict(zip(columns, line, strict=True))

    def each(self, *columns: str) -> list[tuple[str, ...]]:
        """What is in these columns, each once, in the order in which it comes first."""
        lines = self._lines()
        header = next(lines, [])
        wanted = [header.index(name) for name in columns if header]
        return list(dict.fromkeys(tuple(line[at] for at in wanted) for line in lines))

    def _header(self) -> tuple[str, ...]:
        return tuple(next(self._lines(), ()))

    def _lines(self) -> Iterator[list[str]]:
        """Raises: InputError for what is no table, such as one that somebody has changed."""
        try:
            with self.table.open(newline="", encoding="utf-8") as opened:
                yield from csv.reader(opened)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f'"{self.table}" is no table of a run ({error}): remove the folder.') from error


def _line(block: str, end: int) -> bytes:
    return json.dumps([block, end]).encode() + b"\n"


def _read(journal: Path) -> Iterator[tuple[str, int]]:
    """What a journal tells, up to a line that was cut off."""
    if not journal.exists():
        return
    for line in journal.read_bytes().splitlines(keepends=True):
        try:
            block, end = parse_json(line)
            told = (str(block), int(end))
        except (ValueError, TypeError):
            return
        if not line.endswith(b"\n"):
            return
        yield told


def _append(path: Path, written: bytes) -> None:
    """Raises: InputError where it cannot be written; what was written of it then counts for nothing."""
    try:
        with path.open("ab") as opened:
            opened.write(written)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f'"{path}" cannot be written ({reason}): the same command goes on from what is done.'
        ) from error
