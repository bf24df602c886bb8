"""Suggestions that follow from measurements, the weightiest first, and questions that only the producer can answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explainer.feedback.facts.fact import Fact, Facts
from explainer.feedback.facts.slots import filled, slots_in
from explainer.phrasing.bundled import bundled

MOST_WEIGHT = 100.0
MOST_SUGGESTIONS, MOST_QUESTIONS, FEWEST_QUESTIONS = 8, 5, 3


@dataclass(frozen=True)
class Suggestion:
    """What to do.

    Args:
        rule: by which it was made.
        weight: 0 to 100.
        do: an imperative.
        because: the facts that ask for it.
        slots: these.
    """

    rule: str
    weight: float
    do: str
    because: str
    slots: tuple[str, ...]


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """The rules as their file has them."""
    told: dict[str, Any] = bundled("feedback/rules/suggestions.yaml")
    return told


def suggestions(facts: Facts) -> tuple[Suggestion, ...]:
    """What the measurements ask for, at most eight."""
    made = [_suggestion(key, rule, facts) for key, rule in rules()["suggestions"].items() if holds(rule, facts)]
    return tuple(sorted(made, key=lambda each: -each.weight)[:MOST_SUGGESTIONS])


def questions(facts: Facts) -> tuple[str, ...]:
    """At most five questions, those that the song itself raises first."""
    asked = [filled(rule["ask"], facts) for rule in rules()["questions"].values() if holds(rule, facts)]
    asked = asked[:MOST_QUESTIONS]
    return (*asked, *rules()["always"][: max(FEWEST_QUESTIONS - len(asked), 1 if len(asked) < MOST_QUESTIONS else 0)])


def holds(rule: Mapping[str, Any], facts: Facts) -> bool:
    """Whether facts are as a rule wants them ("above 3", "below 3", "unsure", "" for any), and all it says is known."""
    said = "".join(str(rule.get(part, "")) for part in ("do", "because", "ask"))
    known = facts.keys() >= set(slots_in(said))
    rows = [(slot, each) for slot, wanted in rule["when"].items() for each in _listed(wanted)]
    return known and all(_holds(facts.get(slot), each) for slot, each in rows)


def _listed(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted


def _holds(fact: Fact | None, wanted: str) -> bool:
    if fact is None:
        return False
    if wanted == "unsure":
        return fact.unsure
    if not wanted:
        return fact.carries
    way, bound = wanted.split()
    if fact.number is None or not fact.carries:
        return False
    return fact.number > float(bound) if way == "above" else fact.number < float(bound)


def _suggestion(key: str, rule: Mapping[str, Any], facts: Facts) -> Suggestion:
    weight = float(rule["weight"]) + sum(_more(rule, facts))
    do, because = rule["do"], rule["because"]
    slots = tuple(dict.fromkeys(slots_in(f"{because} {do}")))
    return Suggestion(key, min(weight, MOST_WEIGHT), filled(do, facts), filled(because, facts), slots)


def _more(rule: Mapping[str, Any], facts: Facts) -> Iterator[float]:
    for slot, by in rule.get("more", {}).items():
        number = facts[slot].number if slot in facts else None
        if number is not None:
            yield by * number
