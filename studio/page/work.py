"""What is done with the sessions: what is quick at once, what takes long in its turn."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.page.answers import Refused
from studio.page.models import Models
from studio.page.sessions import Entry, Store
from studio.page.working.doing import Doing, judged, said_of
from studio.page.working.jobs import AGAIN_S, Job, Jobs

if TYPE_CHECKING:
    from studio.session.session import Session

# They decide something, and compute nothing.
QUICK = frozenset("set nudge shift reset lock unlock link unlink role anchor usual strength unmatch undo redo".split())
TELLING = frozenset("analyse measure explain ask compare".split())  # they compute something, and decide nothing
QUICK_THREADS, MEDIA_THREADS, TALKS = 4, 2, 4
READING = "The song is still being read."
SWEEP_S, LAST_S = 60.0, 1.0
CLOSING = Refused(503, "The studio is closing.")


class Work:
    """The sessions, and the threads that work on them. What is `async` runs on the event loop's thread.

    Args:
        store: the sessions.
        models: who listens and who writes.
    """

    def __init__(self, store: Store, models: Models) -> None:
        self.store, self.models, self.limits = store, models, store.limits
        self.loaded, self.closing = asyncio.Event(), asyncio.Event()
        self.jobs = Jobs(self.limits.jobs, self.limits.waiting, self._moved)
        # A language model thinks elsewhere: nobody waits in the queue for it.
        self._talks = Jobs(TALKS, self.limits.waiting, self._moved)
        self.media = ThreadPoolExecutor(MEDIA_THREADS, thread_name_prefix="media")
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="quick")
        self._loop = asyncio.get_running_loop()
        self._doing = Doing(models, self.limits, self)
        self.uploads = 0  # that are coming in
        self._tasks: set[asyncio.Task[Any]] = set()
        self.spawn(self._sweep())
        self.jobs.submit("", [], "load", self._load)

    def stop(self) -> None:
        """Nothing more is begun, and nobody waits any more; what runs on a thread cannot be told to stop."""
        self.closing.set()
        for jobs in self._lanes:
            jobs.close(CLOSING)
        for entry in self.store:
            entry.change()

    async def close(self) -> None:
        """The end."""
        self.stop()
        _, going_on = await asyncio.wait(self._tasks, timeout=LAST_S)
        for task in going_on:
            task.cancel()
        for threads in (self.media, self._quick):
            threads.shutdown(wait=False, cancel_futures=True)
        self.store.touch()

    @property
    def busy(self) -> bool:
        """Whether a thread is still at work."""
        return any(jobs.busy for jobs in self._lanes)

    @property
    def _lanes(self) -> tuple[Jobs, Jobs]:
        return self.jobs, self._talks

    # What is asked for.

    def create(self) -> Entry:
        """A new session, for which one goes that could not be opened where there are too many.

        Raises: as `Store.create`.
        """
        if self.store.full:
            for entry in self.store.failed()[:1]:
                self._forget(entry)
                self.spawn(self._clear(entry))
        return self.store.create()

    def begin(self, entry: Entry, make: Callable[[Entry], None] = lambda entry: None) -> Job:
        """Opens a session's song in its turn, after `make` has put it there. Raises: Refused where too many wait."""
        return self.jobs.submit(entry.id, [entry.lock], "open", partial(self._doing.open, entry, make))

    async def change(self, entry: Entry, operation: str, act: "Callable[[Session], Any]", quick: bool = False) -> Any:
        """Does something that may change a session, keeps it, and listens again where that is needed.

        What is quick does not wait for what only listens.
        """
        if operation in TELLING:
            result = await self._done(entry, operation, partial(self._doing.hear, entry, act), self.jobs, decides=False)
        else:
            result = await self._done(entry, operation, partial(self._doing.change, entry, act), self.jobs, quick)
        self._listen_again(entry)
        return result

    async def talk(self, entry: Entry, text: str) -> Any:
        """Says something to a session; what it does is kept, and listened to."""
        work = partial(self._doing.change, entry, lambda session: self._doing.say(entry, session, text))
        reply = await self._done(entry, "chat", work, jobs=self.jobs if self.models.llm is None else self._talks)
        self._listen_again(entry)
        return reply

    async def read(self, entry: Entry, operation: str, act: "Callable[[Session], Any]") -> Any:
        """Does something that changes nothing."""
        return await self._done(entry, operation, partial(self._doing.look, entry, act), self.jobs, decides=False)

    async def remove(self, entry: Entry) -> None:
        """Closes a session, and removes all that is kept of it."""
        self._forget(entry)
        await self._clear(entry)

    def job_of(self, entry: Entry) -> dict[str, Any] | None:
        """What is being done with a session, or waits for its turn."""
        found = [(jobs.place(job), job) for jobs in self._lanes for job in jobs.of(entry.id)]
        if not found:
            return None
        place, job = min(found, key=lambda each: each[0])
        return {"operation": job.operation, "step": job.step or "Waiting", "place": place}

    def needed(self, entry: Entry) -> None:
        """Goes on with the opening of a song where the server was ended meanwhile."""
        if entry.table is None and entry.failed is None and entry.place and self.job_of(entry) is None:
            self.begin(entry)

    async def _done(
        self,
        entry: Entry,
        operation: str,
        work: Callable[[], Any],
        jobs: Jobs,
        quick: bool = False,
        decides: bool = True,
    ) -> Any:
        if entry.table is None:
            raise Refused(409, entry.failed or READING)
        if entry.waiting >= self.limits.waiting_each:
            raise Refused(429, f"{entry.waiting} operations of this song wait already.", AGAIN_S)
        entry.waiting += 1
        try:
            if quick and entry.session is not None:
                async with entry.deciding:
                    if entry.removed:
                        raise self.store.gone()
                    if entry.session is not None:
                        return await self.on(self._quick, work)
            return await self._submit(entry, operation, work, jobs, decides).done
        finally:
            entry.waiting -= 1
            self._go_on()

    def _submit(self, entry: Entry, operation: str, work: Callable[[], Any], jobs: Jobs, decides: bool = False) -> Job:
        def in_its_turn() -> Any:
            if entry.removed:
                raise self.store.gone()
            self.make_room(entry)
            return work()

        locks = [entry.lock, entry.deciding] if decides else [entry.lock]
        return jobs.submit(entry.id, locks, operation, in_its_turn)

    async def on(self, threads: Executor, work: Callable[[], Any]) -> Any:
        """What comes of something that is done on a thread."""
        return await self._loop.run_in_executor(threads, work)

    def _listen_again(self, entry: Entry) -> None:
        """Where nothing is known of a session as it is now, it is listened to in its turn."""
        known = entry.table is not None and entry.table["advice"] is not None and entry.text is not None
        if known or entry.removed or any(job.operation == "analyse" for job in self.jobs.waiting_of(entry.id)):
            return
        if entry.judging is not None and entry.session is not None and entry.judging == judged(entry.session):
            return  # it is just being listened to
        entry.unjudged = None
        try:
            self._submit(entry, "analyse", partial(self._doing.judge, entry), self.jobs)
        except Refused as error:
            entry.unjudged = error.said
            entry.change()

    def _moved(self, ids: set[str]) -> None:
        """Jobs of these sessions began, ended or moved up."""
        self._go_on()
        for entry in self.store:
            if entry.id in ids:
                entry.change()

    def _forget(self, entry: Entry) -> None:
        for jobs in self._lanes:
            jobs.drop(entry.id, self.store.gone())
        self.store.forget(entry)

    async def _clear(self, entry: Entry) -> None:
        async with entry.making, entry.lock, entry.deciding:  # in this order: who makes something may wait for a job
            await asyncio.to_thread(shutil.rmtree, entry.folder, ignore_errors=True)

    def _go_on(self) -> None:
        """A session may be free for what waits for it."""
        for jobs in self._lanes:
            jobs.go_on()

    async def _sweep(self) -> None:
        shortest_s = min(self.limits.unused_s, self.limits.failed_s)
        while not self.closing.is_set():
            try:
                await asyncio.wait_for(self.closing.wait(), min(SWEEP_S, shortest_s / 4))
            except TimeoutError:
                pass
            self.store.touch()
            for entry in self.store.unused():
                if self.job_of(entry) is None:
                    await self.remove(entry)

    def spawn(self, todo: Coroutine[Any, Any, None]) -> None:
        """Does something beside all else, until the end."""
        task = self._loop.create_task(todo)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What threads ask for.

    def changed(self, entry: Entry) -> None:
        """As of `Loop`."""
        self._soon(entry.change)

    def tell(self, entry: Entry, step: str) -> None:
        """As of `Loop`."""
        self._soon(self._told, entry, step)

    def make_room(self, entry: Entry, audio_bytes: int | None = None) -> None:
        """As of `Loop`."""
        known = entry.audio_bytes + entry.beside_bytes

        async def room() -> None:
            self.store.room(entry, known if audio_bytes is None else audio_bytes)

        asyncio.run_coroutine_threadsafe(room(), self._loop).result()

    @property
    def ending(self) -> bool:
        """As of `Loop`."""
        return self.closing.is_set()

    def _load(self) -> None:
        try:
            self.models.load()
            self._soon(self.loaded.set)
            if not self.jobs.waiting:  # who waits already is heard sooner without it
                self.models.warm()
        except Exception as error:  # whoever needs them is told so, too
            print(f"Error: {said_of(error)}", file=sys.stderr)
        finally:
            self._soon(self.loaded.set)

    def _soon(self, do: Callable[..., None], *what: Any) -> None:
        """Does something on the event loop's thread, as long as there is one."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *what)

    def _told(self, entry: Entry, step: str) -> None:
        for job in (*self.jobs.running, *self._talks.running):
            if job.key == entry.id and job.step != step:
                job.step = step
                entry.change()
