"""What a step tells, in plain English with its slots: what a model is given to put into words of its own.

Of an answer to a question it is the phrase bank's own wording, to be said otherwise.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from explainer.advice.claims import Confidence, ReasonKind
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.grammar import agreement, plural_of
from explainer.phrasing.plan import RELATIVE, ZERO, Fact, Step, StepKind, Style
from explainer.phrasing.slots import Slot

DEGREE = {"little": "a little too", "plain": "too", "much": "much too"}
HEDGE = {Confidence.LIKELY: "probably ", Confidence.UNSURE: "perhaps "}
MEANS = {
    Slot.STEM: "the name of the stem, with its article",
    Slot.GAIN: "a number of dB, with its unit",
    Slot.LOW: "the least, without a unit",
    Slot.HIGH: "the most, with its unit",
    Slot.LEVEL: 'a level with its unit, and "above" or "below"',
    Slot.BESIDE: "what that level is compared with",
    Slot.USUAL: 'the usual level, likewise with "above" or "below"',
    Slot.OFF: "the difference, with its unit",
    Slot.SHARE: "a percentage",
    Slot.USUAL_SHARE: "the usual percentage",
    Slot.MASKER: "the name of the stem that covers it, with its article",
    Slot.BAND: "a range of frequencies, with its unit",
    Slot.COVERED: "a percentage",
    Slot.HEARD: "a percentage",
    Slot.COUNT: "how many stems, in words",
    Slot.ANCHOR: "the name of a stem, with its article",
    Slot.CHANGE: "a number of dB, with its unit",
    Slot.CHANCE: "a percentage",
    Slot.NEXT: "the name of another stem, with its article",
    Slot.NEXT_GAIN: "a number of dB of that stem, with its unit",
    Slot.NEXT_CHANCE: "a percentage of that stem",
    Slot.STEMS: "the names of stems, with their articles",
    Slot.ASKED: "what was asked about, without an article",
    Slot.SPREAD: "a number of LU, with its unit",
    Slot.WHERE: 'in which music, with "in"',
    Slot.LOUDNESS: "a loudness, with its unit",
    Slot.AFTER: "the loudness afterwards, with its unit",
    Slot.PEAK: "a peak level, with its unit",
    Slot.TRIM: "a number of dB, with its unit",
    Slot.HELD: "a number of dB, with its unit",
    Slot.FILES: "how many files, in words",
    Slot.PASSES: "how often it was listened to, in words",
    Slot.GENRE: "the name of a genre",
}
OTHER_SIZE = {"little": "much", "plain": "little", "much": "plain"}
OTHER_SURE = {"sure": "likely", "likely": "sure", "unsure": "likely"}


def in_english(step: Step) -> str:
    """Every fact of a step, its slots as tags, each number's once."""
    return " ".join(_sentences(step))


def meanings(step: Step) -> str:
    """What the tags of a step stand for."""
    return "; ".join(f"{slot.tag}: {MEANS[slot]}" for slot in step.slots)


def otherwise(step: Step, turned: bool) -> Step:
    """A step of the same slots that tells something else: of another size, as sure as another, the other way round.

    Args:
        turned: whether it goes the other way.
    """
    facts = dict(step.facts)
    if turned and Fact.WAY in facts and facts.get(Fact.WHY) not in (ReasonKind.MASKED, ReasonKind.SOUNDS):
        facts[Fact.WAY] = "down" if facts[Fact.WAY] == "up" else "up"
    if Fact.SIZE in facts:
        facts[Fact.SIZE] = OTHER_SIZE[facts[Fact.SIZE]]
    if Fact.SURE in facts and step.kind in (StepKind.MOVE, StepKind.ANSWER) and facts.get(Fact.PART) not in ZERO:
        facts[Fact.SURE] = OTHER_SURE[facts[Fact.SURE]]
    if Fact.NUMBER in facts:
        facts[Fact.NUMBER] = "one" if turned else "many"
    return replace(step, facts=facts)


def _sentences(step: Step) -> Iterator[str]:
    match step.kind:
        case StepKind.MOVE:
            yield from _move(step)
        case StepKind.CHANGE:
            words = agreement(plural_of(step), named=True)
            louder, back = ("louder", "down") if step.facts[Fact.WAY] == "up" else ("quieter", "up")
            yield f"In version B, <stem> {words['is']} <change> {louder} than in version A."
            yield f"To get back to version A, turn {words['obj']} {back} by as much."
        case StepKind.OPENING:
            yield "<count> need a new level, and <stem> most of all."
        case StepKind.CLOSE:
            yield "No other fader needs to move."
        case StepKind.KEPT:
            yield "All other stems are the same in both versions."
        case StepKind.SAME:
            yield "The versions A and B are the same: no level differs."
        case StepKind.BALANCED:
            yield from _balanced(step)
        case StepKind.ANSWER:
            yield worded(step, Draw(np.random.default_rng(0)))  # of many kinds, each with a wording of its own


def _move(step: Step) -> Iterator[str]:
    facts, words = step.facts, agreement(plural_of(step), named=True)
    up = facts[Fact.WAY] == "up"
    hedge = HEDGE.get(Confidence(facts[Fact.SURE]), "")
    by = "" if Slot.OFF in step.slots else " by <gain>"
    yield f"<stem> {words['is']} {hedge}{DEGREE[facts[Fact.SIZE]]} {'quiet' if up else 'loud'}."
    yield f"Turn {words['obj']} {facts[Fact.WAY]}{by}."
    if facts.get(Fact.WHY, "none") != "none":
        yield f"The reason: {_reason(step, words, up)}."
    if by == "":
        yield "That is <off> off what is usual; take back <gain> of it, since engineers differ there."
    if Slot.LOW in step.slots:
        none = ", so perhaps nothing need be done" if facts.get(Fact.PART) in ZERO else ""
        yield f"The right amount lies between <low> and <high>{none}."
    if Fact.TASTE in facts:
        yield "Engineers differ by as much, so it is a matter of taste."


def _reason(step: Step, words: dict[str, str], up: bool) -> str:
    slots, why, it = step.slots, step.facts[Fact.WHY], words["it"]
    usual = Fact.USUAL in step.facts
    if why in RELATIVE and Slot.LEVEL in slots:
        return f"{it} {words['is']} <level> <beside>{', where <usual> is usual' if usual else ''}"
    if why in RELATIVE:
        beside = " next to <beside>" if Slot.BESIDE in slots else ""
        return f"{it} {words['is']} {'quieter' if up else 'louder'}{beside}{' than in most songs' if usual else ''}"
    if why == ReasonKind.SHARE and Slot.SHARE in slots:
        said = f"{it} hold{words['s']} <share> of the energy of the mix"
        return f"{said}{', where <usual_share> is usual' if usual else ''}"
    if why == ReasonKind.SHARE:
        return f"{it} {words['is']} a {'smaller' if up else 'larger'} part of the sound than usual"
    if why == ReasonKind.MASKED:
        band = " from <band>" if Slot.BAND in slots else ""
        long = " for <covered> of the time" if Slot.COVERED in slots else ""
        return f"{it} {words['is']} covered by <masker>{band}{long}"
    return f"{it} sound{words['s']} in only {'<heard>' if Slot.HEARD in slots else 'a part'} of the song"


def _balanced(step: Step) -> Iterator[str]:
    match step.facts[Fact.WHY]:
        case "locked":
            yield "Apart from the locked stems, nothing needs to move."
        case "stuck":
            yield "No stem may be moved, so nothing is to be done."
        case _:
            against = ", judged against <anchor>" if Slot.ANCHOR in step.slots else ""
            hedge = HEDGE.get(Confidence(step.facts[Fact.SURE]), "")
            yield f"The balance is {hedge}right{against}: nothing needs to move."


def short_of(style: Style) -> str:
    """How much a text of that style says, as a model is told."""
    return {
        Style.SHORT: "one short sentence",
        Style.FULL: "one to three sentences",
        Style.PLAIN: "one or two sentences that a beginner understands, without technical terms",
    }[style]
