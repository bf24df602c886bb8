"""Reads a text, sentence by sentence and segment by segment, to what it claims of the stems of a mix."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from explainer.advice.claims import Claim, Claims, Direction, severity_of
from explainer.reading.claims.event import Event, Kind
from explainer.reading.claims.events import events
from explainer.reading.claims.nouns import Noun, grouped, nouns, subject
from explainer.reading.claims.remainders import is_bare, read_remainder, share_out
from explainer.reading.claims.said import Mention, Said, State
from explainer.reading.claims.versions import versions
from explainer.reading.items.quantities import Quantity, quantity_at
from explainer.reading.items.segments import Item, Segment, Sentence, sentences
from explainer.reading.items.stems import names
from explainer.reading.items.words import tokens

WHOLE = {"nothing", "all", "everything"}
REST = {"rest", "other", "others", "else", "remaining", "otherwise", "beyond", "apart", "besides", "aside", "except"}
OPEN = {"range", "possible", "included", "allows", "allow", "allowed"}  # "no move at all is possible, too"
MORE = {"more", "further", "beyond", "much", "than", "again", "if", "unless", "until", "hear", "yet", "may", "might"}
SOFT = {"so", "therefore", "then", "but", "hence", "thus"}  # after them a cause is over
PLAINLY = {"fine", "right", "ok", "okay", "balanced", "spot", "perfect", "well"}  # "it is good" may be the song


def parse(text: str, stems: Sequence[str]) -> Claims:
    """What a text claims of the stems of a mix. Its time is proportional to the text's length.

    Args:
        stems: the stems' names. Synonyms count where they fit exactly one of them.

    Returns:
        A claim per stem. A stem has two where the text contradicts itself: one for each direction.
    """
    said = read(text, stems)
    merged: dict[tuple[int, str | None], Mention] = {}
    for mention in said.mentions:
        key = (mention.stem, mention.direction)
        kept = merged.setdefault(key, mention)
        if kept is not mention:
            _merge(kept, mention)
    moving = {stem for stem, direction in merged if direction is not None}
    claims = tuple(_claim(m, stems) for m in merged.values() if m.direction is not None or m.stem not in moving)
    return Claims(claims, said.balanced and not moving)


def read(text: str, stems: Sequence[str]) -> Said:
    """All that a text says of the stems, one mention after another."""
    said = Said()
    for sentence in sentences(text, names(stems)):
        _read_sentence(sentence, said)
        said.sentence += 1
    return said


def speaks_of_rest(text: str) -> bool:
    """Whether a text speaks at all of what is left beside what moves."""
    return any(word.text in REST | WHOLE for word in tokens(text))


def quantities(text: str, called: Sequence[str]) -> Iterator[Quantity]:
    """The numbers of a text, but for those in the stems' names."""
    words, named = tokens(text), names(called)
    at = 0
    while at < len(words):
        name = named.at(words, at)
        quantity = None if name else quantity_at(words, at)
        at = at + name[1] if name else quantity.end if quantity else at + 1
        if quantity is not None:
            yield quantity


def _read_sentence(sentence: Sentence, said: Said) -> None:
    """Adds what a sentence says to what has been said."""
    segments = grouped(_without_asides(sentence.segments))
    if not segments:
        return
    items = [item for segment in segments for item in segment.items]
    if sentence.end == "?" and items[0].has("question") and len(items) > 1:  # "are the vocals too loud?"
        for item in items:
            if item.stems:
                said.turn_to(item)
        return
    state = State(
        unsure=any(item.has("unsure") for item in items),
        compares=bool(versions(items)),
        respectively=any(item.has("respectively") for item in items),
        start=len(said.mentions),
    )
    for at, segment in enumerate(segments):
        enter(segment, at, state)
        read_segment(segment, state, said)
    if state.respectively:
        share_out(items, said, state)
    if state.unsure and len(said.mentions) == state.start and not any(item.stems for item in items):
        for mention in said.last:  # "I am not sure about that"
            mention.unsure = True


def _without_asides(segments: Sequence[Segment]) -> list[Segment]:
    """Joins what an aside of doubt parts: "they are, I think, too loud"."""
    joined: list[Segment] = []
    at = 0
    while at < len(segments):
        aside, after = segments[at], segments[at + 1] if at + 1 < len(segments) else None
        parted = joined and joined[-1].items[-1].has("be", "wish") and after is not None
        if parted and after is not None and aside.before == after.before == "," and _is_aside(aside):
            joined[-1].items.extend([*aside.items, *after.items])
            at += 2
        else:
            joined.append(aside)
            at += 1
    return joined


def _is_aside(segment: Segment) -> bool:
    return len(segment.items) == 1 and segment.items[0].has("unsure")


def _merge(kept: Mention, more: Mention) -> None:
    """Fills what the first mention leaves open with what a later one says."""
    for name in ("db", "low_db", "high_db", "severity"):
        if getattr(kept, name) is None:
            setattr(kept, name, getattr(more, name))
    kept.unsure = kept.unsure or more.unsure


def _claim(mention: Mention, stems: Sequence[str]) -> Claim:
    severity = mention.severity
    if severity is None and mention.db is not None and mention.direction is not None:
        severity = severity_of(mention.db)
    return Claim(
        stems[mention.stem],
        mention.direction,
        mention.db,
        mention.low_db,
        mention.high_db,
        severity,
        mention.unsure,
    )


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
    if state.condition and before & {",", ":"}:  # "where 3 % would be normal: turn it up"
        state.condition = False
    if first.has("condition"):
        state.condition = True


def read_segment(segment: Segment, state: State, said: Said) -> None:
    """Adds what a segment says to what has been said."""
    items = segment.items
    named = nouns(items)
    said.begin(segment, named)
    found = [] if _of_share(items) else events(items, named)
    stems = [i for i, noun in named.items() if noun is Noun.STEM]
    for i in stems:
        said.name(items[i])
    if segment.before == "with" and stems and not found and _was_nothing(said):
        said.fine_in.discard(said.sentence)  # "there is nothing wrong with the bass"
        said.balanced = bool(said.fine_in)
        said.add([stem for i in stems for stem in items[i].stems], Event(0, Kind.LEAVE, None), state.unsure)
        return
    if says_balanced(items, named, found, said):
        said.balanced = True
        if not _of_rest(items, said):
            said.fine_in.add(said.sentence)
        state.nobody = any(item.has("nothing") for item in items)
        if state.nobody:
            said.turn_to(None)
            state.event = None
            return
    if not found and _left_alone(items):
        said.add([stem for i in stems for stem in items[i].stems], Event(0, Kind.LEAVE, None), state.unsure)
        return
    if not found and not stems and (pronoun := _it_alone(items, named)) is not None:
        said.add(said.meant_by(pronoun), Event(0, Kind.LEAVE, None), state.unsure)
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


def _was_nothing(said: Said) -> bool:
    """Whether the segment before says "nothing wrong", or the like."""
    before = said.clauses[-2] if len(said.clauses) > 1 else None
    return (
        before is not None
        and before.sentence == said.sentence
        and any(item.has("all_well", "nothing") or item.words[:1] == ("nothing",) for item in before.items)
    )


def _of_share(items: Sequence[Item]) -> bool:
    """Whether a segment says how much of the whole sound something has: no fault by itself."""
    words = {word for item in items for word in item.words}
    return {"whole", "sound"} <= words and not any(item.quantity for item in items)


def _of_rest(items: Sequence[Item], said: Said) -> bool:
    """Whether a segment speaks of what is left beside what moves, or of a range that takes in no move."""
    sentence = list(takewhile(lambda clause: clause.sentence == said.sentence, reversed(said.clauses)))
    words = {word for clause in sentence for item in clause.items for word in item.words}
    ranged = any(item.quantity and item.quantity.low is not None for clause in sentence for item in clause.items)
    return any(item.has("rest") for item in items) or bool(words & REST) or ranged or bool(words & OPEN)


def _left_alone(items: Sequence[Item]) -> bool:
    """Whether a segment says that what it names should not move: "do not touch the bass", "hands off the bass"."""
    if not any(item.stems for item in items) or any(item.quantity for item in items):
        return False
    for i, item in enumerate(items):
        if item.has("all_well"):
            return True
        if item.has("denial", "nothing") and any(other.has("alter", "move", "unbalanced") for other in items[i + 1 :]):
            return True
    return False


def _it_alone(items: Sequence[Item], named: dict[int, Noun]) -> str | None:
    """The pronoun of what should not move: "I would not touch it", "don't change their level"."""
    pronouns = [items[i].words[0] for i, noun in named.items() if noun is Noun.PRONOUN and not items[i].context]
    words = {word for item in items for word in item.words}
    if len(pronouns) != 1 or pronouns[0] not in ("it", "them", "its", "their") or words & MORE or "?" in words:
        return None
    denied = next((i for i, item in enumerate(items) if item.has("denial")), len(items))
    return pronouns[0] if any(item.has("alter") for item in items[denied + 1 :]) else None


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
        if noun is not Noun.STEM and not (noun is Noun.PRONOUN and _is_fine(items, at, event)):
            for mention in said.last:  # "this is right" is said of the advice
                mention.fine = False
        state.moved.update(stems)
        state.pending = None
    if stems or noun is None:
        state.event = event


def _is_fine(items: Sequence[Item], at: int, event: Event) -> bool:
    """Whether "it is fine" is said of a stem: "it is a good bet", or "small enough", is said of the move."""
    said = items[event.at].words[0]
    bare = not any(item.has("article") for item in items[at + 1 : event.at])
    return items[at].words[0] in ("it", "they", "them") and said in PLAINLY and bare


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


def says_balanced(items: Sequence[Item], named: dict[int, Noun], found: Sequence[Event], said: Said) -> bool:
    """Whether a segment says that the mix as a whole is right."""
    if any(item.has("unbalanced") for item in items) and not any(item.has("nothing", "denial") for item in items):
        return False
    stems = [i for i, noun in named.items() if noun is Noun.STEM and not items[i].context]
    if any(item.has("all_well") for item in items):
        return not stems
    if any(item.has("nothing") for item in items) and any(_of_it(items, i) for i, n in named.items() if n is Noun.STEM):
        return False  # "nothing is wrong with the bass"
    if any(item.has("nothing") for item in items):
        return bool(found) or any(item.has("alter", "unbalanced", "down", "up", "excess", "lost") for item in items)
    if stems:
        return False
    return _is_well(items, named, found, said)


def _of_it(items: Sequence[Item], i: int) -> bool:
    """Whether a noun depends on a "with" or "about"."""
    j = i - 1
    while j >= 0 and items[j].has("article", "level_of"):
        j -= 1
    return j >= 0 and items[j].words[0] in ("with", "about")


def _is_well(items: Sequence[Item], named: dict[int, Noun], found: Sequence[Event], said: Said) -> bool:
    """Whether a segment that names no stem says that the mix is right or should be left."""
    mixes = [i for i, noun in named.items() if noun is Noun.MIX and not items[i].context]
    for i, item in enumerate(items):
        if (
            (item.has("denial") or item.words[0] == "not")
            and any(other.has("alter") for other in items[i:])
            and (mixes or _anything(items[i:]))
        ):
            return True
    wished = any(item.has("wish", "condition") for item in items)
    for event in found:
        pronoun = any(noun is Noun.PRONOUN for noun in named.values()) and not (said.topic or said.moves)
        if event.kind is Kind.FINE and items[event.at].words[0] not in PLAINLY:
            pronoun = False
        if event.kind is Kind.FINE and not event.negated and not wished:
            # "The mix is fine", "great balance"; a "great mix" may still have a fader wrong.
            level = any(i < event.at or (i == event.at + 1 and items[i].has("levels")) for i in mixes)
            alone = not named and not said.topic and "balanced" in items[event.at].words
            if level or alone or pronoun:
                return True
        if event.kind is Kind.LEAVE and (mixes or pronoun):
            return True
    return any(item.has("as_is") for item in items) and bool(mixes) and any(item.has("leave") for item in items)


def _anything(items: Sequence[Item]) -> bool:
    return any(item.words[0] in ("anything", "thing", "faders", "fader") for item in items)
