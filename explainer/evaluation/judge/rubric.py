"""What makes a good answer: the criteria with their levels and worked examples, read from `rubric.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from explainer.phrasing.bundled import bundled

LEAST, MOST = 1, 5  # of a score


class Criterion(StrEnum):
    """What an answer is scored by."""

    ACCURACY = "technical_accuracy"
    HELPFULNESS = "helpfulness"
    FLUENCY = "fluency"
    SPECIFICITY = "reasoning_specificity"
    GAIN_ONLY = "staying_within_gain_advice"


@dataclass(frozen=True)
class Example:
    """An answer on the rubric's own mix, the score that it deserves by one criterion, and why."""

    answer: str
    score: int
    why: str


@dataclass(frozen=True)
class Measure:
    """One criterion.

    Args:
        asks: what is looked at.
        levels: what each score from 1 to 5 stands for.
        good, bad: worked examples.
    """

    asks: str
    levels: Mapping[int, str]
    good: Example
    bad: Example


@dataclass(frozen=True)
class Rubric:
    """All that a judge is told before it sees answers.

    Args:
        opening, material, closing: what it is to do, how it is given the answers, how it replies.
        correction_db, anchor: the mix that all examples are about.
    """

    opening: str
    material: str
    closing: str
    correction_db: Mapping[str, float]
    anchor: str
    measures: Mapping[Criterion, Measure]


@lru_cache(maxsize=1)
def rubric() -> Rubric:
    """The rubric.

    Raises: ValueError where the file lacks a criterion or a level of one.
    """
    told = bundled("evaluation/judge/rubric.yaml")
    if set(told["criteria"]) != set(Criterion):
        raise ValueError(f"the rubric has the criteria {sorted(told['criteria'])}, not {sorted(Criterion)}")
    measures = {criterion: _measure(told["criteria"][criterion]) for criterion in Criterion}
    mix = told["mix"]
    return Rubric(told["opening"], told["material"], told["closing"], mix["correction_db"], mix["anchor"], measures)


def _measure(told: dict) -> Measure:
    if sorted(told["levels"]) != list(range(LEAST, MOST + 1)):
        raise ValueError(f"a criterion has the levels {sorted(told['levels'])}, not {LEAST} to {MOST}")
    return Measure(told["asks"], told["levels"], Example(**told["good"]), Example(**told["bad"]))
