"""A song on the desk, and everything that can be done with it: each operation by name, each undone exactly."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.model import Console
from console.read.song import Song
from explainer.language.writer import Writer
from studio.session import saved
from studio.session.arguments import checked
from studio.session.faders import Faders
from studio.session.operations import Outcome
from studio.session.saved import Reading, Saved
from studio.session.settings import Settings
from studio.session.table import table


class Session(Faders, Settings):
    """One song's shared state: page, terminal, language models and Python all change it by the same operations.

    An operation either happens whole or raises `InputError` and changes nothing. Nothing is heard before it is asked
    for. A session is one caller's at a time; another thread may listen to a `copy.copy` of it meanwhile, which keeps
    the state that it was made in, and shares what is computed.

    Args:
        song: as it was opened; its stems' levels are 0 dB on the faders.
        console: who listens; None: the embedded one.
        explainer: who finds the words; None: the embedded one, loaded when it is first asked.
        tell: is told what is being done, as it begins.
    """

    reading: Reading = Reading()  # what the song was read with

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        roles: Mapping[str, str] | None = None,
        link: Sequence[tuple[str, str]] = (),
        unlink: Sequence[str] = (),
        console: Console | None = None,
        explainer: Writer | None = None,
        tell: Callable[[str], None] = lambda step: None,
    ) -> "Session":
        """A session on a folder of stems, a .zip or a .stem.mp4; arguments and errors as of `Song.load`."""
        tell("Reading the stems")
        session = cls(Song.load(path, roles, link, unlink), console, explainer, tell)
        session.reading = Reading(dict(roles or {}), tuple(link), tuple(unlink))
        return session

    @property
    def table(self) -> dict[str, Any]:
        """All of it as JSON-able data: facts, stems, groups, mix, advice, history. It computes nothing anew."""
        return table(self)

    def do(self, operation: str, arguments: Mapping[str, Any] | None = None) -> Outcome:
        """An operation by its name, as the page and language models ask for it.

        Raises: InputError for an unknown operation, or arguments that are none of it, each in a sentence.
        """
        told = checked(operation, arguments or {})
        return getattr(self, operation)(**told.model_dump())

    def export(self, what: str, path: str | os.PathLike[str]) -> None:
        """Writes the mix as it is now, its stems, the advice or a DAW's project: what `studio.export.downloads` has.

        Raises: InputError for what there is no export of.
        """
        from studio.export.downloads import write

        write(self, what, Path(path))

    def to_json(self) -> str:
        """Where the song lies, and every step: read back by `from_json`."""
        source = str(self.song.source or "")
        steps, analysed = tuple(self.steps), self.heard.last_analysed
        saved = Saved(source, self.reading, self.song.names, self.opened, self.start, steps, self.at, analysed=analysed)
        return saved.to_json()

    @classmethod
    def from_json(
        cls,
        text: str,
        song: Song | None = None,
        console: Console | None = None,
        explainer: Writer | None = None,
        tell: Callable[[str], None] = lambda step: None,
    ) -> "Session":
        """A session as it was saved.

        Args:
            song: where it is at hand; by default it is read from where it lay.

        Raises: InputError for what is no saved session, and a song that is gone or has other stems than it had.
        """
        kept = saved.read(text)
        if song is None:
            tell("Reading the stems")
            song = kept.load()
        session = cls(song, console, explainer, tell)
        if session.song.names != kept.names:
            raise InputError(f'"{session.song.title}" has other stems than when the session was saved: open it anew.')
        session.reading, session.opened, session.start = kept.reading, kept.opened, kept.start
        session.steps, session.at = list(kept.steps), kept.at
        session.heard.last_analysed = kept.analysed
        return session
