"""Songs as an array of SLURM jobs, through submitit: each job has a share of them, in processes of its own."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from console.catalogue.task import Outcome, Task
from console.errors import InputError
from console.files.untrusted import load_yaml
from studio.catalogue.pool import in_processes

EVERY_S = 2.0  # between looks at what is done
LOST = 'Its job ended before it ("{log}" tells why): give the same command again, and it is taken up.'
_Count = Annotated[int, Field(ge=1)]


class Array(BaseModel):
    """What a file as `slurm.yaml` tells.

    Args:
        jobs: into how many the songs are shared out.
        processes: of each, a song at a time in each of them.
        folder: of submitit's files and logs, on a disk that all machines see.
        parameters: of submitit's AutoExecutor.
    """

    model_config = ConfigDict(extra="forbid")
    cluster: Literal["slurm", "local"] = "slurm"
    jobs: _Count = 16
    processes: _Count = 1
    folder: str = "slurm-logs"
    parameters: dict[str, Any] = {}

    @classmethod
    def load(cls, path: Path) -> "Array":
        """From a file. Raises: InputError for what is none, naming the first field that is wrong."""
        try:
            return cls.model_validate(load_yaml(path, "a file as docs/catalogue.md shows"))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise InputError(f'"{path}" cannot be used: {where}: {first["msg"]}.') from error


@dataclass
class Share:
    """The songs of one job."""

    work: Callable[[Task], Outcome]
    tasks: Sequence[Task]
    processes: int

    def __call__(self) -> list[Outcome]:
        """In the job. Songs that are finished when it begins take no time, so that it can be begun again."""
        return list(in_processes(self.work, self.tasks, self.processes))

    def checkpoint(self) -> Any:
        """Called by submitit, where a job runs out of time or is preempted: it is queued again as it is."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def on_slurm(work: Callable[[Task], Outcome], tasks: Sequence[Task], array: Array) -> Generator[Outcome, None, None]:
    """What came of each song, when its job is done.

    Raises: InputError where submitit is not installed, or cannot submit.
    """
    try:
        import submitit
    except ImportError as error:
        raise InputError("submitit is not installed: pip install 'mixconsole[slurm]'.") from error
    try:
        executor = submitit.AutoExecutor(folder=array.folder, cluster=array.cluster)
        executor.update_parameters(name="mixconsole", **array.parameters)
    except (RuntimeError, NameError, TypeError, ValueError) as error:
        raise InputError(f"submitit cannot submit: {error}") from error
    count = min(array.jobs, len(tasks))
    shares = [Share(work, tasks[first::count], array.processes) for first in range(count)]
    try:
        with executor.batch():
            jobs = [executor.submit(share) for share in shares]
    except (RuntimeError, submitit.core.utils.FailedJobError, OSError) as error:
        raise InputError(f"The jobs could not be submitted: {error}") from error
    yield from _gathered(shares, jobs)


def _gathered(shares: Sequence[Share], jobs: Sequence[Any]) -> Generator[Outcome, None, None]:
    left: dict[int, Callable[[], bool]] = {index: job.done for index, job in enumerate(jobs)}
    try:
        while left:
            for index in [index for index, done in left.items() if done()]:
                del left[index]
                try:
                    yield from jobs[index].result()
                except Exception:  # whatever its end was, what it finished is on the disk
                    log = jobs[index].paths.stderr
                    for task in shares[index].tasks:
                        yield Outcome(task, LOST.format(log=log), lost=True)
            if left:
                time.sleep(EVERY_S)
    finally:
        for index in left:
            jobs[index].cancel()
