"""Names and lists as they can be shown to people."""

from collections.abc import Sequence

from console.files.names import shown

LONGEST_NAME = 40
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


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
