"""What a segment says: that something is too loud or too quiet, or should move; each with its words and numbers."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.event import Event, Kind
from explainer.reading.faults import amount, comparative, degree_of, state
from explainer.reading.items import Item
from explainer.reading.moves import bare_move, move
from explainer.reading.nouns import Noun
from explainer.reading.sizes import measure, severity

UP, DOWN = Direction.UP, Direction.DOWN


def events(items: Sequence[Item], nouns: dict[int, Noun]) -> list[Event]:
    """What a segment says, in its order."""
    found: list[Event] = []
    taken: set[int] = set()
    for i, item in enumerate(items):
        if i not in taken and not item.has("not_no", "not_level", "not_moves", "all_well", "as_reference"):
            event = _event(items, i, nouns, taken)
            if event is not None:
                found.append(event)
    denied = [i for i, item in enumerate(items) if item.has("denial")]
    for n, event in enumerate(found):
        before, after = (found[n - 1] if n else None), (found[n + 1] if n + 1 < len(found) else None)
        first = before.at + 1 if before else 0
        if any(first <= i < event.at for i in denied):
            _deny(event)
        elif event.kind is Kind.HEARD and event.direction is not None:
            event.kind, event.direction = Kind.FINE, None  # loud enough
        event.severity = severity(items, event, first, after.at if after else len(items))
    found = [event for event in found if event.direction is not None or event.kind in (Kind.LEAVE, Kind.FINE)]
    if found:
        measure(items, found)
    return found


def _event(items: Sequence[Item], i: int, nouns: dict[int, Noun], taken: set[int]) -> Event | None:
    """What one item says, if anything; the items that it uses up are added to `taken`."""
    item = items[i]
    if item.has("excess"):
        return Event(i, Kind.STATE, DOWN)
    if item.has("where"):
        return Event(i, Kind.STATE, UP, ahead=True)
    of_it = amount(items, i, nouns, taken)
    if of_it is not None:
        return of_it
    if item.has("lost"):
        return Event(i, Kind.STATE, UP)
    if item.has("masks"):
        return None
    if item.has("heard") and (not item.has("loud_if_too") or degree_of(items, i) == "no"):
        return Event(i, Kind.HEARD, None, ahead=i + 1 < len(items))
    if item.has("louder", "quieter", "lower_word"):
        return comparative(items, i, nouns)
    fault = state(items, i)
    if fault is not None:
        return fault
    if item.has("raise", "lower", "move", "come", "give"):
        return move(items, i, nouns, taken)
    if item.has("up", "down"):
        return bare_move(items, i, nouns)
    if item.has("leave") and not any(other.quantity for other in items):
        return Event(i, Kind.LEAVE, None, ahead=True)
    if item.has("fine"):
        return Event(i, Kind.FINE, None)
    return None


def _deny(event: Event) -> None:
    """What a "not" before it makes of an event."""
    if event.kind is Kind.HEARD and event.direction is None:
        event.direction, event.kind = UP, Kind.STATE
    elif event.kind is Kind.HEARD:
        event.kind = Kind.STATE
    elif event.kind in (Kind.LEAVE, Kind.FINE):
        event.kind, event.direction, event.negated = Kind.FINE, None, True
    else:
        event.negated = True
