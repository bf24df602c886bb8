"""Names and lists as they can be shown to people."""

import unicodedata
from collections.abc import Sequence

LONGEST_NAME = 40
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def shown(name: str) -> str:
    """A name with everything taken out that would upset a line of text: line breaks, control characters."""
    kept = (char for char in name if unicodedata.category(char) != "Cf")  # marks of direction, joiners
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in kept
    )


def listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def quoted(name: str) -> str:
    """A user's name as a text shows it: on one line, a long one without its middle, in quotes."""
    half, plain = LONGEST_NAME // 2, shown(name)
    return f"“{plain if len(plain) <= LONGEST_NAME else f'{plain[:half].rstrip()}…{plain[-half:].lstrip()}'}”"


def capital(text: str) -> str:
    """A text with a capital at its start."""
    return text[:1].upper() + text[1:]
