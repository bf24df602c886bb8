"""The words that would be wrong next in a text about a mix, by what it has said so far."""

import re
from collections.abc import Iterable

from explainer.advice.claims import Severity
from explainer.advice.shown import NUMBERS
from explainer.language.facts import Kind
from explainer.language.known import Known

SIDES = ("above", "below")
REST = ("rest", "everything", "mix")  # what the rest of the mix is called
LEVEL = re.compile(r"(\d+\.\d) LU\Z")
BESIDE = re.compile(rf"(\d+\.\d) LU ({'|'.join(SIDES)})(?: the)?\Z")
COUNTS = frozenset(spelled for word in NUMBERS[1:] for spelled in (word, word.capitalize()))
BEGUN = re.compile(rf"\d|\b({'|'.join(COUNTS)})\b")  # before any number there may be the count of those that move
A = re.compile(r"\ba\Z")
DEGREES = {  # words of size, behind "a" or by themselves
    Severity.LITTLE: ({"little", "touch", "bit", "shade", "tad"}, {"slightly"}),
    Severity.MUCH: ({"lot", "long"}, {"badly", "considerably"}),
}
NO_SIZE = re.compile(r"\b(?:against|[Ww]ithin|as|It is)\Z")  # "It is a good bet"; else "a" begins a size
HEARD = {"heard": re.compile(r"\b(?:is|are)\Z"), "only": re.compile(r"\b(?:in|for)\Z")}  # "heard in only 17 %"


def wrong_next(text: str, known: Known) -> frozenset[str]:
    """A count of others than move, above for what lies below, the rest for the anchor, the size of another move."""
    if known.facts and not BEGUN.search(text):
        count = NUMBERS[len(known.facts)] if len(known.facts) < len(NUMBERS) else ""
        return COUNTS - {count, count.capitalize()}
    meant = known.meant(text)
    return _other_sides(text, known) | _other_sizes(text, known, meant) | _unheard(text, known, meant)


def _other_sides(text: str, known: Known) -> frozenset[str]:
    if found := LEVEL.search(text):
        right = {SIDES[level < 0] for level, _ in known.levels if abs(level) == float(found[1])}
        return frozenset(SIDES) - right if right else frozenset()
    if found := BESIDE.search(text):
        level_lu = float(found[1]) * (1 if found[2] == SIDES[0] else -1)
        against = {other for level, other in known.levels if level == level_lu}
        words = {name.split()[0] for name in known.names} | set(REST)
        right = {other.split()[0] for other in against if other} | set(REST if "" in against else ())
        return frozenset(words - right if against else ())
    return frozenset()


def _other_sizes(text: str, known: Known, meant: Iterable[str]) -> frozenset[str]:
    sizes = {known.severity.get(stem) for stem in meant}
    if len(sizes) != 1:
        return frozenset()
    plain = {"a"} if Severity.PLAIN in sizes and not NO_SIZE.search(text) else set()
    return frozenset(plain.union(*(words[not A.search(text)] for size, words in DEGREES.items() if size not in sizes)))


def _unheard(text: str, known: Known, meant: Iterable[str]) -> frozenset[str]:
    """The words before how much of the song a stem sounds, where that is not known."""
    if not known.facts or any(fact.kind is Kind.TIME for stem in meant for fact in known.facts[stem]):
        return frozenset()
    return frozenset(word for word, before in HEARD.items() if before.search(text))
