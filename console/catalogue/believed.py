"""What the console believes of a catalogue's songs: a file for each, by which a finished song is known."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from console.catalogue.places import is_url, read, state_of, written
from console.catalogue.table import COLUMNS, NUMBERS, Row
from console.catalogue.task import Outcome, Task
from console.correct import Correction, rounded
from console.errors import InputError
from console.files.untrusted import parse_json
from console.network.posterior import GainPosterior
from console.read.song import Song

KIND = ".json"  # at the end of the files' names
OF_THE_MIX = ("mix_lufs_before", "mix_lufs_after", "true_peak_dbtp", "trim_db")  # which nobody makes here
LISTENED = {name: kind for name, kind in COLUMNS.items() if name not in OF_THE_MIX} | {"probability": NUMBERS}
DIGITS = 6  # of a probability
STRIKES = 3  # of a song whose process ended in the midst of it
KILLED = (
    f"The process that worked on this song was ended in the midst of it, {STRIKES} times in turn, most likely for want "
    "of memory: give shorter or fewer stems, or use a machine with more memory."
)


@dataclass(frozen=True)
class Believed:
    """What is known of a song.

    Args:
        settings: a hash of the console and of how it is asked.
        song: `state_of` its files.
        rows: of the table, one for each stem; none where it is not finished.
        failure, where: as of `Outcome`.
        begun: how often it was begun, where nobody has said what came of it.
    """

    settings: str
    song: str
    rows: tuple[Row, ...] = ()
    failure: str = ""
    where: str = ""
    begun: int = 0

    def write(self, task: Task) -> None:
        """Into the song's file, which appears whole. Raises: InputError where it cannot be written."""
        folder, name = _split(task.out)
        if not is_url(folder):
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(f'"{folder}" cannot be made: {error.strerror or error}.') from error
        with written(folder, name) as part:
            part.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def known_of(task: Task) -> Believed | None:
    """What the song's file tells; None where there is none that can be read."""
    text = read(*_split(task.out))
    try:
        told: Any = None if text is None else parse_json(text)
        if not isinstance(told, dict):
            return None
        rows = tuple({name: row[name] for name in LISTENED} for row in told.pop("rows"))
        return Believed(rows=rows, **told)
    except (ValueError, TypeError, KeyError):
        return None


def left_of(tasks: Iterable[Task], settings: str) -> list[Task]:
    """The songs that are not finished with these settings; those that were begun before come last."""
    fresh: list[Task] = []
    begun: list[Task] = []
    for task in tasks:
        known = known_of(task)
        if known is None or (known.settings, known.song) != (settings, state_of(task.song)):
            fresh.append(task)
        elif not known.rows:
            (begun if known.begun else fresh).append(task)
    return fresh + begun


def gathered(tasks: Iterable[Task], failed: list[Outcome]) -> Iterator[Row]:
    """The rows of all songs, from what lies on the disk, one in memory at a time; `failed` is told the others."""
    for task in tasks:
        known = known_of(task)
        if known is not None and known.rows:
            yield from known.rows
        else:
            failed.append(Outcome(task, known.failure or KILLED, known.where) if known else Outcome(task, lost=True))


def rows_of(
    name: str, song: Song, correction: Correction, posterior: GainPosterior, level_lufs: Iterable[float], console: str
) -> Iterator[Row]:
    """A row for each stem.

    Args:
        name: by which the song is told.
        correction: what comes of the posterior at full strength.
        level_lufs: how loud each stem is.
        console: its name and version.
    """
    median_db, probability = posterior.median_db.tolist(), posterior.probability.double()
    files = song.files or ("",) * len(song.names)
    for at, (level, move) in enumerate(zip(level_lufs, correction.moves, strict=True)):
        yield {
            "song": name,
            "title": song.title,
            "stem": song.names[at],
            "role": str(song.roles[at]),
            "file": files[at],
            "anchor": correction.anchor or "",
            "level_lufs": round(level, 2) if math.isfinite(level) else None,
            "correction_db": rounded(move.gain_db + move.held_back_db),
            "median_db": rounded(median_db[at]),
            "low_db": move.low_db,
            "high_db": move.high_db,
            "chance": round(move.flaw_probability, 3),
            "action": str(move.action),
            "familiarity": correction.familiarity,
            "duration_s": round(song.duration_s, 3),
            "usual": "",
            "console": console,
            "probability": [round(each, DIGITS) for each in probability[at].tolist()],
        }


def _split(out: str) -> tuple[str, str]:
    """Its folder, and its name there."""
    if is_url(out):
        folder, _, name = out.rpartition("/")
        return folder, name
    return str(Path(out).parent), Path(out).name
