"""Answers to what was offered or asked back: yes, no, which of them, up or down, by how much."""

from console.read.roles import words_of
from explainer.reading.items.segments import Item
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.sizes import SIZE_DB, severity_in, sizes
from studio.chat.grammar.heard.targets import Targeting
from studio.chat.grammar.plan import Memory, Open, Part
from studio.chat.grammar.rules.followups import only_names
from studio.chat.grammar.rules.moves import completed, ordering
from studio.chat.grammar.rules.shared import denied
from studio.chat.reply import Offer

SIDE = {"l": "left", "r": "right"}
PLACE = {"first": 0, "second": 1, "third": 2, "last": -1}
MOST = 4  # items of such an answer


def answered(clause: Clause, targeting: Targeting, memory: Memory) -> Part | None:
    """An answer to what was offered or asked back; None where it is none."""
    if memory.open is not None and (part := _filled(clause, targeting, memory.open)) is not None:
        return part
    if not memory.offers:
        return None
    if clause.is_all("yes"):
        return Part(memory.offers, topic=_stems_of(memory.offers, targeting) or None)
    if clause.is_all("no"):
        return Part(said="Nothing moves.")
    return _some_of(clause, targeting, memory.offers)


def _filled(clause: Clause, targeting: Targeting, back: Open) -> Part | None:
    """What was asked back, with what it lacked."""
    if back.choice or not back.stems:
        stems = _chosen(clause, targeting, back)
        if not stems or (ordering(clause) and back.sign):
            return None
        return _with_stems(back.operation, stems, targeting) if back.operation else completed(back, stems, targeting)
    by = next((size.db for size in sizes(clause.items) if not size.to), None)
    if back.sign and back.size_db is None and by is not None and not clause.named:
        return completed(Open(back.stems, (), back.sign, by), back.stems, targeting)
    words = set(clause.words)
    sign = 1 if words & {"up", "louder"} else -1 if words & {"down", "quieter"} else 0
    if back.sign or not sign or clause.named or len(clause.items) > MOST:
        return None
    return completed(Open(back.stems, (), sign, back.size_db if by is None else by), back.stems, targeting)


def _chosen(clause: Clause, targeting: Targeting, back: Open) -> tuple[int, ...]:
    """The stem that was meant, of those that were asked about."""
    if back.choice and not clause.named and clause.has("both", "all", "each", "two"):
        return back.choice
    if clause.named:
        stems = targeting.of(clause, contexts=True).stems if only_names(clause) else ()
        return stems if not back.choice or set(stems) <= set(back.choice) else ()
    if len(clause.items) > MOST or len(back.choice) < 2:
        return ()
    said = set(clause.words)
    spoken = {at: set(words_of(targeting.names.names[at])) for at in back.choice}
    hits = [at for at, words in spoken.items() if said & (words | {SIDE[word] for word in words if word in SIDE})]
    if len(hits) != 1:
        hits = [back.choice[PLACE[word]] for word in clause.words if PLACE.get(word, 99) < len(back.choice)]
    return tuple(hits) if len(hits) == 1 else ()


def _some_of(clause: Clause, targeting: Targeting, offers: tuple[Offer, ...]) -> Part | None:
    """One of several offers, by its stem; or what was offered on other stems, or by another size."""
    names = clause.named and only_names(clause) and not denied(clause)
    if names and offers[0][0] == "apply":
        stems = targeting.of(clause, contexts=True).stems
        return _with_stems("apply", stems, targeting) if stems else None
    if names and len(offers) > 1:
        wanted = {targeting.names.names[at] for at in targeting.of(clause, contexts=True).stems}
        chosen = tuple(offer for offer in offers if offer[1].get("stem") in wanted)
        return Part(chosen, topic=_stems_of(chosen, targeting)) if chosen else None
    by = [size for size in sizes(clause.items) if not size.to and not size.sign]
    only = all(_says_size(item) for item in clause.items) and len(clause.items) <= MOST
    degree = any(item.has("a_little", "much") for item in clause.items)
    if not only or ordering(clause) or any(operation != "nudge" for operation, _ in offers):
        return None
    if not (len(by) == 1 or (degree and not by)):
        return None
    size = by[0].db if by else SIZE_DB[severity_in(clause.items)]
    orders = tuple((name, told | {"by_db": size if told["by_db"] > 0 else -size}) for name, told in offers)
    return Part(orders, topic=_stems_of(offers, targeting))


def _says_size(item: Item) -> bool:
    return bool(item.quantity) or item.has("filler", "a_little", "much", "but") or item.unknown


def _with_stems(operation: str, stems: tuple[int, ...], targeting: Targeting) -> Part:
    names = [targeting.names.names[at] for at in stems]
    return Part(((operation, {"stem": names[0]} if operation == "anchor" else {"stems": names}),), topic=stems)


def _stems_of(offers: tuple[Offer, ...], targeting: Targeting) -> tuple[int, ...]:
    names = [name for _, told in offers for name in (told.get("stems") or [told.get("stem")])]
    return tuple(targeting.names.names.index(name) for name in names if name in targeting.names.names)
