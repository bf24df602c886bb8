"""Words that move a fader: "turn it up", "vocals up 2 dB", "a cut of 3 dB"."""

from collections.abc import Sequence

from explainer.advice.claims import Direction
from explainer.reading.event import Event, Kind
from explainer.reading.items import Item
from explainer.reading.nouns import Noun
from explainer.reading.quantities import DB

UP, DOWN = Direction.UP, Direction.DOWN
# What says by itself which way something goes: a verb before it has nothing more to say.
DIRECTED = (
    *("louder", "quieter", "lower_word", "raise", "lower", "more", "less"),
    *("excess", "loud", "quiet", "lost", "move"),
)


def move(items: Sequence[Item], i: int, nouns: dict[int, Noun], taken: set[int]) -> Event | None:
    """A verb with its particle ("turn ... down"), or one that has its direction in it ("raise").

    Equalising and panning move no fader. The particle is added to `taken`.
    """
    item = items[i]
    if any((other.quantity and other.quantity.unit == "Hz") or other.has("side") for other in items):
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
    near = [j for j in (i - 1, i + 1) if 0 <= j < len(items) and items[j].quantity is not None]
    j = i - 1
    while j >= 0 and (items[j].has("a_little", "much", "filler", "level_of") or items[j].quantity):
        j -= 1
    named = j >= 0 and nouns.get(j) in (Noun.STEM, Noun.PRONOUN)
    if not (near or (named and plainly)) or (named and not near and i + 1 < len(items) and items[i + 1].unknown):
        return None
    return Event(i, Kind.MOVE, UP if items[i].has("up") else DOWN)
