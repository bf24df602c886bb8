"""Slots in the wrong place: facts under other names, sections with each other's level or the wrong way round."""

import re
from collections.abc import Iterator

from explainer.feedback.facts.fact import Facts, kinds
from explainer.feedback.facts.slots import SLOT, slots_in

IS = r"(?:is|are|was|at|reaches|measures|of|:|=)"
LOUDER, SOFTER = ("louder", "stronger", "higher"), ("softer", "quieter", "lower", "weaker")
SECTION = re.compile(r"(?:before_|now_)?(?:section_\d+|loudest_section|softest_section)")
LEVEL = re.compile(r"section_\d+_level")
THAN = re.compile(r"\{([a-z_0-9]+)\}([^{}]*?)\bthan\b[^{}]*?\{([a-z_0-9]+)\}")
NOT = re.compile(r"\b(?:not|no|hardly|never)\b")
MOST = {"loudest_section": "loudest", "softest_section": "(?:softest|quietest)"}


def misnamed(text: str, facts: Facts) -> Iterator[str]:
    """Slots that are called what another fact is: "the true peak is {lufs}"."""
    for found in SLOT.finditer(text):
        fact = facts.get(found[1])
        if fact is None:
            continue
        before = text[: found.start()].rpartition("}")[2]
        after = re.split(r"[.,;:!?{]", text[found.end() :], maxsplit=1)[0]
        if any(_in(word, before + after) for word in fact.kind.named):
            continue
        words = (word for kind in kinds().values() for word in kind.named)
        word = next((word for word in words if _calls(word, before)), None)
        if word is not None:
            yield f"{fact.kind.about} is called {word}"


def misplaced(text: str, facts: Facts) -> Iterator[str]:
    """Sections that are compared the wrong way round, or given another's level."""
    slots = slots_in(text)
    sections = [slot for slot in slots if SECTION.fullmatch(slot)]
    levels = [slot.removesuffix("_level") for slot in slots if LEVEL.fullmatch(slot)]
    if levels and len(levels) == len(sections):
        pairs = zip(sections, levels, strict=True)
        if any(_number(section, facts) not in (None, level) for section, level in pairs):
            yield "a section is given another one's level"
    for found in THAN.finditer(text):
        one, other = (_level(found[at], facts) for at in (1, 3))
        louder, softer = (any(_in(word, found[2]) for word in words) for words in (LOUDER, SOFTER))
        told = one is not None and other is not None and louder != softer and not NOT.search(found[2])
        if told and one is not None and other is not None and (one > other) != louder:
            yield "two sections are compared the wrong way round"
    for slot in dict.fromkeys(sections):
        yield from _superlative(slot, text, facts)


def _superlative(slot: str, text: str, facts: Facts) -> Iterator[str]:
    """A section that is called the loudest or softest, and is not."""
    for best, word in MOST.items():
        behind = rf"{word}(?:\s+\w+)?(?:\s+is|:)\s+\{{{slot}\}}"
        before = rf"\{{{slot}\}}\s+is\s+(?:the|your)\s+{word}"
        said = re.search(f"{behind}|{before}", text, re.IGNORECASE)
        if said and slot in facts and best in facts and facts[slot].value != facts[best].value:
            yield "another section is that"


def _calls(word: str, before: str) -> bool:
    """Whether what stands before a slot ends in "WORD is", or the like."""
    ends = rf"\b{re.escape(word)}\b(?:\s+\w+)?\s*{IS}\s*(?:about|around|only|just)?\s*$"
    return re.search(ends, before, re.IGNORECASE) is not None


def _in(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def _number(slot: str, facts: Facts) -> str | None:
    """The section_N that a slot is; None where that is not known."""
    if slot not in facts:
        return None
    same = (key for key in facts if re.fullmatch(r"section_\d+", key) and facts[key].value == facts[slot].value)
    return next(same, None)


def _level(slot: str, facts: Facts) -> float | None:
    """How loud the section of a slot is, or a slot that is a level itself."""
    number = slot.removesuffix("_level") if LEVEL.fullmatch(slot) else _number(slot, facts)
    level = facts.get(f"{number}_level")
    return None if level is None else level.number
