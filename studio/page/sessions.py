"""The sessions that are open: each a folder of its own, read back when it is asked for, and removed in the end."""

import asyncio
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.files.whole import whole_file
from studio.page.answers import Refused, plain, without_places
from studio.page.limits import HOUR_S, WORKING, Limits

ID = re.compile(r"[A-Za-z0-9_-]{22}")
RECORD, SCHEMA = "session.json", 1
AFTER_RESTART = 1000  # what a killed server may have told of revisions that it had not written
RECORDED = "place title revision failed unjudged table text saved demo style audio_bytes beside_bytes frames".split()
EXPORT = "export"  # the folder in a session's folder in which what is downloaded lies until it is
TEXTS = 24  # that are kept of a session


@dataclass(eq=False)
class Entry:
    """A session that somebody opened, in memory or not.

    Args:
        id: that it is asked for by; nobody can guess it.
        folder: all that is kept of it.
        place: where its song lies, from the folder; None before it came.
        title: of the song.
        revision: grows with every change of what is shown of it.
        failed: why its song could not be opened.
        unjudged: why the console could not listen to it as it is now.
        table, text: as they were last.
        saved: the state and its history, as `Session.to_json` tells them.
        demo: which stem has what flaw, where that is known.
        audio_bytes: of its song in memory.
        beside_bytes: that a reference, or songs that are held up, take beside it while they are read.
        frames: samples of each of its stems.
        session: the song on the desk; None while it is on the disk only.
        conversation: what was said to it.
        texts: those that were found, by what they are of.
        waiting: operations that are not done yet.
        removed: it was closed.
        lock: who works on the session's sound holds it.
        deciding: who changes what is decided holds it, too, or, where that takes no time, it alone.
        keeping: the thread that writes the session down holds it.
        judging: what is listened to just now, as `judged` tells it.
        making: who makes what is heard or seen of it holds it.
    """

    id: str
    folder: Path
    place: str | None = None
    title: str = "song"
    revision: int = 1
    failed: str | None = None
    unjudged: str | None = None
    table: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    saved: str | None = None
    demo: dict[str, Any] | None = None
    style: str = "full"
    audio_bytes: int = 0
    beside_bytes: int = 0
    frames: int = 0
    session: Any = None
    conversation: Any = None
    texts: OrderedDict[Any, dict[str, Any]] = field(default_factory=OrderedDict)
    used_s: float = field(default_factory=time.time)
    waiting: int = 0
    removed: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    keeping: Any = field(default_factory=threading.RLock)
    judging: Any = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()

    def change(self) -> None:
        """Something that is shown of it is another now."""
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def news(self, revision: int, wait_s: float) -> None:
        """Waits until its revision is another than that, but no longer than so long."""
        if self.revision == revision and wait_s > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), wait_s)
            except TimeoutError:
                pass

    @property
    def at_work(self) -> bool:
        """Whether anything is done with it."""
        return self.lock.locked() or self.deciding.locked()

    @property
    def song(self) -> Path:
        """Where its song lies."""
        return self.folder / (self.place or "")

    def shown(self) -> dict[str, Any]:
        """What a browser is told of it, but for its job."""
        told = {
            "id": self.id,
            "revision": self.revision,
            "title": self.title,
            "failed": self.failed,
            "unjudged": self.unjudged,
            "table": self.table,
            "text": self.text,
            "demo": self.demo,
        }
        return without_places(told, self.folder)

    def write(self) -> None:
        """Writes its record, whole or not at all. Raises: InputError where that cannot be."""
        record = {"schema": SCHEMA} | {name: getattr(self, name) for name in RECORDED}
        with whole_file(self.folder / RECORD) as part:
            part.write_bytes(json.dumps(plain(record), ensure_ascii=False).encode("utf-8", "surrogatepass"))

    @classmethod
    def read(cls, id: str, folder: Path) -> "Entry":
        """As it was written. Raises: ValueError or OSError where there is no such record."""
        path = folder / RECORD
        record = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        if record.pop("schema") != SCHEMA:
            raise ValueError("another version wrote it")
        entry = cls(id, folder, **record)
        entry.revision += AFTER_RESTART
        entry.used_s = path.stat().st_mtime
        return entry


class Store:
    """All sessions, by their ids. It is used on the event loop's thread only.

    Args:
        folder: that their folders lie in. What looks like one there and is none, as where the server ended while files
            came, is removed.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self._entries: dict[str, Entry | None] = {}  # None: it is read when somebody asks for it
        for place in sorted(folder.iterdir()):
            if not ID.fullmatch(place.name) or not place.is_dir() or place.is_symlink():
                continue
            if (place / RECORD).is_file():
                self._entries[place.name] = None
            else:
                shutil.rmtree(place, ignore_errors=True)

    def __iter__(self) -> Iterator[Entry]:
        yield from (entry for entry in self._entries.values() if entry is not None)

    @property
    def full(self) -> bool:
        """Whether there are as many as there may be."""
        return len(self._entries) >= self.limits.sessions

    def create(self) -> Entry:
        """A new one, with an empty folder. Raises: Refused where there are too many, and InputError."""
        if self.full:
            raise Refused(503, f"The studio holds {self.limits.sessions} songs, which are the most. Try again later.")
        id = secrets.token_urlsafe(16)
        folder = self.folder / id
        folder.mkdir(mode=0o700)
        self._entries[id] = Entry(id, folder)
        return self._entries[id]  # type: ignore[return-value]

    def get(self, id: str) -> Entry:
        """The one of that id. Raises: Refused where there is none (any more)."""
        entry = self._read(id)
        entry.used_s = time.time()
        return entry

    def _read(self, id: str) -> Entry:
        if id not in self._entries:
            raise self.gone()
        entry = self._entries[id]
        if entry is None:
            folder = self.folder / id
            try:
                entry = Entry.read(id, folder)
            except (OSError, ValueError, TypeError, KeyError) as error:
                del self._entries[id]
                shutil.rmtree(folder, ignore_errors=True)
                raise self.gone() from error
            self._entries[id] = entry
            shutil.rmtree(folder / EXPORT, ignore_errors=True)  # what a killed server was about to send
        return entry

    def gone(self) -> Refused:
        """What is said of one that is not there."""
        hours = self.limits.unused_s / HOUR_S
        return Refused(
            404, f"This session is gone: it was closed, or not used for {hours:g} hours. Send the stems again."
        )

    def forget(self, entry: Entry) -> None:
        """Takes one out; its folder is still there."""
        self._entries.pop(entry.id, None)
        entry.removed = True
        entry.session = entry.conversation = None
        entry.change()

    def room(self, one: Entry, audio_bytes: int) -> None:
        """Lets go of other songs, those first that were not used for longest, until one can be worked on."""
        loaded = sorted((e for e in self if e.session is not None and e is not one), key=lambda entry: entry.used_s)
        total = WORKING * audio_bytes + sum(_taken(entry) for entry in loaded)
        for entry in loaded:
            if total <= self.limits.memory_bytes:
                return
            if not entry.at_work:
                entry.session = entry.conversation = None
                total -= entry.audio_bytes

    def unused(self) -> list[Entry]:
        """Those that nobody asked for in a long time, or not since their songs could not be opened."""
        now_s = time.time()

        def late(entry: Entry) -> bool:
            kept_s = self.limits.unused_s if entry.failed is None else min(self.limits.failed_s, self.limits.unused_s)
            return now_s - entry.used_s > kept_s and not entry.at_work

        return [entry for entry in self._all() if late(entry)]

    def failed(self) -> list[Entry]:
        """Those whose songs could not be opened, first those that were not asked for for longest."""
        failed = (entry for entry in self._all() if entry.failed is not None and not entry.at_work)
        return sorted(failed, key=lambda entry: entry.used_s)

    def _all(self) -> Iterator[Entry]:
        """Those that were not asked for since the start, too."""
        for id in list(self._entries):
            try:
                yield self._read(id)
            except Refused:
                pass

    def touch(self) -> None:
        """Writes down when each was used, as a server that is killed cannot."""
        for entry in self:
            try:
                os.utime(entry.folder / RECORD, (entry.used_s, entry.used_s))
            except OSError:
                pass


def _taken(entry: Entry) -> int:
    """The memory that a song takes, more while something is done with it."""
    return WORKING * (entry.audio_bytes + entry.beside_bytes) if entry.at_work else entry.audio_bytes
