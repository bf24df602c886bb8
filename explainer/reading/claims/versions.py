"""Two versions of a mix, A and B: where a text speaks of them, and what it says has changed from A to B."""

from collections.abc import Sequence

from explainer.reading.claims.nouns import Noun, grouped, nouns
from explainer.reading.items.quantities import DB
from explainer.reading.items.segments import Item, Sentence, sentences
from explainer.reading.items.stems import names

LOUDER, QUIETER = 1, -1
BEFORE = ("of", "place", "against", "than", "mix", "cause")


def versions(items: Sequence[Item]) -> list[tuple[int, str]]:
    """Where versions are named: index and "a" or "b". A lone capital A counts where it cannot be an article."""
    found = []
    for i, item in enumerate(items):
        if item.version and not item.quantity:
            before = i and (
                items[i - 1].has(*BEFORE) or items[i - 1].words[0] in ("version", "in", "to", "prefer", "and")
            )
            after = i + 1 == len(items) or items[i + 1].has("be", "and", "of", "than", "against")
            if item.words == ("b",) or before or after:
                found.append((i, item.words[0]))
    return found


def parse_comparison(text: str, stems: Sequence[str]) -> dict[str, float]:
    """What a text says has changed from A to B: dB per stem, positive where it is louder in B.

    What it advises to do about it is not read, and neither is a change without a number. Of two changes of one stem
    the first counts.

    Args:
        stems: the stems' names; synonyms as in `parse`.
    """
    changes: dict[str, float] = {}
    topic: tuple[int, ...] = ()
    for sentence in sentences(text, names(stems)):
        found, topic = _changes(sentence, topic)
        for stem, change_db in found:
            changes.setdefault(stems[stem], change_db)
    return changes


def _changes(sentence: Sentence, topic: tuple[int, ...]) -> tuple[list[tuple[int, float]], tuple[int, ...]]:
    """The changes that a sentence tells of, and the stems it speaks of last, given those spoken of before."""
    segments = grouped(sentence.segments)
    items = [item for segment in segments for item in segment.items]
    flipped = _is_of_a(items)
    found: list[tuple[int, float]] = []
    advised = described = False
    for segment in segments:
        named = nouns(segment.items)
        way = 0
        for i, item in enumerate(segment.items):
            if item.has("move", "raise", "lower") and not item.has("up", "down") and not _reported(segment.items[:i]):
                advised = True
            if item.stems and named.get(i) is Noun.STEM:
                topic = item.stems
            if item.has("louder", "quieter", "lower_word"):
                way, described = (LOUDER if item.has("louder") else QUIETER), True
            elif item.has("more", "less", "up", "down", "raise", "lower") and not advised:
                told = described or _reported(segment.items[:i]) or versions(segment.items)
                if told:
                    way, described = (LOUDER if item.has("more", "up", "raise") else QUIETER), True
        sizes = [i.quantity.value for i in segment.items if i.quantity and i.quantity.unit == DB]
        if way and topic and sizes and sizes[0] is not None:
            found.extend((stem, (-way if flipped else way) * sizes[0]) for stem in topic)
    return found, topic


def _reported(items: Sequence[Item]) -> bool:
    """Whether something is told rather than advised: "was lowered", "has come up", "went up"."""
    return any(item.has("be") or item.words[0] in ("went", "came") for item in items)


def _is_of_a(items: Sequence[Item]) -> bool:
    """Whether A is described and B is what it is held against."""
    named = versions(items)
    for i, version in named:
        j = i - 1
        while j > 0 and (items[j].words[0] in ("in", "mix", "version", "the") or items[j].has("be")):
            j -= 1
        if j >= 0 and items[j].has("than", "against") and items[j].words[0] not in ("to",):
            return version == "b"
    if [version for _, version in named[:2]] == ["a", "b"] and any(item.words[0] == "from" for item in items):
        return False
    return bool(named) and named[0][1] == "a" and len({version for _, version in named}) == 1 and not _way_back(items)


def _way_back(items: Sequence[Item]) -> bool:
    return any(item.words[0] in ("back", "undo", "return", "match", "restore", "prefer", "better") for item in items)
