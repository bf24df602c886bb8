"""Under what circumstances a listener is asked: what is wrong, what is heard, and what is told beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

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


KINDS = {bool: "true or false", int: "a whole number", float: "a number"}
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
    without: tuple[Role, ...] = ()
    usual: Told = Told.NOTHING
    spread_db: float = OWN_SPREAD_DB

    def __post_init__(self) -> None:
        if self.protocol is Protocol.RAW and not self.anchor:
            raise InputError("Where every stem may be anywhere, an anchor must be told: raw goes with anchor alone.")
        if self.most_windows < 0 or not self.spread_db > 0:
            raise InputError("A condition's most_windows is 0 or more, and its spread_db above 0.")

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> "Condition":
        """As a configuration has it.

        Raises: InputError, naming the condition, for what it cannot say.
        """
        told = dict(settings)
        kinds: dict[str, type] = {field.name: type(field.default) for field in fields(cls)}
        for key, value in told.items():
            if key not in kinds:
                raise InputError(f'The condition "{name}" has no "{key}": choose from {", ".join(kinds)}.')
            kind = kinds[key]
            if key == "without":
                told[key] = tuple(_one_of(Role, name, key, role) for role in value)
            elif issubclass(kind, StrEnum):
                told[key] = _one_of(kind, name, key, value)
            elif type(value) is not kind and not (kind is float and type(value) is int):
                raise InputError(f'The condition "{name}" has a {key} that is not {KINDS[kind]}: {value}.')
            elif kind is float:
                told[key] = float(told[key])
        return cls(**told)


def _one_of(kind: type[StrEnum], name: str, key: str, value: object) -> StrEnum:
    if value not in set(kind):
        raise InputError(f'The condition "{name}" has a {key} that is none of {", ".join(kind)}: {value}.')
    return kind(str(value))
