"""What a segment says: that something is too loud or too quiet, should be louder or quieter, or should move."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.claims.event import Event, Kind, measure, severity
from explainer.reading.claims.nouns import Noun
from explainer.reading.items.quantities import DB
from explainer.reading.items.segments import Item

# What says by itself which way something goes: a verb before it has nothing more to say.
DIRECTED = (
    *("louder", "quieter", "lower_word", "raise", "lower", "more", "less"),
    *("excess", "loud", "quiet", "lost", "move"),
)
OTHERS = frozenset("mixes records songs engineers mixers producers usually typically normally generally people".split())
SINKING = ("drown", "drowns", "drowning")
WHERE = (
    "here",
    "there",
    "in",
    "under",
    "underneath",
    "beneath",
    "behind",
    "a",
    "now",
    "completely",
    "again",
    "throughout",
)
UP, DOWN = Direction.UP, Direction.DOWN


def events(items: Sequence[Item], nouns: dict[int, Noun]) -> list[Event]:
    """What a segment says, in its order."""
    found: list[Event] = []
    taken: set[int] = set()
    for i, item in enumerate(items):
        if i not in taken and not item.has("not_no", "not_level", "not_moves", "all_well", "as_reference"):
            event = _event(items, i, nouns, taken)
            if event is not None:
                found.append(event)
    denied = [i for i, item in enumerate(items) if item.has("denial")]
    for n, event in enumerate(found):
        before, after = (found[n - 1] if n else None), (found[n + 1] if n + 1 < len(found) else None)
        first = before.at + 1 if before else 0
        if any(first <= i < event.at for i in denied):
            _deny(event)
        elif event.kind is Kind.HEARD and event.direction is not None:
            event.kind, event.direction = Kind.FINE, None  # loud enough
        event.severity = severity(items, event, first, after.at if after else len(items))
    found = [event for event in found if event.direction is not None or event.kind in (Kind.LEAVE, Kind.FINE)]
    if found:
        measure(items, found)
    return found


def _event(items: Sequence[Item], i: int, nouns: dict[int, Noun], taken: set[int]) -> Event | None:
    """What one item says, if anything; the items that it uses up are added to `taken`."""
    item = items[i]
    if item.has("excess"):
        return Event(i, Kind.STATE, UP if _sinks(items, i) else DOWN)
    if item.has("where"):
        return Event(i, Kind.STATE, UP, ahead=True)
    of_it = amount(items, i, nouns, taken)
    if of_it is not None:
        return of_it
    if item.has("lost"):
        return Event(i, Kind.STATE, UP)
    if item.has("masks"):
        return None
    if item.words in (("over",), ("under",)) and i == len(items) - 1 and i and _is_size(items[i - 1]):
        return Event(i, Kind.STATE, DOWN if item.words == ("over",) else UP)  # "the bass is 2 dB over"
    if item.words in (("as", "loud", "as"), ("as", "quiet", "as")) and any(other.has("wish") for other in items[i:]):
        return Event(i, Kind.HEARD, UP if "loud" in item.words else DOWN)  # "not as loud as it should be"
    if item.has("heard") and (not item.has("loud_if_too") or degree_of(items, i) == "no"):
        return Event(i, Kind.HEARD, None, ahead=i + 1 < len(items))
    if item.has("louder", "quieter", "lower_word"):
        return comparative(items, i, nouns)
    fault = state(items, i)
    if fault is not None:
        return fault
    if item.has("raise", "lower", "move", "come", "give"):
        return move(items, i, nouns, taken)
    if item.has("up", "down"):
        return bare_move(items, i, nouns)
    if (
        item.has("leave")
        and not any(other.quantity for other in items)
        and not (_leaves_room(items, i) or _by_others(items, i))
    ):
        return Event(i, Kind.LEAVE, None, ahead=True)
    if item.has("fine") and not _is_of_move(items, i):
        return Event(i, Kind.FINE, None)
    return None


def _sinks(items: Sequence[Item], i: int) -> bool:
    """Whether a stem itself goes under: "the vocals are drowning", but not "the vocals are drowning the bass"."""
    behind = items[i + 1].words[0] if i + 1 < len(items) else "here"
    return items[i].words[0] in SINKING and len(items[i].words) == 1 and behind in WHERE


def _by_others(items: Sequence[Item], i: int) -> bool:
    """Whether it is told what others do: "most mixes keep it around 3 LU"."""
    return i > 0 and bool({word for item in items[:i] for word in item.words} & OTHERS)


def _leaves_room(items: Sequence[Item], i: int) -> bool:
    """ "They leave little room", "little is left for them", "I keep hearing it", "they keep it from being right"."""
    words = [word for item in items[i + 1 :] for word in item.words]
    if items[i].words[0] == "leaving" and any(item.has("be") for item in items[i + 1 :]):
        return True  # "leaving it alone is defensible, too"
    if items[i].words[0].startswith("keep"):
        return words[0:1] != [] and (words[0].endswith("ing") or "from" in words)
    return bool({"room", "space"} & set(words[:5])) or (items[i].words == ("left",) and words[:1] in (["for"], ["of"]))


def _is_of_move(items: Sequence[Item], i: int) -> bool:
    """Whether "right" is said of a move: "it looks right to raise it", "stop where it sounds right", "to put right"."""
    to = i + 1 < len(items) and items[i + 1].words[0] == "to" and not any(item.words[0] == "me" for item in items[i:])
    words = [item.words[0] for item in items[:i]]
    return to or bool({"where", "until", "till", "from"} & set(words)) or words[-1:] in (["put"], ["set"], ["make"])


def _deny(event: Event) -> None:
    """What a "not" before it makes of an event."""
    if event.kind is Kind.HEARD and event.direction is None:
        event.direction, event.kind = UP, Kind.STATE
    elif event.kind is Kind.HEARD:
        event.kind = Kind.STATE
    elif event.kind in (Kind.LEAVE, Kind.FINE):
        event.kind, event.direction, event.negated = Kind.FINE, None, True
    else:
        event.negated = True


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
    as_it_should = i and items[i - 1].words == ("as",) and any(other.has("wish") for other in items[i:])
    if degree == "no" and as_it_should:  # "not as loud as it should be"
        return Event(i, Kind.HEARD, UP if loud else DOWN)
    if degree == "no" and (not plain or (i and items[i - 1].words in (("as",), ("how",)))):
        return None
    described = any(other.has("be") for other in items[:i]) and not (i + 1 < len(items) and items[i + 1].quantity)
    if degree == "a_little" and not plain and item.has("up", "down") and not described:
        return None  # "a little forward" after a verb is a move
    return Event(i, Kind.STATE, DOWN if loud else UP)


def degree_of(items: Sequence[Item], i: int) -> str:
    """How an adjective is qualified: "too", "a_little", "enough", or "no"; "tucked in too far" behind it."""
    j = i + 1
    while j < len(items) and items[j].has("a_little", "much") and not items[j].has("too"):
        j += 1
    if j + 1 < len(items) and items[j].has("too") and items[j + 1].words[0] in ("far", "much"):
        return "too"
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
    if item.has("too_little") and any(_is_size(other) for other in items[i + 1 : i + 3]):  # "the bass lacks 2 dB"
        return Event(i, Kind.AMOUNT, UP)
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
    doubted = any(set(other.words) & {"may", "might", "could"} for other in items[:i])
    if than is not None and doubted:  # "it may be a touch louder than the rest"
        near = any(other.has("a_little", "much") for other in items[:i])
        return Event(i, Kind.STATE, DOWN if louder else UP) if near else None
    degree = any(other.has("a_little", "much") for other in items[:i])
    if than is not None and degree and any(other.has("rest") for other in rest[than:]):
        return Event(i, Kind.STATE, DOWN if louder else UP)  # "a touch hotter than the rest"
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


def move(items: Sequence[Item], i: int, nouns: dict[int, Noun], taken: set[int]) -> Event | None:
    """A verb with its particle ("turn ... down"), or one that has its direction in it ("raise").

    Equalising and panning move no fader. The particle is added to `taken`.
    """
    item = items[i]
    if any((other.quantity and other.quantity.unit in ("Hz", "%")) or other.has("side") for other in items):
        return None
    own = UP if item.has("raise") else DOWN if item.has("lower") else None
    ahead = not item.has("come") or item.has("move")
    for j in range(i + 1, len(items)):
        other = items[j]
        moving = other.has("up", "down") or (other.has("out") and any(o.quantity for o in items[i:j]))
        if not moving and other.has(*DIRECTED):
            if own is None:
                return None
            break
        if j not in taken and moving:
            if own is None or item.words[0].startswith(("push", "pull", "bump")):
                own = UP if other.has("up") else DOWN
            taken.add(j)
            break
    if own is None and item.has("move", "give"):
        own = _by_sign(items, i)
    if own is None and item.has("give") and any(other.quantity and other.quantity.unit == DB for other in items[i:]):
        own = UP
    return None if own is None else Event(i, Kind.MOVE, own, ahead=ahead)


def _is_size(item: Item) -> bool:
    return item.quantity is not None and item.quantity.unit in (DB, None)


def _by_sign(items: Sequence[Item], i: int) -> Direction | None:
    for other in items[i:]:
        if other.quantity is not None and other.quantity.sign:
            return UP if other.quantity.sign > 0 else DOWN
    return None


def bare_move(items: Sequence[Item], i: int, nouns: dict[int, Noun]) -> Event | None:
    """ "Vocals up", "drums 2 dB down": without a verb. "The drums are 2 dB down" only describes."""
    wished = any(item.has("wish") for item in items[:i])
    if not wished and any(item.has("be") for item in items[:i]):
        return None
    plainly = items[i].words[0] in ("up", "down") or (items[i].words[0] == "back" and len(items[i].words) > 1)
    near = [j for j in (i - 1, i + 1) if 0 <= j < len(items) and _is_size(items[j])]
    if i + 2 < len(items) and items[i + 1].words == ("by",) and _is_size(items[i + 2]):
        near.append(i + 2)
    if len(items) == 1 and items[i].words[0] in ("up", "down"):  # "guitars: down, say, 2 dB"
        near = [i]
    j = i - 1
    while j >= 0 and (items[j].has("a_little", "much", "filler", "level_of") or items[j].quantity):
        j -= 1
    named = j >= 0 and nouns.get(j) in (Noun.STEM, Noun.PRONOUN)
    if not (near or (named and plainly)) or (named and not near and i + 1 < len(items) and items[i + 1].unknown):
        return None
    return Event(i, Kind.MOVE, UP if items[i].has("up") else DOWN)
