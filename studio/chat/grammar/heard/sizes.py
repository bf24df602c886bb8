"""How much a clause says that a fader should move: in dB, in words of degree, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.correct import AUDIBLE_DB
from console.flaws import MUCH_DB, PLAIN_DB
from explainer.advice.claims import Severity
from explainer.reading.items.quantities import DB, NUMBER_WORDS, Quantity, quantity_at
from explainer.reading.items.segments import Item
from explainer.reading.items.words import tokens

# A word of degree is the least that it says of a fault: a nudge is 1 to 3 dB, plain 3 to 6, much from 6 on.
SIZE_DB = {Severity.LITTLE: AUDIBLE_DB, Severity.PLAIN: PLAIN_DB, Severity.MUCH: MUCH_DB}
LU = "LU"
TO = ("to", "at")
NEAR = ("about", "around", "roughly", "exactly", "approximately", "just")
BOUND_TO = (("up", "to"), ("down", "to"), ("back", "to"))
ZERO = ("zero", "unity", "nought", "null")
NOT_NUMBERS = ("one", "couple")  # as words by themselves


@dataclass(frozen=True)
class Size:
    """A number of dB in a clause.

    Args:
        at: the index of its item.
        db: the number, without its sign; `sign`: 1 or -1 where it has one, else 0.
        to: whether it is a position, and not a distance.
        down_to: whether the position lies below.
        numbers: several, of as many stems.
    """

    at: int
    db: float
    sign: int = 0
    to: bool = False
    down_to: bool = False
    numbers: tuple[float, ...] = ()

    @property
    def signed_db(self) -> float:
        """With its sign."""
        return -self.db if self.sign < 0 else self.db


def sizes(items: Sequence[Item]) -> list[Size]:
    """The numbers of dB in a clause, in their order."""
    found = []
    for at, item in enumerate(items):
        quantity = item.quantity or _in_words(items, at)
        if quantity is None or quantity.unit not in (DB, LU, None):
            continue
        size = _size(items, at, quantity)
        if size is not None:
            found.append(size)
    if any(not size.to and items[size.at].quantity is not None for size in found):  # "at 3 by 2 dB" is no position
        found = [size for size in found if not size.to or _is_db(items[size.at])]
    return found


def other_unit(items: Sequence[Item]) -> str:
    """A unit in which no fader moves; "" where none is said."""
    units = (item.quantity.unit for item in items if item.quantity is not None)
    return next((unit for unit in units if unit not in (DB, LU, None)), "")


def severity_in(items: Sequence[Item]) -> Severity:
    """What the words of degree say."""
    for at, item in enumerate(items):
        if item.has("a_little", "little_moves") and item.words != ("touch",):
            quite = at > 0 and items[at - 1].words[-1] == "quite"
            return Severity.PLAIN if quite else Severity.LITTLE
        if item.words == ("touch",) and at and items[at - 1].words[-1] in ("a", "another", "slight", "tiny"):
            return Severity.LITTLE
    much = any(item.has("much") and not item.has("loud_if_too", "quiet_if_too") for item in items)
    return Severity.MUCH if much or any("way" in item.words for item in items) else Severity.PLAIN


def _size(items: Sequence[Item], at: int, quantity: Quantity) -> Size | None:
    before = [word for item in items[:at] for word in item.words]
    while before and before[-1] in NEAR:
        before.pop()
    own = items[at].words[:2]
    if quantity.value is None and quantity.low is not None and quantity.high is not None:
        middle = (abs(quantity.low) + abs(quantity.high)) / 2
        return Size(at, middle, quantity.sign, numbers=quantity.numbers)
    if quantity.value is None:
        if own not in BOUND_TO or not quantity.numbers:
            return None
        return Size(at, abs(quantity.numbers[0]), quantity.sign, to=True)
    to = bool(before) and before[-1] in TO
    return Size(at, abs(quantity.value), quantity.sign, to, to and before[-2:-1] == ["down"])


def _is_db(item: Item) -> bool:
    return item.quantity is not None and item.quantity.unit == DB


def _in_words(items: Sequence[Item], at: int) -> Quantity | None:
    """A number in words without a unit, which is one where a size is expected: "by two", "to minus three"."""
    item = items[at]
    if item.stems or item.other or item.quantity or (item.tags and item.words != ("one",)):
        return None
    words = ["zero"] if item.words[0] in ZERO else list(item.words)
    if not NUMBER_WORDS.issuperset(words):
        return None
    if words[0] in NOT_NUMBERS and not _counts(items, at):
        return None
    minus = at > 0 and items[at - 1].words[-1:] in (("minus",), ("plus",))
    text = " ".join([*([items[at - 1].words[-1]] if minus else []), *words, *_point(items, at), "dB"])
    pieces = tokens(text)
    found = quantity_at(pieces, 0)
    return found if found is not None and found.end == len(pieces) else None


def _counts(items: Sequence[Item], at: int) -> bool:
    """Whether "one" is a number: "by one", "down one", but not "up one more time"."""
    behind = at > 0 and items[at - 1].words[-1] in ("by", "to", "at", "up", "down")
    return behind and not (at + 1 < len(items) and items[at + 1].has("more", "section"))


def _point(items: Sequence[Item], at: int) -> list[str]:
    """ "Two | point | five"."""
    words = [word for item in items[at + 1 : at + 3] for word in item.words]
    return words[:2] if words[:1] == ["point"] and len(words) > 1 else []
