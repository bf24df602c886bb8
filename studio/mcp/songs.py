"""The songs that are open: each worked on by one caller at a time, on a thread of its own."""

import asyncio
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from console.errors import InputError
from console.model import Console
from explainer.advice.shown import quoted
from explainer.language.writer import Writer
from studio.session import Session

MOST_OPEN = 8
AT_ONCE = 2  # threads that work; each takes a core
Result = TypeVar("Result")
Tell = Callable[[str], None]


class Songs(ABC):
    """The songs that are open, by the names of their sessions.

    Args:
        guessable: whether sessions have short names, and callers may know all of them; not where callers share a server
            that must not know each other's.
    """

    guessable = True

    @property
    @abstractmethod
    def listed(self) -> dict[str, str]:
        """The titles of the songs that are open, by their sessions."""

    @abstractmethod
    async def work(self, name: str | None, do: Callable[[str, Session], Result], tell: Tell) -> Result:
        """Something done with a session (None: the only one) on a thread, when nobody else is at it.

        Args:
            do: given the session's name, and the session.
            tell: is told, on that thread, each step as it begins.

        Raises: InputError for a session that is not open, and as `do` does.
        """

    async def open(self, read: Callable[[Console, Writer], Session], tell: Tell) -> str:
        """Opens a song; returns the name of its session. Raises: InputError where it is opened elsewhere."""
        raise InputError("Songs are not opened here.")

    async def close(self, name: str | None) -> str:
        """Closes a song when nobody is at it; returns its title. Raises: InputError for one that is not open."""
        raise InputError("Songs are not closed here.")


@dataclass(eq=False)
class Opened:
    """A song that is open, and who may touch it now."""

    session: Session
    used_s: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OwnSongs(Songs):
    """The songs that a server opens itself. Of too many, the one that was not used for longest is closed.

    Args:
        console, explainer: who listens, and who finds the words, or as a command names them; None: the embedded ones.
            What is only named is loaded with the first song.
        guessable: whether sessions have short names; no where callers share a server that must not know each other's.
    """

    def __init__(
        self, console: Console | str | None = None, explainer: Writer | str | None = None, guessable: bool = True
    ) -> None:
        self.guessable = guessable
        self._console, self._explainer = console, explainer
        self._opened: dict[str, Opened] = {}
        self._count = 0
        self._loading = asyncio.Lock()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="songs")

    async def open(self, read: Callable[[Console, Writer], Session], tell: Tell) -> str:
        """Opens a song; returns the name of its session. Raises: as `read` does."""
        models = await self._on_thread(self._loading, lambda: self._models(tell))
        session = await self._on_thread(asyncio.Lock(), lambda: read(*models))
        while len(self._opened) >= MOST_OPEN:
            idle = [(opened.used_s, name) for name, opened in self._opened.items() if not opened.lock.locked()]
            if not idle:
                raise InputError(f"{MOST_OPEN} songs are open and busy: wait, or close one.")
            del self._opened[min(idle)[1]]
        self._count += 1
        name = f"song-{self._count}" if self.guessable else secrets.token_urlsafe(16)
        self._opened[name] = Opened(session)
        return name

    async def work(self, name: str | None, do: Callable[[str, Session], Result], tell: Tell) -> Result:
        """As of `Songs`."""
        name = self._name(name)
        opened = self._opened[name]
        opened.used_s = time.monotonic()
        session = opened.session
        return await self._on_thread(opened.lock, lambda: while_told(session, tell, lambda: do(name, session)))

    async def close(self, name: str | None) -> str:
        """Closes a song when nobody is at it; returns its title. Raises: InputError for one that is not open."""
        name = self._name(name)
        opened = self._opened[name]
        async with opened.lock:
            self._opened.pop(name, None)
        return opened.session.song.title

    @property
    def listed(self) -> dict[str, str]:
        """The titles of the songs that are open, by their sessions."""
        return {name: opened.session.song.title for name, opened in self._opened.items()}

    def _name(self, name: str | None) -> str:
        if name is None:
            if not self.guessable:
                raise InputError("Say which song: give its session, as open named it.")
            if len(self._opened) != 1:
                what = "No song is open" if not self._opened else f"{len(self._opened)} songs are open"
                raise InputError(f"{what}: {'open one first' if not self._opened else 'say which, by its session'}.")
            (name,) = self._opened
        if name not in self._opened:
            raise InputError(f"There is no open song {quoted(name)} (any more): open it (again).")
        return name

    async def _on_thread(self, lock: asyncio.Lock, work: Callable[[], Result]) -> Result:
        """What comes of work on a thread. The lock is held until that ends, though nobody may wait for it any more."""
        await lock.acquire()

        def ended(done: "asyncio.Future[Any]") -> None:
            lock.release()
            if not done.cancelled():
                done.exception()  # which is looked at, though nobody waits

        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        working.add_done_callback(ended)
        return await asyncio.shield(working)

    def _models(self, tell: Tell) -> tuple[Console, Writer]:
        """Who listens, and who finds the words."""
        from explainer.language.writer import writer

        if not isinstance(self._console, Console):
            tell("Loading the models")
            self._console = Console.from_pretrained(self._console)
        if self._explainer is None or isinstance(self._explainer, str):
            self._explainer = writer(self._explainer)
        return self._console, self._explainer


def while_told(session: Session, tell: Tell, work: Callable[[], Result]) -> Result:
    """What comes of work with a session that tells its steps so meanwhile."""
    before = session.tell
    session.tell = tell
    try:
        return work()
    finally:
        session.tell = before
