"""How sure a text is of what it says: words of certainty, likelihood and doubt, and what makes less or more of them."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from explainer.phrasing.bundled import bundled
from explainer.reading.claims.nouns import Noun
from explainer.reading.claims.said import Clause, Said
from explainer.reading.items.segments import Item

Words = tuple[str, ...]


class Sureness(StrEnum):
    """How sure a clause is."""

    CERTAIN = "certain"  # no doubt, definitely, I am sure
    LIKELY = "likely"  # probably, fairly sure
    DOUBT = "doubt"  # perhaps, might, a guess
    MODEST = "modest"  # I think, it seems


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SURE = _words("sure certain confident positive convinced")
DOUBTS = _words("doubt doubts uncertainty uncertainties")
EVIDENCE = _words("evidence case signs figures numbers measurements data picture indications verdict call one")
STRONG = _words("strong solid overwhelming conclusive clear compelling unequivocal settled")
WEAK = _words("thin weak mixed slim faint inconclusive ambiguous shaky scant sparse")
AGAINST = _words("not never no hardly scarcely barely less without beyond far cannot nothing little")
FAIRLY = _words(
    "fairly reasonably quite pretty rather mostly almost nearly relatively moderately tolerably somewhat half"
)
AMOUNT = _words("range amount amounts value values setting sweet spot span window figure size exact margin")
NEAR = 4  # words within which one makes less of another


def sureness(items: Sequence[Item]) -> set[Sureness]:
    """How sure a clause is, in all that it says of it; what it says of a range of dB does not count."""
    words = tuple(word for item in items for word in item.words)
    found: set[Sureness] = set()
    for at, word in enumerate(words):
        if word in SURE:
            found |= _sure(words, at)
        elif word in DOUBTS:
            found.add(_doubts(words, at))
        elif word == "clear" and _is_evidence(words, at):
            found.add(Sureness.CERTAIN)
        elif word in STRONG | WEAK and _is_evidence(words, at) and word != "clear":
            found.add(Sureness.DOUBT if word in WEAK or _denied(words, at) else Sureness.CERTAIN)
    for means in Sureness:
        for at in _found(words, means):
            if means in (Sureness.CERTAIN, Sureness.LIKELY) and _denied(words, at):
                found.add(Sureness.DOUBT)
            else:
                found.add(means)
    return found


def _sure(words: Words, at: int) -> set[Sureness]:
    """What "sure" or "certain" means with what stands before it."""
    before = words[max(at - NEAR, 0) : at]
    if before[-1:] in (("make",), ("a",), ("making",), ("be",)) and "can" not in before:  # make sure, a certain
        return set() if before[-1:] != ("be",) else {Sureness.CERTAIN}
    if "as" in before and "good" in before:  # as good as certain
        return {Sureness.CERTAIN}
    if "than" in before:  # likely rather than certain
        return {Sureness.LIKELY}
    if set(before) & AGAINST:
        return {Sureness.DOUBT}
    return {Sureness.LIKELY if set(before[-2:]) & FAIRLY else Sureness.CERTAIN}


def _doubts(words: Words, at: int) -> Sureness:
    """What "doubt" means with how much of it there is."""
    before = set(words[max(at - NEAR, 0) : at])
    if "few" in before:
        return Sureness.LIKELY
    if before & _words("some real room much serious a") and not before & _words("no not without beyond"):
        return Sureness.DOUBT
    return Sureness.CERTAIN if before & AGAINST else Sureness.DOUBT


def _is_evidence(words: Words, at: int) -> bool:
    """Whether an adjective is said of the evidence, or of the case: "this one is clear", "the evidence is strong"."""
    before = words[max(at - 5, 0) : at]
    being = [k for k, word in enumerate(before) if word in ("is", "are", "seems", "looks")]
    if not being or "should" in before:
        return words[at + 1 : at + 2] in (("evidence",), ("case",), ("call",))
    subject = before[: being[-1]]
    return subject[-1:] == ("that",) or bool(set(subject) & EVIDENCE)  # but not "I believe that the drums are strong"


def _denied(words: Words, at: int) -> bool:
    return bool(set(words[max(at - 3, 0) : at]) & {"not", "never", "hardly", "less"})


def _could_be(clause: Clause) -> bool:
    """ "The bass could be too loud": of a fault, "could" is a doubt; of a move, a wish."""
    words = [word for item in clause.items for word in item.words]
    wished = any(mention.ordered for mention in clause.mentions) and "too" not in words
    return "could" in words and words[words.index("could") + 1 :][:1] in (["be"], ["well"]) and not wished


def _found(words: Words, kind: str) -> Iterator[int]:
    """Where phrases of a kind stand."""
    for at in range(len(words)):
        for phrase in _phrases()[kind].get(words[at], ()):
            if words[at : at + len(phrase)] == phrase:
                yield at


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Mapping[str, Sequence[Words]]]:
    """The phrases of each kind, by their first words."""
    kinds: dict[str, dict[str, list[Words]]] = {}
    for kind, text in bundled("reading/against/certainty.yaml").items():
        for phrase in text.split(","):
            words = tuple(phrase.split())
            kinds.setdefault(kind, {}).setdefault(words[0], []).append(words)
    return kinds


def sure_of(said: Said) -> dict[int, tuple[set[Sureness], bool]]:
    """How sure a text is that each stem should move, and whether what it says of another may count for it, too.

    A hedge belongs to the stems of its clause, in a clause without one to those of the sentence, and in a sentence
    without one to what was spoken of last. One before several moves may be meant for all of them.
    """
    of: dict[int, set[Sureness]] = {}
    loosely: set[int] = set()
    last: list[int] = []
    for sentence in _by_sentence(said.clauses):
        moved = [[m.stem for m in clause.mentions if m.direction] for clause in sentence]
        everyone = [stem for stems in moved for stem in stems]
        here: dict[int, set[Sureness]] = {stem: set() for stem in everyone}
        hedged = []
        for at, clause in enumerate(sentence):
            if not moved[at] and _of_amount(clause):
                continue
            says = sureness(clause.items)
            if _could_be(clause):
                says.add(Sureness.DOUBT)
            if says:
                hedged.append(at)
                for stem in moved[at] or _near(moved, at, clause) or _named(sentence) or last:
                    here.setdefault(stem, set()).update(says)
        if len(hedged) == 1 and not any(moved[: hedged[0]]):
            loosely |= set(everyone)
        for stem, says in here.items():
            if Sureness.CERTAIN in says and says & {Sureness.DOUBT, Sureness.LIKELY}:
                says = says - {Sureness.CERTAIN, Sureness.DOUBT} | {Sureness.LIKELY}
            of.setdefault(stem, set()).update(says)
        last = everyone or last
    return {stem: (says, stem in loosely) for stem, says in of.items()}


def _near(moved: Sequence[Sequence[int]], at: int, clause: Clause) -> list[int]:
    """The stems that a clause without any hedges: of those before it, or, where it begins the sentence, behind it."""
    before = [stems for stems in moved[:at] if stems]
    after = [stems for stems in moved[at + 1 :] if stems]
    if before and not (after and len(clause.items) == 1 and clause.before in ("and", ", and", "and ,")):
        return list(before[-1])
    return list(after[0]) if after else []


def _named(sentence: Sequence[Clause]) -> list[int]:
    """The stems that a sentence speaks of, without saying what to do."""
    named = [
        (clause.items[i].context, stem)
        for clause in sentence
        for i, noun in clause.nouns.items()
        if noun is Noun.STEM
        for stem in clause.items[i].stems
    ]
    return [stem for context, stem in named if not context] or [stem for _, stem in named]


def _of_amount(clause: Clause) -> bool:
    """Whether a clause speaks of how much: "the likely range is 2 to 4 dB"."""
    ranged = any(
        item.quantity and item.quantity.low is not None and item.quantity.unit == "dB" for item in clause.items
    )
    return ranged or any(AMOUNT & set(item.words) for item in clause.items)


def _by_sentence(clauses: Sequence[Clause]) -> Iterator[list[Clause]]:
    at = 0
    while at < len(clauses):
        end = at
        while end < len(clauses) and clauses[end].sentence == clauses[at].sentence:
            end += 1
        yield list(clauses[at:end])
        at = end
