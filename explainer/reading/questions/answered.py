"""Whether an answer to a question says what the advice says: its slots, which way, how sure, and yes or no."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from explainer.advice.advice import Advice
from explainer.advice.claims import Confidence, Direction
from explainer.advice.names import aliases
from explainer.phrasing.bundled import bundled
from explainer.phrasing.plan import Fact, Step
from explainer.phrasing.slots import Slot, fill
from explainer.reading import read
from explainer.reading.items.stems import OTHER, names
from explainer.reading.items.words import Kind, tokens
from explainer.reading.slips import slips

NEUTRAL = {Slot.WHERE: "in all music"}  # a user's words are not read
GENERAL = (("other",),)  # which names a stem only where more follows
OTHERS = (Slot.MASKER, Slot.BESIDE, Slot.NEXT, Slot.ANCHOR)
OF_GAIN = r"{tag}(?: (?:up|down|back|forward))?(?: by)? <gain>|<gain> (?:off|to|from|for) {tag}"
HEDGED = ("why", "why_seldom", "why_none", "sure", "leave")  # topics that say how sure it is
# What is told of one stem, and then of another, in that order.
ORDERED = ((Slot.STEM, Slot.NEXT), (Slot.GAIN, Slot.NEXT_GAIN), (Slot.CHANCE, Slot.NEXT_CHANCE), (Slot.LOW, Slot.HIGH))
IN_TIME = ((Slot.LOUDNESS, Slot.AFTER),)

# What is said to a question may take it up, and need be no whole sentence.
ELLIPTIC = re.compile(r"runs into another\.$|^A sentence breaks off")


def misanswered(text: str, step: Step, advice: Advice) -> tuple[str, ...]:
    """What is wrong with a step of an answer whose slots are complete, but not filled: a sentence for each fault."""
    filled = fill(text, {slot: NEUTRAL.get(slot, said) for slot, said in step.slots.items()})
    said = _words(text)
    return (
        *_strangers(text, step, advice),
        *_moves(text, filled, step, advice),
        *_sides(said, step),
        *_order(text),
        *_certainty(said, step),
        *_verdict(said, step),
        *(slip for slip in slips(filled) if not ELLIPTIC.search(slip)),
    )


def _strangers(text: str, step: Step, advice: Advice) -> Iterator[str]:
    """Stems that are named beside the slots, but are none of the step's."""
    called = aliases(advice.names)
    named = names(called)

    def in_text(text: str) -> set[str]:
        words, found, at = tokens(text), set(), 0
        while at < len(words):
            hit = named.at(words, at)
            if hit and tuple(word.text for word in words[at : at + hit[1]]) not in GENERAL:
                found |= {called[int(stem)] for stem in hit[0] if stem != OTHER}
            at += hit[1] if hit else 1
        return found

    own = in_text(", ".join(step.slots.values()))
    yield from (f"It speaks of {name}, which was not asked about." for name in sorted(in_text(text) - own))


def _moves(text: str, filled: str, step: Step, advice: Advice) -> Iterator[str]:
    """Moves of the step's stem that go the wrong way, and its gain told of another."""
    way = step.facts.get(Fact.WAY)
    called = aliases(advice.names)
    for mention in read(filled, called).mentions:
        if mention.stem == step.stem and way is not None and mention.direction not in (None, way):
            yield f"It moves {called[mention.stem]} {mention.direction}, not {way}."
    others = [slot for slot in OTHERS if slot in step.slots]
    for slot in others:
        if re.search(OF_GAIN.format(tag=slot.tag), text):
            yield f"It moves {step.slots[slot]} by what {step.alias or 'another'} is to move."


def _sides(said: Sequence[str], step: Step) -> Iterator[str]:
    """Words that say the other way."""
    way = step.facts.get(Fact.WAY)
    if way is None:
        return
    lists = {side: _phrases("sides", side) for side in (*Direction, "neither")}
    found = _found(said, lists)
    other = Direction.DOWN if way == Direction.UP else Direction.UP
    yield from (f'It says "{phrase}" of what goes {way}.' for phrase in found.get(other, ()))


def _order(text: str) -> Iterator[str]:
    """What is told of the one stem before what is told of the other."""
    for first, second in (*ORDERED, *IN_TIME):
        at, then = text.find(first.tag), text.find(second.tag)
        if 0 <= then < at:
            yield f"It tells {second.tag} before {first.tag}."


def _certainty(said: Sequence[str], step: Step) -> Iterator[str]:
    """Words for another certainty than the step's."""
    sure = step.facts.get(Fact.SURE)
    if step.topic not in HEDGED or sure is None or (step.topic == "leave" and Fact.TASTE in step.facts):
        return
    found = _found(said, {word: _phrases("words", word) for word in Confidence})
    heard = next((word for word in (Confidence.UNSURE, Confidence.LIKELY, Confidence.SURE) if found.get(word)), None)
    silent = sure == Confidence.SURE and heard is None and step.topic != "sure"
    if heard != sure and not silent:
        yield f"It sounds {heard or 'sure'}, where the advice is {sure}."


def _verdict(said: Sequence[str], step: Step) -> Iterator[str]:
    """What the topic has to say and does not, or may not and does."""
    topic = "taste_all" if step.topic == "leave" and Fact.TASTE in step.facts else step.topic
    rules = _data()["topics"].get(topic, {})
    for name in rules.get("says", ()):
        if not _found(said, {name: _phrases("words", name)}):
            yield f"It does not say what an answer of {topic} has to ({name})."
    turned = ("turned",) if Slot.MASKER in step.slots else ()
    for name in (*rules.get("never", ()), *turned):
        hits = _found(said, {word: _phrases("words", word) for word in (name, *rules.get("says", ()))})
        yield from (f'It says "{phrase}", which is not so.' for phrase in hits.get(name, ()))


def _found(said: Sequence[str], lists: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """The phrases of each list in the words; of those that begin at one word the longest counts, and hides the rest."""
    found: dict[str, list[str]] = {}
    last = 0
    longest = max((len(phrase.split()) for listed in lists.values() for phrase in listed), default=0)
    for at in range(len(said)):
        for size in range(min(longest, len(said) - at), 0, -1):
            phrase = " ".join(said[at : at + size])
            hits = [name for name, listed in lists.items() if phrase in listed]
            if hits:
                if at + size > last:
                    for name in hits:
                        found.setdefault(name, []).append(phrase)
                    last = at + size
                break
    return found


def _words(text: str) -> list[str]:
    """The words of a text, a tag as one."""
    words: list[str] = []
    pieces = tokens(text)
    for at, piece in enumerate(pieces):
        if piece.kind is Kind.WORD:
            tagged = at and pieces[at - 1].text == "<" and pieces[at - 1].end == piece.start
            words.append(f"<{piece.text}>" if tagged else piece.text)
    return words


@lru_cache(maxsize=128)
def _phrases(part: str, name: str) -> frozenset[str]:
    return frozenset(" ".join(_words(phrase)) for phrase in _data()[part][name].split(","))


@lru_cache(maxsize=1)
def _data() -> dict:
    return bundled("reading/questions/answers.yaml")
