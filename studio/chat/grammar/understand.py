"""A text as what is to come of it, clause by clause. Nothing is done here."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from explainer.advice.shown import quoted
from explainer.reading.claims.event import Kind
from studio.chat.grammar.heard.clauses import Clause, clauses
from studio.chat.grammar.heard.mood import Mood, opening
from studio.chat.grammar.heard.names import Names
from studio.chat.grammar.heard.sizes import SIZE_DB, severity_in, sizes
from studio.chat.grammar.heard.targets import Targeting
from studio.chat.grammar.heard.words import phrases_of
from studio.chat.grammar.plan import Memory, Part
from studio.chat.grammar.rules.answers import answered
from studio.chat.grammar.rules.commands import commanded, told
from studio.chat.grammar.rules.followups import also, went_on
from studio.chat.grammar.rules.going_back import last_said
from studio.chat.grammar.rules.moves import OF_SIZES, Flow, found_wrong, moved, ordering, tells
from studio.chat.grammar.rules.preamble import is_preamble
from studio.chat.grammar.rules.strange import no_level
from studio.chat.reply import Offer
from studio.session import Session

NAMING = ("article", "filler", "move", "of", "pronoun", "wish", "people")
EXCEPTING = ("denial", "article", "filler", "but", "against", "alter")
FINDING = ("loud", "quiet", "excess", "lost", "too_much", "too_little")
WAYS = ("more", "less", "up", "down", "louder", "quieter")
REFINING = ("a_little", "much", "filler", "article", "unsure", "wish", "be", "enough", *WAYS)
MOVING = ("up", "down", "more", "less")
UNTIL_NOW = ("so far", "as yet", "up to now", "until now")
ALL_RIGHT, GOOD, STILL = "All right: nothing moves.", "Good.", "Nothing moves."
REGRETTING = ("sorry", "oops", "wait")
MAKING = ("make", "give", "add", "do", "turn", "get")
LEVELS_ONLY = "I change levels, and nothing else: I do not know what {} asks of one. Nothing was done."
CHANGED_MIND = "You changed your mind on the way: say only what is to be done."


def understood(text: str, session: Session, memory: Memory) -> list[Part]:
    """What is to come of a text. Where a part of it is unclear, nothing of it is to be done."""
    names = Names(session, text)
    return _Reading(Targeting(session, names, memory.topic), copy(memory)).of(clauses(text, names), text)


class _Reading:
    """One thing that is said, as it is read.

    Args:
        targeting: finds the stems that are meant.
        memory: of what was said before; what an answer uses up is taken out.
    """

    def __init__(self, targeting: Targeting, memory: Memory) -> None:
        self.targeting, self.memory = targeting, memory
        self.flow, self.denied = Flow(), False

    def of(self, said: Sequence[Clause], text: str) -> list[Part]:
        """What is to come of its clauses."""
        parts: list[Part] = []
        asked: set[int] = set()
        for clause in said:
            if self._is_beside(clause, said):
                self._turn_to(clause)
                continue
            if parts and (refined := _refined(clause, parts[-1])) is not None:
                parts[-1] = refined
                continue
            part = self._part(clause, alone=len(said) == 1, leads=clause is said[0] and len(said) > 1)
            if part.question and clause.sentence in asked:
                continue
            if part.question:
                asked.add(clause.sentence)
            if part.topic is not None:
                self.targeting.topic = part.topic
            parts.append(part)
        if self.flow.waiting:  # for what is to be done with them
            lone = not any(part.orders for part in parts)
            named = self.targeting.list(self.flow.waiting)
            parts.append(Part(question=text, topic=self.flow.waiting) if lone else _not_understood(named))
        return _settled(_without(parts, self.targeting))

    def _turn_to(self, clause: Clause) -> None:
        """Makes what a clause names what is spoken of."""
        stems = self.targeting.of(clause, contexts=True).stems if clause.named else ()
        self.targeting.topic = stems or self.targeting.topic

    def _is_beside(self, clause: Clause, said: Sequence[Clause]) -> bool:
        """Whether a clause only gives a reason, or says "no" before something else."""
        if clause.mood is not Mood.ORDER or len(said) == 1:
            return False
        after = said[said.index(clause) + 1 :]
        smaller = bool(after) and (
            sizes(after[0].items) or any(item.has("a_little", "much") for item in after[0].items)
        )
        if smaller and self.memory.offers and clause.is_all("yes"):
            return True  # "ok, 2 dB", "yes, but only a bit"
        no = clause.is_all("no") and not (self.memory.offers or self.flow.sign) and clause is not said[-1]
        self.denied |= no
        return no or clause.items[0].has("cause")

    def _part(self, clause: Clause, alone: bool, leads: bool) -> Part:
        """What is to come of one clause."""
        if clause.mood is Mood.TOLD:
            return self._regretted(clause) or replace(self._question(clause), soft=True)
        if clause.mood is not Mood.ORDER and (part := told(clause, self.targeting, self.memory)) is not None:
            return part
        if clause.mood is not Mood.ORDER and not alone and _is_idle(clause):
            return Part()  # "..., right?"
        if clause.mood is not Mood.ORDER:
            return self._question(clause) if clause.mood is Mood.QUESTION else self._supposed(clause)
        waiting = self.flow.waiting
        part = self._ordered(clause, leads)
        if part is None and (stems := self._only_named(clause)):
            self.flow.waiting = (*waiting, *stems)
            return Part(topic=self.flow.waiting)
        if part is not None:
            if self.flow.waiting == waiting:
                self.flow.waiting = ()  # something else was said of it
            return part
        return self._rest(clause, alone)

    def _rest(self, clause: Clause, alone: bool) -> Part:
        """What is to come of a clause that orders nothing that is known."""
        if no_level(clause) and (alone or clause.starts_with(*MAKING)):
            return Part(unclear=LEVELS_ONLY.format(quoted(clause.typed)))
        if not clause.named and any(item.has(*MOVING) for item in clause.items):
            return Part(unclear=self.targeting.which("Which stem?"))
        if self.flow.sign and not clause.named and any(item.has("denial") for item in clause.items):
            return Part(unclear=CHANGED_MIND)
        if _is_idle(clause):
            return Part(said=ALL_RIGHT) if alone and not clause.starts_with(*MAKING) else self._unsaid(clause, alone)
        if not alone and is_preamble(clause):
            self._turn_to(clause)
            return Part()
        if not alone and tells(clause) and not sizes(clause.items):
            self._turn_to(clause)  # "the drums are killing me, ..."
            return Part()
        return self._question(clause) if alone else _not_understood(quoted(clause.typed))

    def _unsaid(self, clause: Clause, alone: bool) -> Part:
        return _not_understood(quoted(clause.typed)) if alone else Part()

    def _ordered(self, clause: Clause, leads: bool = False) -> Part | None:
        """What a clause orders, answers or finds wrong.

        Args:
            leads: whether it is the first of several.
        """
        targeting, memory = self.targeting, self.memory
        if (part := answered(clause, targeting, memory)) is not None:
            memory.offers, memory.open = (), None
            return part
        if clause.is_all("no") and not (ordering(clause) or self.flow.sign):
            return Part(said=STILL)
        if clause.is_all("small_talk") and not sizes(clause.items):
            regrets = clause.has(*REGRETTING)
            self.denied |= regrets
            return Part(said="" if regrets else GOOD)
        if (part := self._excepted(clause, leads)) is not None:
            return part
        if (part := also(clause, targeting, self.flow.by_db)) is not None:
            return part
        if (part := went_on(clause, targeting, memory, self.denied)) is not None:
            return part
        if (part := commanded(clause, targeting, memory)) is not None:
            return part
        if (part := moved(clause, targeting, self.flow)) is not None:
            return part
        if (part := found_wrong(clause, targeting)) is not None:
            return part
        return self._regretted(clause) or self._found_right(clause)

    def _supposed(self, clause: Clause) -> Part:
        """What is supposed to be ordered: told of, and offered."""
        memory, self.memory = self.memory, Memory(topic=self.memory.topic)
        part = self._ordered(clause)
        self.memory = memory
        asked = self._question(clause)
        if part is None or part.unclear or not part.orders:
            finds = part is not None and bool(part.offers)
            return replace(asked, soft=finds)  # "my friend says the vocals are too quiet, so ..."
        return replace(asked, supposed=part.orders, topic=asked.topic if part.topic is None else part.topic)

    def _question(self, clause: Clause) -> Part:
        targets = self.targeting.of(clause, contexts=True) if clause.named else None
        return Part(question=clause.text, topic=None if targets is None else targets.stems or targets.choice)

    def _excepted(self, clause: Clause, first: bool) -> Part | None:
        """ "..., not the drums", "but without the bass", "apart from the vocals, ..."."""
        denies = any(item.has("denial", "against") or item.words[0] in ("except", "without") for item in clause.items)
        only = all(item.stems or item.has(*EXCEPTING) for item in clause.items)
        leading = first and not self.memory.moves
        if not (denies and only and clause.named and (self.flow.sign or leading) and not ordering(clause)):
            return None
        return Part(excepted=self.targeting.of(clause, contexts=True).stems)

    def _regretted(self, clause: Clause) -> Part | None:
        """ "It was better before": an undo is offered."""
        if not self.memory.moves or "regret" not in clause.concepts or clause.named:
            return None
        undo: tuple[Offer, ...] = (("undo", {}),) * last_said(self.memory, self.targeting.session.at)
        return Part(said="Shall I undo that?", offers=undo)

    def _found_right(self, clause: Clause) -> Part | None:
        """ "The drums are fine": a lock is offered."""
        if not any(event.kind is Kind.FINE and not event.negated for event in clause.events):
            return None
        targets = self.targeting.of(clause)
        if not clause.named or targets.unclear or not targets.stems:
            return None
        names = [self.targeting.names.names[at] for at in targets.stems]
        said = f"Shall I lock {self.targeting.list(targets.stems)}? Say “yes”, or “anchor” to judge the others by it."
        return Part(said=said, offers=(("lock", {"stems": names}),), topic=targets.stems)

    def _only_named(self, clause: Clause) -> tuple[int, ...]:
        """The stems of a clause that only names them, perhaps with a verb: "turn the vocals ..."."""
        only = all(item.stems or (item.has(*NAMING) and not item.has("up", "down", "denial")) for item in clause.items)
        if not only or not clause.named or sizes(clause.items):
            return ()
        return self.targeting.of(clause, contexts=True).stems


def _is_idle(clause: Clause) -> bool:
    """Whether a clause says nothing that could be an order."""
    words = clause.free[opening(clause.free) :]
    if clause.typed.casefold().strip(" .!?") in UNTIL_NOW:
        return True
    finds = any(item.has(*FINDING) for item in clause.items)
    return not (clause.named or finds) and all((word,) in phrases_of("idle") for word in words)


def _not_understood(what: str) -> Part:
    return Part(unclear=f"I did not understand {what}, so nothing was done.")


def _without(parts: Sequence[Part], targeting: Targeting) -> list[Part]:
    """The parts, those stems left out that others except: of what was ordered of all, or, by a "not", of any."""
    names = targeting.names
    of_all = {names.head(at) for part in parts for at in part.excepted}
    of_any = {names.head(at) for part in parts if not part.orders for at in part.excepted}

    def kept(part: Part) -> Part:
        out = of_all if part.of_all else of_any
        moves = [order for order in part.orders if order[0] in ("nudge", "set")]
        left = [order for order in moves if names.head(names.names.index(order[1]["stem"])) not in out]
        if len(left) < len(moves):
            return replace(part, orders=tuple(left))
        if of_all and part.orders == (("apply", {}),):
            stems = [names.names[at] for at in targeting.all_but(of_all)]
            return replace(part, orders=(("apply", {"stems": stems}),))
        return part

    return [kept(part) for part in parts]


def _refined(clause: Clause, before: Part) -> Part | None:
    """An order without a size, and then the size: "more bass, a touch more", "turn it up, 2 dB"."""
    if before.said != OF_SIZES or not before.orders or clause.named or clause.mood is not Mood.ORDER:
        return None
    found = [size for size in sizes(clause.items) if not (size.to or size.sign)]
    only = all(item.quantity or item.has(*REFINING) for item in clause.items)
    degree = any(item.has("a_little", "much") for item in clause.items)
    if not only or len(found) > 1 or not (found or degree):
        return None
    signs = {told["by_db"] > 0 for _, told in before.orders}
    ways = {item.has("more", "up", "louder") for item in clause.items if item.has(*WAYS)}
    if ways and ways != signs:
        return None
    db = found[0].db if found else SIZE_DB[severity_in(clause.items)]
    orders = tuple((name, told | {"by_db": db if told["by_db"] > 0 else -db}) for name, told in before.orders)
    return replace(before, orders=orders, said="" if found else OF_SIZES)


def _once(parts: Sequence[Part]) -> list[Part]:
    """The parts; of two that undo, or that say one thing of how is judged, the one that does more, or the last."""
    kept: list[Part] = []
    for part in parts:
        names = {operation for operation, _ in part.orders}
        if names <= {"undo"} or names <= {"strength"}:
            same = [at for at, other in enumerate(kept) if names and {name for name, _ in other.orders} == names]
            if same:
                kept[same[0]] = max(kept[same[0]], part, key=lambda each: len(each.orders))
                continue
        if not (part.orders and kept and part.orders == kept[-1].orders and part.orders[0][0] in ("apply", "usual")):
            kept.append(part)
    return kept


def _settled(parts: Sequence[Part]) -> list[Part]:
    """The parts, but for what is found wrong of stems that are moved anyway."""
    if any(part.orders and not part.soft for part in parts):
        parts = [replace(part, orders=(), question="") if part.soft else part for part in parts]
    parts = _once(parts)
    now = {told.get("stem") for part in parts for operation, told in part.orders if operation in ("nudge", "set")}

    def settled(part: Part) -> bool:
        return bool(part.offers) and not part.orders and {told.get("stem") for _, told in part.offers} <= now

    return [replace(part, said="", offers=()) if settled(part) else part for part in parts]
