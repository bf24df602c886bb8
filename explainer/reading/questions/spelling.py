"""Words as they were meant: those that are misspelt as the known word that is most like them."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORTEST, ALIKE = 4, 0.8  # letters of a word that may be misspelt, and how like a known one it has to be


def corrected(words: Sequence[str], known: Collection[str]) -> list[str]:
    """The words, those misspelt as the known word that is most like them: it begins with the same letter."""
    return [nearest(word, known) for word in words]


def nearest(word: str, known: Collection[str], shortest: int = SHORTEST) -> str:
    """The known word that is meant; the word itself where it is known, too short, or like none."""
    if word in known or len(word) < shortest or not word.isalpha():
        return word
    alike = sorted(other for other in known if other[0] == word[0] and abs(len(other) - len(word)) < 3)
    swapped = [other for other in alike if _swapped(word, other)]
    return next(iter(swapped or get_close_matches(word, alike, 1, ALIKE)), word)


def is_slip(word: str, meant: str) -> bool:
    """Whether fingers may have made the one of the other: a letter too many, or too few, two swapped, a key beside."""
    short, long = sorted((word, meant), key=len)
    if len(long) - len(short) == 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long))):
        return True
    if _swapped(word, meant):
        return True
    differ = [(one, two) for one, two in zip(word, meant, strict=False) if one != two]
    return len(word) == len(meant) and len(differ) == 1 and _beside(*differ[0])


def _beside(one: str, two: str) -> bool:
    """Whether two keys lie beside each other."""
    places = {key: (row, at + row / 2) for row, keys in enumerate(KEYS) for at, key in enumerate(keys)}
    if one not in places or two not in places:
        return False
    (row, at), (other_row, other_at) = places[one], places[two]
    return abs(row - other_row) <= 1 and abs(at - other_at) <= 1


def _swapped(word: str, other: str) -> bool:
    """Whether two neighbouring letters have changed places."""
    differ = [at for at, (one, two) in enumerate(zip(word, other, strict=False)) if one != two]
    return (
        len(word) == len(other)
        and len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] + word[differ[1]] == other[differ[1]] + other[differ[0]]
    )
