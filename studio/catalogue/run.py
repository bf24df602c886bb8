"""A catalogue from its songs to its tables."""

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path

from console.errors import InputError
from console.files.part import locked
from console.model import Console
from console.read.several import catalogue as songs_below
from console.read.stems import title_of
from studio.catalogue.asked import Asked
from studio.catalogue.places import is_url, joined, songs_at
from studio.catalogue.table import gathered, write_failures, write_songs
from studio.catalogue.task import Outcome, Task
from studio.catalogue.work import Work
from studio.export.folder import default_folder

Engine = Callable[[Work, Sequence[Task]], Generator[Outcome, None, None]]
EVERY_S = 15.0  # between two writings of failures.csv, while songs fail
NO_ROOM = "There is no room to write (of {name}: {failure}) The songs that are finished stay: make room and go on."


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
    with _alone(out):
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
                    if outcome.no_room:
                        raise InputError(NO_ROOM.format(name=f'"{outcome.task.name}"', failure=outcome.failure))
                    if outcome.failure and time.monotonic() > told_s + EVERY_S:
                        write_failures(out, tally.failed)
                        told_s = time.monotonic()
        finally:
            write_failures(out, tally.failed)
        wrong = {outcome.task.name for outcome in tally.failed}
        write_songs(out, gathered(task for task in tasks if task.name not in wrong))
    return tally


def tasks_of(catalogue: str, out: str, force: bool = False) -> list[Task]:
    """The songs of a catalogue, and where the outputs of each go: folders within `out` as the songs lie in it.

    Raises: InputError where there are none.
    """
    at_url = is_url(catalogue)
    songs = {name: joined(catalogue, name) for name in songs_at(catalogue)} if at_url else _below(catalogue, out)
    if not songs:
        raise InputError(f'"{catalogue}" holds no songs: give a folder of song folders.')
    taken: set[str] = set()
    tasks = []
    for name, song in songs.items():
        above, _, own = name.rpartition("/")
        wanted = chain((title_of(Path(own)), own), (f"{own}-{number}" for number in count(2)))
        folders = (f"{above}/{ending}-corrected" if above else f"{ending}-corrected" for ending in wanted)
        folder = next(each for each in folders if each.casefold() not in taken)  # "a" and "a.zip" go to two places
        taken.add(folder.casefold())
        tasks.append(Task(name, song, joined(out, folder), force, again=force))
    return tasks


def default_out(catalogue: str) -> str:
    """Beside a catalogue."""
    return f"{catalogue.rstrip('/')}-corrected" if is_url(catalogue) else str(default_folder(Path(catalogue)))


def _below(catalogue: str, out: str) -> dict[str, str]:
    without = None if is_url(out) else Path(out)
    root = Path(catalogue)
    found = songs_below(root, without)
    return {(song.name if song == root else song.relative_to(root).as_posix()): str(song) for song in found}


@contextmanager
def _alone(out: str) -> Iterator[None]:
    """Keeps other runs off. Raises: InputError where one is at work there, or nothing can be written."""
    if is_url(out):
        yield
        return
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        lock = locked(Path(out))
    except BlockingIOError as error:
        raise InputError(f'Another run is writing to "{out}": wait for it, or choose another --out.') from error
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error.strerror or error}.') from error
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)
