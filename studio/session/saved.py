"""A session on disk: where its song lies, how it was read, and every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from console.errors import InputError
from console.read.song import Song
from studio.session.names import readable
from studio.session.operations import LEAST_DB, MOST_DB
from studio.session.state import Analysed, State, Step

SCHEMA = 1


@dataclass(frozen=True)
class Reading:
    """What a song was read with, as `Song.load` takes it; other stems may come of other words."""

    roles: Mapping[str, str] = field(default_factory=dict)
    link: Sequence[tuple[str, str]] = ()
    unlink: Sequence[str] = ()


@dataclass(frozen=True)
class Saved:
    """A session as it is written down.

    Args:
        song: where it lies; "" for one that was not read from there.
        names: of its stems.
        opened: its state as it was opened.
        start: its state before the first of the steps, which are the last of many.
        at: how many of the steps are in force; those behind it can be redone.
        analysed: its music, as it was analysed last.
    """

    song: str
    reading: Reading
    names: tuple[str, ...]
    opened: State
    start: State
    steps: tuple[Step, ...]
    at: int
    schema: int = SCHEMA
    analysed: Analysed | None = None

    def to_json(self) -> str:
        """As text, which `read` reads."""
        return _SAVED.dump_json(self).decode()

    def load(self) -> Song:
        """The song, from where it lay. Raises: InputError where it is gone, or was never read from there."""
        if not self.song:
            raise InputError("This session's song was read from no file: give the song, too.")
        return readable(Song.load(self.song, self.reading.roles, self.reading.link, self.reading.unlink))


_SAVED = TypeAdapter(Saved)


def read(text: str) -> Saved:
    """A session that was saved. Raises: InputError for anything else."""
    try:
        saved = _SAVED.validate_json(text)
    except ValidationError as error:
        raise InputError("This is no saved session, or one of another version: open the song anew.") from error
    states = (saved.opened, saved.start, *(step.state for step in saved.steps))
    if saved.schema != SCHEMA or not 0 <= saved.at <= len(saved.steps):
        raise InputError("This is no saved session, or one of another version: open the song anew.")
    if not all(_fits(state, saved.names) for state in states):
        raise InputError("This saved session is damaged: it speaks of stems that its song has not.")
    music = saved.analysed
    if music is not None and not len(music.gains_db) == len(music.roles) == len(saved.names):
        raise InputError("This saved session is damaged: its analysis is of other stems.")
    return saved


def _fits(state: State, names: tuple[str, ...]) -> bool:
    """Whether a state is one of a song with these stems."""
    spoken = {*state.locks, *(name for group in state.links for name in group)} | ({state.anchor} - {None})
    placed = all(LEAST_DB <= gain_db <= MOST_DB for gain_db in state.gains_db)
    return placed and len(state.gains_db) == len(state.roles) == len(names) and spoken <= set(names)
