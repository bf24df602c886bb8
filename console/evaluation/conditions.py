"""Under what circumstances a listener is asked: what is wrong, what is heard, and what is told beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.errors import InputError
from console.read.roles import Role


class Protocol(StrEnum):
    """What is wrong with the mixes of an evaluation.

    `single` is the published protocol (`console.evaluation.protocol`): at most one flaw. In `many` each stem but the
    anchor is flawed with even chances, at least one is; in `raw` each lies anywhere within 12 dB; in `none` nothing is
    wrong.
    `ab` has the flaws of `many`, and asks what changed from version A, the balanced mix, to version B, the flawed one.
    """

    SINGLE = "single"
    MANY = "many"
    RAW = "raw"
    NONE = "none"
    AB = "ab"


class Told(StrEnum):
    """What a listener is told to be usual: nothing; what is usual in the song's genre, as its source knows that; the
    levels of the song's other half; the levels of another song.
    """

    NOTHING = "nothing"
    GENRE = "genre"
    HALF = "half"
    WRONG = "wrong"


OWN_SPREAD_DB = 1.5  # how far chunks of a song may lie from what is told of its other half


@dataclass(frozen=True)
class Condition:
    """One row of the table of conditions.

    Args:
        protocol: what is wrong.
        anchor: tell of a stem whose level is right.
        mix_only: of the stems only the roles are known.
        whole: a flaw lasts the whole song, all of which is heard; else a chunk of 10 s. Told of the other half, the
            song's two halves are asked about, one after the other.
        most_windows: hear no more windows of a whole song than these, evenly spread; 0 for all.
        native: stems as the source has them; else those of a role are summed. At most one flaw (`single`) then means
            any two of the stems as anchor and target, drawn 30 times.
        without: roles that are left out of each song.
        usual: what is told to be usual.
        spread_db: how wide that is said to be, where it is not a genre.

    Raises: InputError for circumstances under which nothing can be told, or that cannot be.
    """

    protocol: Protocol = Protocol.SINGLE
    anchor: bool = True
    mix_only: bool = False
    whole: bool = False
    most_windows: int = 0
    native: bool = False
    without: Sequence[Role] = ()
    usual: Told = Told.NOTHING
    spread_db: float = OWN_SPREAD_DB

    def __post_init__(self) -> None:
        for name, kind in (("protocol", Protocol), ("usual", Told)):
            object.__setattr__(self, name, _one_of(kind, name, getattr(self, name)))
        object.__setattr__(self, "without", tuple(_one_of(Role, "without", role) for role in self.without))
        if self.protocol is Protocol.RAW and not self.anchor:
            raise InputError("Where every stem may be anywhere, an anchor must be told: raw goes with anchor alone.")
        if self.most_windows < 0 or not self.spread_db > 0:
            raise InputError("A condition's most_windows is 0 or more, and its spread_db above 0.")


def _one_of(kind: type[StrEnum], name: str, value: str) -> StrEnum:
    if value not in set(kind):
        raise InputError(f'A condition\'s {name} is one of {", ".join(kind)}, not "{value}".')
    return kind(value)
