"""Reads the segments of a sentence, one after another: what each says, and of which stems."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.event import Event, Kind
from explainer.reading.events import events
from explainer.reading.items import Item, Segment
from explainer.reading.nouns import Noun, nouns
from explainer.reading.remainders import is_bare, read_remainder
from explainer.reading.said import Said
from explainer.reading.state import State
from explainer.reading.subjects import subject
from explainer.reading.whole import says_balanced

SOFT = {"so", "therefore", "then", "but", "hence", "thus"}  # after them a cause is over


def enter(segment: Segment, at: int, state: State) -> None:
    """What the words between two segments, and the first word of one, mean for it."""
    before, first = set(segment.before.split()), segment.items[0]
    if before & SOFT:
        state.cause = False
    if at and state.cause and "," in before and (state.event is None or state.owing):
        state.cause = False  # "because ..., turn ...", "due to the reverb, ..."
    if first.has("cause") or (
        first.words == ("as",) and "," in before and not any(item.has("as_reference") for item in segment.items)
    ):
        state.cause = True
        state.owing = first.has("owing")
    if state.condition and "," in before | {segment.before}:
        state.condition = False
    if first.has("condition"):
        state.condition = True


def read_segment(segment: Segment, state: State, said: Said) -> None:
    """Adds what a segment says to what has been said."""
    items = segment.items
    named = nouns(items)
    found = events(items, named)
    stems = [i for i, noun in named.items() if noun is Noun.STEM]
    for i in stems:
        said.name(items[i])
    if says_balanced(items, named, found, said):
        said.balanced = True
        state.nobody = any(item.has("nothing") for item in items)
        if state.nobody:
            said.turn_to(None)
            state.event = None
            return
    if not found:
        if not (is_bare(segment, named) and "(" in segment.before):
            state.named = state.named or any(not items[i].context for i in stems)
        read_remainder(segment, named, state, said)
        return
    if segment.before in ("or", "nor", "or even") and state.nobody:
        return
    for n, event in enumerate(found):
        first = found[n - 1].at + 1 if n else 0
        last = found[n + 1].at if n + 1 < len(found) else len(items)
        if segment.before in ("or", "nor") and n == 0 and state.event is not None and state.event.negated:
            event.negated = True
        _read_event(event, items, named, first, last, state, said)


def _read_event(
    event: Event, items: Sequence[Item], named: dict[int, Noun], first: int, last: int, state: State, said: Said
) -> None:
    """Finds the stems that an event is said of, and adds it where it is a claim.

    Args:
        first, last: the items that belong to it and to no other.
    """
    noun, at = subject(items, named, event, first, last)
    if state.condition and event.kind is not Kind.WISH:
        state.lapsed = event.kind is Kind.MOVE
        return
    if state.lapsed and event.kind is not Kind.MOVE:
        return
    stems: tuple[int, ...] = ()
    if noun is Noun.STEM:
        stems = items[at].stems
        said.turn_to(items[at])
    elif noun is Noun.PRONOUN:
        stems = said.meant_by(items[at].words[0])
    elif noun is None and _elided(items, event, state, said):
        stems = said.topic
    elif noun is None and not any(item.unknown for item in items[first : event.at]):
        state.pending = event
    else:
        said.turn_to(None)
        if noun is Noun.MIX and event.kind is Kind.STATE:
            state.pending = event  # "everything is too loud, above all the drums"
    if (event.kind in (Kind.LEAVE, Kind.FINE) and not stems) or _is_no_claim(event, items, named, state, said):
        return
    if state.cause and state.event is not None:  # a cause claims nothing of other stems than those that move
        stems = tuple(stem for stem in stems if stem in state.moved)
    if stems:
        state.named = True
        said.add(stems, event, state.unsure)
        state.moved.update(stems)
        state.pending = None
    if stems or noun is None:
        state.event = event


def _elided(items: Sequence[Item], event: Event, state: State, said: Said) -> bool:
    """Whether what was spoken of before is meant, although the segment does not name it.

    A move may be said of what the sentence before spoke of, anything else only of what its own sentence named. Of
    "too much" it is open what there is too much of.
    """
    if not said.topic or any(item.unknown for item in items[: event.at]):
        return False
    if event.kind is Kind.AMOUNT:
        return event.quantity is not None
    return state.named or event.kind is Kind.MOVE


def _is_no_claim(event: Event, items: Sequence[Item], named: dict[int, Noun], state: State, said: Said) -> bool:
    """Whether an event only describes: "louder" in a comparison of versions, "not fine", what drowns another stem."""
    compared = state.compares and event.kind is Kind.WISH
    not_fine = event.kind is Kind.FINE and event.negated
    return compared or not_fine or _drowned_by(event, items, named, said)


def _drowned_by(event: Event, items: Sequence[Item], named: dict[int, Noun], said: Said) -> bool:
    """Whether it says that a stem drowns another that is to be raised: then that is a cause, not a claim."""
    if not items[event.at].has("excess"):
        return False
    for i, noun in named.items():
        if i > event.at:
            victims = items[i].stems if noun is Noun.STEM else said.topic if noun is Noun.PRONOUN else ()
            if any((stem, Direction.UP) in said.moves for stem in victims):
                return True
    return False
