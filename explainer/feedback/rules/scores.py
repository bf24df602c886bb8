"""Scores in five categories by a stated rule: only where measurements carry them, each with its evidence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explainer.advice.shown import listed
from explainer.feedback.facts.fact import Facts, kinds
from explainer.feedback.facts.slots import filled
from explainer.phrasing.bundled import bundled

LOWEST, HIGHEST = 1, 10


@dataclass(frozen=True)
class Part:
    """What a score rests on.

    Args:
        fact: its slot.
        start, full: values at which it counts nothing, and in full.
        says: the sentence that states it.
        none: the sentence in its place where the fact is 0.
        needed: without it there is no score.
        least: a smaller value is as good as none.
    """

    fact: str
    start: float
    full: float
    weight: float
    says: str
    none: str = ""
    needed: bool = False
    least: float = -math.inf

    def said(self, facts: Facts) -> str:
        """Its sentence, filled in."""
        return filled(self.none if self.none and facts[self.fact].number == 0 else self.says, facts)

    def unknown(self, facts: Facts) -> bool:
        """Whether its fact is not known, or not surely enough."""
        return self.fact not in facts or not facts[self.fact].carries

    def counts(self, facts: Facts) -> float | None:
        """How much it counts, 0 to 1; None where it does not."""
        fact = facts.get(self.fact)
        if fact is None or fact.number is None or not fact.carries or fact.number < self.least:
            return None
        return min(max((fact.number - self.start) / (self.full - self.start), 0.0), 1.0)


@dataclass(frozen=True)
class Category:
    """One of the five categories, and the rule of its score.

    Args:
        means: what the score tells.
        parts: that it rests on; none for a category that is never judged.
        why_not: why it is not judged, where it is not.
        enough: share of the parts' weight that must be known.
        least_s: a shorter song is not judged.
    """

    key: str
    title: str
    means: str
    parts: tuple[Part, ...]
    why_not: str
    enough: float
    least_s: float


@dataclass(frozen=True)
class Score:
    """A category as it is judged.

    Args:
        points: 1 to 10; None: not judged.
        why_not: why, where it is not.
        evidence: the sentences that it rests on, their slots filled.
        slots: the facts in them.
        confidence: of the least sure of these; None where all were metered.
    """

    category: str
    title: str
    means: str
    points: int | None
    why_not: str = ""
    evidence: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    confidence: float | None = None


@lru_cache(maxsize=1)
def categories() -> Mapping[str, Category]:
    """The five, by their keys."""
    told: dict[str, dict[str, Any]] = bundled("feedback/rules/scores.yaml")
    return {key: _category(key, each) for key, each in told.items()}


def scores(facts: Facts, duration_s: float) -> tuple[Score, ...]:
    """Every category, judged or not."""
    return tuple(_score(category, facts, duration_s) for category in categories().values())


def _category(key: str, told: Mapping[str, Any]) -> Category:
    parts = tuple(
        Part(
            part["fact"],
            float(part["from"]),
            float(part["to"]),
            float(part["weight"]),
            part["says"],
            part.get("none", ""),
            part.get("needed", False),
            float(part.get("least", -math.inf)),
        )
        for part in told.get("parts", ())
    )
    why_not = told.get("never") or told["without"]
    return Category(
        key, told["title"], told["means"], parts, why_not, float(told.get("enough", 0)), float(told.get("least_s", 0))
    )


def _score(category: Category, facts: Facts, duration_s: float) -> Score:
    named = (category.key, category.title, category.means)
    if not category.parts:
        return Score(*named, None, category.why_not)
    if duration_s < category.least_s:
        return Score(*named, None, f"The song is shorter than {category.least_s:.0f} s, too short for this.")
    counts = [(part, part.counts(facts)) for part in category.parts]
    known = [(part, count) for part, count in counts if count is not None]
    weight, whole = sum(part.weight for part, _ in known), sum(part.weight for part in category.parts)
    if any(part.needed and count is None for part, count in counts) or weight < category.enough * whole:
        needed = [part.fact for part in category.parts if part.needed and part.unknown(facts)]
        unknown = [kinds()[slot].about.partition(" (")[0] for slot in needed]
        said = f" Not known, or not surely enough: {listed(unknown)}." if unknown else ""
        return Score(*named, None, category.why_not + said)
    share = sum(part.weight * count for part, count in known) / weight
    sure = [facts[part.fact].confidence for part, _ in known]
    doubts = [each for each in sure if each is not None]
    return Score(
        *named,
        points=round(LOWEST + (HIGHEST - LOWEST) * share),
        evidence=tuple(part.said(facts) for part, _ in known),
        slots=tuple(part.fact for part, _ in known),
        confidence=min(doubts) if doubts else None,
    )
