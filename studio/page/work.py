"""What is done with the sessions: what is quick at once, what takes long in its turn; all of it is kept on the disk."""

import asyncio
import shutil
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from console.errors import InputError
from studio.commands.options import sentence
from studio.page.answers import Refused, plain
from studio.page.incoming import opening
from studio.page.jobs import AGAIN_S, Job, Jobs
from studio.page.models import Models
from studio.page.sessions import TEXTS, Entry, Store

if TYPE_CHECKING:
    from studio.session.session import Session

# They decide something, and compute nothing.
QUICK = frozenset("set nudge reset lock unlock link unlink role anchor usual strength unmatch undo redo".split())
QUICK_THREADS, MEDIA_THREADS = 4, 2
FAULT = "This is a fault of mixconsole itself: more is told where it was started."
READING = "The song is still being read."
SWEEP_S = 60.0
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
        self.media = ThreadPoolExecutor(MEDIA_THREADS, thread_name_prefix="media")
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="quick")
        self._loop = asyncio.get_running_loop()
        self.uploads = 0  # that are coming in
        self._tasks: set[asyncio.Task[Any]] = set()
        self._spawn(self._sweep())
        self.jobs.submit("", asyncio.Lock(), "load", self._load)

    def stop(self) -> None:
        """Nothing more is begun, and nobody waits any more; what runs on a thread cannot be told to stop."""
        self.closing.set()
        self.jobs.close(CLOSING)
        for entry in self.store:
            entry.change()

    async def close(self) -> None:
        """The end."""
        self.stop()
        for task in list(self._tasks):
            task.cancel()
        for threads in (self.media, self._quick):
            threads.shutdown(wait=False, cancel_futures=True)
        self.store.touch()

    @property
    def busy(self) -> bool:
        """Whether a thread is still at work."""
        return self.jobs.busy

    # What is asked for.

    def begin(self, entry: Entry, make: Callable[[Entry], None] = lambda entry: None) -> Job:
        """Opens a session's song in its turn, after `make` has put it there. Raises: Refused where too many wait."""
        return self.jobs.submit(entry.id, entry.lock, "open", partial(self._open, entry, make))

    async def change(self, entry: Entry, operation: str, act: "Callable[[Session], Any]", quick: bool = False) -> Any:
        """Does something that may change a session, keeps it, and listens again where that is needed."""
        result = await self._done(entry, operation, partial(self._change, entry, act), quick)
        self._listen_again(entry)
        return result

    async def talk(self, entry: Entry, text: str) -> Any:
        """Says something to a session; what it does is kept, and listened to."""
        return await self.change(entry, "chat", lambda session: self._conversation(entry, session).say(text))

    async def read(self, entry: Entry, operation: str, act: "Callable[[Session], Any]") -> Any:
        """Does something that changes nothing."""
        return await self._done(entry, operation, lambda: act(self._present(entry)), quick=False)

    async def remove(self, entry: Entry) -> None:
        """Closes a session, and removes all that is kept of it."""
        self.jobs.drop(entry.id, self.store.gone())
        self.store.forget(entry)
        async with entry.lock:
            await asyncio.to_thread(shutil.rmtree, entry.folder, ignore_errors=True)

    def job_of(self, entry: Entry) -> dict[str, Any] | None:
        """What is being done with a session, or waits for its turn."""
        job = next(self.jobs.of(entry.id), None)
        if job is None:
            return None
        return {"operation": job.operation, "step": job.step or "Waiting", "place": self.jobs.place(job)}

    def needed(self, entry: Entry) -> None:
        """Goes on with the opening of a song where the server was ended meanwhile."""
        if entry.table is None and entry.failed is None and entry.place and self.job_of(entry) is None:
            self.begin(entry)

    async def _done(self, entry: Entry, operation: str, work: Callable[[], Any], quick: bool) -> Any:
        if entry.table is None:
            raise Refused(409, entry.failed or READING)
        if entry.waiting >= self.limits.waiting_each:
            raise Refused(429, f"{entry.waiting} operations of this song wait already.", AGAIN_S)
        entry.waiting += 1
        try:
            if quick and entry.session is not None:
                async with entry.lock:
                    if entry.session is not None:
                        return await self.on(self._quick, work)
            return await self._submit(entry, operation, work).done
        finally:
            entry.waiting -= 1
            self.jobs.go_on()

    def _submit(self, entry: Entry, operation: str, work: Callable[[], Any]) -> Job:
        def in_its_turn() -> Any:
            self._make_room(entry, entry.audio_bytes)
            return work()

        return self.jobs.submit(entry.id, entry.lock, operation, in_its_turn)

    async def on(self, threads: Executor, work: Callable[[], Any]) -> Any:
        """What comes of something that is done on a thread."""
        return await self._loop.run_in_executor(threads, work)

    def _listen_again(self, entry: Entry) -> None:
        """Where nothing is known of a session as it is now, it is listened to in its turn."""
        known = entry.table is not None and entry.table["advice"] is not None and entry.text is not None
        if known or entry.removed or any(job.operation == "analyse" for job in self.jobs.waiting_of(entry.id)):
            return
        entry.unjudged = None
        try:
            self._submit(entry, "analyse", lambda: self._judge(entry, self._present(entry)))
        except Refused as error:
            entry.unjudged = error.said
            entry.change()

    def _moved(self, ids: set[str]) -> None:
        """Jobs of these sessions began, ended or moved up."""
        for entry in self.store:
            if entry.id in ids:
                entry.change()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(SWEEP_S, self.limits.unused_s / 4))
            self.store.touch()
            for entry in self.store.unused():
                if self.job_of(entry) is None:
                    await self.remove(entry)

    def _spawn(self, todo: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(todo)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What runs on a thread.

    def _load(self) -> None:
        try:
            self.models.load()
            self._soon(self.loaded.set)
            self.models.warm()
        except Exception as error:  # whoever needs them is told so, too
            print(f"Error: {said_of(error)}", file=sys.stderr)
        finally:
            self._soon(self.loaded.set)

    def _open(self, entry: Entry, make: Callable[[Entry], None]) -> None:
        from studio.session.session import Session

        try:
            self._tell(entry, "Reading the stems")
            make(entry)
            entry.place = str(opening.unpacked(entry.song, self.limits).relative_to(entry.folder))
            size = opening.size_of(entry.song)
            opening.check(size, self.limits)
            self._make_room(entry, size.audio_bytes)
            self.models.load()
            told = partial(self._tell, entry)
            session = Session.open(entry.song, console=self.models.console, explainer=self.models.explainer, tell=told)
            self._hold(entry, session)
            entry.title = session.song.title
            self._keep(entry, session)
            if not entry.removed:
                self._judge(entry, session)
        except Exception as error:
            if self.closing.is_set():  # the next server goes on with it
                return
            entry.failed = said_of(error)
            entry.session = None
            shutil.rmtree(entry.folder / opening.SONG, ignore_errors=True)
            entry.write()
            self._changed(entry)

    def _change(self, entry: Entry, act: "Callable[[Session], Any]") -> Any:
        """Does it and keeps what came of it; where that cannot be written, it was not done."""
        session = self._present(entry)
        before = session.start, session.steps, session.at
        try:
            result = act(session)
        except BaseException:
            if session.steps is not before[1] or session.at != before[2]:  # some of it was done
                self._keep(entry, session)
            raise
        try:
            self._keep(entry, session)
        except BaseException:
            session.start, session.steps, session.at = before
            raise
        return result

    def _judge(self, entry: Entry, session: "Session") -> None:
        """What is wrong, then why, then how loud the mix is: each is shown when it is known."""
        try:
            session.analyse()
            self._keep(entry, session)
            session.tell("Finding words")
            remember(entry, session)
            if not any(session.state.gains_db):
                session.measure()
        except InputError as error:
            entry.unjudged = str(error)
        self._keep(entry, session)

    def examples(self, session: "Session") -> Any:
        """What can be said to a session."""
        from studio.chat.examples import examples

        return examples(session)

    def _conversation(self, entry: Entry, session: "Session") -> Any:
        from studio.chat import Conversation

        if entry.conversation is None or entry.conversation.session is not session:
            entry.conversation = Conversation(session)
        return entry.conversation

    def _present(self, entry: Entry) -> "Session":
        """The session, read again from its folder where it is not in memory."""
        from console.read.song import Song
        from studio.session.session import Session

        if entry.session is None:
            told, was = partial(self._tell, entry), entry.table or {}
            told("Reading the stems")
            self.models.load()
            song = Song.load(entry.song)
            console, explainer = self.models.console, self.models.explainer
            session = Session.from_json(entry.saved or "", song, console, explainer, told)
            try:
                self._as_it_was(session, was)
            except InputError as error:  # such as a song that was held up and is gone
                entry.unjudged = str(error)
            if entry.text is not None:
                entry.texts[judged(session)] = entry.text
            self._hold(entry, session)
        return entry.session

    def _as_it_was(self, session: "Session", was: Mapping[str, Any]) -> None:
        """Hears and measures again what a table tells that it knows."""
        if was.get("advice") is not None:
            session.analyse()
        if any(stem["left_db"] is not None for stem in was.get("stems", ())):
            session.measure()
        elif was.get("mix") is not None:
            session.heard.levels(session.state.gains_db)
        if was.get("mix_as_opened") is not None:
            session.heard.levels(session.opened.gains_db)

    def _hold(self, entry: Entry, session: "Session") -> None:
        audio = session.song.audio
        entry.audio_bytes, entry.frames = audio.nbytes, audio.shape[-1]
        entry.session = session

    def _keep(self, entry: Entry, session: "Session") -> None:
        """Writes a session down as it is now, and shows it."""
        before = entry.table, entry.saved, entry.text
        entry.table, entry.saved = plain(session.table), session.to_json()
        entry.text = entry.texts.get(judged(session))
        entry.unjudged = entry.unjudged if entry.table["advice"] is None else None
        try:
            entry.write()
        except BaseException:
            entry.table, entry.saved, entry.text = before
            raise
        self._changed(entry)

    def _make_room(self, entry: Entry, audio_bytes: int) -> None:
        """Waits until other songs have left the memory."""

        async def room() -> None:
            self.store.room(entry, audio_bytes)

        asyncio.run_coroutine_threadsafe(room(), self._loop).result()

    def _changed(self, entry: Entry) -> None:
        self._soon(entry.change)

    def _tell(self, entry: Entry, step: str) -> None:
        self._soon(self._told, entry, step)

    def _soon(self, do: Callable[..., None], *what: Any) -> None:
        """Does something on the event loop's thread, as long as there is one."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *what)

    def _told(self, entry: Entry, step: str) -> None:
        for job in self.jobs.running:
            if job.key == entry.id and job.step != step:
                job.step = step
                entry.change()


def judged(session: "Session") -> Any:
    """All of a session's state that its advice and text depend on."""
    return replace(session.state, gains_db=session.heard.given_db(session.state))


def remember(entry: Entry, session: "Session") -> None:
    """Keeps the words for a session as it is judged now, in the style that was asked for last."""
    from explainer.phrasing.plan import Style

    advice = session.heard.words(session.state, Style(entry.style))
    text = {"style": entry.style, "text": advice.text or session.headline, "source": advice.text_source}
    entry.texts[judged(session)] = plain(text)
    while len(entry.texts) > TEXTS:
        entry.texts.popitem(last=False)


def said_of(error: Exception) -> str:
    """An error in a sentence; a fault of ours is told where the server was started."""
    if isinstance(error, Refused):
        return error.said
    said = sentence(error)
    if said is None:
        traceback.print_exception(error, file=sys.stderr)
    return said or FAULT
