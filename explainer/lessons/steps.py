"""Lessons of one step each: what a plan tells, and the text with slots that says it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from explainer.language.told.ask import Ask
from explainer.lessons.lessons import Lessons
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import Fact, Step, StepKind, Style, plan, plan_changes

STYLES = {Style.SHORT: 0.25, Style.FULL: 0.5, Style.PLAIN: 0.25}
RARE = ("masked", "sounds")  # kinds of reasons that seldom come first
OFTENER = 4.0  # than their share: rare reasons, and moves of which only a part is taken back


@dataclass(frozen=True)
class StepLessons:
    """Single steps of the answers to other lessons' questions, two of each; rare and hard ones come more often.

    Args:
        lessons: whose advices are told.
    """

    lessons: Lessons

    def asks(self, seed: int) -> Iterator[Ask]:
        """As many as there are lessons, twice."""
        rng = np.random.default_rng((seed, 1))
        for ask in self.lessons.asks(seed):
            style = Style(rng.choice(list(STYLES), p=list(STYLES.values())))
            yield from some_steps(ask, style, rng)


def some_steps(ask: Ask, style: Style, rng: np.random.Generator, most: int = 2) -> Iterator[Ask]:
    """Some of the steps of an answer, in the phrase bank's words, each with the text of the step before."""
    steps = (plan_changes if ask.compare else plan)(ask.advice, style).steps
    draw = Draw(rng)
    texts = [worded(step, draw) for step in steps]
    weight = np.array([_weight(step) for step in steps])
    for at in rng.choice(len(steps), min(most, len(steps)), replace=False, p=weight / weight.sum()).tolist():
        before = texts[at - 1] if at else ""
        yield replace(ask, instruction="", response=texts[at], style=style, step=steps[at], before=before)


def _weight(step: Step) -> float:
    if step.kind in (StepKind.CLOSE, StepKind.KEPT, StepKind.OPENING):
        return 0.5
    rare = Fact.PART in step.facts or step.facts.get(Fact.WHY) in RARE
    return OFTENER if rare else 1.0
