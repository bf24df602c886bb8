"""What a language model says of a song, sentence by sentence: its slots filled, its own figures caught."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from explainer.advice.names import aliases, restore
from explainer.advice.shown import shown
from explainer.feedback.checks.comparisons import misnamed, misplaced
from explainer.feedback.checks.own_words import stray, without
from explainer.feedback.facts.fact import Facts
from explainer.feedback.facts.slots import SLOT, filled, slots_in

MOST_LETTERS = 2000
ENDS = re.compile(r"(?<=[.!?])[\"”)]?\s+|\n+")
LEFT_OPEN = re.compile(r"[{}]")
UNVERIFIED = "(unverified: {})"


class Says(StrEnum):
    """What a sentence is for."""

    STATES = "states"
    ADVISES = "advises"
    ASKS = "asks"


@dataclass(frozen=True)
class Sentence:
    """A sentence, its slots filled.

    Args:
        faults: what in it nothing bears out, in a few words each.
        slots: the facts that it names, and that are known.
    """

    text: str
    faults: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every figure, name and comparison in it that is looked at is borne out."""
        return not self.faults

    @property
    def marked(self) -> str:
        """The sentence, and what is wrong with it."""
        return self.text if self.verified else f"{self.text} {UNVERIFIED.format(self.faults[0])}"


def checked(text: str, facts: Facts, names: Sequence[str] = (), says: Says = Says.STATES) -> tuple[Sentence, ...]:
    """Every sentence of a text.

    Args:
        text: with the stems' aliases as names.
        facts: by which its slots are filled and its figures held.
        names: of the stems, their own.
    """
    whole = " ".join(shown(line) + "\n" for line in text[:MOST_LETTERS].splitlines())
    parts = [part.strip() for part in ENDS.split(whole)]
    return tuple(_sentence(part, facts, names, says) for part in parts if re.search(r"\w", part))


def marked(sentences: Sequence[Sentence]) -> str:
    """The sentences as people read them."""
    return " ".join(sentence.marked for sentence in sentences)


def _sentence(text: str, facts: Facts, names: Sequence[str], says: Says) -> Sentence:
    states = says is Says.STATES and not text.endswith("?")
    faults = tuple(dict.fromkeys(_faults(text, facts, aliases(names), states)))
    known = tuple(dict.fromkeys(slot for slot in slots_in(text) if slot in facts))
    return Sentence(restore(filled(text, facts), names), faults, known)


def _faults(text: str, facts: Facts, called: Sequence[str], states: bool) -> Iterator[str]:
    for slot in slots_in(text):
        if slot not in facts:
            yield f"{slot.replace('_', ' ')} was not measured"
    own = SLOT.sub(" ; ", text)
    if LEFT_OPEN.search(own):
        yield "a slot that cannot be read"
    yield from stray(without(own, called), facts, states)
    yield from misnamed(text, facts)
    yield from misplaced(text, facts)
