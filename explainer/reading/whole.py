"""Whether a segment says that the mix as a whole is right: "leave it", "nothing needs to move"."""

from collections.abc import Sequence

from explainer.reading.event import Event, Kind
from explainer.reading.items import Item
from explainer.reading.nouns import Noun
from explainer.reading.said import Said

PLAINLY = {"fine", "right", "ok", "okay", "balanced", "spot", "perfect", "well"}  # "it is good" may be the song


def says_balanced(items: Sequence[Item], named: dict[int, Noun], found: Sequence[Event], said: Said) -> bool:
    """Whether a segment says that the mix as a whole is right."""
    if any(item.has("unbalanced") for item in items) and not any(item.has("nothing", "denial") for item in items):
        return False
    stems = [i for i, noun in named.items() if noun is Noun.STEM and not items[i].context]
    if any(item.has("all_well") for item in items):
        return not stems
    if any(item.has("nothing") for item in items):
        return bool(found) or any(item.has("alter", "unbalanced", "down", "up", "excess", "lost") for item in items)
    if stems:
        return False
    return _is_well(items, named, found, said)


def _is_well(items: Sequence[Item], named: dict[int, Noun], found: Sequence[Event], said: Said) -> bool:
    """Whether a segment that names no stem says that the mix is right or should be left."""
    mixes = [i for i, noun in named.items() if noun is Noun.MIX and not items[i].context]
    for i, item in enumerate(items):
        if item.has("denial") and any(other.has("alter") for other in items[i:]) and (mixes or _anything(items[i:])):
            return True
    wished = any(item.has("wish", "condition") for item in items)
    for event in found:
        pronoun = any(noun is Noun.PRONOUN for noun in named.values()) and not said.topic
        if event.kind is Kind.FINE and items[event.at].words[0] not in PLAINLY:
            pronoun = False
        if event.kind is Kind.FINE and not event.negated and not wished:
            # "The mix is fine", "great balance"; a "great mix" may still have a fader wrong.
            level = any(i < event.at or (i == event.at + 1 and items[i].has("levels")) for i in mixes)
            alone = not named and not said.topic and "balanced" in items[event.at].words
            if level or alone or pronoun:
                return True
        if event.kind is Kind.LEAVE and (mixes or pronoun):
            return True
    return any(item.has("as_is") for item in items) and bool(mixes) and any(item.has("leave") for item in items)


def _anything(items: Sequence[Item]) -> bool:
    return any(item.words[0] in ("anything", "thing", "faders", "fader") for item in items)
