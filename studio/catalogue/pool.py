"""Songs in processes of this machine, one at a time in each; a process that dies takes no more than its song along.

Each is a pool of one, so that of a pool that breaks the song is known, and the others work on.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from console.catalogue.task import Outcome, Task, sweep
from console.spawned import ONE_ARENA, end_with_parent, one_thread_each

SONGS_EACH = 100  # of one process, before another takes its place: what a library keeps does not add up
KILLED = (
    "The process that worked on this song was killed, alone and with all memory to itself, most likely for want of it: "
    "give shorter or fewer stems, or use a machine with more memory."
)


class _Worker:
    """One process at a time."""

    def __init__(self, songs_each: int):
        self.songs_each, self.songs = songs_each, 0
        self.pool: ProcessPoolExecutor | None = None

    def begin(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Its next song, in another process after so many."""
        if self.songs >= self.songs_each:
            self.end()
        if self.pool is None:
            self.pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), end_with_parent)
        self.songs += 1
        return self.pool.submit(work, task)

    def end(self) -> None:
        """The process ends when its song is done; the next one is in another."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool, self.songs = None, 0


def in_processes(
    work: Callable[[Task], Outcome], tasks: Sequence[Task], jobs: int, songs_each: int = SONGS_EACH
) -> Generator[Outcome, None, None]:
    """What came of each song, as it comes.

    A song whose process was killed, or that found too little memory, is tried once more, alone, when all others are
    done.

    Args:
        jobs: processes at a time.
        songs_each: songs of one process, before another takes its place.
    """
    starved: list[Task] = []
    with one_thread_each(ONE_ARENA):
        for outcome in _side_by_side(work, tasks, min(jobs, len(tasks)), songs_each):
            if outcome.starved:
                starved.append(outcome.task)
            else:
                yield outcome
        for task in starved:
            yield from _side_by_side(work, [task], 1, songs_each)


def _side_by_side(
    work: Callable[[Task], Outcome], tasks: Sequence[Task], jobs: int, songs_each: int
) -> Generator[Outcome, None, None]:
    others = set(multiprocessing.active_children())
    waiting, idle = deque(tasks), [_Worker(songs_each) for _ in range(jobs)]
    running: dict[Future[Outcome], tuple[_Worker, Task]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                worker, task = idle.pop(), waiting.popleft()
                running[worker.begin(work, task)] = worker, task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                worker, task = running.pop(future)
                idle.append(worker)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    worker.end()
                    sweep(task)
                    outcome = Outcome(task, KILLED, starved=True)
                yield outcome
    finally:
        for worker in (*idle, *(worker for worker, _ in running.values())):
            worker.end()
        if running:  # it was stopped: what is in the middle of a song does not finish it
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
                process.join()
            for _, task in running.values():
                sweep(task)
