"""The songs that are open: each worked on by one caller at a time, on a thread of its own."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import anyio
from anyio import to_thread

from console.errors import InputError
from console.model import Console
from explainer.advice.shown import quoted
from explainer.language.writer import Writer
from studio.session import Session

MOST_OPEN = 8
AT_ONCE = 2  # threads that work; each takes a core
Result = TypeVar("Result")
Tell = Callable[[str], None]


@dataclass(eq=False)
class Opened:
    """A song that is open, and who may touch it now."""

    session: Session
    used_s: float = field(default_factory=time.monotonic)
    lock: anyio.Lock = field(default_factory=anyio.Lock)


class Songs:
    """The songs that a server has open. Of too many, the one that was not used for longest is closed.

    Args:
        console, explainer: who listens, and who finds the words, as a command names them; None: the embedded ones. They
            are loaded with the first song.
        guessable: whether sessions have short names; no where callers share a server that must not know each other's.
    """

    def __init__(self, console: str | None = None, explainer: str | None = None, guessable: bool = True) -> None:
        self.guessable = guessable
        self._sources = (console, explainer)
        self._models: tuple[Console, Writer] | None = None
        self._opened: dict[str, Opened] = {}
        self._count = 0
        self._loading = anyio.Lock()
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    async def open(self, read: Callable[[Console, Writer], Session], tell: Tell) -> str:
        """Opens a song; returns the name of its session. Raises: as `read` does."""
        async with self._loading:
            if self._models is None:
                self._models = await to_thread.run_sync(partial(self._load, tell), limiter=self._threads)
        session = await to_thread.run_sync(partial(read, *self._models), limiter=self._threads)
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
        """Something done with the session of that name (None: the only one), when nobody else is at it.

        Raises: InputError for a session that is not open, and as `do` does.
        """
        name = self._name(name)
        opened = self._opened[name]
        async with opened.lock:
            opened.used_s = time.monotonic()
            return await to_thread.run_sync(partial(_do, do, name, opened.session, tell), limiter=self._threads)

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

    def _load(self, tell: Tell) -> tuple[Console, Writer]:
        from explainer.language.writer import writer

        tell("Loading the models")
        console, explainer = self._sources
        return Console.from_pretrained(console), writer(explainer)


def _do(do: Callable[[str, Session], Result], name: str, session: Session, tell: Tell) -> Result:
    session.tell = tell
    try:
        return do(name, session)
    finally:
        session.tell = lambda step: None
