"""What a text says of the faders, read again, and how right that is: the numbers' own measures, taken from words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from console.flaws import MUCH_DB
from explainer.advice.claims import Claim, Direction, Severity
from explainer.advice.names import alias_by_name
from explainer.reading import parse, parse_comparison

Cell = str | float | int
UP, DOWN, BOTH = str(Direction.UP), str(Direction.DOWN), "both"
JUDGED = ("said_stem", "said_db", "joint", "stem", "direction", "severity", "moves_right", "error_db")


class Fader(NamedTuple):
    """Where a text moves a stem.

    Args:
        way: "up", "down", or "both" where it contradicts itself.
        db: the correction, positive for louder; of a range alone its middle; None where no number is said.
        much: whether that is 6 dB or more, or called much where no number is said.
    """

    way: str
    db: float | None
    much: bool


def faders(text: str, names: Sequence[str], compare: bool = False) -> dict[str, Fader]:
    """The stems that a text moves, in its order.

    Args:
        text: with the stems' aliases as their names.
        names: the stems' own names.
        compare: the text tells what changed from version A to B; the moves are those that undo it.
    """
    own = {alias: name for name, alias in alias_by_name(names).items()}
    called = list(own)
    told: dict[str, Fader] = {}
    if compare:
        for alias, change_db in parse_comparison(text, called).items():
            if change_db:
                told[own[alias]] = _fader(DOWN if change_db > 0 else UP, abs(change_db))
    changed = set(told)
    for claim in parse(text, called).moves:
        name = own[claim.stem]
        if name in changed:
            continue
        if name in told and told[name].way != claim.direction:
            told[name] = Fader(BOTH, None, told[name].much)
        else:
            told[name] = _fader(str(claim.direction), _size_db(claim), claim.severity is Severity.MUCH)
    return told


def judged(said: Mapping[str, Fader], correction_db: Mapping[str, float], audible_db: float = 1.0) -> dict[str, Cell]:
    """How right the moves are; "" where there is nothing to tell.

    said_stem, said_db: the single answer, the stem that is moved most: "" and 0 where none is; said_db is "" where no
        number is said.
    joint: 1 or 0, of items with at most one flaw: stem and direction, or that nothing is wrong.
    stem, direction, severity: 1 or 0, of items with one flaw, as `summarise` of the numbers has them.
    moves_right: 1 where exactly the stems that are off by 1 dB or more are moved, each the right way.
    error_db: mean error over the stems that may move; "" where one of them is moved, but not by how much.

    Args:
        said: as `faders` gives it.
        correction_db: the right correction of each stem that may move.
    """
    first = max(said, key=lambda name: abs(said[name].db or 0.0), default=None)
    flawed = [name for name, db in correction_db.items() if db]
    told: dict[str, Cell] = dict.fromkeys(JUDGED, "")
    told["said_stem"] = first or ""
    told["said_db"] = 0.0 if first is None else _cell(said[first].db)
    if not flawed:
        told["joint"] = int(first is None)
    elif len(flawed) == 1:
        wanted_db = correction_db[flawed[0]]
        stem, direction = first == flawed[0], first is not None and said[first].way == way_of(wanted_db)
        told |= {"stem": int(stem), "direction": int(direction), "joint": int(stem and direction)}
        told["severity"] = int(first is not None and said[first].much == (abs(wanted_db) >= MUCH_DB))
    right = {name: way_of(db) for name, db in correction_db.items() if abs(db) >= audible_db}
    told["moves_right"] = int({name: fader.way for name, fader in said.items()} == right)
    told["error_db"] = _cell(error_db(said, correction_db))
    return told


def error_db(said: Mapping[str, Fader], correction_db: Mapping[str, float]) -> float | None:
    """Mean error of the dB that are said, over the stems that may move; None where a number is missing."""
    errors = []
    for name, right_db in correction_db.items():
        db = said[name].db if name in said else 0.0
        if db is None:
            return None
        errors.append(abs(db - right_db))
    return sum(errors) / len(errors) if errors else None


def way_of(correction_db: float) -> str:
    """The way of a correction."""
    return UP if correction_db > 0 else DOWN


def _fader(way: str, size_db: float | None, much: bool = False) -> Fader:
    if size_db is None:
        return Fader(way, None, much)
    return Fader(way, size_db if way == UP else -size_db, size_db >= MUCH_DB)


def _size_db(claim: Claim) -> float | None:
    if claim.db is not None or claim.low_db is None or claim.high_db is None:
        return claim.db
    return (claim.low_db + claim.high_db) / 2


def _cell(value: float | None) -> Cell:
    return "" if value is None else round(value, 4) + 0.0
