"""Slots in texts: {tempo} is filled with the fact of that name."""

import re

from explainer.advice.shown import capital
from explainer.feedback.facts.fact import Facts

SLOT = re.compile(r"\{+\s*([a-z][a-z0-9_]{0,60})\s*\}+")
UNKNOWN = "(not known)"


def slots_in(text: str) -> tuple[str, ...]:
    """The slots that a text names, in their order."""
    return tuple(found[1] for found in SLOT.finditer(text))


def filled(text: str, facts: Facts) -> str:
    """A text with its slots filled; what is not known is said to be so."""

    def said(found: re.Match[str]) -> str:
        fact = facts.get(found[1])
        return UNKNOWN if fact is None else fact.said

    return capital(SLOT.sub(said, text))
