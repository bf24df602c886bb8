"""A song to correct, and what came of it: what processes and machines send each other."""

import errno
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.catalogue.places import is_url
from console.errors import NO_MEMORY, InputError, sentence
from console.files.names import shown
from console.files.part import sweep_files

DISK = "the disk may be full"  # what is told of libsndfile's, which does not say why
NO_ROOM = {errno.ENOSPC, errno.EROFS, errno.EDQUOT}  # which the next song would meet, too
NO_ROOM_TOLD = (
    'There is no room to write (of "{name}": {failure}) The songs that are finished stay: make room and go on.'
)


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

    def stop_without_room(self) -> None:
        """Raises `InputError` where there is no room to write."""
        if self.no_room:
            raise InputError(NO_ROOM_TOLD.format(name=shown(self.task.name), failure=shown(self.failure)))


def sweep(task: Task) -> None:
    """Removes what a process that was killed at a song left of its outputs."""
    if not is_url(task.out):
        sweep_files(Path(task.out))


def failed(task: Task, error: BaseException) -> Outcome:
    """What is told of an error."""
    chain = list(_chain(error))
    starved = next((each for each in chain if isinstance(each, MemoryError) or NO_MEMORY in str(each)), None)
    said = sentence(starved or error)  # a library may have made another error of it
    if said is not None:
        no_room = DISK in said or any(isinstance(each, OSError) and each.errno in NO_ROOM for each in chain)
        return Outcome(task, said, starved=starved is not None, no_room=no_room)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return Outcome(task, f"This is a fault of mixconsole's: {type(error).__name__}: {error}", where)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from or while handling, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
