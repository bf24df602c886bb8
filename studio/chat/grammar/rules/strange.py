"""What bars an order from being understood: words that no fader has, both ways at once, other units."""

from collections.abc import Sequence

from explainer.advice.shown import quoted
from explainer.reading.items.quantities import NUMBER_WORDS
from explainer.reading.items.segments import ARTICLES, Item
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import Mood
from studio.chat.grammar.heard.sizes import Size, other_unit, sizes
from studio.chat.grammar.heard.targets import Targets
from studio.chat.grammar.heard.words import has_phrase, phrases_of
from studio.chat.grammar.plan import Part
from studio.session.operations import LEAST_DB, MOST_DB

ODD = ("sound_of", "side", "not_level", "masks")  # what no fader does
BY_DB = "I move a fader by dB, not up to another's level: say which stem, and how many dB."
LEVEL = ("level_of", "raise", "lower", "up", "down", "more", "less", "much", "a_little")
ODD_WORDS = frozenset("until till twice double triple gradually slowly progressively steadily suddenly".split())
FAR = (("all", "the", "way"), ("max",), ("maximum",), ("fully",), ("completely",), ("entirely",))
WISHING = ("would", "i", "we", "the")
LIKENING = ("as", "like", "with")
OF_NUMBERS = ("minus", "plus", "point")
NOW = tuple(
    tuple(text.split()) for text in ("now", "it is", "it is now", "they are", "they are now", "at present", "currently")
)
NEAR = 3  # items between "in" and "the second verse"


def barred(clause: Clause, targets: Targets, signs: set[int], to: Size | None) -> Part | None:
    """Why an order cannot be understood; None where it can.

    Args:
        signs: the directions that it names.
        to: the position that it names.
    """
    both = any(item.has("up") for item in clause.items) and any(item.words[0] == "down" for item in clause.items)
    if (len(signs) > 1 or both) and to is None:
        return Part(unclear="Up or down? I heard both.")
    if clause.either:
        return Part(unclear="One or the other? Say only what is to move.")
    odd = strange(clause)
    if odd is not None and odd.has(*ODD):
        return Part(question=clause.text, topic=targets.stems or None)  # which says what a fader cannot do
    if odd is not None:
        word = quoted(" ".join(clause.slips.get(word, word) for word in odd.words))
        return Part(unclear=f"I move a stem's fader for the whole song, and do not know what {word} is to mean there.")
    if _is_compared(clause) or _is_likened(clause):
        return Part(unclear=BY_DB)
    found = sizes(clause.items)
    if any(size.db > (-LEAST_DB if size.to else MOST_DB - LEAST_DB) for size in found):
        return Part(unclear=f"A fader goes from {LEAST_DB:g} to {MOST_DB:+g} dB.")
    if not found and any(has_phrase(clause.free, phrase) for phrase in FAR):
        return Part(unclear="How far is that? Say how many dB.")
    if clause.free[-1:] != ("*",) and any(clause.free[-len(phrase) :] == phrase for phrase in phrases_of("except")):
        return Part(unclear="Except what? Name the stem.")
    unit = other_unit(clause.items)
    return Part(unclear=f"A fader moves in dB: say how many, in place of {unit}.") if unit else None


def _is_compared(clause: Clause) -> bool:
    """ "Louder than the bass"; "louder than now" is by some dB."""
    words = clause.free
    behind = words[words.index("than") + 1 :] if "than" in words else ()
    than = any(item.has("than") for item in clause.items)
    return than and (behind not in NOW or not sizes(clause.items))


def _is_likened(clause: Clause) -> bool:
    """ "As loud as the drums", "in line with the drums": up to another stem's level."""
    said = [word for word in clause.free if word not in ARTICLES]
    three = zip(said, said[1:], said[2:], strict=False)
    return any(before not in WISHING and word in LIKENING and name == "*" for before, word, name in three)


def no_level(clause: Clause) -> bool:
    """Whether something is to be made what no level makes it: "blue"."""
    begins = clause.free[clause.start : clause.start + 1]
    if begins not in (("make",), ("more",), ("less",), ("give",)) or clause.mood is not Mood.ORDER:
        return False
    if any(item.has("sound_of", "side", "masks", "not_level", "section") or item.other for item in clause.items):
        return False  # which the explainer knows, and says
    return strange(clause) is not None or (not clause.named and any(item.has("abstract") for item in clause.items))


def strange(clause: Clause) -> Item | None:
    """The first item that no move of a fader has."""
    items = clause.items
    known = (item.stems or item.other or item.quantity for item in items)
    verb = clause.start if clause.has("up", "down") else -1  # "tone the drums down"
    rows = enumerate(zip(items, known, strict=True))
    odd = (
        item
        for at, (item, told) in rows
        if not told and (at != verb or ODD_WORDS & set(item.words)) and _is_odd(items, at)
    )
    return next(odd, None)


def _is_odd(items: Sequence[Item], at: int) -> bool:
    item = items[at]
    if (item.words[0] in ("left", "right") and at == len(items) - 1) or ODD_WORDS & set(item.words):
        return True
    if item.has("not_level") or (item.has(*ODD) and not item.has(*LEVEL)):
        return True
    if item.has("section") and not item.has(*LEVEL):
        return any(near.has("place") for near in items[max(0, at - NEAR) : at])
    idle = phrases_of("idle")
    number = item.words[0] in OF_NUMBERS or all(word in NUMBER_WORDS for word in item.words)
    return item.unknown and not number and not all((word,) in idle for word in item.words)
