"""Orders that hold stems: lock and unlock, link and unlink."""

from explainer.reading.claims.event import Kind
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.mood import Mood, opening, said_from
from studio.chat.grammar.heard.sizes import sizes
from studio.chat.grammar.heard.targets import Targeting, is_rest
from studio.chat.grammar.heard.words import has_phrase, phrases_of
from studio.chat.grammar.plan import Memory, Part
from studio.chat.grammar.rules.moves import ordering
from studio.chat.grammar.rules.shared import denied, names_of, nothing_else, on_stems
from studio.chat.grammar.rules.strange import strange

TOUCHING = frozenset(
    "touch touches touched move moves change changes alter adjust mess touching moving changing altering".split()
)
LETTING = ("let", "belong", "stay", "make", "should", "want", "move", "moves", "must", "to")
AS_ONE = ("together", "tandem", "sync")
STAYING = ("should", "must", "can", "may", "let", "want", "please", "has", "have")
NO_LEAVING = ("room", "space", "out")  # "leave room for the voice"


def locked(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Lock, freeze, leave alone, do not touch; and unlock."""
    if clause.starts("unlock") or ("unlock" in clause.concepts and not clause.starts("lock")):
        return _unlocked(clause, targeting)
    denies = denied(clause)
    words = set(clause.free)
    if not clause.named and is_rest(clause.free) and TOUCHING & words and {"not", "nothing"} & words:
        return Part(said="Nothing else moves.")
    if not denies and clause.has("may", "can") and clause.has("you") and TOUCHING & set(clause.words):
        return _unlocked(clause, targeting) if clause.mood is Mood.ORDER else None  # "you may touch it again"
    if clause.starts("lock") and denies:
        return Part(said="Nothing was locked.")
    untouched = denies and bool(TOUCHING & set(clause.words)) and not ordering(clause)
    still = clause.words[:1] == ("nothing",) and TOUCHING & set(clause.words)
    if (untouched or still) and not clause.named and not (untouched and clause.nouns):
        return Part(said="Nothing moves.")
    left = _is_left(clause)
    if left and not clause.named and any(has_phrase(clause.free, phrase) for phrase in phrases_of("pronouns")):
        return Part(said="I leave it as it is.")
    if clause.starts("lock") or untouched or left:
        return on_stems(clause, targeting, "lock", keeps=untouched or left)
    said = clause.mood is Mood.ORDER and clause.has("lock", "locked", "sacred", "limits")
    if said and "lock" in clause.concepts and clause.named and not denies:
        return on_stems(clause, targeting, "lock", keeps=True)
    return None


def linked(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """Let stems move together, or apart."""
    wished = clause.named and clause.has(*LETTING) and nothing_else(clause)
    if clause.starts("unlink") or ("unlink" in clause.concepts and wished and not clause.starts("link")):
        return _unlinked(clause, targeting)
    if not (clause.starts("link") or ("link" in clause.concepts and wished and clause.has(*AS_ONE))):
        return None
    targets = targeting.of(clause, apart=True, contexts=True)
    stems = targets.choice if len(targets.choice) > 1 else targets.stems
    if targets.unclear and not stems:
        return Part(unclear=targets.unclear)
    if len(stems) < 2:
        return Part(unclear="A link needs two stems or more: name them.") if clause.starts("link") else None
    return Part((("link", {"stems": names_of(targeting, stems)}),), topic=stems)


def _unlocked(clause: Clause, targeting: Targeting) -> Part | None:
    locks = targeting.session.state.locks
    if clause.named or not targeting.of(clause).of_all:
        return on_stems(clause, targeting, "unlock")
    return Part((("unlock", {"stems": list(locks)}),)) if locks else Part(said="No stem is locked.")


def _unlinked(clause: Clause, targeting: Targeting) -> Part | None:
    links = targeting.session.state.links
    if clause.has("everything", "all") and not clause.named:
        names = [name for group in links for name in group[1:]]
        return Part(tuple(("unlink", {"stem": name}) for name in names)) if names else Part(said="Nothing is linked.")
    targets = targeting.of(clause, apart=True, contexts=True)
    if targets.unclear and len(targets.choice) < 2:
        return Part(unclear=targets.unclear)
    stems = targets.stems or targets.choice
    names = names_of(targeting, stems)
    names = [name for name in names if any(name in group for group in links)] or names
    whole = len(names) > 1 and any(set(names) == set(group) for group in links)
    alone = names[:-1] if whole else names  # the last is alone then
    return Part(tuple(("unlink", {"stem": name}) for name in alone), topic=stems) if alone else None


def _is_left(clause: Clause) -> bool:
    """Whether a clause says to leave something: "keep the bass as it is"; "left" is a side, or what was done."""
    event = next((event for event in clause.events if event.kind is Kind.LEAVE), None)
    if event is None or event.negated or sizes(clause.items) or clause.has(*NO_LEAVING):
        return False
    if any(item.context for item in clause.named):
        return False  # "keep the bass under the drums"
    before = {word for item in clause.items[: event.at] for word in item.words}
    ordered = opening(clause.words) == len([w for item in clause.items[: event.at] for w in item.words])
    wished = set(STAYING) & (before | set(clause.items[event.at].words))
    said = ordered or said_from(clause.words) >= len(before) or bool(wished) or before == {"to"}
    return said and clause.items[event.at].words != ("left",) and strange(clause) is None
