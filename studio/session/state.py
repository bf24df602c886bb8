"""What a user has decided about a song: all that `undo` brings back, and nothing that is computed from it."""

from dataclasses import dataclass, field
from typing import Any

from console.music.music import Music
from console.read.song import Song

Gains = tuple[float, ...]


@dataclass(frozen=True)
class UsualChoice:
    """What the song is to be judged against; nothing given: all music.

    Args:
        genre: one of `console.balance.genre.Genre`.
        file: a YAML of `mixconsole learn`.
        like: songs that are held up: paths of stems or of an advice.json.
    """

    genre: str | None = None
    file: str | None = None
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """The faders, and what the listening is to respect.

    Args:
        gains_db: where each stem's fader stands, in the song's order; 0 is the stem as it was opened.
        roles: what each stem plays.
        locks: names of stems that are not to be moved.
        links: names of stems that move together, a tuple for each such group.
        anchor: the stem whose level is taken as right.
        strength_percent: how much of a correction is suggested.
        usual: what the song is judged against.
        reference: a mix of the song whose balance is the aim, as a path; None: the console listens.
    """

    gains_db: Gains
    roles: tuple[str, ...]
    locks: tuple[str, ...] = ()
    links: tuple[tuple[str, ...], ...] = ()
    anchor: str | None = None
    strength_percent: float = 100.0
    usual: UsualChoice = field(default_factory=UsualChoice)
    reference: str | None = None

    @classmethod
    def of(cls, song: Song) -> "State":
        """A song as it was opened."""
        return cls((0.0,) * len(song.names), roles_of(song), links=song.links)


@dataclass(frozen=True)
class Step:
    """One operation that changed the state.

    Args:
        operation, arguments: what was asked for.
        said: what changed, in a sentence.
        state: as it is afterwards.
    """

    operation: str
    arguments: dict[str, Any]
    said: str
    state: State


@dataclass(frozen=True)
class Analysed:
    """An analysis of the music, and of what.

    Args:
        roles: of the stems.
        gains_db: where their faders stood.
    """

    roles: tuple[str, ...]
    gains_db: Gains
    music: Music


def roles_of(song: Song) -> tuple[str, ...]:
    """What each stem plays, as exactly as it is known."""
    return tuple(str(finer or role) for role, finer in zip(song.roles, song.finer_roles, strict=True))
