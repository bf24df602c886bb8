"""Slots in what a language model says: filled from the table of the session; figures beside them are unverified."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from explainer.language.slot_mask import NUMBER_WORDS as BARRED
from explainer.reading.items.quantities import NUMBER_WORDS, UNITS
from explainer.reading.items.words import Kind, tokens
from studio.chat.llm.aliases import Aliases
from studio.session.sentences import position

SLOT = re.compile(r"\{\{\s*([^{}]{1,80}?)\s*\}\}")
UNKNOWN = "(not known)"
OF_STEM = {
    "fader_db": "dB",
    "suggested_db": "dB",
    "low_db": "dB",
    "high_db": "dB",
    "held_back_db": "dB",
    "left_db": "dB",
    "level_lufs": "LUFS",
    "chance": "%",
}
OF_MIX = {"loudness_lufs": "LUFS", "true_peak_dbtp": "dBTP"}
NUMBERS = (NUMBER_WORDS - set(UNITS) - {"one"}) | BARRED


def filled(text: str, table: Mapping[str, Any], aliases: Aliases) -> tuple[str, bool]:
    """A text with its slots filled, by aliases still, and whether every figure in it is from a slot."""
    own = SLOT.sub(" ", text)
    verified = not has_numbers(_nameless(own, aliases)) and "{{" not in own

    def fill(found: re.Match[str]) -> str:
        nonlocal verified
        value = _value(found[1], table, aliases)
        verified = verified and value is not None
        return UNKNOWN if value is None else value

    return SLOT.sub(fill, text), verified


def has_numbers(text: str) -> bool:
    """Whether a text has a number, in digits of any script or in words; "one" is one only before a unit."""
    if any(sign.isnumeric() for sign in text):
        return True
    words = [token.text for token in tokens(text) if token.kind is Kind.WORD]
    ones = any(word in ("one", "a", "another") and after in UNITS for word, after in pairwise(words))
    return ones or not NUMBERS.isdisjoint(words)


def _nameless(text: str, aliases: Aliases) -> str:
    """A text without the stems in it, some of which hold a number's word: "double bass"."""
    called = "|".join(map(re.escape, sorted(aliases.called, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{called})(?!\w)", " ", text, flags=re.IGNORECASE)


def _value(slot: str, table: Mapping[str, Any], aliases: Aliases) -> str | None:
    """What stands for a slot; None for one that there is none of, or that is not known yet."""
    if slot == "strength_percent":
        return f"{table['strength_percent']:g} %"
    whose, _, what = slot.rpartition(".")
    whose = whose.strip().casefold()
    if whose in ("mix", "mix_as_opened"):
        value = (table.get(whose) or {}).get(what)
        return None if value is None or what not in OF_MIX else f"{value:.1f} {OF_MIX[what]}"
    name = aliases.own.get(whose.removeprefix("the ").strip())
    row: Mapping[str, Any] = next((row for row in table["stems"] if row["name"] == name), {})
    value = row.get(what)
    if what not in OF_STEM or value is None:
        return None
    if what == "chance":
        return f"{100 * value:.0f} %"
    return f"{position(value) if OF_STEM[what] == 'dB' else f'{value:.1f}'} {OF_STEM[what]}"
