"""What a text gives as reasons: figures of levels, shares and times, what is usual, and which stem covers which."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from explainer.advice.claims import ReasonKind
from explainer.reading.against.figures import (
    ABOVE,
    BELOW,
    SMALL,
    USUAL,
    figures,
    kind_of,
    says_usual,
    side_of,
    standing,
)
from explainer.reading.claims.nouns import Noun
from explainer.reading.claims.said import Clause, Said
from explainer.reading.items.segments import Item

NOBODY: frozenset[int] = frozenset()
REST = -1  # the rest of the mix, among the indices of stems
UNUSUALLY = frozenset("unusually abnormally exceptionally uncommonly atypically".split())
COVERED = frozenset(
    """masked covered hidden obscured drowned swallowed buried smothered swamped overshadowed overpowered eclipsed
    shadowed crowded suffocated outgunned lost drowning disappear disappears vanish vanishes disappearing hide hides
    submerged sunk masking""".split()
)
BY = frozenset("by under behind beneath underneath".split())
BEHIND = frozenset("behind under beneath underneath".split())
DROWNS = frozenset(
    """drown drowns drowning bury buries burying swamp swamps swamping overpower overpowers overpowering overshadow
    overshadows overshadowing overwhelm overwhelms overwhelming""".split()
)
MUTUAL = frozenset("clash clashes clashing fight fights fighting compete competes competing collide collides".split())


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a reason, and what is said of it; what the text leaves open is None, 0 or empty.

    Args:
        of: the stems that it may be of.
        usual: whether it is what is usual rather than what was measured.
        off: whether it is how far the one lies from the other.
        side: 1 above, -1 below.
        beside: what it is held against: stems, or `REST`.
        kind: what was measured.
        sentence: the number of its sentence.
    """

    value: float
    unit: str
    of: frozenset[int]
    usual: bool | None = None
    off: bool = False
    side: int = 0
    beside: frozenset[int] = frozenset()
    kind: ReasonKind | None = None
    sentence: int = 0


@dataclass(frozen=True, slots=True)
class Usually:
    """What is usual, told without a figure: "louder than usual".

    Args:
        of: the stems that it may be said of.
        side: 1 where more was measured than is usual, -1 where less; 0 where that is open.
    """

    of: frozenset[int]
    side: int


@dataclass(frozen=True, slots=True)
class Covering:
    """One stem said to cover another.

    Args:
        by, of: the stems that may cover, and that may be covered; empty where that is open.
        mutual: whether each covers the other.
        sentence: the number of its sentence.
    """

    by: frozenset[int]
    of: frozenset[int]
    mutual: bool = False
    sentence: int = 0


Told = Figure | Usually | Covering


def told(said: Said) -> Iterator[Told]:
    """The reasons that a text gives, in its order."""
    sentences: list[list[Clause]] = []
    for clause in said.clauses:
        if not sentences or sentences[-1][-1].sentence != clause.sentence:
            sentences.append([])
        sentences[-1].append(clause)
    for sentence, following in zip(sentences, [*sentences[1:], []], strict=False):  # of no sentence, none
        yield from _of_sentence(sentence, following)


def _of_sentence(clauses: Sequence[Clause], following: Sequence[Clause]) -> Iterator[Told]:
    # "The level I measure is 5 LU below the rest. So turn the bass up": what it is of comes after.
    nameless = not any(_heads(clause) or _pronouns(clause) or _within(clause) for clause in clauses)
    ahead = {s for clause in following for j in _heads(clause) for s in clause.items[j].stems} if nameless else set()
    loose = any(says_usual(clause.items) and not figures(clause.items) for clause in clauses)
    earlier: set[str] = set()
    for at, clause in enumerate(clauses):
        coverings = list(_coverings(clauses, at))
        yield from coverings
        yield from _usually(clauses, at)
        usual, off = standing(clause.items)
        for i, quantity in figures(clause.items).items():
            contrasted = quantity.unit in earlier and clause.items[0].words[0] in ("where", "while", "whereas", "and")
            is_usual = True if i in usual else None if loose or contrasted else False
            side, behind = side_of(clause.items, i) if quantity.unit == "LU" else (0, i)
            kind = kind_of(clause.items, i, bool(coverings)) if quantity.unit == "%" else None
            if quantity.unit == "Hz":
                is_usual, kind = None, ReasonKind.MASKED
            level = quantity.unit == "LU" and i not in off
            beside = _beside(clauses, at, behind, direct=bool(is_usual)) if level else NOBODY
            of = _owners(clauses, at, i, wide=bool(coverings) or kind is ReasonKind.MASKED)
            of = of | ahead
            if i in off:  # "it is 5 LU off": this "it" may be no stem
                of = of | {*clause.topic[0], *clause.recent[0], *clause.last}
            for value in quantity.numbers:
                yield Figure(
                    value,
                    quantity.unit or "",
                    of - beside,
                    is_usual,
                    i in off,
                    side,
                    beside,
                    kind,
                    clause.sentence,
                )
        earlier |= {quantity.unit or "" for quantity in figures(clause.items).values()}


def _beside(clauses: Sequence[Clause], at: int, behind: int, direct: bool) -> frozenset[int]:
    """What a level is held against: what is named behind its side, or else behind an "against" in its sentence.

    Args:
        direct: only what is named right behind it counts.
    """
    own = clauses[at]
    if {"rest", "mix", "others"} & set(own.items[behind].words):  # "above the rest", in one
        return frozenset([REST])
    found = _named(own, behind + 1)
    if found or direct:
        return found
    for clause in (own, *clauses[at + 1 : at + 2], *reversed(clauses[:at])):
        if clause is not own and not clause.items[0].has("against"):
            continue
        for j, item in enumerate(clause.items):
            if item.has("against") and not (
                set(item.words) & (ABOVE | BELOW) or item.words[0] in ("by", "with", "than")
            ):
                found = _named(clause, j + 1)
                if found:
                    return found
    return frozenset()


def _named(clause: Clause, start: int) -> frozenset[int]:
    """The stems, or the rest of the mix, that come next, with only small words before them."""
    for item in clause.items[start:]:
        if item.stems:
            return frozenset(item.stems)
        if item.has("mix", "rest", "levels"):
            return frozenset([REST])
        if not (item.has("article", "filler", "than", "of", "against", "level_of") or set(item.words) <= SMALL):
            break
    return frozenset()


def _heads(clause: Clause) -> list[int]:
    """Where a clause names stems that it speaks of."""
    heads = [i for i, noun in clause.nouns.items() if noun is Noun.STEM and not clause.items[i].context]
    return sorted(heads)


def _pronouns(clause: Clause) -> list[int]:
    return [i for i, item in enumerate(clause.items) if item.has("pronoun") and not item.stems]


def _meant(clause: Clause, i: int) -> frozenset[int]:
    """The stems that a pronoun may mean: what is spoken of, and what was named last, where they agree in number."""
    word = clause.items[i].words[0]
    singular = word in ("it", "its", "this", "itself", "that")
    choices = [stems for stems, plural in (clause.topic, clause.recent) if stems and plural != singular]
    choices = choices or [stems for stems in [clause.by_number.get(not singular, ())] if stems]
    return frozenset(stem for stems in choices or [clause.topic[0], clause.recent[0]] for stem in stems)


def _owners(clauses: Sequence[Clause], at: int, i: int, wide: bool) -> frozenset[int]:
    """The stems that a figure may be of.

    Args:
        wide: every stem of its clause may be, as one covers another.
    """
    clause = clauses[at]
    heads, pronouns = _heads(clause), _pronouns(clause)
    if wide:
        all_named = [stem for j, n in clause.nouns.items() if n is Noun.STEM for stem in clause.items[j].stems]
        meant = [stem for j in pronouns for stem in _meant(clause, j)]
        # One stem alone may be the one that covers: then the other was spoken of before.
        before = [] if len(set(all_named)) > 1 or meant else [*clause.topic[0], *clause.recent[0]]
        later = [stem for other in clauses[at + 1 :] for j in _at_stems(other) for stem in other.items[j].stems]
        return frozenset([*all_named, *meant, *before, *([] if all_named or meant else later)])
    if heads:
        near = [j for j in heads if j < i][-1:] or heads[:1]
        return frozenset(clause.items[near[0]].stems)
    if pronouns:
        near = [j for j in pronouns if j < i][-1:] or pronouns[:1]
        return _meant(clause, near[0])
    if within := _within(clause):
        return within
    for earlier in reversed(clauses[:at]):
        if _heads(earlier) or _pronouns(earlier) or _within(earlier):
            return _owners(clauses, clauses.index(earlier), len(earlier.items), wide=False) | _mentioned(clauses[:at])
    rest = clauses[at + 1 :]
    later = [stem for other in rest for j in _heads(other) for stem in other.items[j].stems]
    later += [stem for other in rest for j in _pronouns(other) for stem in _meant(other, j)]
    return frozenset([*clauses[0].topic[0], *clauses[0].recent[0], *clauses[0].last, *later])


def _within(clause: Clause) -> frozenset[int]:
    """The stem that something is in: "12 % of the energy is in the bass"."""
    for j in _at_stems(clause):
        k = j - 1
        while k > 0 and clause.items[k].has("article"):
            k -= 1
        if k >= 0 and clause.items[k].words[0] in ("in", "of", "from", "with"):
            return frozenset(clause.items[j].stems)
    return NOBODY


def _mentioned(clauses: Collection[Clause]) -> frozenset[int]:
    return frozenset(mention.stem for clause in clauses for mention in clause.mentions)


def _usually(clauses: Sequence[Clause], at: int) -> Iterator[Usually]:
    """What is said to be more or less than usual, without a figure."""
    items = clauses[at].items
    counted = figures(items)
    for m, item in enumerate(items):
        words = set(item.words)
        if words & UNUSUALLY:
            behind = items[m + 1] if m + 1 < len(items) else item
            side = 1 if behind.has("loud", "loud_if_too") else -1 if behind.has("quiet", "quiet_if_too") else 0
            yield Usually(_owners(clauses, at, m, wide=False), side)
        elif words & USUAL and not counted and not (m == 0 and len(items) == 1):
            side = 0
            for j in range(m - 1, max(m - 6, -1), -1):
                near = set(items[j].words)
                if near & (ABOVE | BELOW) or items[j].has("louder", "quieter"):
                    side = 1 if near & ABOVE or items[j].has("louder") else -1
                    break
            yield Usually(_owners(clauses, at, m, wide=False), side)


def _coverings(clauses: Sequence[Clause], at: int) -> Iterator[Covering]:
    """Which stem is said to cover which."""
    clause = clauses[at]
    items, stems = clause.items, _at_stems(clause)
    for v, item in enumerate(items):
        words = set(item.words)
        if _out_of(items, v):  # "bring it out from behind the bass"
            hiding = [j for j in stems if j > v][:1]
            if hiding:
                yield Covering(_who(clause, hiding[0]), _owners(clauses, at, v, wide=False), sentence=clause.sentence)
            continue
        if words & {"way"} and v > 1 and items[v - 1].words[0] in ("its", "their") and items[v - 2].words[-1] == "in":
            blocking = [j for j in stems if j < v]  # "the bass is in their way"
            if blocking:
                blockers = _who(clause, max(blocking))
                yield Covering(blockers, _meant(clause, v - 1) - blockers, sentence=clause.sentence)
            continue
        by = next((j for j in range(v, min(v + 4, len(items))) if set(items[j].words) & BY), None)
        passive = by is not None and (words & COVERED or item.has("masks"))
        if passive and by is not None:
            maskers = [j for j in stems if j > by][:1]
            if maskers:
                victims = [j for j in (*stems, *_pronouns(clause)) if j < v]
                of = _who(clause, max(victims)) if victims else _owners(clauses, at, v, wide=False)
                yield Covering(_who(clause, maskers[0]), of - _who(clause, maskers[0]), sentence=clause.sentence)
        elif item.has("masks") or (item.has("excess") and words & DROWNS):
            after = [j for j in (*stems, *_pronouns(clause)) if j > v]
            before = [j for j in (*stems, *_pronouns(clause)) if j < v]
            near = bool(after) and all(items[k].has("article") for k in range(v + 1, min(after)))
            of = _who(clause, min(after)) if near else NOBODY
            if after and not near:  # "they cover what is around them"
                continue
            if item.has("excess") and not of:
                continue
            maskers_of = _who(clause, max(before)) if before else _last_named(clauses[:at])
            by_whom = maskers_of - of if maskers_of != of else maskers_of
            yield Covering(by_whom, of, bool(words & MUTUAL), clause.sentence)


def _out_of(items: Sequence[Item], v: int) -> bool:
    """ "From behind", "from under"."""
    words = items[v].words
    return words[-1] in BEHIND and ("from" in words or (v > 0 and items[v - 1].words[-1] == "from"))


def _at_stems(clause: Clause) -> list[int]:
    return sorted(i for i, noun in clause.nouns.items() if noun is Noun.STEM)


def _who(clause: Clause, i: int) -> frozenset[int]:
    """The stems that a name or a pronoun means."""
    return frozenset(clause.items[i].stems) or _meant(clause, i)


def _last_named(clauses: Sequence[Clause]) -> frozenset[int]:
    """The stem named last: "because of the guitars, which cover them"."""
    for clause in reversed(clauses):
        named = _at_stems(clause)
        if named:
            return frozenset(clause.items[named[-1]].stems)
    return NOBODY
