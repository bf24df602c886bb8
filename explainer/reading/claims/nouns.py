"""What a segment speaks of: stems, other things, the mix; what only says where; and which of them an event is of."""

from collections.abc import Sequence
from enum import Enum, auto

from explainer.reading.claims.event import Event
from explainer.reading.items.segments import ARTICLES, Item, Segment

POINTING = {"this", "that", "these", "those"}
WORTH = frozenset("help helps worth best better wise pay pays looks right sense idea likely good reasonable".split())
LOOSE = (
    "filler",
    "a_little",
    "much",
    "article",
    "less",
    "more",
    "loud",
    "quiet",
    "loud_if_too",
    "quiet_if_too",
    "lost",
)
LISTS = {"and", "&", "/", "+", "plus", "as well as", "or", ", and", "nor"}


class Noun(Enum):
    """What an item is the name of."""

    STEM = auto()
    THING = auto()  # a sound, an effect, an instrument that is no stem: faders do not move it
    MIX = auto()
    PRONOUN = auto()


def nouns(items: Sequence[Item]) -> dict[int, Noun]:
    """The items that name something, by index; marks those that are only context."""
    found: dict[int, Noun] = {}
    for i in range(len(items)):
        noun = _noun(items, i)
        if noun is not None:
            found[i] = noun
    anchored = any(item.has("as_reference", "anchor") for item in items)
    only_where = None  # the preposition that the next noun depends on
    for i, item in enumerate(items):
        if i in found:
            depends = only_where is not None and (found[i] is not Noun.PRONOUN or only_where == i - 1)
            item.context = item.context or depends or (anchored and found[i] is Noun.STEM)
            only_where = None
        elif item.has("against", "place"):
            by_itself = item.has("loud_if_too", "quiet_if_too") and i and items[i - 1].has("too")
            only_where = None if by_itself else i
        elif item.has("masks", "excess") or item.words[-1] in ("behind", "under", "beneath"):
            only_where = i
        elif item.quantity or item.version or item.has("be", "wish", "raise", "lower", "move", "come", "section"):
            only_where = None
    return found


def _noun(items: Sequence[Item], i: int) -> Noun | None:
    item = items[i]
    ahead = items[i + 1] if i + 1 < len(items) else None
    if ahead is not None and ahead.words == ("'s",):
        ahead = items[i + 2] if i + 2 < len(items) else None
    if item.stems:
        return Noun.THING if ahead is not None and _is_sound(ahead) else Noun.STEM
    if item.other or _is_sound(item):
        return Noun.THING
    if item.has("section"):
        return Noun.THING if i == 0 or (i == 1 and items[0].words[0] in ARTICLES) else None
    if item.has("mix", "levels", "rest"):
        return Noun.MIX
    if item.words[0] in ("its", "their") and ahead is not None and ahead.has("level_of"):
        return Noun.PRONOUN  # "pull its fader down"
    if item.words == ("it",) and (_is_dummy(items, i) or _is_gap(items, i)):
        return None
    if item.has("pronoun") and item.words[0] not in ("its", "their", "that"):
        named = ahead is not None and (ahead.stems or ahead.other or ahead.unknown or ahead.has("mix", "sound_of"))
        return None if item.words[0] in POINTING and named else Noun.PRONOUN
    if item.unknown and _article_before(items, i):
        return Noun.THING
    return None


def _is_gap(items: Sequence[Item], i: int) -> bool:
    """Whether an "it" stands for an amount: "that is 5 LU over the usual: take 2 dB of it off"."""
    return i > 1 and items[i - 1].words[0] == "of" and items[i - 2].quantity is not None


def _is_dummy(items: Sequence[Item], i: int) -> bool:
    """Whether an "it" stands for what follows: "it may help to pull them up"."""
    words = [word for item in items[i + 1 : i + 8] for word in item.words]
    to = words.index("to") if "to" in words else 0
    if words[:1] in (["looks"], ["seems"], ["sounds"], ["appears"]) and words[1:2] in (["as"], ["like"], ["that"]):
        return True
    supposed = words[:1] in (["may"], ["might"], ["could"]) and words[1:3] == ["be", "that"]
    return supposed or bool(WORTH & set(words[:to]))


def _is_sound(item: Item) -> bool:
    return item.has("sound_of") and not item.has("level_of", "move", "raise", "lower", "up", "down", "come")


def _article_before(items: Sequence[Item], i: int) -> bool:
    """Whether an unknown word is the noun behind an article, with no stem or other noun after it."""
    j = i - 1
    while j >= 0 and (items[j].unknown or items[j].has(*LOOSE)) and not items[j].has("article"):
        j -= 1
    if j < 0 or not items[j].has("article"):
        return False
    after = next((item for item in items[i + 1 :] if not item.unknown), None)
    return after is None or not (after.stems or after.other or after.has("sound_of", "mix", "levels", "level_of"))


def grouped(segments: Sequence[Segment]) -> list[Segment]:
    """Joins stems that are listed ("the vocals, the bass and the drums") into one item with all of them."""
    joined: list[Segment] = []
    for at, segment in enumerate(segments):
        size = _named_first(segment)
        if joined and size and _last_stem(joined[-1]) and _lists(segments, at, joined[-1], size):
            first, more = joined[-1].items[-1], segment.items[size - 1]
            first.stems, first.other, first.plural = (
                tuple(dict.fromkeys((*first.stems, *more.stems))),
                first.other or more.other,
                True,
            )
            joined[-1].items.extend(segment.items[size:])
        else:
            joined.append(segment)
    return joined


def _named_first(segment: Segment) -> int:
    """How many items the name is with which a segment begins; 0 where it begins with none."""
    for i, item in enumerate(segment.items):
        if item.stems or item.other:
            return i + 1
        if not item.has("article", "filler"):
            return 0
    return 0


def _last_stem(segment: Segment) -> bool:
    last = segment.items[-1]
    return bool(last.stems or last.other)


def _lists(segments: Sequence[Segment], at: int, before: Segment, size: int) -> bool:
    """Whether a segment goes on with the list of names that the one before it ends with."""
    segment = segments[at]
    left = segment.items[size:]
    if segment.before == ",":  # "a, b and c" is a list, "too many a, b too loud" is not
        ahead = segments[at + 1] if at + 1 < len(segments) else None
        return not left and ahead is not None and ahead.before in LISTS and bool(_named_first(ahead))
    if segment.before in ("but", "but also") and before.items[0].has("not_no"):  # not only a but also b
        return True
    if segment.before not in LISTS:
        return False
    says = any(
        item.has(
            "raise", "lower", "too_much", "too_little", "more", "less", "excess", "lost", "louder", "quieter", "heard"
        )
        or item.has("too", "loud", "quiet")
        for item in before.items
    )
    own = ("be", "wish", "too", "up", "down", "move", "come", "louder", "quieter", "lower_word")
    return not (says and any(item.has(*own) for item in left))


def subject(
    items: Sequence[Item], nouns: dict[int, Noun], event: Event, first: int, last: int
) -> tuple[Noun | None, int]:
    """What an event is said of: the kind of noun and its index; (None, -1) where the segment does not name it.

    Args:
        first, last: the items that belong to the event and to no other.
    """
    heads = [i for i in sorted(nouns) if not items[i].context]
    before = [i for i in heads if i < event.at]
    after = [i for i in heads if event.at < i < last]
    of = [i for i in before if _is_of(items, nouns, i)]
    plain = [i for i in before if i not in of] or of
    if event.ahead and not _passive(items, nouns, plain, event.at):
        choices = [after[:1], [i for i in plain if i >= first][-1:], plain[-1:]]
    else:
        beside = after[:1] if after and _beside(items, event.at, after[0]) else []
        own = [i for i in plain if i >= first][-1:] or plain[-1:]
        if beside and (not own or nouns[own[0]] is not Noun.STEM) and nouns[beside[0]] is not Noun.PRONOUN:
            own = []
        choices = [own, beside]
    for choice in choices:
        if choice:
            return nouns[choice[0]], choice[0]
    # "Apart from the snare being too loud": here what depends is the subject.
    beings = [i for i in nouns if i + 1 < event.at and items[i + 1].has("be")]
    return (nouns[beings[-1]], beings[-1]) if beings else (None, -1)


def _is_of(items: Sequence[Item], nouns: dict[int, Noun], i: int) -> bool:
    """Whether a noun depends on another before it: "the reverb on the vocals"."""
    j = i - 1
    while j >= 0 and (items[j].has("article") or items[j].unknown):
        j -= 1
    return j > 0 and items[j].has("of", "place") and any(k < j for k in nouns)


def _passive(items: Sequence[Item], nouns: dict[int, Noun], before: Sequence[int], at: int) -> bool:
    """ "The drums should be lowered", "the bass needs to come up": what is moved comes before the verb."""
    stems = [i for i in before if nouns[i] in (Noun.STEM, Noun.PRONOUN)]
    if not stems:
        return False
    between = items[stems[-1] + 1 : at]
    if any(item.has("people") for item in between):
        return False
    return any(item.has("wish", "be") for item in between)


def _beside(items: Sequence[Item], at: int, noun: int) -> bool:
    """Whether only small words stand between."""
    return all(
        item.has("article", "filler", "of", "level_of", "be", "a_little", "much", "up", "down")
        or item.quantity is not None
        for item in items[at + 1 : noun]
    )
