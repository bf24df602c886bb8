"""The sessions that are open: each a folder of its own, read back when it is asked for, and removed in the end."""

import asyncio
import json
import os
import re
import secrets
import shutil
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
        lock: who works on the session holds it.
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

    def create(self) -> Entry:
        """A new one, with an empty folder. Raises: Refused where there are too many, and InputError."""
        if len(self._entries) >= self.limits.sessions:
            self._forget_failed()
        if len(self._entries) >= self.limits.sessions:
            raise Refused(503, f"The studio holds {self.limits.sessions} songs, which are the most. Try again later.")
        id = secrets.token_urlsafe(16)
        folder = self.folder / id
        folder.mkdir(mode=0o700)
        self._entries[id] = Entry(id, folder)
        return self._entries[id]  # type: ignore[return-value]

    def get(self, id: str) -> Entry:
        """The one of that id. Raises: Refused where there is none (any more)."""
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
        entry.used_s = time.time()
        return entry

    def _forget_failed(self) -> None:
        """Makes place for others where a song could not be opened."""
        for entry in [entry for entry in self if entry.failed is not None and not entry.lock.locked()]:
            self.forget(entry)
            shutil.rmtree(entry.folder, ignore_errors=True)

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
            if not entry.lock.locked():
                entry.session = entry.conversation = None
                total -= entry.audio_bytes

    def unused(self) -> list[Entry]:
        """Those that nobody asked for in a long time."""
        now_s = time.time()
        for id, entry in list(self._entries.items()):
            if entry is None:  # it was not asked for since the start: its file tells when it was written
                try:
                    late = now_s - (self.folder / id / RECORD).stat().st_mtime > self.limits.unused_s
                except OSError:
                    late = True
                if late:
                    try:
                        self.get(id).used_s = 0.0
                    except Refused:
                        pass
        return [entry for entry in self if now_s - entry.used_s > self.limits.unused_s and not entry.lock.locked()]

    def touch(self) -> None:
        """Writes down when each was used, as a server that is killed cannot."""
        for entry in self:
            try:
                os.utime(entry.folder / RECORD, (entry.used_s, entry.used_s))
            except OSError:
                pass


def _taken(entry: Entry) -> int:
    """The memory that a song takes, more while something is done with it."""
    return WORKING * (entry.audio_bytes + entry.beside_bytes) if entry.lock.locked() else entry.audio_bytes
