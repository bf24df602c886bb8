"""The numbers that may come next in a text about a mix, by what it has said so far."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from explainer.advice.advice import Advice
from explainer.advice.claims import Severity
from explainer.language.facts import UNITS, Fact, Kind, called_levels, facts_of, spelled
from explainer.reading.mismeasured import AUDIBLE

NUMBER = re.compile(r"\d+(?:\.\d+)?")
MEASURED = re.compile(rf"({NUMBER.pattern}) ({'|'.join(UNITS)})")
STOP = re.compile(r"[.!?]\s")
PRONOUN = re.compile(r"\b(?:it|its|they|their|them)\b", re.IGNORECASE)
AHEAD = re.compile(r"\b(?:take|add|cut)\s?\Z", re.IGNORECASE)
COVERS = re.compile(r"\b(?:mask|cover|hid)", re.IGNORECASE)
BESIDES = ("by", "than", "above", "below", "against", "with", "relative to", "relation to", "next to")
NO_SUBJECT = "".join(rf"(?<!{word} )(?<!{word} the )" for word in BESIDES)
NO_ANCHOR = r"(?! as (?:the|right)\b| can be\b)"
MINUS = re.compile(r"[-\N{MINUS SIGN}]\Z")
RANGE = r"\b(?:from|between|range is|range to try is|range of|range:|plausible:|take:|wide:)\s?\Z"
PLACES = (  # the words before a number tell what it is of; the first that fit
    (re.compile(RANGE, re.IGNORECASE), {Kind.RANGE, Kind.BAND}),
    (re.compile(r"\bin only\s?\Z", re.IGNORECASE), {Kind.TIME}),
    (re.compile(r"\bshare\b[^.;]*\bis\s?\Z", re.IGNORECASE), {Kind.SHARE}),
    (re.compile(r"\b(?:is|are|sits?|lies?|measures?|in at)\s?\Z"), {Kind.LEVEL, Kind.CHANGE}),
)


@dataclass(frozen=True)
class Known:
    """The numbers that may stand in a text.

    Args:
        free: numbers that may stand anywhere, as they are spelled.
        facts: of each stem that moves, by its alias: what is said where that stem is spoken of, by how many dB it moves
            first; a number with a minus stands behind one only.
        levels: figures of which it counts whether they lie above or below (negative for below), and the alias of what
            they lie above or below; "" for the rest of the mix.
        names: the aliases of all stems.
        severity: how far off those are that move, by their aliases.
    """

    free: frozenset[str]
    facts: Mapping[str, Sequence[Fact]]
    levels: frozenset[tuple[float, str]] = frozenset()
    names: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)

    @classmethod
    def of(cls, advice: Advice, instruction: str = "", compare: bool = False) -> "Known":
        """The advice's numbers, and those of the stems' plain names and the question.

        Args:
            compare: the moves are the way back from one version of the song to another.
        """
        called = advice.alias_by_name
        claims = {claim.stem: claim for claim in advice.claims().moves}
        free = [number for words in (instruction, *called.values()) for number in NUMBER.findall(words)]
        anywhere = [AUDIBLE[0]] if advice.still else []
        anywhere += [advice.strength_percent] if advice.strength_percent < 100 else []
        facts = {called[stem.name]: facts_of(stem, claims[stem.name], compare) for stem in advice.moving}
        numbers = frozenset(free).union(*map(spelled, anywhere))
        severity = {called[name]: claim.severity for name, claim in claims.items() if claim.severity}
        return cls(numbers, facts, called_levels(advice, called), tuple(called.values()), severity)

    def allowed(self, text: str) -> frozenset[str]:
        """The numbers that may come next, as they are spelled.

        A number stands where its stem was named last, or is meant by a pronoun, and is not told again in a sentence of
        its own; within a sentence, of numbers that are said together the other follows the one.
        """
        *earlier, sentence = STOP.split(text)
        told = {number for before in earlier for number in NUMBER.findall(before)} & self._single
        stems = self._meant(sentence, earlier)
        # "The range is 2.1 to 4.4 dB": where more than one may be meant, of the stem before.
        last = self._before(earlier) & self.facts.keys() if len(set(stems)) > 1 else set()
        ranged = last or stems
        meant = [fact for stem in stems for fact in self.facts[stem] if fact.kind is not Kind.RANGE or stem in ranged]
        facts = [fact for fact in meant if not fact.sizes & told]
        said = NUMBER.findall(sentence)
        once = {float(number) for number in said if number in self._single}
        kinds = next((kinds for before, kinds in PLACES if before.search(sentence)), Kind)
        new = [fact for fact in facts if fact.kind in kinds and not once.issuperset(map(float, fact.sizes))]
        may = {number for fact in new for number in fact.begins}
        if said:
            begun = [fact for fact in facts if said[-1] in fact.sizes and said[-1] not in self.free]
            if (unit := MEASURED.findall(sentence)) and unit[-1][0] == said[-1]:
                begun = [fact for fact in begun if fact.kind in UNITS[unit[-1][1]]]
            rest = {n for fact in begun for n in fact.after(float(said[-1])) if abs(float(n)) not in once}
            whole = all(fact.whole(list(map(float, said))) for fact in begun)
            may = may | rest if whole or len(begun) > 1 or self._turned(sentence) else rest
        minus = MINUS.search(text) is not None
        return self.free.union(number.lstrip("-") for number in may if minus or number[0] != "-")

    def meant(self, text: str) -> Iterable[str]:
        """The stems that are spoken of, or that may be meant: of those that move."""
        *earlier, sentence = STOP.split(text)
        return self._meant(sentence, earlier)

    def _meant(self, sentence: str, earlier: Sequence[str]) -> Iterable[str]:
        """The stems whose numbers may come next: those that move."""
        if not self.facts:
            return ()
        named = list(self._names.finditer(sentence))
        if AHEAD.search(sentence) or not (named or PRONOUN.search(sentence)):
            return self.facts  # "take 3.2 dB off the drums": who is meant comes later
        # "The bass masks them": a pronoun may mean who was named before.
        if named and not (COVERS.search(sentence) and PRONOUN.search(sentence, named[-1].end())):
            return [stem for stem in [self._called[named[-1][1].casefold()]] if stem in self.facts]
        meant = {self._called[found[1].casefold()] for found in named} | self._before(earlier)
        return meant & self.facts.keys() or self.facts

    def _before(self, earlier: Sequence[str]) -> set[str]:
        """The stems that the last sentence which names any names."""
        named = next((found for found in map(self._names.findall, reversed(earlier)) if found), [])
        return {self._called[name.casefold()] for name in named}

    def _turned(self, sentence: str) -> bool:
        """Whether another stem has been named since the last number."""
        numbers, named = list(NUMBER.finditer(sentence)), list(self._names.finditer(sentence))
        return bool(self.facts and numbers and named and named[-1].start() > numbers[-1].start())

    @cached_property
    def _single(self) -> frozenset[str]:
        """The numbers that one fact alone has."""
        facts = [fact for of_stem in self.facts.values() for fact in of_stem]
        found = Counter(size for fact in facts for size in fact.sizes for _ in range(1 + fact.twice))
        return frozenset(number for number, times in found.items() if times == 1) - self.free

    @cached_property
    def _called(self) -> Mapping[str, str]:
        return {name.casefold(): name for name in (*self.names, *self.facts)}

    @cached_property
    def _names(self) -> re.Pattern[str]:
        longest_first = sorted(self._called, key=len, reverse=True)
        return re.compile(rf"{NO_SUBJECT}\b({'|'.join(map(re.escape, longest_first))})\b{NO_ANCHOR}", re.IGNORECASE)
