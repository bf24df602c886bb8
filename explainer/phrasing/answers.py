"""Instructions and answers in many words: the steps of a plan put into language by the phrase bank."""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from console.flaws import Category
from explainer.advice.advice import Advice
from explainer.advice.claims import Confidence
from explainer.advice.names import is_plural, the
from explainer.advice.versions import back_from
from explainer.phrasing.bank import Draw
from explainer.phrasing.grammar import agreement, plural_of
from explainer.phrasing.moves import changed, moved
from explainer.phrasing.plan import Fact, Plan, Step, StepKind, Style, plan, plan_changes
from explainer.phrasing.questions.wording import answered
from explainer.phrasing.slots import Slot, fill, finished

ANCHORED, GROUNDED = 0.6, 0.8  # how often the anchor is named, and a ground given, where nothing moves


class Task(StrEnum):
    """What is asked."""

    ANY = "any"  # gives nothing away: fits one flaw, several, none
    SINGLE = "single"
    MANY = "many"
    BALANCED = "balanced"
    MIX_ONLY = "mix_only"
    COMPARE = "compare"


def instruction(
    task: Task | Category, rng: np.random.Generator, anchor: str | None = None, style: Style | None = None
) -> str:
    """A question to be answered.

    Args:
        task: what is asked; a category of flaws asks for a stem with such a flaw.
        anchor: the alias of the stem whose level is right, to be named in the question.
        style: asks for a short, an explained or a plain answer; nothing of the kind by default.
    """
    draw = Draw(rng)
    parts = [draw.one(f"instructions.{Task.BALANCED if task is Category.NO_ERROR else task}")]
    if anchor is not None:
        words = agreement(is_plural(anchor)) | {"the": the(anchor)}
        parts.insert(int(draw.chance(0.5)), draw.one("instructions.anchor").format_map(words))
    if style is not None:
        parts.append(draw.one(f"instructions.{style}"))
    return finished(" ".join(parts))


def respond(advice: Advice, style: Style, rng: np.random.Generator) -> str:
    """The advice in words, stems called by their aliases; the move that is largest comes first."""
    return _told(plan(advice, style), rng)


def compare(changes_db: Mapping[str, float], style: Style, rng: np.random.Generator) -> str:
    """What is louder or quieter in B than in A (dB per stem, by name or alias), and the way back to A.

    Raises: InputError for no stem at all, or a change that is no number.
    """
    return _told(plan_changes(back_from(changes_db), style), rng)


def worded(step: Step, draw: Draw) -> str:
    """One step in words, its slots as tags: each of `step.numbers` once, and no other number.

    Args:
        draw: one for a whole answer, so that nothing in it is worded twice alike.
    """
    match step.kind:
        case StepKind.MOVE:
            text = moved(step, draw)
        case StepKind.CHANGE:
            text = changed(step, draw)
        case StepKind.OPENING:
            group = "any" if step.style is Style.FULL else step.style
            text = draw.one(f"answers.opening.{group}").format_map(agreement(plural_of(step)))
        case StepKind.CLOSE:
            text = draw.one(f"answers.close.{'plain' if step.style is Style.PLAIN else 'any'}")
        case StepKind.BALANCED:
            text = _balanced(step, draw)
        case StepKind.KEPT:
            text = draw.one("answers.kept")
        case StepKind.SAME:
            text = draw.one(f"answers.same.{step.style}")
        case StepKind.ANSWER:
            text = answered(step, draw)
    return finished(text)


def _balanced(step: Step, draw: Draw) -> str:
    """That nothing is to be moved: a verdict, and where it is sure and explained, mostly one ground."""
    style, sure, why = step.style, step.facts[Fact.SURE], step.facts[Fact.WHY]
    if why != "free":
        return draw.one(f"answers.balanced.{why}{f'.{sure}' if why == 'locked' else ''}")
    anchored = Slot.ANCHOR in step.slots and style is not Style.PLAIN and draw.chance(ANCHORED)
    said = draw.one(f"answers.balanced.{sure}.{'anchor' if anchored else style}")
    if style is Style.FULL and sure == Confidence.SURE and draw.chance(GROUNDED):
        said += " " + draw.one("answers.balanced.sure.ground")
    return said


def _told(told: Plan, rng: np.random.Generator) -> str:
    draw = Draw(rng)
    return " ".join(fill(worded(step, draw), step.slots) for step in told.steps)
