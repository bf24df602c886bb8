"""A catalogue from its songs to its tables."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from console.catalogue.places import is_url
from console.catalogue.table import COLUMNS, write_failures, write_songs
from console.catalogue.task import Outcome, Task
from console.catalogue.walk import alone, tasks_of
from console.model import Console
from studio.catalogue.asked import Asked
from studio.catalogue.rows import gathered
from studio.catalogue.work import Work
from studio.export.folder import default_folder

Engine = Callable[[Work, Sequence[Task]], Generator[Outcome, None, None]]
EVERY_S = 15.0  # between two writings of failures.csv, while songs fail


@dataclass
class Tally:
    """How far a catalogue is.

    Args:
        songs: how many there are.
        found: of them, those that were finished before.
        done: those that are finished, these included.
        failed: what came of the others, so far.
        began_s: when work on what was not finished began, by `time.monotonic`.
    """

    songs: int = 0
    found: int = 0
    done: int = 0
    failed: list[Outcome] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    @property
    def per_minute(self) -> float:
        """Songs a minute, since work began."""
        return 60 * (self.done - self.found + len(self.failed)) / max(time.monotonic() - self.began_s, 1e-3)


def correct_each(
    catalogue: str,
    out: str,
    asked: Asked,
    engine: Engine,
    force: bool = False,
    tell: Callable[[Tally, Outcome | None], None] = lambda tally, outcome: None,
) -> Tally:
    """Corrects every song of a catalogue that is not finished, and writes the tables.

    Args:
        catalogue, out: folders or URLs.
        engine: that does the work.
        force: songs that are finished are done again, and outputs that no stamp tells of are replaced.
        tell: is told how far it is, and what came of the last song: at the start, and after each one.

    Raises: InputError where there is no song, the tables cannot be written, another run is at work there, or there is
        no room to write.
    """
    work = Work(asked, asked.key(Console.from_pretrained(asked.console).checksum))
    tasks = tasks_of(catalogue, out, force)
    with alone(out):
        write_failures(out, ())  # and it can be written at all
        tally = Tally(len(tasks))
        left = [task for task in tasks if force or not work.finished(task)]
        tally.found = tally.done = len(tasks) - len(left)
        tell(tally, None)
        tally.began_s = told_s = time.monotonic()
        try:
            with closing(engine(work, left)) as outcomes:
                for outcome in outcomes:
                    if outcome.lost and work.finished(outcome.task):
                        outcome = Outcome(outcome.task)
                    if outcome.failure:
                        tally.failed.append(outcome)
                    else:
                        tally.done += 1
                    tell(tally, outcome)
                    outcome.stop_without_room()
                    if outcome.failure and time.monotonic() > told_s + EVERY_S:
                        write_failures(out, tally.failed)
                        told_s = time.monotonic()
        finally:
            write_failures(out, tally.failed)
        wrong = {outcome.task.name for outcome in tally.failed}
        write_songs(out, gathered(task for task in tasks if task.name not in wrong), COLUMNS)
    return tally


def default_out(catalogue: str) -> str:
    """Beside a catalogue."""
    return f"{catalogue.rstrip('/')}-corrected" if is_url(catalogue) else str(default_folder(Path(catalogue)))
