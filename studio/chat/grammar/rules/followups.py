"""What goes on from what was said before: more, less, again, the same for another, by another size, the other way."""

from dataclasses import replace

from explainer.advice.claims import Direction
from explainer.reading.items.segments import Item
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import opening
from studio.chat.grammar.heard.sizes import SIZE_DB, severity_in, sizes
from studio.chat.grammar.heard.targets import Targeting
from studio.chat.grammar.plan import Memory, Part
from studio.chat.grammar.rules.going_back import last_said
from studio.chat.grammar.rules.moves import OF_SIZES, nudge, ordering
from studio.chat.reply import Offer

ON = frozenset("even further again on keep still enough".split())
SMALL = ("a_little", "much", "filler", "article", "denial", "of")
BY_SIZE = ("filler", "pronoun", "wish", "people", "denial", "article")
UNDOING = {"undo", "redo", "reset"}
TWICE = frozenset("twice double".split())
GOING_ON = ("another", "more", "less", "up", "down", "back", "extra", "further")
NAMING = ("article", "filler", "denial", "pronoun", "of", "place")
NAMING_WORDS = ("meant", "mean", "i", "only", "sorry", "instead")
ADJECTIVES = ("loud", "quiet", "much", "high", "low")
OTHER_ORDERS = ("undo", "redo", "reset", "strength", "compare", "apply")
WAYS = {Direction.UP: ("up", "louder", "higher"), Direction.DOWN: ("down", "quieter", "softer", "lower")}
UNSAID = ("people", "filler", "denial")
MOST = 3  # items in what only says "more", but for small ones


def went_on(clause: Clause, targeting: Targeting, memory: Memory, denied: bool) -> Part | None:
    """What is said of the last move: more, less, again, the same for another stem.

    Args:
        denied: whether a "no" came before it.
    """
    if not memory.moves:
        return None
    meant = clause.named and (clause.starts("meant") or clause.has("instead")) and not ordering(clause)
    if meant or (denied and only_names(clause)):
        return _meant(clause, targeting, memory)
    if clause.named and "other_way" in clause.concepts and not (sizes(clause.items) or ordering(clause)):
        return _same(clause, targeting, memory, -1.0)
    if not clause.named and (
        clause.starts("other_way") or clause.is_all("other_way") or (denied and _turns(clause, memory))
    ):
        return _on(memory, targeting, -2.0)
    if TWICE & set(clause.words) and not (clause.named or clause.concepts & UNDOING or "strong" in clause.words):
        return _on(memory, targeting, 1.0)
    if clause.named:
        plainly = is_same(clause) and not sizes(clause.items) and not ordering(clause)
        return _same(clause, targeting, memory) if plainly else None
    if any(clause.items[event.at].has("louder", "quieter") for event in ordering(clause)):
        return None
    if (part := _taken_back(clause, targeting, memory)) is not None:
        return part
    if (part := _resized(clause, targeting, memory)) is not None:
        return part
    small = [item for item in clause.items if not item.has(*SMALL)]
    on = ON & set(clause.words) and "again" in clause.concepts and len(small) < MOST and not ordering(clause)
    if clause.is_all("again") or on:
        sized = any(item.has("a_little", "much") for item in clause.items) and not clause.has("once", "again")
        db = SIZE_DB[severity_in(clause.items)] if sized else None
        return _on(memory, targeting, 1.0) if db is None else _further(memory, targeting, db)
    if not clause.concepts & {"more", "less"} or len(small) > MOST or clause.has("up", "down"):
        return None
    part = _by_degrees(clause, targeting, memory, denied)
    return replace(part, soft=True) if part is not None and clause.has("too") and part.orders else part


def also(clause: Clause, targeting: Targeting, by_db: float) -> Part | None:
    """ "And the bass, too", of what was ordered just before."""
    if not (by_db and clause.named and is_same(clause)) or sizes(clause.items) or ordering(clause):
        return None
    targets = targeting.of(clause, contexts=True)
    if targets.unclear:
        return Part(unclear=targets.unclear)
    return Part(tuple(nudge(targeting, at, by_db) for at in targets.stems), topic=targets.stems)


def only_names(clause: Clause) -> bool:
    """Whether a clause is only names, and words like "the" and "no"."""

    def small(item: Item) -> bool:
        return bool(item.stems) or item.has(*NAMING) or item.words[0] in NAMING_WORDS

    return bool(clause.named) and all(map(small, clause.items))


def _on(memory: Memory, targeting: Targeting, times: float) -> Part:
    """The last move so many times more."""
    return Part(tuple(nudge(targeting, at, times * db) for at, db in memory.moves.items()), topic=tuple(memory.moves))


def _further(memory: Memory, targeting: Targeting, by_db: float) -> Part:
    """ "A bit further": on in the direction of the last move."""
    orders = tuple(nudge(targeting, at, by_db if db > 0 else -by_db) for at, db in memory.moves.items())
    return Part(orders, OF_SIZES, topic=tuple(memory.moves))


def _by_degrees(clause: Clause, targeting: Targeting, memory: Memory, denied: bool) -> Part | None:
    """ "More", "a bit less": of a move up, that is the stem's as well; of one down nobody knows which."""
    by = next((size.db for size in sizes(clause.items) if not size.to), None)
    sized = any(item.has("a_little", "much") for item in clause.items)
    too = clause.has("too", "much") and "less" in clause.concepts
    grows = "more" in clause.concepts and "less" not in clause.concepts
    clear = denied or too or ON & set(clause.words) or clause.has("far", "half", "halve")
    if not clear and any(db < 0 for db in memory.moves.values()):
        return Part(unclear="More of the move, or of the stem? Say, for example, “down another dB” or “back up 1 dB”.")
    by_degree = SIZE_DB[severity_in(clause.items)] if sized and not too else None
    orders: list[Offer] = []
    for at, db in memory.moves.items():
        size = next(each for each in (by, by_degree, abs(db) / 2) if each is not None)
        orders.append(nudge(targeting, at, size if (db > 0) is grows else -size))
    return Part(tuple(orders), OF_SIZES if by is None and by_degree is not None else "", topic=tuple(memory.moves))


def _taken_back(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """ "Take it back a dB": some of the last move."""
    found = sizes(clause.items)
    if len(found) != 1 or found[0].to or "back" not in clause.free or clause.has("pull", "push", "up", "down"):
        return None
    size = found[0].db
    orders = tuple(nudge(targeting, at, -size if db > 0 else size) for at, db in memory.moves.items())
    return Part(orders, topic=tuple(memory.moves))


def _resized(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """ "Make it 3", "3 instead": the last move by another size."""
    found = [size for size in sizes(clause.items) if not size.to]
    if len(found) != 1 or ordering(clause) or clause.starts(*OTHER_ORDERS) or clause.has(*GOING_ON):
        return None
    anew = found[0].sign and clause.starts_with("make")  # "make it -2", with its sign
    if any(found[0].sign * db < 0 for db in memory.moves.values()) and not anew:
        return None  # the other way: a move of its own
    if not all(item.quantity or item.unknown or item.has(*BY_SIZE) for item in clause.items):
        return None
    if len({db > 0 for db in memory.moves.values()}) > 1:
        return None
    if any(item.has("denial") for item in clause.items):
        return Part(topic=tuple(memory.moves))  # "not 2", before what it is to be
    size = found[0].db
    sign = found[0].sign if anew else 0
    by_db = {at: round(size * (sign or (1 if db > 0 else -1)) - db, 2) for at, db in memory.moves.items()}
    return Part(tuple(nudge(targeting, at, db) for at, db in by_db.items()), topic=tuple(by_db))


def is_same(clause: Clause) -> bool:
    """ "Same for the bass", "the bass, too"."""
    too = clause.has("too", "also", "well", "likewise") and not clause.has(*ADJECTIVES)
    only = all(item.stems or item.has("filler", "article", "and") for item in clause.items[_opened(clause) :])
    return clause.starts("same") or (too and only)


def _opened(clause: Clause) -> int:
    """How many items come before what is said: "while you're at it"."""
    words, at = opening(clause.words), 0
    while words > 0 and at < len(clause.items):
        words -= len(clause.items[at].words)
        at += 1
    return at


def _turns(clause: Clause, memory: Memory) -> bool:
    """ "No, down", of what was turned up."""
    ways = {way for way, words in WAYS.items() if clause.has(*words)}
    now = {Direction.UP if db > 0 else Direction.DOWN for db in memory.moves.values()}
    said = [item for item in clause.items if not (item.has(*UNSAID) or item.words[0] in NAMING_WORDS)]
    return len(said) == len(ways) == len(now) == 1 and ways != now and not sizes(clause.items)


def _meant(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """ "No, the drums": what was done is taken back, and done to them."""
    targets = targeting.of(clause, contexts=True)
    if targets.unclear:
        return Part(unclear=targets.unclear)
    undo: tuple[Offer, ...] = (("undo", {}),) * last_said(memory, targeting.session.at)
    db = next(iter(memory.moves.values()))
    return Part((*undo, *(nudge(targeting, at, db) for at in targets.stems)), topic=targets.stems)


def _same(clause: Clause, targeting: Targeting, memory: Memory, times: float = 1.0) -> Part | None:
    """The last move for other stems, so many times."""
    targets = targeting.of(clause, contexts=True)
    if targets.unclear:
        return Part(unclear=targets.unclear)
    db = next(iter(memory.moves.values()))
    if len(set(memory.moves.values())) > 1 or not targets.stems:
        return None
    return Part(tuple(nudge(targeting, at, times * db) for at in targets.stems), topic=targets.stems)
