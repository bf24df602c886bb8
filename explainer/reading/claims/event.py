"""One thing that a segment says of a stem, or of the mix, and how much of it: words of degree and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from explainer.advice.claims import Direction, Severity
from explainer.reading.items.quantities import DB, Quantity
from explainer.reading.items.segments import Item

COMPARED = ("too", "too_much", "louder", "quieter", "lower_word")
NEAR = 6  # items that may lie between a word of degree and what it qualifies


class Kind(Enum):
    """How something is said."""

    MOVE = auto()  # turn it up
    STATE = auto()  # it is too loud
    WISH = auto()  # it should be louder
    AMOUNT = auto()  # too much of it
    HEARD = auto()  # (not) to be heard
    LEAVE = auto()  # leave it
    FINE = auto()  # it is right


@dataclass(slots=True)
class Event:
    """One thing that a segment says.

    Args:
        at: index of its item.
        direction: which way a fader should go if it is so; None for `LEAVE` and `FINE`.
        ahead: whether it is said of what follows ("lower the drums") rather than of what precedes.
        negated: whether it is denied.
        quantity, span: the size that goes with it, and the range.
    """

    at: int
    kind: Kind
    direction: Direction | None
    ahead: bool = False
    negated: bool = False
    severity: Severity | None = None
    quantity: Quantity | None = None
    span: Quantity | None = None


def severity(items: Sequence[Item], event: Event, first: int, last: int) -> Severity | None:
    """The word of degree that is nearest to an event."""
    own = items[event.at]
    if own.has("faint_words") or (own.has("excess") and "far too" in " ".join(own.words)):
        return Severity.MUCH
    if own.has("little_moves"):
        return Severity.LITTLE
    best = None
    for i in range(first, last):
        item = items[i]
        little, much = item.has("a_little"), item.has("much")
        if item.words[0] in ("way", "far", "much") and item.has("too", "too_much", "loud"):
            little, much = False, True
        if item.words == ("far",) and not (i + 1 < last and items[i + 1].has(*COMPARED)):
            continue  # "too far back" is no degree
        if (little or much) and not (event.kind is Kind.AMOUNT and i == event.at and not much):
            distance = abs(i - event.at)
            if best is None or distance < best[0]:
                best = (distance, Severity.LITTLE if little else Severity.MUCH)
    return best[1] if best is not None and best[0] <= NEAR else None


def measure(items: Sequence[Item], found: Sequence[Event]) -> None:
    """Gives each event the number and the range that belong to it: those behind it first, then those before."""
    free = {i for i, item in enumerate(items) if item.quantity and _of_move(items, i)}
    for event, after in zip(found, [*found[1:], None], strict=True):
        if event.kind in (Kind.LEAVE, Kind.FINE):
            continue
        last = after.at if after else len(items)
        before = [e.at for e in found if e.at < event.at]
        behind = sorted(i for i in free if event.at < i < last)
        ahead = sorted((i for i in free if max(before, default=-1) < i < event.at), reverse=True)
        states = event.kind is not Kind.MOVE or not event.ahead  # "the bass is 3 dB too loud", "drums 2 dB down"
        if states and ahead and (ahead[0] == event.at - 1 or not event.ahead):
            behind, ahead = ahead, behind
        for i in [*behind, *ahead]:
            quantity = items[i].quantity
            if quantity is None:
                continue
            if quantity.value is not None and event.quantity is None:
                event.quantity = quantity
                free.discard(i)
            if quantity.low is not None and event.span is None:
                event.span = quantity
                free.discard(i)


def _of_move(items: Sequence[Item], i: int) -> bool:
    """Whether a number can be the size of a move: in dB, or without a unit where only dB can be meant."""
    quantity = items[i].quantity
    if quantity is None or (quantity.unit not in (DB, None)):
        return False
    ahead = items[i + 1] if i + 1 < len(items) else None
    if quantity.unit is None:
        before = items[i - 1] if i else None
        return (
            (ahead is None or ahead.has("filler"))
            and before is not None
            and (
                before.has("up", "down", "louder", "quieter", "lower_word")
                or before.words == ("by",)
                or bool(before.stems)
            )
        )
    # "3 dB above the drums" is a level.
    reports = (
        ahead is not None
        and i + 2 < len(items)
        and ahead.has("against")
        and ahead.words[0] in ("above", "below", "over", "under")
    )
    return not reports
