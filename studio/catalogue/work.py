"""One song of a catalogue, in whatever process works on it: read, corrected, written whole, or a sentence why not."""

import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from console.catalogue.places import fetched, is_url, put, state_of
from console.catalogue.task import Outcome, Task, failed
from console.spawned import give_memory_back
from studio.catalogue.asked import Asked, Desk
from studio.catalogue.stamp import STAMP, is_finished, stamp_in, write_stamp
from studio.export.folder import place

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
