"""What came of a catalogue, as tables: a row for every stem of every song, and a row for every song that failed."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from console.correct import rounded
from console.errors import InputError
from explainer.advice.advice import Advice
from explainer.advice.json import load
from explainer.advice.json import read as read_advice
from studio.catalogue.places import is_url, read, removed, written
from studio.catalogue.stamp import stamp_in
from studio.catalogue.task import Outcome, Task
from studio.export.table import MARK, harmless

SONGS, PARQUET, FAILURES = "songs.csv", "songs.parquet", "failures.csv"
ROWS = 10_000  # in memory at a time
TEXT, NUMBER = "text", "number"
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
Row = dict[str, str | float | None]


def rows_of(name: str, advice: Advice, median_db: Sequence[float] = ()) -> Iterator[Row]:
    """A row for each stem of a song.

    Args:
        name: by which the song is told.
        median_db: of what was believed of each stem, where it is known.
    """
    known = list(median_db) if len(median_db) == len(advice.stems) else [None] * len(advice.stems)
    for stem, median in zip(advice.stems, known, strict=True):
        move = stem.move
        yield {
            "song": name,
            "title": advice.song,
            "stem": stem.name,
            "role": str(stem.role),
            "file": stem.file or "",
            "anchor": advice.anchor or "",
            "level_lufs": _finite(stem.loudness_lufs),
            "correction_db": rounded(move.gain_db + move.held_back_db),
            "median_db": median,
            "low_db": move.low_db,
            "high_db": move.high_db,
            "chance": move.flaw_probability,
            "action": str(move.action),
            "familiarity": advice.familiarity,
            "mix_lufs_before": _finite(advice.mix.loudness_lufs_before),
            "mix_lufs_after": _finite(advice.mix.loudness_lufs_after),
            "true_peak_dbtp": _finite(advice.mix.true_peak_dbtp),
            "trim_db": advice.mix.trim_db,
            "duration_s": advice.duration_s,
            "usual": advice.usual.source if advice.usual else "",
            "console": f"{advice.model.name} {advice.model.version}",
        }


def gathered(tasks: Iterable[Task]) -> Iterator[Row]:
    """The rows of finished songs, from what lies on the disk, one song in memory at a time.

    Raises: InputError where an advice cannot be read.
    """
    for task in tasks:
        stamp = stamp_in(task.out)
        yield from rows_of(task.name, _advice(task.out), stamp.median_db if stamp else ())


def write_songs(out: str, rows: Iterable[Row]) -> list[str]:
    """songs.csv, and songs.parquet where pyarrow is installed; the names of what was written."""
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
        lines.writerow(COLUMNS)
        columns = None
        if pyarrow is not None:
            kinds = {TEXT: pyarrow.string(), NUMBER: pyarrow.float64()}
            schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
            part = stack.enter_context(written(out, PARQUET))
            columns = stack.enter_context(pyarrow.parquet.ParquetWriter(str(part), schema))
        for some in _batches(rows):
            lines.writerows([_cell(row[name]) for name in COLUMNS] for row in some)
            if columns is not None:
                columns.write_table(pyarrow.Table.from_pylist([_unicode(row) for row in some], schema))
    return [SONGS] if columns is None else [SONGS, PARQUET]


def write_failures(out: str, outcomes: Iterable[Outcome]) -> None:
    """failures.csv: each song that failed, with the sentence that says why; and where, if it is a fault of ours."""
    with written(out, FAILURES) as part, part.open("w", newline="", encoding="utf-8") as table:
        table.write(MARK)
        lines = csv.writer(table)
        lines.writerow(("song", "failure", "where"))
        for outcome in outcomes:
            lines.writerow([_cell(text) for text in (outcome.task.name, outcome.failure, outcome.where)])


def _advice(out: str) -> Advice:
    if not is_url(out):
        return load(f"{out}/advice.json")
    text = read(out, "advice.json")
    if text is None:
        raise InputError(f'"{out}" holds no advice.json.')
    return read_advice(text.decode("utf-8", "replace"))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS:
            yield some
            some = []
    yield some


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return harmless(_utf8(value)) if isinstance(value, str) else f"{value:.15g}"


def _unicode(row: Row) -> dict[str, Any]:
    return {name: _utf8(value) if isinstance(value, str) else value for name, value in row.items()}


def _utf8(text: str) -> str:
    """A file name that is not valid Unicode holds what no table can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
