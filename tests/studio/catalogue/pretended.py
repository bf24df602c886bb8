"""Work of other processes in place of correcting a song: each writes down that it began, and does what a name says."""

import os
import signal
import time
from pathlib import Path

from console.catalogue.task import Outcome, Task


def tasks(folder: Path, *names: str) -> list[Task]:
    return [Task(name, str(folder / name), str(folder / "out" / name)) for name in names]


def begun(folder: Path) -> list[str]:
    """The songs that were begun, once for each time, in order of their names."""
    return sorted(path.name.partition("@")[0] for path in (folder / "begun").iterdir())


def processes(folder: Path) -> set[str]:
    return {path.name.rpartition("@")[2] for path in (folder / "begun").iterdir()}


def pretend(task: Task) -> Outcome:
    """A name tells what becomes of the song: "killer" kills whoever works on it, "once" only the first time."""
    folder = Path(task.song).parent
    (folder / "begun").mkdir(exist_ok=True)
    again = any(path.name.startswith(f"{task.name}@") for path in (folder / "begun").iterdir())
    (folder / "begun" / f"{task.name}@{time.monotonic_ns()}@{os.getpid()}").touch()
    if task.name == "killer" or (task.name == "once" and not again):
        os.kill(os.getpid(), signal.SIGKILL)
    if task.name == "hungry" and not again:
        return Outcome(task, "There is not enough memory.", starved=True)
    if task.name.startswith("slow"):
        time.sleep(60)
    return Outcome(task)
