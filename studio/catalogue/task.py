"""A song to correct, and what came of it: what processes and machines send each other."""

from dataclasses import dataclass
from pathlib import Path

from console.files.part import sweep_files
from studio.catalogue.places import is_url


@dataclass(frozen=True)
class Task:
    """A song to correct.

    Args:
        name: by which it is told: its path in the catalogue.
        song, out: where it lies, and where its outputs go: folders or URLs.
        force: whether outputs that no stamp tells of are replaced.
        again: whether it is done even where it is finished.
    """

    name: str
    song: str
    out: str
    force: bool = False
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a song.

    Args:
        failure: the sentence that says why there is nothing; "" where it is done.
        where: of a fault of ours, the line.
        found: it was finished already.
        starved: it failed for want of memory.
        no_room: it failed for want of room to write, as every other song would.
        lost: whoever worked on it is gone, and did not say what came of it.
    """

    task: Task
    failure: str = ""
    where: str = ""
    found: bool = False
    starved: bool = False
    no_room: bool = False
    lost: bool = False


def sweep(task: Task) -> None:
    """Removes what a process that was killed at a song left of its outputs."""
    if not is_url(task.out):
        sweep_files(Path(task.out))
