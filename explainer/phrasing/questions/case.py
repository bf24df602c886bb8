"""A question beside the advice that it is about: what is known of a stem, as steps of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console.correct import Action
from explainer.advice.advice import LIKELIER, Advice, StemAdvice
from explainer.advice.names import is_plural, the
from explainer.advice.shown import NUMBERS, listed
from explainer.phrasing.plan import Fact, Step, StepKind, decibels, least, plan
from explainer.phrasing.questions.asked import Operation, Question
from explainer.phrasing.slots import Slot

MOST_STEMS = 3  # of which one question is answered, one after another
MOST_LISTED = 6  # stems that a sentence lists
STATES = {Action.ANCHOR: "why_anchor", Action.LOCKED: "why_locked", Action.SILENT: "why_silent"}
JUDGED = (Fact.WAY, Fact.SIZE, Fact.SURE)


@dataclass(frozen=True)
class Reply:
    """What is said to a question.

    Args:
        steps: one after another.
        operation: what only another listening could tell, and how to ask for it.
        asides: whole sentences that follow, with the stems' own names.
    """

    steps: tuple[Step, ...]
    operation: Operation | None = None
    asides: tuple[str, ...] = ()


class Case:
    """A question beside the advice that it is about, and what can be said of any of its stems."""

    def __init__(self, question: Question, advice: Advice):
        self.question, self.advice = question, advice
        self.called: Mapping[str, str] = advice.alias_by_name

    @property
    def moving(self) -> list[int]:
        """The stems that move, the one furthest off first."""
        return [self.advice.names.index(stem.name) for stem in self.advice.moving if stem.move.gain_db]

    @property
    def asked(self) -> tuple[int, ...]:
        """The stems that are asked about."""
        return self.question.stems[:MOST_STEMS]

    @property
    def matched(self) -> bool:
        """Whether a reference was followed, and nothing judged."""
        return self.advice.reference is not None

    def stem(self, at: int) -> StemAdvice:
        return self.advice.stems[at]

    def the(self, at: int) -> str:
        return the(self.called[self.stem(at).name])

    def gain(self, at: int) -> str:
        return decibels(abs(self.stem(at).move.gain_db))

    def chance(self, at: int) -> str:
        return f"{100 * self.stem(at).move.flaw_probability:.0f} %"

    def say(self, topic: str, at: int | None = None, slots: Mapping[Slot, str] | None = None, **facts: str) -> Step:
        """A step of an answer, on a stem where one is given, with what is known of where that should go."""
        told = {Fact(name): word for name, word in facts.items()}
        if at is None:
            return Step(StepKind.ANSWER, told, slots or {}, topic=topic)
        stem, alias = self.stem(at), self.called[self.stem(at).name]
        about = {Fact.NUMBER: "many" if is_plural(alias) else "one"}
        if stem.move.moves:
            words = (str(stem.direction), str(stem.severity), str(stem.confidence))
            about |= dict(zip(JUDGED, words, strict=True))
        return Step(StepKind.ANSWER, about | told, {Slot.STEM: the(alias)} | dict(slots or {}), at, alias, topic)

    def move(self, at: int) -> Step:
        """The step that tells the move of a stem, by itself: neither first of several nor last."""
        step = next(step for step in plan(self.advice).steps if step.kind is StepKind.MOVE and step.stem == at)
        return replace(step, facts={**step.facts, Fact.PLACE: "only"})

    def still(self) -> Step:
        """That nothing moves."""
        if self.matched:
            return self.say("still_matched")
        if any(stem.move.moves for stem in self.advice.stems):
            return self.say("no_strength")
        return plan(self.advice).steps[0]

    def stays(self, at: int) -> Step:
        """Why a stem does not move."""
        stem = self.stem(at)
        if stem.move.held_back_db:
            way = "up" if stem.move.held_back_db > 0 else "down"
            return self.say("why_held", at, {Slot.HELD: decibels(abs(stem.move.held_back_db))}, way=way)
        if stem.move.action in STATES:
            return self.say(STATES[stem.move.action], at)
        if stem.move.moves:  # but at no strength
            return self.say("no_strength")
        reference = self.advice.reference
        if reference is not None:
            return self.say("why_untold" if stem.name in reference.untold else "why_alike", at)
        likelier = stem.move.flaw_probability > LIKELIER
        return self.say("why_doubtful" if likelier else "why_left", at, {Slot.CHANCE: self.chance(at)})

    def moves(self, at: int) -> bool:
        return at in self.moving

    def left(self) -> list[int]:
        return [at for at, stem in enumerate(self.advice.stems) if stem.move.action is Action.LEAVE]


def range_of(stem: StemAdvice) -> dict[Slot, str]:
    """Its range as slots, as sizes in the direction of its move."""
    low_db, high_db = stem.range_db
    return {Slot.LOW: least(low_db), Slot.HIGH: decibels(high_db)}


def all_of(advice: Advice, at: Sequence[int]) -> str:
    """Stems as a list, the last of many only counted."""
    called = advice.alias_by_name
    names = [the(called[advice.stems[each].name]) for each in at]
    more = len(names) - MOST_LISTED
    if more > 1:
        names = [*names[:MOST_LISTED], f"{word_of(more)} more"]
    return listed(names)


def counted_of(number_of: int, what: str) -> str:
    """A number of things: "three files"."""
    return f"{word_of(number_of)} {what}{'' if number_of == 1 else 's'}"


def word_of(number_of: int) -> str:
    """A number in words, where there is a short one."""
    return NUMBERS[number_of] if number_of < len(NUMBERS) else str(number_of)
