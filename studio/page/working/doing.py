"""What happens to a session on a thread: it is opened, read again, changed, judged, and written down."""

import shutil
import sys
import traceback
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from console.errors import InputError
from explainer.advice.shown import shown
from studio.commands.options import sentence
from studio.page.answers import Refused, plain
from studio.page.incoming import opening
from studio.page.limits import Limits
from studio.page.models import Models
from studio.page.sessions import TEXTS, Entry

if TYPE_CHECKING:
    from studio.session.session import Session

FAULT = "This is a fault of mixconsole itself: more is told where it was started."


@runtime_checkable
class Loop(Protocol):
    """What a thread asks of the event loop's."""

    def changed(self, entry: Entry) -> None:
        """What is shown of a session is another."""

    def tell(self, entry: Entry, step: str) -> None:
        """What is being done with it."""

    def make_room(self, entry: Entry, audio_bytes: int | None = None) -> None:
        """Waits until other songs have left the memory for one of that many bytes; None: for all that one takes."""

    @property
    def ending(self) -> bool:
        """Whether the server is about to end."""


class Doing:
    """What is done with sessions. Whoever calls holds the locks of the session that it takes, as `Entry` tells.

    What listens, measures or writes sound has a copy of the session, as it was at the beginning, so that what is quick
    to decide goes on meanwhile.

    Args:
        models: who listens and who writes.
        limits: of songs.
        loop: what is told of it.
    """

    def __init__(self, models: Models, limits: Limits, loop: Loop) -> None:
        self.models, self.limits, self.loop = models, limits, loop

    def open(self, entry: Entry, make: Callable[[Entry], None]) -> None:
        """Opens a session's song, after `make` has put it there; why that cannot be is told in the session."""
        from studio.session.session import Session

        try:
            self.loop.tell(entry, "Reading the stems")
            make(entry)
            self._unpack(entry)
            size = opening.size_of(entry.song)
            opening.check(size, self.limits)
            self.loop.make_room(entry, size.audio_bytes)
            self.models.load()
            told = partial(self.loop.tell, entry)
            session = Session.open(entry.song, console=self.models.console, explainer=self.models.explainer, tell=told)
            entry.title = session.song.title
            self._hold(entry, session)
            self._keep(entry, session)
            if not entry.removed:
                self.judge(entry)
        except Exception as error:
            if self.loop.ending:  # the next server goes on with it
                return
            entry.failed = said_of(error)
            entry.session = None
            shutil.rmtree(entry.folder / opening.SONG, ignore_errors=True)
            if not entry.removed:
                entry.write()
            self.loop.changed(entry)

    def change(self, entry: Entry, act: "Callable[[Session], Any]") -> Any:
        """Does something and keeps what came of it; where that cannot be written, it was not done."""
        session = self.present(entry)
        with entry.keeping:
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

    def look(self, entry: Entry, act: "Callable[[Session], Any]") -> Any:
        """Does something that decides nothing, with a session as it is now."""
        return act(copy(self.present(entry)))

    def hear(self, entry: Entry, act: "Callable[[Session], Any]") -> Any:
        """The same, and what is known then is kept and shown."""
        result = self.look(entry, act)
        self._keep(entry, self.present(entry))
        return result

    def judge(self, entry: Entry) -> None:
        """What is wrong, then why, then how loud the mix is: each is shown when it is known.

        It ends early where something else was decided meanwhile, for which it is listened again.
        """
        session = self.present(entry)
        as_it_was = copy(session)
        entry.judging = judged(as_it_was)
        try:
            as_it_was.analyse()
            self._keep(entry, session)
            if judged(session) != entry.judging:
                return
            session.tell("Finding words")
            remember(entry, as_it_was)
            if not any(as_it_was.state.gains_db):
                as_it_was.measure()
        except InputError as error:
            if judged(session) == entry.judging:
                entry.unjudged = str(error)
        finally:
            entry.judging = None
        self._keep(entry, session)

    def say(self, entry: Entry, session: "Session", text: str) -> Any:
        """Says something to a session, in the conversation that goes on there."""
        from studio.chat import Conversation

        if entry.conversation is None or entry.conversation.session is not session:
            entry.conversation = Conversation(session, self.models.planner)
        return entry.conversation.say(text)

    def present(self, entry: Entry) -> "Session":
        """The session, read again from its folder where it is not in memory."""
        from console.read.song import Song
        from studio.session.session import Session

        if entry.session is None:
            told, was = partial(self.loop.tell, entry), entry.table or {}
            told("Reading the stems")
            self.models.load()
            song = Song.load(entry.song)
            console, explainer = self.models.console, self.models.explainer
            session = Session.from_json(entry.saved or "", song, console, explainer, told)
            try:
                _as_it_was(session, was)
            except InputError as error:  # such as a song that was held up and is gone
                entry.unjudged = str(error)
            if entry.text is not None:
                entry.texts[judged(session)] = entry.text
            self._hold(entry, session)
        return entry.session

    def _unpack(self, entry: Entry) -> None:
        """A zip becomes a folder; a server that is killed on the way finds the one or the other."""
        packed = entry.song
        folder = opening.unpacked(packed, self.limits)
        if folder != packed:
            entry.place = str(folder.relative_to(entry.folder))
            entry.write()
            packed.unlink()

    def _hold(self, entry: Entry, session: "Session") -> None:
        audio = session.song.audio
        entry.audio_bytes, entry.frames = audio.nbytes, audio.shape[-1]
        entry.session = session

    def _keep(self, entry: Entry, session: "Session") -> None:
        """Writes a session down as it is now, and shows it."""
        with entry.keeping:
            before = entry.table, entry.saved, entry.text
            entry.table, entry.saved = plain(session.table), session.to_json()
            entry.text = entry.texts.get(judged(session))
            entry.unjudged = entry.unjudged if entry.table["advice"] is None else None
            try:
                entry.write()
            except BaseException:
                entry.table, entry.saved, entry.text = before
                raise
        self.loop.changed(entry)


def _as_it_was(session: "Session", was: Mapping[str, Any]) -> None:
    """Hears and measures again what a table tells that it knows."""
    if was.get("advice") is not None:
        session.analyse()
    if any(stem["left_db"] is not None for stem in was.get("stems", ())):
        session.measure()
    elif was.get("mix") is not None:
        session.heard.levels(session.state.gains_db)
    if was.get("mix_as_opened") is not None:
        session.heard.levels(session.opened.gains_db)


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
    return FAULT if said is None else shown(said)  # names in it may come out of a zip
