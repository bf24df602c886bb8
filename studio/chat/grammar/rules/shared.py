"""What the rules of orders share: denials, phrases, the stems that an operation is for."""

from collections.abc import Callable, Sequence

from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.targets import Targeting
from studio.chat.grammar.heard.words import phrases_of
from studio.chat.grammar.plan import Memory, Open, Part

Rule = Callable[[Clause, Targeting, Memory], Part | None]
SAYING_NOTHING = ("idle", "openers")
OF_TARGETS = ("everything", "the_rest", "except", "pronouns")


def denied(clause: Clause) -> bool:
    """Whether a clause denies something."""
    return any(item.has("denial", "not_no") and item.words[0] not in ("rather", "instead") for item in clause.items)


def nothing_else(clause: Clause, besides: range = range(0)) -> bool:
    """Whether every word of a clause says something in an order, or nothing in any.

    Args:
        besides: places of words that are known otherwise.
    """
    return all(at in besides or _is_known(clause, at) for at in range(clause.start, len(clause.free)))


def names_of(targeting: Targeting, stems: Sequence[int]) -> list[str]:
    """The names of some stems."""
    return [targeting.names.names[at] for at in stems]


def on_stems(clause: Clause, targeting: Targeting, operation: str, keeps: bool = False) -> Part | None:
    """An operation on the stems that a clause names.

    Args:
        keeps: they are to be left out of what is done to all.
    """
    targets = targeting.of(clause, contexts=True)
    if targets.unclear:
        return Part(unclear=targets.unclear, open=Open(choice=targets.choice, operation=operation))
    stems = targets.stems if targets.named else ()
    if stems:
        order = (operation, {"stems": names_of(targeting, stems)})
        return Part((order,), topic=stems, excepted=stems if keeps else ())
    if not clause.starts("lock", "unlock"):
        return None
    return Part(unclear=targeting.which("Which stem?"), open=Open(operation=operation))


def _is_known(clause: Clause, at: int) -> bool:
    word = clause.free[at]
    if word in "*#%" or any(each.at <= at < each.at + each.size for each in clause.found):
        return True
    if any((word,) in phrases_of(part) for part in SAYING_NOTHING):
        return True
    return any(word in phrase for part in OF_TARGETS for phrase in phrases_of(part))
