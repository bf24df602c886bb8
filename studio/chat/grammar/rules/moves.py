"""Orders to move faders: "vocals 2 dB up", "bring them to -3", "a bit less of the drums"."""

from dataclasses import dataclass, replace

from explainer.advice.claims import Direction
from explainer.reading.claims.event import Event, Kind
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import Mood
from studio.chat.grammar.heard.sizes import SIZE_DB, Size, severity_in, sizes
from studio.chat.grammar.heard.targets import Targeting, Targets, excepted_in
from studio.chat.grammar.plan import Open, Part
from studio.chat.grammar.rules.strange import BY_DB, barred
from studio.chat.reply import Offer
from studio.session.sentences import position

SET = frozenset("set park position".split())
OUT = ("cut", "cuts", "lose", "drop", "off", "out")  # without a size: down, or away
GIVING = frozenset("need needs use uses give gives another extra add want wants plus".split())
SELVES = (("i",), ("we",))
IN_TWO = "Some of it is to move, and some is not: say that in two sentences."
TWO_SIZES = "I heard two sizes: say only the one that counts, or each with its stem."
OF_SIZES = "Without a figure a bit is 1 dB, a plain move 3 dB, a lot 6 dB."


@dataclass
class Flow:
    """What holds from clause to clause of one thing that is said.

    Args:
        sign: which way was moved last; `by_db`: and by how much, with its sign.
        waiting: stems that were named with a verb, and lack a direction.
        denied: whether what was said last is not to be done: "don't turn the bass up, or the drums down".
    """

    sign: int = 0
    by_db: float = 0.0
    denied: bool = False
    waiting: tuple[int, ...] = ()


def ordering(clause: Clause) -> list[Event]:
    """What a clause orders, rather than finds wrong."""
    return [event for event in clause.events if _is_order(clause, event)]


def moved(clause: Clause, targeting: Targeting, flow: Flow) -> Part | None:
    """What a clause orders of faders; None where it orders nothing of them."""
    found, numbers = ordering(clause), sizes(clause.items)
    live = [event for event in found if not event.negated]
    bare = 0 if live else _bare_direction(clause)
    if not (found or numbers or flow.waiting or bare):
        return None
    if any(_is_described(clause, event) for event in live):
        return Part(question=clause.text)
    targets = targeting.of(clause)
    goes_on = flow.denied and clause.before and not clause.begins_anew
    if flow.denied and live and clause.before == "and" and clause.begins_anew and clause.free[:1] not in SELVES:
        return Part(unclear=IN_TWO)  # "you should not raise the vocals and lower the drums"
    if goes_on or (not live and any(item.has("denial") for item in clause.items)):
        flow.denied = True
        return Part(said="Nothing moves.", topic=targets.stems or None)
    if len(live) < len(found):
        denied = Part(unclear=IN_TWO)
        return denied if live else Part(said="Nothing moves.", topic=targets.stems or None)
    if flow.sign and not (clause.named or targets.of_all or live or bare):
        return Part(unclear=TWO_SIZES)
    if targets.of_all and any(event.kind is Kind.AMOUNT for event in live):
        return Part(unclear=targeting.which("More or less of what?"))
    to = next((size for size in numbers if size.to), None)
    by = next((size for size in numbers if not size.to), None)
    if to is None and by is not None and not (live or bare) and SET & set(clause.words):
        to, by = by, None
    if not (live or to or by or (bare and targets.named)):
        return None
    signs = {1 if event.direction is Direction.UP else -1 for event in live} or ({bare} if bare else set())
    if tells(clause) and any(item.words[0] in ("was", "were") for item in clause.items):
        return Part(question=clause.text, topic=targets.stems or None)
    if (wrong := barred(clause, targets, signs, to) or _left_over(clause, targeting, targets, numbers)) is not None:
        return wrong
    sign = _sign(signs, by, flow, clause)
    if not sign and to is None and tells(clause) and any(event.direction for event in clause.events):
        return None  # "the vocals are 2 dB too loud"
    if not sign and to is None and tells(clause):
        return Part(question=clause.text, topic=targets.stems or None)
    return _ordered(clause, targeting, targets, flow, to, by, sign)


def _left_over(clause: Clause, targeting: Targeting, targets: Targets, numbers: list[Size]) -> Part | None:
    """What else an order says that its moves would pass over: a second size, another stem."""
    if len(numbers) > 1:
        return Part(unclear=TWO_SIZES)
    moves = [event.at for event in ordering(clause)]
    if moves and any(item.has("denial") for item in clause.items[max(moves) + 1 :]):
        return Part(unclear="Is it to move or not? Say only what is to be done.")
    names = targeting.names
    meant = {names.head(at) for at in (*targets.stems, *targets.choice, *excepted_in(clause, names))}
    said = {names.head(at) for item in clause.named for at in names.meant_by(item, several=True).stems}
    if targets.unclear or said <= meant or targets.of_all:
        return None
    return Part(unclear=f"What of {targeting.list(sorted(said - meant))}? {BY_DB}")


def completed(back: Open, stems: tuple[int, ...], targeting: Targeting) -> Part:
    """A move that was asked back, once it is known of what."""
    if back.to_db is not None:
        names = [targeting.names.names[at] for at in stems]
        return Part(tuple(("set", {"stem": name, "gain_db": back.to_db}) for name in names), topic=stems)
    if not back.sign or back.size_db is None:
        return Part(unclear="Up or down?", open=replace(back, stems=stems, choice=()), topic=stems)
    return Part(tuple(nudge(targeting, at, back.sign * back.size_db) for at in stems), topic=stems)


def found_wrong(clause: Clause, targeting: Targeting) -> Part | None:
    """What a clause finds too loud or too quiet: a move is offered, and none is done."""
    found = [event for event in clause.events if event.direction is not None and not event.negated]
    targets = targeting.of(clause)
    stems = targets.stems if targets.named else targeting.topic
    if found and len(targets.choice) > 1:
        return Part(unclear=targets.unclear)
    if not found or targets.unclear or not stems or targets.of_all:
        return None
    sign = 1 if found[0].direction is Direction.UP else -1
    by = next((size.db for size in sizes(clause.items) if not size.to), None)
    db = SIZE_DB[severity_in(clause.items)] if by is None else by
    way = "up" if sign > 0 else "down"
    said = f"Shall I turn {targeting.list(stems)} {way} {db:g} dB? Say “yes”, or how much."
    return Part(said=said, offers=tuple(nudge(targeting, at, sign * db) for at in stems), topic=stems)


def nudge(targeting: Targeting, at: int, by_db: float) -> Offer:
    """A move of one fader."""
    return "nudge", {"stem": targeting.names.names[at], "by_db": by_db}


def _ordered(
    clause: Clause, targeting: Targeting, targets: Targets, flow: Flow, to: Size | None, by: Size | None, sign: int
) -> Part:
    """The moves, once it is known which way; or what is to be asked back."""
    db = None if to is not None else by.db if by is not None else SIZE_DB[severity_in(clause.items)]
    stems = targets.stems if targets.named else targeting.topic
    stems = tuple(dict.fromkeys((*flow.waiting, *stems)))
    flow.waiting = ()
    back = Open(stems, targets.choice, sign, db, None if to is None else to.signed_db)
    if targets.unclear:
        whole = completed(back, targets.choice, targeting) if len(targets.choice) == 1 else Part()
        return Part(unclear=targets.unclear, open=back, offers=whole.orders)
    if not stems and targets.of_all:
        return Part(said="There is nothing else that could move.")
    if not stems:
        return Part(unclear=targeting.which("Which stem?"), open=back)
    if to is not None:
        return _to(to, stems, targeting)
    if by is None and clause.has(*OUT):
        said = "By how much? I turn faders down, and silence nothing. Say, for example, “2 dB”."
        return Part(unclear=said, open=replace(back, size_db=None), topic=stems)
    if sign < 0 and _is_brought_back(clause):
        return Part(unclear="Up or down? Say, for example, “up 2 dB”.", open=replace(back, sign=0), topic=stems)
    if by is None and _is_noun(clause):
        return Part(unclear="By how much? Say, for example, “2 dB”.", open=replace(back, size_db=None), topic=stems)
    if not sign:
        return Part(unclear=f"Up or down? Say, for example, “up {db:g} dB”.", open=back, topic=stems)
    flow.sign, flow.by_db = sign, sign * (db or 0.0)
    by_db = _shared(by, stems, sign, db or 0.0)
    orders = tuple(nudge(targeting, at, each) for at, each in zip(stems, by_db, strict=True))
    return Part(orders, "" if by is not None else OF_SIZES, topic=stems, of_all=targets.of_all)


def _is_order(clause: Clause, event: Event) -> bool:
    """Whether an event is an order: a move, a wish, "more of it"; "too much of it" is none."""
    item = clause.items[event.at]
    if event.direction is None:
        return False
    if event.kind is Kind.AMOUNT:
        return item.has("more", "less") and not item.has("too_much", "too_little")
    return event.kind in (Kind.MOVE, Kind.WISH)


def _bare_direction(clause: Clause) -> int:
    """1 or -1 where "up" or "down" stands there, though not as a verb's: "vocals up two", "get the drums down"."""
    words = set(clause.words)
    up, down = bool(words & {"up", "louder"}), bool(words & {"down", "quieter"})
    denied = any(item.has("denial") for item in clause.items)
    if clause.has("hear") and clause.named and clause.free[-1] in ("more", "less"):  # "let me hear the kick more"
        up, down = clause.free[-1] == "more", clause.free[-1] == "less"
    return 0 if up == down or denied or tells(clause) else 1 if up else -1


def _is_brought_back(clause: Clause) -> bool:
    """ "Bring the drums back": down, or in again?"""
    back = clause.has("back") and not clause.has("down", "off", "further", "bit", "lower", "quieter")
    return back and clause.starts_with("bring", "get", "put", "give", "let", "want")


def _is_noun(clause: Clause) -> bool:
    """Whether a verb behind a name may be a noun: "voice cut"."""
    wished = any(item.has("wish", "up", "down", "article") for item in clause.items)
    events = [event for event in ordering(clause) if clause.items[event.at].has("raise", "lower")]
    stems = [at for at, item in enumerate(clause.items) if item.stems]
    return bool(events and stems) and not wished and max(stems) < events[0].at


def tells(clause: Clause) -> bool:
    """Whether it is told how something is: "the drums are 2 dB down"."""
    be = any(item.words[0] in ("is", "are", "was", "were") for item in clause.items)
    return be and not any(item.has("wish") for item in clause.items)


def _is_described(clause: Clause, event: Event) -> bool:
    """Whether it is told what a stem does: "the bass moves down a third"."""
    item = clause.items[event.at]
    verb = item.words[0]
    if event.kind not in (Kind.MOVE, Kind.AMOUNT) or clause.mood is Mood.SUPPOSED:
        return False
    if verb.endswith("ing") and verb != "bring" and not clause.has("try", "start", "keep", "by"):
        return True  # "pushing everything away"
    does = item.has("move", "come") and verb.endswith("s") and not verb.endswith("ss") and bool(clause.named)
    return does or tells(clause)


def _sign(signs: set[int], by: Size | None, flow: Flow, clause: Clause) -> int:
    """Which way: by the words, else by the number's sign, else as it was moved before."""
    if signs:
        return next(iter(signs))
    if by is not None and not by.sign and GIVING & set(clause.words):  # "the vocals need 2 dB"
        return 1
    return by.sign if by is not None and by.sign else flow.sign


def _shared(by: Size | None, stems: tuple[int, ...], sign: int, db: float) -> list[float]:
    """By how much each moves: "by 2 and 3 dB" of two stems is each its own."""
    if by is not None and len(by.numbers) == len(stems) > 1:
        return [sign * abs(number) for number in by.numbers]
    return [sign * db] * len(stems)


def _to(to: Size, stems: tuple[int, ...], targeting: Targeting) -> Part:
    """Faders to a position; of "down to 3" it is asked whether that is 3 below."""
    names = [targeting.names.names[at] for at in stems]
    now_db = [targeting.session.state.gains_db[at] for at in stems]
    if to.down_to and not to.sign and to.db and not all(db > to.db for db in now_db):
        said = f"Do you mean {position(-to.db)} dB? Say “yes”, or the position with its sign."
        return Part(unclear=said, offers=tuple(("set", {"stem": name, "gain_db": -to.db}) for name in names))
    return Part(tuple(("set", {"stem": name, "gain_db": to.signed_db}) for name in names), topic=stems)
