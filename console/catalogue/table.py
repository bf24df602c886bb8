"""What came of a catalogue, as tables: a row for every stem of every song, and a row for every song that failed."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from console.catalogue.places import removed, written
from console.catalogue.task import Outcome
from console.files.sheet import MARK, harmless

SONGS, PARQUET, FAILURES = "songs.csv", "songs.parquet", "failures.csv"
ROWS = 10_000  # in memory at a time
TEXT, NUMBER, NUMBERS = "text", "number", "numbers"
# Of a song that was corrected; one that was only listened to has some of them.
COLUMNS = {
    "song": TEXT,
    "title": TEXT,
    "stem": TEXT,
    "role": TEXT,
    "file": TEXT,
    "anchor": TEXT,
    "level_lufs": NUMBER,
    "correction_db": NUMBER,
    "median_db": NUMBER,
    "low_db": NUMBER,
    "high_db": NUMBER,
    "chance": NUMBER,
    "action": TEXT,
    "familiarity": NUMBER,
    "mix_lufs_before": NUMBER,
    "mix_lufs_after": NUMBER,
    "true_peak_dbtp": NUMBER,
    "trim_db": NUMBER,
    "duration_s": NUMBER,
    "usual": TEXT,
    "console": TEXT,
}
Row = Mapping[str, str | float | Sequence[float] | None]


def write_songs(out: str, rows: Iterable[Row], columns: Mapping[str, str]) -> list[str]:
    """songs.csv, and songs.parquet where pyarrow is installed; the names of what was written.

    Args:
        columns: what each holds: TEXT, NUMBER, or NUMBERS, which stand in one cell of the CSV with spaces between.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        pyarrow = None
        removed(out, PARQUET)  # of an earlier run: it would tell something else
    with ExitStack() as stack:
        table = stack.enter_context(stack.enter_context(written(out, SONGS)).open("w", newline="", encoding="utf-8"))
        table.write(MARK)
        lines = csv.writer(table)
        lines.writerow(columns)
        parquet = None
        if pyarrow is not None:
            kinds = {TEXT: pyarrow.string(), NUMBER: pyarrow.float64(), NUMBERS: pyarrow.list_(pyarrow.float32())}
            schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
            part = stack.enter_context(written(out, PARQUET))
            parquet = stack.enter_context(pyarrow.parquet.ParquetWriter(str(part), schema))
        for some in _batches(rows):
            lines.writerows([_cell(row[name]) for name in columns] for row in some)
            if parquet is not None:
                parquet.write_table(pyarrow.Table.from_pylist([_unicode(row) for row in some], schema))
    return [SONGS] if parquet is None else [SONGS, PARQUET]


def write_failures(out: str, outcomes: Iterable[Outcome]) -> None:
    """failures.csv: each song that failed, with the sentence that says why; and where, if it is a fault of ours."""
    with written(out, FAILURES) as part, part.open("w", newline="", encoding="utf-8") as table:
        table.write(MARK)
        lines = csv.writer(table)
        lines.writerow(("song", "failure", "where"))
        for outcome in outcomes:
            lines.writerow([_cell(text) for text in (outcome.task.name, outcome.failure, outcome.where)])


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS:
            yield some
            some = []
    yield some


def _cell(value: str | float | Sequence[float] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(_utf8(value))
    return f"{value:.15g}" if isinstance(value, int | float) else " ".join(f"{each:.6g}" for each in value)


def _unicode(row: Row) -> dict[str, Any]:
    return {name: _utf8(value) if isinstance(value, str) else value for name, value in row.items()}


def _utf8(text: str) -> str:
    """A file name that is not valid Unicode holds what no table can."""
    return text.encode("utf-8", "replace").decode("utf-8")
