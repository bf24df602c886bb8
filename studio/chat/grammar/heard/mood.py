"""Whether a sentence orders, asks, supposes or only tells."""

from collections.abc import Sequence
from enum import Enum, auto

from explainer.reading.items.segments import Item
from studio.chat.grammar.heard.words import length_of, phrases_of

SELVES = ("you", "we", "i", "u", "ya", "one", "somebody", "someone", "there")
SAYING = frozenset("says said say thinks thought told tells asked asks".split())
DONE = frozenset("told had brought took taken made gave undid did got went came had put set cut let left kept".split())
DOING = ("it", "that", "this", "so", "the", "not", "what", "as", "your", "all", "everything", "nothing", "them", "both")
SEEMING = frozenset(
    "need needs have has sound sounds seem seems look looks fit fits sit sits feel feels come go".split()
)
THIRD = ("he", "she", "they", "somebody", "someone", "everybody", "everyone", "people")
HAVING = frozenset("have had has already just also only never ever even then all almost nearly".split())
COMPARING = ("louder", "quieter", "lower_word", "more", "less", "up", "down", "raise", "lower")
REQUESTING = frozenset("please kindly pls plz".split())


class Mood(Enum):
    """How something is said."""

    ORDER = auto()
    QUESTION = auto()
    SUPPOSED = auto()
    TOLD = auto()  # of what somebody did


def opening(words: Sequence[str]) -> int:
    """How many words come before what is said: "ok, so then please"."""
    return _skipped(words, 0, "openers")


def said_from(words: Sequence[str]) -> int:
    """Where what is to be done begins: behind "could you please", "what if we", "I think that"."""
    at = opening(words)
    for part in ("requests", "supposing", "telling"):
        behind = _skipped(words, at, part, once=True)
        at = behind if behind > at else at
    return _skipped(words, at, "openers")


def mood_of(words: Sequence[str], end: str, items: Sequence[Item]) -> Mood:
    """How a sentence is meant.

    Args:
        words: all of it.
        end: the mark at its end.
        items: its items, in the same order.
    """
    at = opening(words)
    rest = words[at:]
    if not rest:
        return Mood.ORDER
    if _begins(rest, "requests"):
        asked = rest[length_of(rest, "requests") :]
        return Mood.QUESTION if _asks(asked) or _begins(asked, "telling") else Mood.ORDER
    if _begins(rest, "supposing"):
        return Mood.SUPPOSED
    if _begins(rest, "telling"):
        return Mood.QUESTION
    first, second = rest[0], rest[1] if len(rest) > 1 else ""
    if first in ("sounds", "sounding", "seems", "feels", "looks"):
        return Mood.TOLD
    if first in ("can", "could", "may", "might") and second not in SELVES:
        wished = any(item.has(*COMPARING) for item in items) and not any(item.has("too", "enough") for item in items)
        return Mood.ORDER if wished else Mood.QUESTION
    if first in ("do", "did", "have", "had", "will", "would"):
        asks = second in (*SELVES, "they") or (first in ("did", "will", "would", "had") and len(rest) > 1)
        asks = asks or (first == "do" and (second not in DOING or second == "the") and not SEEMING.isdisjoint(rest))
        polite = not REQUESTING.isdisjoint(rest) and first in ("would", "will")
        if asks and not polite:
            return Mood.QUESTION
    if (first,) in phrases_of("asking") and first not in ("do", "have", "had", "will", "would"):
        return Mood.QUESTION
    if _is_told(rest):
        return Mood.TOLD
    if SAYING & set(rest[1:4]) and rest[0] in ("my", "the", "our", "a", "his", "her", "one", *THIRD):
        return Mood.SUPPOSED
    if any(item.has("condition") and item.words[0] in ("if", "unless", "when", "whenever") for item in items):
        return Mood.SUPPOSED
    if end == "?" and REQUESTING.isdisjoint(rest):
        return Mood.SUPPOSED
    return Mood.ORDER


def begins_request(words: Sequence[str]) -> bool:
    """Whether words begin as a request does: "could you ...", "so please ..."."""
    at = opening(words)
    return _begins(words[at:], "requests") or (at < len(words) and not REQUESTING.isdisjoint(words[:at]))


def asks_anew(words: Sequence[str]) -> bool:
    """Whether a clause within a sentence begins a question."""
    rest = words[opening(words) :]
    return bool(rest) and _asks(rest)


def _asks(words: Sequence[str]) -> bool:
    return (words[0],) in phrases_of("always_asking") if words else False


def _is_told(words: Sequence[str]) -> bool:
    """ "I turned the vocals up": somebody did it already."""
    if (words[0],) not in phrases_of("narrative"):
        return False
    if words[1:2] == ["had"] or tuple(words[1:2]) == ("had",):
        return words[2:3] not in (["better"], ("better",))
    verb = next((word for word in words[1:] if word not in HAVING), "")
    behind = next((word for word in words[2:] if word not in HAVING), "")
    if verb == "been" or (verb in ("am", "are", "is", "was", "were") and behind.endswith("ing")):
        return True  # "I have been listening", "we are mixing a record"
    wish = verb in ("wanted", "needed", "hoped", "wished", "loved", "need")
    return not wish and (verb in DONE or (verb.endswith("ed") and len(verb) > 4))


def _begins(words: Sequence[str], part: str) -> bool:
    return length_of(words, part) > 0


def _skipped(words: Sequence[str], at: int, part: str, once: bool = False) -> int:
    while size := length_of(words[at:], part):
        at += size
        if once:
            break
    return at
