"""Songs on the workers of a Dask cluster. A worker that goes away takes none along: its songs go to others."""

from collections import deque
from collections.abc import Callable, Generator, Sequence

from console.catalogue.task import Outcome, Task
from console.errors import InputError
from studio.catalogue.work import failed

AHEAD = 2  # songs that wait at the scheduler, for each thread of a worker: what they are told stays small
PATIENCE_S = 60.0  # for the scheduler to answer, and its first worker to come
KILLED = (
    "{} workers in turn were killed at this song, most likely for want of memory: give shorter or fewer stems, or "
    "workers more memory."
)


def on_dask(work: Callable[[Task], Outcome], tasks: Sequence[Task], scheduler: str) -> Generator[Outcome, None, None]:
    """What came of each song, as it comes; the workers have mixconsole installed, and reach the songs and the outputs.

    Args:
        scheduler: its address, tcp://HOST:8786.

    Raises: InputError where it cannot be reached, or Dask is not installed.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError as error:
        raise InputError("Dask is not installed: pip install 'mixconsole[dask]'.") from error
    try:
        client = Client(scheduler, timeout=PATIENCE_S)
    except (OSError, ValueError, TypeError) as error:  # TypeError: of an address without a port
        raise InputError(f'There is no Dask scheduler at "{scheduler}": start one, dask scheduler.') from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError as error:
            raise InputError(f'The Dask scheduler at "{scheduler}" has no workers: start some, dask worker.') from error
        waiting = deque(tasks)
        running = as_completed()
        task_of = {}

        def begin() -> None:
            task = waiting.popleft()
            future = client.submit(work, task, pure=False)
            task_of[future.key] = task
            running.add(future)

        for _ in range(min(len(waiting), AHEAD * max(2, sum(client.nthreads().values())))):
            begin()
        for future in running:
            task = task_of.pop(future.key)
            went_wrong = future.exception()
            if isinstance(went_wrong, KilledWorker):
                yield Outcome(task, KILLED.format(went_wrong.allowed_failures + 1))
            elif went_wrong is not None:
                yield failed(task, went_wrong)
            else:
                yield future.result()
            future.release()
            if waiting:
                begin()
