"""Questions about an advice: what can be asked, of which stems, and what only another listening can tell."""

import shlex
from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """What can be asked of an advice."""

    WHY = "why"  # a stem moves
    WHY_NOT = "why_not"  # another is left
    FIRST = "first"  # what to do
    SURE = "sure"  # how much so
    LEAVE = "leave"  # what if a stem stays
    ONLY = "only"  # what if only one moves
    AGAINST = "against"  # what the stems are compared with
    USUAL = "usual"  # what is so
    TASTE = "taste"  # whether it is a matter of that
    RANGE = "range"  # how far a fader may go
    CHANGED = "changed"  # between two versions
    UNJUDGED = "unjudged"  # what was not judged
    MASKED = "masked"  # what covers a stem
    LOUDNESS = "loudness"  # of a stem, or of the mix
    LOUDER = "louder"  # whether the mix gets so, and whether it clips
    ANCHOR = "anchor"  # what it is, and what happens to it
    SOURCE = "source"  # where the judgement comes from
    MOVE = "move"  # what to do with a stem
    ALL = "all"  # what to do at all
    AGAIN = "again"  # what takes another listening
    OUTSIDE = "outside"  # what levels do not tell
    UNCLEAR = "unclear"  # nobody knows what


class Anew(StrEnum):
    """What another listening is to do otherwise."""

    ANCHOR = "anchor"
    LOCK = "lock"
    GENRE = "genre"
    LIKE = "like"
    STRENGTH = "strength"
    PASSES = "passes"


@dataclass(frozen=True)
class Question:
    """What somebody asks.

    Args:
        kind: what of.
        stems: of which stems of the advice, in the order in which they are named.
        absent: an instrument that is named, but is none of the stems; "" where none is.
        anew: what another listening should do otherwise, where that is asked.
        genre: the kind of music that is named; "" where none is.
        covers: whether it is asked what the stem covers, and not what covers it.
        text: as it was asked.
    """

    kind: Asked
    stems: tuple[int, ...] = ()
    absent: str = ""
    anew: Anew | None = None
    genre: str = ""
    covers: bool = False
    text: str = ""


@dataclass(frozen=True)
class Operation:
    """What has to be done to know: something that the caller offers.

    Args:
        name: of the command, such as "correct".
        arguments: behind the song, by the stems' own names; in capitals what the asker has to fill in.
    """

    name: str
    arguments: tuple[str, ...] = ()

    def command(self, song: str = "SONG") -> str:
        """As a line for a terminal."""
        return shlex.join(["mixconsole", self.name, *([song] if self.name == "correct" else []), *self.arguments])
