"""A queue of what takes long: so many at a time, one of a session at a time, each with its place."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from traceback import clear_frames
from typing import Any

from studio.page.answers import Refused

AGAIN_S = 20


@dataclass(eq=False)
class Job:
    """Something to be done.

    Args:
        key: the session that it is of.
        locks: held while it runs; who holds one otherwise is waited for.
        operation: its name.
        work: what runs on a thread.
        done: what came of it.
        step: what is being done now.
    """

    key: str
    locks: Sequence[asyncio.Lock]
    operation: str
    work: Callable[[], Any]
    done: "asyncio.Future[Any]"
    step: str = ""


@dataclass(eq=False)
class Jobs:
    """The queue. Everything but the work itself happens on the event loop's thread.

    Args:
        workers: how many run at a time.
        most_waiting: how many wait, at most.
        changed: is told the sessions whose jobs began, ended, or have another place now.
    """

    workers: int
    most_waiting: int
    changed: Callable[[set[str]], None]
    waiting: list[Job] = field(default_factory=list)
    running: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="studio")
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work, self._counting = 0, threading.Lock()

    def submit(self, key: str, locks: Sequence[asyncio.Lock], operation: str, work: Callable[[], Any]) -> Job:
        """A job at the end of the queue. Raises: Refused where too many wait."""
        self.check()
        job = Job(key, locks, operation, work, asyncio.get_running_loop().create_future())
        job.done.add_done_callback(_seen)
        self.waiting.append(job)
        self.go_on()
        if job in self.waiting:
            self.changed({key})
        return job

    @property
    def busy(self) -> bool:
        """Whether a thread is at work, also on what nobody waits for any more."""
        return self._at_work > 0

    def check(self) -> None:
        """Raises: Refused where too many wait."""
        if len(self.waiting) >= self.most_waiting:
            raise Refused(503, f"The studio is busy: {len(self.waiting)} jobs wait. Try again in a minute.", AGAIN_S)

    def of(self, key: str) -> Iterator[Job]:
        """The jobs of a session, what runs first."""
        yield from (job for job in (*self.running, *self.waiting) if job.key == key)

    def waiting_of(self, key: str) -> Iterator[Job]:
        """The jobs of a session that have not begun."""
        yield from (job for job in self.waiting if job.key == key)

    def place(self, job: Job) -> int:
        """How many jobs come before it; 0 where it runs."""
        return 0 if job in self.running else self.waiting.index(job) + 1

    def drop(self, key: str, error: Exception) -> None:
        """Takes the waiting jobs of a session out."""
        for job in [job for job in self.waiting if job.key == key]:
            self.waiting.remove(job)
            job.done.set_exception(error)
        self.go_on()

    def close(self, error: Exception) -> None:
        """Nothing that waits is begun any more, and nobody waits for what runs."""
        for job in (*self.waiting, *self.running):
            if not job.done.done():
                job.done.set_exception(error)
        self.waiting.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def go_on(self) -> None:
        """Begins what can be begun: to be called whenever a session's lock was let go."""
        while len(self.running) < self.workers:
            busy = {job.key for job in self.running}
            free = (job for job in self.waiting if job.key not in busy and not any(map(asyncio.Lock.locked, job.locks)))
            job = next(free, None)
            if job is None:
                return
            self.waiting.remove(job)
            self.running.append(job)
            task = asyncio.get_running_loop().create_task(self._run(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, job: Job) -> None:
        self.changed({job.key, *(each.key for each in self.waiting)})
        try:
            async with AsyncExitStack() as held:
                for lock in job.locks:
                    await held.enter_async_context(lock)
                result = await asyncio.get_running_loop().run_in_executor(self._threads, self._work, job)
        except BaseException as error:
            let_go(error)
            if not job.done.done():
                job.done.set_exception(error if isinstance(error, Exception) else RuntimeError("It was stopped."))
        else:
            if not job.done.done():
                job.done.set_result(result)
        finally:
            self.running.remove(job)
            self.go_on()
            self.changed({job.key, *(each.key for each in self.waiting)})

    def _work(self, job: Job) -> Any:
        with self._counting:
            self._at_work += 1
        try:
            return job.work()
        finally:
            with self._counting:
                self._at_work -= 1


def let_go(error: BaseException | None) -> None:
    """Whatever an error's way led through is let go: sound, that is, of which there may be gigabytes."""
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _seen(done: "asyncio.Future[Any]") -> None:
    """Whoever asked may have gone: then nobody looks at the error."""
    if not done.cancelled():
        done.exception()
