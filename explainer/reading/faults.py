"""Words that say that something is too loud or too quiet, or should be louder or quieter."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.event import Event, Kind
from explainer.reading.items import Item
from explainer.reading.nouns import Noun
from explainer.reading.quantities import DB

UP, DOWN = Direction.UP, Direction.DOWN


def state(items: Sequence[Item], i: int) -> Event | None:
    """ "Loud" is a fault by itself, "prominent" only with "too" or "a bit" before it."""
    item = items[i]
    plain, if_too = item.has("loud", "quiet"), item.has("loud_if_too", "quiet_if_too")
    if not (plain or if_too):
        return None
    if i and items[i - 1].has("article") and (i + 1 == len(items) or not items[i + 1].stems):
        return None  # "the low", a noun
    if item.words == ("far",) and i + 1 < len(items):
        return None  # far left, far from clear
    degree = degree_of(items, i)
    loud = item.has("loud") if plain else item.has("loud_if_too")
    if degree == "enough":
        # "Not loud enough" is too quiet; without a denial it is fine.
        return Event(i, Kind.HEARD, UP if loud else DOWN)
    if degree == "no" and (not plain or (i and items[i - 1].words in (("as",), ("how",)))):
        return None
    described = any(other.has("be") for other in items[:i]) and not (i + 1 < len(items) and items[i + 1].quantity)
    if degree == "a_little" and not plain and item.has("up", "down") and not described:
        return None  # "a little forward" after a verb is a move
    return Event(i, Kind.STATE, DOWN if loud else UP)


def degree_of(items: Sequence[Item], i: int) -> str:
    """How an adjective is qualified: "too", "a_little", "enough", or "no"."""
    if i + 1 < len(items) and items[i + 1].has("enough"):
        return "enough"
    j = i - 1
    while j >= 0 and (items[j].has("much") or items[j].has("filler")) and not items[j].has("too", "a_little"):
        j -= 1
    if j >= 0 and items[j].stems and j and items[j - 1].has("too"):  # "too bass heavy"
        j -= 1
    if j < 0:
        return "no"
    if items[j].words == ("to",):  # "too", misspelled; "to be low" is none
        return "too" if j == i - 1 and j and items[j - 1].has("be", "filler") else "no"
    if items[j].has("too", "too_much"):
        return "too"
    return "a_little" if items[j].has("a_little") else "enough" if items[j].has("enough") else "no"


def amount(items: Sequence[Item], i: int, nouns: dict[int, Noun], taken: set[int]) -> Event | None:
    """ "Too much bass", "more of the bass", "the bass needs 3 dB more", "the bass is too much".

    Args:
        taken: items that are used up; those between the amount and its stem are added.
    """
    item = items[i]
    if not item.has("too_much", "too_little", "more", "less") and item.words != ("no",):
        return None
    direction = DOWN if item.has("too_much", "less") else UP
    of_level = False
    j = i + 1
    while j < len(items) and (
        items[j].has("article", "level_of", "a_little", "much")
        or items[j].words[0] in ("of", "from")
        or (of_level and items[j].has("of", "place"))
        or items[j].words == ("a", "lot", "of")
    ):
        of_level = of_level or items[j].has("level_of")
        j += 1
    stem_next = j < len(items) and nouns.get(j) is Noun.STEM
    if item.words == ("no",):  # "no bass", with nothing after it
        return Event(i, Kind.AMOUNT, UP, ahead=True) if stem_next and j == i + 1 == len(items) - 1 else None
    if stem_next:
        items[j].context = False
        taken.update(range(i + 1, j))
        return Event(i, Kind.AMOUNT, direction, ahead=True)
    taken.update(k for k in range(i + 1, j) if items[k].has("too_much"))
    return Event(i, Kind.AMOUNT, direction) if _is_of_before(items, i, j, nouns, of_level) else None


def _is_of_before(items: Sequence[Item], i: int, j: int, nouns: dict[int, Noun], of_level: bool) -> bool:
    """Whether an amount with no stem behind it is said of what comes before: "the bass is too much".

    Args:
        i, j: the amount, and the first item behind it that is more than a small word.
        of_level: whether it is an amount of level: "too much volume".
    """
    item, last = items[i], j >= len(items)
    before = items[i - 1].quantity if i else None
    if item.has("lost"):  # "missing", of what comes before, is no amount
        return False
    if before is not None and before.unit == DB and (last or not items[j].unknown):
        return True
    ends = last or (items[j].has("against", "place") and not items[j].has("of")) or nouns.get(j) is Noun.PRONOUN
    asked = item.has("more", "less") and _asked(items, i)
    return ends and (of_level or item.has("too_much") or asked)


def comparative(items: Sequence[Item], i: int, nouns: dict[int, Noun]) -> Event | None:
    """ "Louder" is a wish after "should" or by itself, and a fault before "than it should be"; else it describes."""
    item = items[i]
    louder = item.has("louder")
    rest = items[i + 1 :]
    before_noun = bool(rest) and (nouns.get(i + 1) or rest[0].quantity or rest[0].has("article", "level_of", "of"))
    if item.has("lower_word") and before_noun and not (i and items[i - 1].has("be")):
        return Event(i, Kind.MOVE, DOWN, ahead=True)  # the verb
    if i and items[i - 1].words == ("the",):  # "the louder vocals" are so already
        return None
    than = next((j for j, other in enumerate(rest) if other.has("than")), None)
    wished = any(other.has("wish", "give") or other.words == ("if",) for other in items[:i])
    if than is not None and any(other.has("wish") for other in rest[than:]):  # than it should be, than the song needs
        return Event(i, Kind.STATE, DOWN if louder else UP)
    if not wished and (than is not None or any(other.has("be") for other in items[1:i])):
        return None
    if not wished and item.words[0] in ("more", "less") and not any(other.has("a_little", "much") for other in items):
        return None  # "bass less prominent"
    attribute = bool(rest) and nouns.get(i + 1) is Noun.STEM  # "more prominent drums" alone may be praise
    if attribute and not (wished or any(other.has("wish", "a_little", "much") or other.quantity for other in items)):
        return None
    return Event(i, Kind.WISH, UP if louder else DOWN)


def _asked(items: Sequence[Item], i: int) -> bool:
    """Whether "needs", "could use" or the like comes right before, but for words of degree."""
    j = i - 1
    while j > 0 and items[j].has("a_little", "much", "filler") and not items[j].has("wish"):
        j -= 1
    return j >= 0 and items[j].has("wish")
