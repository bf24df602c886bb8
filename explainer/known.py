"""The numbers that may come next in a text about a mix, by what it has said so far."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from explainer.advice import Advice
from explainer.claims import Reason
from explainer.measured import AUDIBLE, RELATIVE
from explainer.names import aliases
from explainer.sentence import NUMBERS

NUMBER = re.compile(r"\d+(?:\.\d+)?")
LEVEL = re.compile(r"(\d+\.\d) LU\Z")
BESIDE = re.compile(r"(\d+\.\d) LU (above|below)(?: the)?\Z")
STOP = re.compile(r"[.!?]\s")
PRONOUN = re.compile(r"\b(?:it|its|they|their|them)\b", re.IGNORECASE)
AHEAD = re.compile(r"\b(?:take|add|cut)\s?\Z", re.IGNORECASE)
COVERS = re.compile(r"\b(?:mask|cover|hid)", re.IGNORECASE)
NO_SUBJECT = "".join(rf"(?<!{word} )(?<!{word} the )" for word in ("by", "than", "above", "below", "against"))
MINUS = re.compile(r"[-\N{MINUS SIGN}]\Z")
SIDES = ("above", "below")
REST = ("rest", "everything", "mix")  # what the rest of the mix is called
COUNTS = frozenset(spelled for word in NUMBERS[1:] for spelled in (word, word.capitalize()))
BEGUN = re.compile(rf"\d|\b({'|'.join(COUNTS)})\b")  # before any number there may be the count of those that move

Fact = frozenset[str]  # numbers that are said together, as they are spelled: a range, or what is measured and usual


@dataclass(frozen=True)
class Known:
    """The numbers that may stand in a text.

    Args:
        free: numbers that may stand anywhere, as they are spelled.
        facts: of each stem that moves, by its alias: what is said where that stem is spoken of; a number with a minus
            stands behind one only.
        levels: figures of which it counts whether they lie above or below (negative for below), and the alias of what
            they lie above or below; "" for the rest of the mix.
        names: the aliases of all stems.
    """

    free: frozenset[str]
    facts: Mapping[str, Sequence[Fact]]
    levels: frozenset[tuple[float, str]] = frozenset()
    names: Sequence[str] = ()

    @classmethod
    def of(cls, advice: Advice, instruction: str = "") -> "Known":
        """The advice's numbers, and those of the stems' plain names and the question."""
        called = dict(zip((s.name for s in advice.stems), aliases([s.name for s in advice.stems]), strict=True))
        claims = {claim.stem: claim for claim in advice.claims().moves}
        free = [number for words in (instruction, *called.values()) for number in NUMBER.findall(words)]
        anywhere = [AUDIBLE[0]] if advice.balanced else []
        anywhere += [advice.strength_percent] if advice.strength_percent < 100 else []
        facts = {}
        for stem in advice.moving:
            claim = claims[stem.name]
            move = _fact(claim.db), _fact(claim.low_db, claim.high_db)
            facts[called[stem.name]] = [*move, *map(_measured, stem.reasons)]
        reasons = [reason for stem in advice.moving for reason in stem.reasons if reason.kind in RELATIVE]
        levels = {
            (level, called[reason.other] if reason.other else "")
            for reason in reasons
            for level in (reason.measured, reason.usual)
            if level is not None
        }
        return cls(frozenset([*free, *_fact(*anywhere)]), facts, frozenset(levels), tuple(called.values()))

    def allowed(self, text: str) -> frozenset[str]:
        """The numbers that may come next, as they are spelled.

        A number stands where its stem was named last, or is meant by a pronoun, and is not told again in a sentence of
        its own; within a sentence, of numbers that are said together the other follows the one.
        """
        *earlier, sentence = STOP.split(text)
        told = {number for before in earlier for number in NUMBER.findall(before)} & self._single
        meant = [fact for stem in self._meant(sentence, earlier) for fact in self.facts[stem]]
        facts = [fact for fact in meant if not any(number in told for number in fact)]
        said = [float(number) for number in NUMBER.findall(sentence)]
        known = [{abs(float(number)) for number in fact} for fact in facts]
        if said and said[-1] not in map(float, self.free) and not self._turned(sentence):
            begun = [at for at, numbers in enumerate(known) if said[-1] in numbers]
            if len(begun) == 1 and not known[begun[0]] <= set(said):
                facts = [frozenset(number for number in facts[begun[0]] if abs(float(number)) not in said)]
        minus = MINUS.search(text) is not None
        return self.free.union(number.lstrip("-") for fact in facts for number in fact if minus or number[0] != "-")

    def wrong(self, text: str) -> frozenset[str]:
        """The words that would be wrong next: a count, above for what lies below, the rest for the anchor."""
        if self.facts and not BEGUN.search(text):
            count = NUMBERS[len(self.facts)] if len(self.facts) < len(NUMBERS) else ""
            return COUNTS - {count, count.capitalize()}
        if found := LEVEL.search(text):
            right = {SIDES[level < 0] for level, _ in self.levels if abs(level) == float(found[1])}
            return frozenset(SIDES) - right if right else frozenset()
        if found := BESIDE.search(text):
            level_lu = float(found[1]) * (1 if found[2] == SIDES[0] else -1)
            against = {other for level, other in self.levels if level == level_lu}
            words = {name.split()[0] for name in self.names} | set(REST)
            right = {other.split()[0] for other in against if other} | set(REST if "" in against else ())
            return frozenset(words - right if against else ())
        return frozenset()

    def _meant(self, sentence: str, earlier: Sequence[str]) -> Iterable[str]:
        """The stems whose numbers may come next: those that move."""
        if not self.facts:
            return ()
        named = list(self._names.finditer(sentence))
        if AHEAD.search(sentence) or not (named or PRONOUN.search(sentence)):
            return self.facts  # "take 3.2 dB off the drums": who is meant comes later
        # "The bass masks them": a pronoun may mean who was named before.
        if named and not (COVERS.search(sentence) and PRONOUN.search(sentence, named[-1].end())):
            return [self._called[named[-1][1].casefold()]]
        before = next((found for found in map(self._names.findall, reversed(earlier)) if found), [])
        return {self._called[name.casefold()] for name in (*before, *(found[1] for found in named))} or self.facts

    def _turned(self, sentence: str) -> bool:
        """Whether another stem has been named since the last number."""
        numbers, named = list(NUMBER.finditer(sentence)), list(self._names.finditer(sentence))
        return bool(self.facts and numbers and named and named[-1].start() > numbers[-1].start())

    @cached_property
    def _single(self) -> frozenset[str]:
        """The numbers that one fact alone has."""
        facts = [*(fact for of_stem in self.facts.values() for fact in of_stem), self.free]
        found = Counter(number for fact in facts for number in fact)
        return frozenset(number for number, times in found.items() if times == 1) - self.free

    @cached_property
    def _called(self) -> Mapping[str, str]:
        return {name.casefold(): name for name in self.facts}

    @cached_property
    def _names(self) -> re.Pattern[str]:
        longest_first = sorted(self.facts, key=len, reverse=True)
        return re.compile(rf"{NO_SUBJECT}\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def _measured(reason: Reason) -> Fact:
    figures = (reason.measured, reason.usual, reason.low_hz, reason.high_hz)
    return _fact(*(abs(figure) for figure in figures if figure is not None))


def _fact(*numbers: float | None) -> Fact:
    """The numbers in each of their spellings."""
    return frozenset(said for n in numbers if n is not None for said in (f"{n:.1f}", f"{n:g}"))
