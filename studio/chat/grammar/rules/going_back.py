"""Undo, redo and reset: of the last thing said, of some steps, of all, of one stem."""

from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.sizes import Size, sizes
from studio.chat.grammar.heard.targets import Targeting, is_all
from studio.chat.grammar.plan import Memory, Open, Part
from studio.chat.grammar.rules.moves import ordering
from studio.chat.reply import Offer

MOVED = ("bring", "put", "restore", "return", "take", "undo", "revert", "reset", "get", "give", "set", "want", "turn")
NOTHING_DONE = "There is nothing to undo."


def back(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Undoes what was said last, some steps, everything, or the last move of a stem."""
    session = targeting.session
    restores = _restores(clause)
    if not (clause.starts("undo", "from_start") or restores or clause.is_all("undo") or clause.is_all("from_start")):
        return None
    if any(size.to or size.sign or _in_db(clause, size) for size in sizes(clause.items)) or (
        ordering(clause) and not restores and clause.named
    ):
        return None
    if not session.at:
        return Part(said=NOTHING_DONE)
    if clause.named and not is_all(clause.free):
        return _of_stems(clause, targeting)
    if "from_start" in clause.concepts or is_all(clause.free):
        return Part(_times(session.at))
    number = next((int(size.db) for size in sizes(clause.items)), None) or _in_words(clause)
    if number:
        return Part(_times(min(number, session.at)))
    return Part(_times(last_said(memory, session.at)))


def redone(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Makes once more what was undone last."""
    session = targeting.session
    anew = bool(memory.undone) and "again" in clause.concepts and clause.starts("again", "yes", "apply")
    if not (clause.starts("redo") or anew) or clause.named or (ordering(clause) and not clause.is_all("redo")):
        return None
    ahead = len(session.steps) - session.at
    if not ahead:
        return Part(said="There is nothing to redo.")
    number = next((int(size.db) for size in sizes(clause.items)), None) or _in_words(clause)
    times = ahead if is_all(clause.free) else number or max(1, memory.undone)
    return Part((("redo", {}),) * min(times, ahead))


def reset(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Puts faders back to 0 dB."""
    zeroes = clause.named and clause.free[clause.start : clause.start + 1] == ("zero",)
    to_zero = zeroes or (any(size.to and not size.db for size in sizes(clause.items)) and is_all(clause.free))
    if not (clause.starts("reset") or "reset" in clause.concepts or to_zero) or clause.has("not"):
        return None
    targets = targeting.of(clause)
    if targets.unclear and (clause.named or targeting.topic):
        return Part(unclear=targets.unclear, open=Open(choice=targets.choice, operation="reset"))
    if clause.named:
        return Part((("reset", {"stems": [targeting.names.names[at] for at in targets.stems]}),), topic=targets.stems)
    if targets.stems and not targets.of_all:
        return Part((("reset", {"stems": [targeting.names.names[at] for at in targets.stems]}),), topic=targets.stems)
    return Part((("reset", {}),))


def last_said(memory: Memory, at: int) -> int:
    """How many steps the last thing said took, where it is the last that happened; else one."""
    before, after = memory.spans[-1] if memory.spans else (at, at)
    return after - before if after == at and after > before else 1


def _of_stems(clause: Clause, targeting: Targeting) -> Part:
    """Takes back the last move of some stems: as an undo where that was the last step, else to where they stood."""
    session = targeting.session
    targets = targeting.of(clause, contexts=True)
    if targets.unclear:
        return Part(unclear=targets.unclear)
    names = [targeting.names.names[at] for at in targets.stems]
    states = [session.start, *(step.state for step in session.steps[: session.at])]
    heads = {targeting.names.head(at) for at in targets.stems}
    last = {
        targeting.names.head(at)
        for at, (one, two) in enumerate(zip(states[-2].gains_db, states[-1].gains_db, strict=True))
        if one != two
    }
    if last and last == heads:
        return Part(_times(1), topic=targets.stems)
    orders: list[Offer] = []
    for at, name in zip(targets.stems, names, strict=True):
        now_db = session.state.gains_db[at]
        before = next((state.gains_db[at] for state in reversed(states) if state.gains_db[at] != now_db), None)
        if before is not None:
            orders.append(("set", {"stem": name, "gain_db": before}))
    if not orders:
        return Part(said=f"{targeting.list(targets.stems)} did not move.", topic=targets.stems)
    return Part(tuple(orders), topic=targets.stems)


def _restores(clause: Clause) -> bool:
    """ "Put the vocals back", "bring the bass back to where it was"."""
    if "back" not in clause.concepts or sizes(clause.items) or not clause.named:
        return False
    behind = clause.free[clause.free.index("back") + 1 :] if "back" in clause.free else ()
    plainly = not behind or behind[0] in ("where", "how", "to", "again", "please", "as", "like")
    verb = clause.free[clause.start] if clause.start < len(clause.free) else ""
    return (
        plainly
        and verb in MOVED
        and (verb in ("put", "restore", "return", "undo", "revert", "reset") or "undo" in clause.concepts)
    )


def _in_db(clause: Clause, size: Size) -> bool:
    quantity = clause.items[size.at].quantity
    return quantity is not None and quantity.unit is not None


def _in_words(clause: Clause) -> int:
    words = set(clause.words)
    return 2 if words & {"twice", "two", "both"} else 3 if "three" in words else 0


def _times(number: int) -> tuple[Offer, ...]:
    return (("undo", {}),) * number
