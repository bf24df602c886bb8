"""The plan of an answer: what it tells, step by step, before a word of it is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from console.correct import Action
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Confidence, Reason, ReasonKind
from explainer.advice.names import is_plural, the
from explainer.advice.shown import NUMBERS
from explainer.advice.versions import AUDIBLE_CHANGE_DB
from explainer.phrasing.slots import NAMES, Slot

ZERO = ("zero", "both")  # of Fact.PART: the range takes in no move at all
PART_LU = 2.0  # further from what is usual than it is moved, and it is said that only a part is taken back
HALF_PERCENT = 0.5  # less is said as "0 %"
RELATIVE = (ReasonKind.LEVEL, ReasonKind.ANCHOR)


class Style(StrEnum):
    """How much is said, and to whom."""

    SHORT = "short"  # the moves
    FULL = "full"  # with ranges, reasons, and how sure it is
    PLAIN = "plain"  # for beginners: what to do, and why, without units that need explaining


class StepKind(StrEnum):
    """What a step of an answer does."""

    OPENING = "opening"  # how many stems are off, and which one most
    MOVE = "move"  # one fader
    CLOSE = "close"  # what is not to be moved
    BALANCED = "balanced"  # that nothing is to be moved
    CHANGE = "change"  # what differs in version B, and the way back
    KEPT = "kept"  # that the other stems are the same in both
    SAME = "same"  # that nothing differs
    ANSWER = "answer"  # to a question


class Fact(StrEnum):
    """What a step tells in words, each by one word of a few."""

    STYLE = "style"
    PLACE = "place"  # only, first, next, last
    NUMBER = "number"  # one, many: whether the stem is spoken of in the plural
    WAY = "way"  # up, down
    SIZE = "size"  # little, plain, much
    SURE = "sure"  # sure, likely, unsure
    TASTE = "taste"  # taste, where engineers differ by as much
    WHY = "why"  # the kind of the reason, or none
    USUAL = "usual"  # usual, where it is known what is usual for what was measured
    PART = "part"  # part, where less is taken back than it is off; zero, where the range takes in no move at all; both


@dataclass(frozen=True)
class Step:
    """One group of sentences of an answer.

    Args:
        kind: what it does.
        facts: what it tells in words.
        slots: what it tells in numbers and names, as they are filled in.
        stem: which stem of the advice it is about.
        alias: what that stem is called.
        topic: of an answer to a question, what was asked.
    """

    kind: StepKind
    facts: Mapping[Fact, str] = field(default_factory=dict)
    slots: Mapping[Slot, str] = field(default_factory=dict)
    stem: int | None = None
    alias: str = ""
    topic: str = ""

    @property
    def style(self) -> Style:
        """How much is said."""
        return Style(self.facts.get(Fact.STYLE, Style.FULL))

    @property
    def numbers(self) -> frozenset[Slot]:
        """The slots that are written exactly once."""
        return frozenset(self.slots) - NAMES

    @property
    def required(self) -> frozenset[Slot]:
        """The slots that have to be written: all but the anchor, which need not be named."""
        return frozenset(self.slots) - {Slot.ANCHOR}


@dataclass(frozen=True)
class Plan:
    """The steps of an answer, in their order."""

    steps: tuple[Step, ...]


def plan(advice: Advice, style: Style = Style.FULL) -> Plan:
    """What is to be said of an advice: opening, one move after another, close; or that nothing moves."""
    moving = advice.moving
    if not moving:
        return Plan((_balanced(advice, style),))
    called = advice.alias_by_name
    steps = [_opening(advice, called, style)] if len(moving) > 1 else []
    for at, stem in enumerate(moving):
        steps.append(_move(stem, advice, called, style, _place(at, len(moving))))
    left = any(stem.move.action is Action.LEAVE for stem in advice.stems)
    if left and style is not Style.SHORT:
        steps.append(Step(StepKind.CLOSE, {Fact.STYLE: style}))
    return Plan(tuple(steps))


def plan_changes(back: Advice, style: Style = Style.FULL) -> Plan:
    """What is to be said of two versions of a song.

    Args:
        back: as `explainer.advice.versions.way_back` gives it.
    """
    changed = [stem for stem in back.moving if abs(stem.move.gain_db) >= AUDIBLE_CHANGE_DB]
    if not changed:
        return Plan((Step(StepKind.SAME, {Fact.STYLE: style}),))
    called = back.alias_by_name
    steps = []
    for at, stem in enumerate(changed):
        facts = {
            Fact.STYLE: style,
            Fact.PLACE: _place(at, len(changed)),
            Fact.NUMBER: _number(called[stem.name]),
            Fact.WAY: "down" if stem.move.action is Action.RAISE else "up",  # what B did
        }
        slots = {Slot.STEM: the(called[stem.name]), Slot.CHANGE: decibels(abs(stem.move.gain_db))}
        steps.append(Step(StepKind.CHANGE, facts, slots, _at(stem, back), called[stem.name]))
    if len(changed) < len(back.stems) and style is not Style.SHORT:
        steps.append(Step(StepKind.KEPT, {Fact.STYLE: style}))
    return Plan(tuple(steps))


def number(value: float) -> str:
    """A number of dB or LU as it is said, with one decimal; never "-0.0"."""
    return f"{round(value, 1) + 0.0:.1f}"


def least(low_db: float) -> str:
    """The lower end of a range, as it is said: "2.1", and "0" where it is no move at all."""
    return number(low_db) if round(low_db, 1) else "0"


def decibels(value_db: float) -> str:
    """A number of dB with its unit."""
    return f"{number(value_db)} dB"


def counted(number_of: int) -> str:
    """A number of stems: "three stems"."""
    count = NUMBERS[number_of] if number_of < len(NUMBERS) else str(number_of)
    return f"{count} stem{'' if number_of == 1 else 's'}"


def _opening(advice: Advice, called: Mapping[str, str], style: Style) -> Step:
    main = called[advice.moving[0].name]
    slots = {Slot.COUNT: counted(len(advice.moving)), Slot.STEM: the(main)}
    facts = {Fact.STYLE: style, Fact.NUMBER: _number(main)}
    return Step(StepKind.OPENING, facts, slots, _at(advice.moving[0], advice), main)


def _move(stem: StemAdvice, advice: Advice, called: Mapping[str, str], style: Style, place: str) -> Step:
    alias, move = called[stem.name], stem.move
    low_db, high_db = stem.range_db
    facts = {
        Fact.STYLE: str(style),
        Fact.PLACE: place,
        Fact.NUMBER: _number(alias),
        Fact.WAY: str(stem.direction),
        Fact.SIZE: str(stem.severity),
        Fact.SURE: str(stem.confidence),
    }
    slots = {Slot.STEM: the(alias), Slot.GAIN: decibels(abs(move.gain_db))}
    if style is not Style.SHORT:
        if advice.is_taste(stem):
            facts[Fact.TASTE] = "taste"
        reason = next(iter(_spoken_of(stem.reasons, called)), None)
        facts[Fact.WHY] = "none" if reason is None else str(reason.kind)
        if reason is not None:
            slots |= _of_reason(reason, called, style)
            if reason.usual is not None:
                facts[Fact.USUAL] = "usual"
        off_lu = off(reason)
        if style is Style.FULL:
            slots |= {Slot.LOW: least(low_db), Slot.HIGH: decibels(high_db)}
            if stem.touches_zero:
                facts[Fact.PART] = "zero"
            if off_lu is not None and off_lu - abs(move.gain_db) >= PART_LU:
                facts[Fact.PART] = "both" if stem.touches_zero else "part"
                slots[Slot.OFF] = f"{number(off_lu)} LU"
    return Step(StepKind.MOVE, facts, slots, _at(stem, advice), alias)


def off(reason: Reason | None) -> float | None:
    """How far a measured level is from the usual one, LU; None where nothing is usual, or it is no level."""
    if reason is None or reason.usual is None or reason.kind not in RELATIVE:
        return None
    return round(abs(reason.measured - reason.usual), 1)


def _of_reason(reason: Reason, called: Mapping[str, str], style: Style) -> dict[Slot, str]:
    """The slots of a reason; in plain words there is no figure but the name of the other stem."""
    if style is Style.PLAIN:
        slot = {ReasonKind.MASKED: Slot.MASKER, ReasonKind.ANCHOR: Slot.BESIDE}.get(reason.kind)
        return {} if slot is None or reason.other is None else {slot: the(called[reason.other])}
    match reason.kind:
        case ReasonKind.LEVEL | ReasonKind.ANCHOR:
            beside = "the rest of the mix" if reason.other is None else the(called[reason.other])
            slots = {Slot.LEVEL: relative(reason.measured), Slot.BESIDE: beside}
            return slots if reason.usual is None else slots | {Slot.USUAL: relative(reason.usual)}
        case ReasonKind.SHARE:
            slots = {Slot.SHARE: f"{reason.measured:.0f} %"}
            return slots if reason.usual is None else slots | {Slot.USUAL_SHARE: f"{reason.usual:.0f} %"}
        case ReasonKind.MASKED:
            slots = {Slot.MASKER: the(called[reason.other or ""]), Slot.COVERED: f"{reason.measured:.0f} %"}
            if reason.low_hz is None or reason.high_hz is None:
                return slots
            return slots | {Slot.BAND: f"{reason.low_hz:.0f} to {reason.high_hz:.0f} Hz"}
        case _:
            return {Slot.HEARD: f"{reason.measured:.0f} %"}


def _spoken_of(reasons: Sequence[Reason], called: Mapping[str, str]) -> list[Reason]:
    """The reasons that can be told: one that names no stem of the song is not, nor is one of nothing ("0 %")."""
    needs_other = (ReasonKind.ANCHOR, ReasonKind.MASKED)
    named = [r for r in reasons if (r.other in called) or (r.other is None and r.kind not in needs_other)]
    return [r for r in named if r.kind in RELATIVE or min(r.measured, r.usual or r.measured) >= HALF_PERCENT]


def relative(level_lu: float) -> str:
    """A level against another: "7.3 LU below"."""
    level = number(level_lu)
    return f"{level.lstrip('-')} LU {'below' if level.startswith('-') else 'above'}"


def _balanced(advice: Advice, style: Style) -> Step:
    actions = {stem.move.action for stem in advice.stems}
    if Action.LEAVE not in actions:
        why = "stuck"
    elif Action.LOCKED in actions:
        why = "locked"
    else:
        why = "free"
    sure = Confidence.UNSURE if advice.doubted else Confidence.SURE
    slots = {}
    if advice.anchor is not None and why == "free":
        slots[Slot.ANCHOR] = the(advice.alias_by_name[advice.anchor])
    return Step(StepKind.BALANCED, {Fact.STYLE: style, Fact.WHY: why, Fact.SURE: sure}, slots)


def _at(stem: StemAdvice, advice: Advice) -> int:
    return next(at for at, other in enumerate(advice.stems) if other.name == stem.name)


def _number(alias: str) -> str:
    return "many" if is_plural(alias) else "one"


def _place(at: int, count: int) -> str:
    return "only" if count == 1 else "first" if at == 0 else "last" if at == count - 1 else "next"
