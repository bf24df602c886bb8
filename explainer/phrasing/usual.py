"""What a song was judged against, in words."""

import re

from console.balance.usual import Usual
from explainer.advice.shown import shown

LONGEST = 240  # letters of what somebody calls it
USUAL = re.compile(r"\b(?:(?:is|are|would be) (?:usual|typical|normal)|is the norm)\b")


def judged_against(usual: Usual) -> str:
    """One sentence."""
    return f"Judged against {_short(usual.source) or 'what you told to be usual'}."


def with_place(text: str, usual: Usual) -> str:
    """A text that says, where it first speaks of what is usual, where that is usual; else in a sentence at its end.

    No titles of songs, which may be read as advice ("Turn Up the Bass").
    """
    found = USUAL.search(text)
    if found is None:
        return f"{text} Judged against what is usual {_short(usual.where)}."
    return f"{text[: found.end()]} {_short(usual.where)}{text[found.end() :]}"


def place(usual: Usual | None) -> str:
    """Where what was judged against is usual: "in metal"."""
    return "in all music" if usual is None else _short(usual.where)


def _short(source: str) -> str:
    plain = shown(source).strip().rstrip(".")
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST].rstrip()}…"
