"""What something is said of: which of a segment's nouns an event belongs to."""

from collections.abc import Sequence

from explainer.reading.event import Event
from explainer.reading.items import Item
from explainer.reading.nouns import Noun


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
