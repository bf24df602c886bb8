"""Which stems a clause is about: those it names, those that a pronoun stands for, all, the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.advice.shown import listed, quoted
from explainer.reading.claims.nouns import Noun
from explainer.reading.items.segments import Item
from studio.chat.grammar.heard.clauses import Clause
from studio.chat.grammar.heard.names import Meant, Names
from studio.chat.grammar.heard.words import phrases_of, words_at
from studio.session import Session

SEVERAL = frozenset("both all every each two three four".split())
ONE = frozenset("it its that this him her".split())


@dataclass(frozen=True)
class Targets:
    """The stems that something is to be done to.

    Args:
        stems: places in the song; of those that move together one.
        of_all: it was said of all, or of the rest.
        unclear: why nobody knows; "" where it is clear.
        choice: of which stems one is meant.
        named: whether the clause says of what it speaks at all.
    """

    stems: tuple[int, ...] = ()
    of_all: bool = False
    unclear: str = ""
    choice: tuple[int, ...] = ()
    named: bool = True


class Targeting:
    """Finds targets within one thing that is said.

    Args:
        topic: the stems that were spoken of before.
    """

    def __init__(self, session: Session, names: Names, topic: tuple[int, ...]) -> None:
        self.session, self.names, self.topic = session, names, topic
        self.mentioned: list[int] = []

    def of(self, clause: Clause, apart: bool = False, contexts: bool = False) -> Targets:
        """The targets of a clause.

        Args:
            apart: name also stems that move along with others.
            contexts: of what it is said where, or against what, too.
        """
        if clause.absent:
            return Targets(unclear=self.no_stem(clause.absent))
        but = excepted_from(clause)
        heads = [
            item for i, item in enumerate(clause.items[:but]) if item.stems and (contexts or self._is_head(clause, i))
        ]
        if not heads:
            heads = [item for item in clause.items[:but] if item.stems and _only_where(clause, item)]
        several = bool(SEVERAL & set(clause.words))
        if heads:
            told = [self.names.meant_by(item, several, apart) for item in heads]
            for one in told:
                if one.choice:
                    return self._asked_back(one)
            stems = tuple(dict.fromkeys(at for one in told for at in one.stems))
            self.mentioned += stems
            return Targets(stems)
        words = clause.free
        if is_all(words):
            out = {self.names.head(at) for item in clause.items[but:] for at in self.names.meant_by(item, True).stems}
            return Targets(self.all_but(out), of_all=True)
        if _has_any(words, "the_rest"):
            out = {self.names.head(at) for at in (*self.topic, *self.mentioned)}
            return Targets(self.all_but(out), of_all=True) if out else Targets(unclear="The rest of what? Name a stem.")
        if _has_any(words, "pronouns"):
            if not self.topic:
                return Targets(unclear=self.which("Which stem do you mean?"))
            if (
                len(self.topic) > 1
                and ONE & set(words)
                and not ({"them", "they", "both", "those", "these"} & set(words))
            ):
                return Targets(unclear=self.which("Which of them do you mean?"), choice=self.topic)
            return Targets(self.topic)
        return Targets(named=False)

    def all_but(self, heads: set[int]) -> tuple[int, ...]:
        """All that can move, without those that move along, and without some."""
        locks, silent = self.session.state.locks, self.session.song.silent.tolist()
        free = [at for at, name in enumerate(self.names.names) if name not in locks and not silent[at]]
        return tuple(at for at in self.names.units(free) if self.names.head(at) not in heads)

    def no_stem(self, name: str) -> str:
        """That the song has none of that name."""
        return f"There is no stem {quoted(name)} here: there are {self.list(range(len(self.names.names)))}."

    def which(self, question: str) -> str:
        """A question back, with the stems there are."""
        return f"{question} There are {self.list(range(len(self.names.names)))}."

    def list(self, stems: Sequence[int], most: int = 12) -> str:
        """Stems' names in a sentence."""
        named = [quoted(self.names.names[at]) for at in stems]
        return listed([*named[:most], f"{len(named) - most} more"] if len(named) > most else named)

    def _asked_back(self, one: Meant) -> Targets:
        if len(one.choice) == 1:
            holder = self.list(one.choice)
            return Targets(
                unclear=f"There is no stem {quoted(one.said)} by itself: it is part of {holder}.", choice=one.choice
            )
        names = " or ".join(quoted(self.names.names[at]) for at in one.choice)
        return Targets(unclear=f"Which one do you mean by {quoted(one.said)}: {names}?", choice=one.choice)

    def _is_head(self, clause: Clause, i: int) -> bool:
        return not clause.items[i].context and clause.nouns.get(i) in (Noun.STEM, None)


def is_all(words: Sequence[str]) -> bool:
    """Whether all stems are spoken of."""
    return _has_any(words, "everything") and not _has_any(words, "the_rest")


def is_rest(words: Sequence[str]) -> bool:
    """Whether what was not named is spoken of."""
    return _has_any(words, "the_rest")


def excepted_from(clause: Clause) -> int:
    """The item from which on exceptions are named; the number of items where none are."""
    words = clause.free
    if not (is_all(words) or is_rest(words) or clause.concepts & {"apply", "reset", "undo"}):
        return len(clause.items)
    for i, item in enumerate(clause.items):
        if i and item.words in phrases_of("except") and any(other.stems for other in clause.items[i:]):
            return i
    return len(clause.items)


def excepted_in(clause: Clause, names: Names) -> tuple[int, ...]:
    """The stems that a clause excepts."""
    return tuple(at for item in clause.items[excepted_from(clause) :] for at in names.meant_by(item, True).stems)


def _only_where(clause: Clause, item: Item) -> bool:
    """Whether a stem is named behind "for" or "in": "a bit more for the vocals"."""
    at = clause.items.index(item)
    before = [word for other in clause.items[:at] for word in other.words if not other.has("article")]
    return bool(before) and before[-1] in ("for", "in", "with", "about", "on", "by")


def _has_any(words: Sequence[str], part: str) -> bool:
    listed_in = phrases_of(part)
    longest = max(map(len, listed_in))
    return any(
        words_at(words, at, size) in listed_in
        for at in range(len(words))
        for size in range(1, min(longest, len(words) - at) + 1)
    )
