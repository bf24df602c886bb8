"""Whether a text calls a move a matter of taste, and whether it is one."""

from collections.abc import Iterator, Sequence

from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import ReasonKind
from explainer.reading.against.figures import standing
from explainer.reading.claims.said import Clause, Said

PEOPLE = frozenset("engineers mixers producers people ears professionals opinions others they".split())
DIFFER = frozenset("differ differs disagree disagrees vary varies divided".split())
TASTE = frozenset("taste preference tastes preferences subjective opinion".split())
OWN = frozenset("my your our".split())  # "for my taste" is no claim that others differ
DENIED = frozenset("not no never beyond more than".split())


def unlike_taste(said: Said, advice: Advice, called: Sequence[str]) -> Iterator[str]:
    """The moves that a text calls a matter of taste, and engineers do not differ by as much."""
    last: list[int] = []
    partly: set[int] = set()  # the sentences that tell how far it is from what is usual, or that a part is taken back
    for clause in said.clauses:
        moved = [mention.stem for mention in clause.mentions if mention.direction]
        last = moved or last
        if _is_partly(clause):
            partly.add(clause.sentence)
        moving = [at for at in last if advice.stems[at].move.moves]
        part = bool(partly & {clause.sentence, clause.sentence - 1}) and not _is_taste(clause, TASTE)
        if _is_taste(clause) and moving and not any(_may(advice.stems[at], advice, part) for at in moving):
            names = " and ".join(called[at] for at in moving)
            yield f"It calls the move of {names} a matter of taste, which it is not."


def _is_taste(clause: Clause, words_of: frozenset[str] = TASTE | DIFFER) -> bool:
    """Whether a clause says that it is a matter of taste, or that engineers differ."""
    words = [word for item in clause.items for word in item.words]
    for at, word in enumerate(words):
        before = set(words[max(at - 3, 0) : at])
        if before & DENIED and "only" not in before:
            continue
        if word not in words_of:
            continue
        if (word in TASTE and not (before & OWN and "for" in before)) or (word in DIFFER and before & PEOPLE):
            return True
    return False


def _is_partly(clause: Clause) -> bool:
    """Whether a clause tells how far something is from what is usual, or that a part of it is taken back."""
    items = clause.items
    of_it = any(
        items[at].quantity and items[at + 1].words[0] == "of" and items[at + 2].has("pronoun")
        for at in range(len(items) - 2)
    )
    return of_it or bool(standing(items)[1])


def _may(stem: StemAdvice, advice: Advice, part: bool) -> bool:
    """Whether engineers differ by as much as it moves; or, of a part that is taken back, by as much as it is left."""
    if advice.is_taste(stem):
        return True
    size_db = abs(stem.move.gain_db)
    levels = [r for r in stem.reasons if r.kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR) and r.usual is not None]
    return part and any(abs(r.measured - (r.usual or 0.0)) > size_db for r in levels)
