"""Segments that say nothing by themselves, but go on with what was said before: names, numbers, or both."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.claims.event import Event, Kind
from explainer.reading.claims.nouns import Noun
from explainer.reading.claims.said import Said, State
from explainer.reading.items.quantities import DB, Quantity
from explainer.reading.items.segments import Item, Segment

NEEDS = {"need", "needs", "want", "wants", "deserve", "deserves"}


def read_remainder(segment: Segment, named: dict[int, Noun], state: State, said: Said) -> None:
    """Adds what a segment without an event of its own says: a stem or a size that goes with what was said before."""
    items = segment.items
    heads = [i for i, noun in named.items() if not items[i].context]
    stems = [i for i in heads if named[i] is Noun.STEM]
    if not stems and sum(noun is Noun.STEM for noun in named.values()) == 1 and _shares(items):
        said.turn_to(next(items[i] for i, noun in named.items() if noun is Noun.STEM))
        return
    sizes = [item.quantity for item in items if item.quantity and item.quantity.unit in (DB, None)]
    aside = all(named[i] is Noun.MIX or items[i].has("section") for i in heads)
    if aside and not sizes and (only := _turned_to(segment, named)) is not None and not state.named:
        said.turn_to(items[only])
        return
    if stems:
        _go_on(segment, named, items[stems[-1]], sizes, state, said)
        return
    pronoun = any(noun is Noun.PRONOUN for noun in named.values())
    if pronoun and sizes and sizes[0].unit == DB and any(item.words[0] in NEEDS for item in items):
        said.add(said.topic, Event(0, Kind.WISH, Direction.UP, quantity=sizes[0]), state.unsure)
    elif heads and named[heads[0]] is Noun.THING and (items[heads[0]].has("sound_of") or items[heads[0]].other):
        if not sizes:
            said.turn_to(None)
    elif sizes and not any(item.has("against") and item.words != ("by",) for item in items):
        _measure_last(sizes, state, said)


def _turned_to(segment: Segment, named: dict[int, Noun]) -> int | None:
    """The one stem that a segment turns to: "start with the drums", "I have to listen for the vocals"."""
    items = segment.items
    if any(item.has("as_reference", "anchor") for item in items):
        return None
    of_stems = [i for i, noun in named.items() if noun is Noun.STEM]
    if len(of_stems) != 1:
        return None
    j = of_stems[0] - 1
    while j >= 0 and items[j].has("article"):
        j -= 1
    inside = j > 0 or (j == 0 and segment.before == "with")
    return of_stems[0] if inside and items[j].words[0] in ("for", "with", "at", "to", "except", "about") else None


def _go_on(
    segment: Segment, named: dict[int, Noun], item: Item, sizes: Sequence[Quantity], state: State, said: Said
) -> None:
    """A stem, with a size or without: says of it what was said of the one before, or only makes it the topic."""
    signed = _signed(sizes, alone=_sized(segment, named))
    aside = "(" in segment.before and is_bare(segment, named)
    if signed is not None:
        _gap(item, _move(signed), sizes, state, said)
    elif state.pending is not None and is_bare(segment, named):
        said.turn_to(item)
        said.add(item.stems, state.pending, state.unsure)
        state.moved.update(item.stems)
        state.event, state.pending = state.pending, None
    elif sizes and state.event is not None and not state.cause and _sized(segment, named):
        _gap(item, state.event, sizes, state, said)
    elif _goes_on(segment, named, state):
        _gap(item, state.event, [], state, said)
    elif sizes and sizes[0].unit == DB and not state.cause and any(i.words[0] in NEEDS for i in segment.items):
        _gap(item, Event(0, Kind.WISH, Direction.UP), sizes, state, said)  # "the vocals need another dB"
    elif not aside and (not _covers_one(segment, named) or not said.topic):
        first = next(i for i, noun in named.items() if noun is Noun.STEM and not segment.items[i].context)
        said.turn_to(segment.items[first])


def _covers_one(segment: Segment, named: dict[int, Noun]) -> bool:
    """Whether a segment says that one stem covers another: what is spoken of stays the same."""
    masks = next((i for i, item in enumerate(segment.items) if item.has("masks")), None)
    if masks is None:
        return False
    behind = [i for i, noun in named.items() if i > masks and noun in (Noun.STEM, Noun.PRONOUN)]
    return bool(behind) and all(item.has("article") for item in segment.items[masks + 1 : min(behind)])


def _measure_last(sizes: Sequence[Quantity], state: State, said: Said) -> None:
    """Sizes alone: of what was said last, or, with a sign, a move of the topic."""
    signed = _signed(sizes)
    if signed is not None and signed.value is not None and said.topic and not _is_last(said):
        move = _move(signed)
        move.quantity = signed
        said.add(said.topic, move, state.unsure)
        return
    for mention in said.last:
        for size in sizes:
            if size.unit == DB:
                mention.measure(size if size.low is None else None, size if size.low is not None else None)


def _is_last(said: Said) -> bool:
    """Whether what was said last was said of what is spoken of."""
    return {mention.stem for mention in said.last} == set(said.topic)


def _signed(sizes: Sequence[Quantity], alone: bool = False) -> Quantity | None:
    """The first size with a sign; without a unit only where a name and a number stand alone: "drums -3"."""
    return next((size for size in sizes if size.sign and (size.unit == DB or alone)), None)


def _move(signed: Quantity) -> Event:
    return Event(0, Kind.MOVE, Direction.UP if signed.sign > 0 else Direction.DOWN)


def _shares(items: Sequence[Item]) -> bool:
    """ "40 % of the energy is in the bass", "a lot of the sound is taken up by the bass" speak of the bass."""
    percent = any(item.quantity is not None and item.quantity.unit == "%" for item in items)
    shared = any({"energy", "sound", "share"} & set(item.words) for item in items)
    return (percent or shared) and not any(item.has("masks") for item in items)


def _gap(item: Item, event: Event | None, sizes: Sequence[Quantity], state: State, said: Said) -> None:
    """Says of a stem what has just been said of another: "lower the drums 3 dB, the bass 2 dB"."""
    if event is None:
        return
    value = next((q for q in sizes if q.value is not None), None)
    span = next((q for q in sizes if q.low is not None), None)
    again = Event(0, event.kind, event.direction, event.ahead, event.negated, None, value, span)
    said.turn_to(item)
    said.add(item.stems, again, state.unsure)
    state.moved.update(item.stems)


def _sized(segment: Segment, named: dict[int, Noun]) -> bool:
    """Whether a segment is only a name and numbers."""
    return all(
        i in named or item.quantity is not None or item.has("article", "filler", "of")
        for i, item in enumerate(segment.items)
    )


def is_bare(segment: Segment, named: dict[int, Noun]) -> bool:
    """Whether a segment is only a name."""
    return all(i in named or item.has("article", "filler") for i, item in enumerate(segment.items))


def _goes_on(segment: Segment, named: dict[int, Noun], state: State) -> bool:
    """Whether a bare name goes on with a list: "too much drums, guitars"."""
    event = state.event
    return (
        is_bare(segment, named)
        and event is not None
        and event.ahead
        and event.kind in (Kind.AMOUNT, Kind.MOVE)
        and not state.cause
    )


def share_out(items: Sequence[Item], said: Said, state: State) -> None:
    """ "The vocals and the keys by 2 and 3 dB respectively"."""
    sizes = [i.quantity.numbers for i in items if i.quantity is not None and i.quantity.unit in (DB, None)]
    values = [value for numbers in sizes for value in numbers]
    mentions = said.mentions[state.start :]
    if len(values) == len(mentions):
        for mention, value in zip(mentions, values, strict=True):
            mention.db, mention.low_db, mention.high_db = value, None, None
