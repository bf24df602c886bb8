"""What was advised on the songs of a catalogue, as rows of its table."""

import math
from collections.abc import Iterable, Iterator, Sequence

from console.catalogue.places import is_url, read
from console.catalogue.table import Row
from console.catalogue.task import Task
from console.correct import rounded
from console.errors import InputError
from explainer.advice.advice import Advice
from explainer.advice.json import load
from explainer.advice.json import read as read_advice
from studio.catalogue.stamp import stamp_in


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


def _advice(out: str) -> Advice:
    if not is_url(out):
        return load(f"{out}/advice.json")
    text = read(out, "advice.json")
    if text is None:
        raise InputError(f'"{out}" holds no advice.json.')
    return read_advice(text.decode("utf-8", "replace"))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
