"""One song of a catalogue, in whatever process works on it: read, corrected, written whole, or a sentence why not."""

import errno
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from console.spawned import give_memory_back
from studio.catalogue.asked import Asked, Desk
from studio.catalogue.places import fetched, is_url, put
from studio.catalogue.stamp import STAMP, is_finished, stamp_in, state_of, write_stamp
from studio.catalogue.task import Outcome, Task
from studio.commands.options import NO_MEMORY, sentence
from studio.export.folder import place

NO_ROOM = {errno.ENOSPC, errno.EROFS, errno.EDQUOT}  # which the next song would meet, too
_one_at_a_time = threading.Lock()  # in a process, which has memory for one song


@dataclass(frozen=True)
class Work:
    """What is done with every song; it can be sent to another process.

    Args:
        key: of `asked`, as `Asked.key` gives it.
    """

    asked: Asked
    key: str

    def __call__(self, task: Task) -> Outcome:
        """Corrects a song, if it is not finished; whatever goes wrong is told and not raised."""
        with _one_at_a_time:
            try:
                return self._done(task)
            except Exception as error:
                return failed(task, error)
            finally:
                give_memory_back()  # before the next song is read

    def finished(self, task: Task) -> bool:
        """Whether there is nothing to do."""
        return is_finished(task.out, self.key, state_of(task.song))

    def _done(self, task: Task) -> Outcome:
        state = state_of(task.song)  # before it is read: what changes meanwhile is found changed
        if not task.again and is_finished(task.out, self.key, state):
            return Outcome(task, found=True)
        with fetched(task.song) as song:
            if not is_url(task.out):
                self._written(task, song, Path(task.out), state)
                return Outcome(task)
            with TemporaryDirectory(prefix="corrected-") as scratch:
                out = Path(scratch) / "corrected"
                self._written(task, song, out, state)
                put(out, task.out, STAMP)
        return Outcome(task)

    def _written(self, task: Task, song: Path, out: Path, state: str) -> None:
        ours = task.force or (out.is_dir() and stamp_in(str(out)) is not None)
        with place(out, ours, song) as folder:
            mixdown = _desk(self.key, self.asked).corrected(song, folder)
            write_stamp(folder, self.key, state, mixdown)


_desks: dict[str, Desk] = {}  # of this process: the models that were used last, by the key of what was asked


def _desk(key: str, asked: Asked) -> Desk:
    """The models, loaded once in a process."""
    if key not in _desks:
        _desks.clear()
        _desks[key] = Desk(asked)
    return _desks[key]


def failed(task: Task, error: BaseException) -> Outcome:
    """What is told of an error."""
    chain = list(_chain(error))
    starved = next((each for each in chain if isinstance(each, MemoryError) or NO_MEMORY in str(each)), None)
    said = sentence(starved or error)  # a library may have made another error of it
    if said is not None:
        no_room = any(isinstance(each, OSError) and each.errno in NO_ROOM for each in chain)
        return Outcome(task, said, starved=starved is not None, no_room=no_room)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return Outcome(task, f"This is a fault of mixconsole's: {type(error).__name__}: {error}", where)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from or while handling, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
