"""The figures and reasons of a text, held against those of the advice that it is about."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.correct import AUDIBLE_DB
from explainer.advice.advice import Advice
from explainer.advice.claims import Reason, ReasonKind
from explainer.advice.names import aliases
from explainer.reading.against.reasons import REST, Covering, Figure, Usually, told
from explainer.reading.claims.said import Said
from explainer.reading.reader import quantities, read

RELATIVE = (ReasonKind.LEVEL, ReasonKind.ANCHOR)
EQUAL = 1e-6


@dataclass(frozen=True)
class Fact:
    """A figure of the advice.

    Args:
        stem: the index of the stem that it was measured of.
        value: with its sign, a level below another being negative.
        usual, off: whether it is what is usual, or how far what was measured is from that.
        beside: the index of the anchor, or `REST`, for a level.
        kind: what was measured.
        by: the index of the stem that covers it.
    """

    stem: int
    value: float
    unit: str
    usual: bool = False
    off: bool = False
    beside: int | None = None
    kind: ReasonKind = ReasonKind.LEVEL
    by: int | None = None


def mismeasured(text: str, advice: Advice, said: Said | None = None) -> tuple[str, ...]:
    """What a text says of measured figures and of reasons that is not so.

    Args:
        text: with the stems' aliases as their names.
        said: the text as `explainer.reading.reader.read` reads it, if it has been read.
    """
    called = aliases(advice.names)
    return tuple(dict.fromkeys((*untraceable(text, advice), *_unfounded(said or read(text, called), called, advice))))


def untraceable(text: str, advice: Advice) -> tuple[str, ...]:
    """The numbers of a text that are none of the advice's: gains, ranges, what reasons measured, bands.

    Args:
        text: with the stems' aliases as their names.
    """
    known = set(numbers(advice))
    called = aliases(advice.names)
    found = [
        f"It says {value:g}{f' {quantity.unit}' if quantity.unit else ''}, which is none of the advice's numbers."
        for quantity in quantities(text, called)
        for value in quantity.numbers
        if not any(quantity.unit in (unit, None) and abs(abs(value) - abs(figure)) <= EQUAL for figure, unit in known)
    ]
    return tuple(dict.fromkeys(found))


def repetitions(text: str, advice: Advice) -> tuple[str, ...]:
    """The measured levels told in more than one sentence, by figures that belong to nothing else.

    They contradict nothing, but are no good English.
    """
    called = aliases(advice.names)
    known = Counter((abs(value), unit) for value, unit in numbers(advice))
    sentences: Counter[tuple[float, str]] = Counter()
    for sentence in _sentences(text):
        sentences.update({(q.value, q.unit) for q in quantities(sentence, called) if q.value is not None and q.unit})
    levels = [abs(fact.value) for fact in facts(advice) if fact.unit == "LU" and not (fact.usual or fact.off)]
    return tuple(
        f"It tells {level} LU {sentences[level, 'LU']} times."
        for level in dict.fromkeys(levels)
        if known[level, "LU"] == 1 and sentences[level, "LU"] > 1
    )


def _sentences(text: str) -> list[str]:
    return [f"{sentence}." for sentence in text.replace("! ", ". ").replace("? ", ". ").split(". ")]


def numbers(advice: Advice) -> Iterator[tuple[float, str]]:
    """All figures of the advice as they are spoken, with their units."""
    for claim in advice.claims().moves:
        yield from ((value, "dB") for value in (claim.db, claim.low_db, claim.high_db) if value is not None)
    yield from ((fact.value, fact.unit) for fact in facts(advice))
    if advice.strength_percent < 100:
        yield advice.strength_percent, "%"
    if advice.still:
        yield AUDIBLE_DB, "dB"  # what nobody hears, and so may be spoken of wherever nothing moves


def facts(advice: Advice) -> Iterator[Fact]:
    """The figures of the reasons of all stems that move."""
    index = {stem.name: at for at, stem in enumerate(advice.stems)}
    for stem in advice.moving:
        for reason in stem.reasons:
            yield from _of_reason(reason, index[stem.name], index)


def _of_reason(reason: Reason, stem: int, index: Mapping[str, int]) -> Iterator[Fact]:
    other = index.get(reason.other or "")
    if reason.kind in RELATIVE:
        beside = REST if reason.kind is ReasonKind.LEVEL else other
        yield Fact(stem, reason.measured, "LU", beside=beside, kind=reason.kind)
        if reason.usual is not None:
            yield Fact(stem, reason.usual, "LU", usual=True, beside=beside, kind=reason.kind)
            off_lu = round(reason.measured - reason.usual, 1) + 0.0
            yield Fact(stem, off_lu, "LU", off=True, beside=beside, kind=reason.kind)
        return
    yield Fact(stem, reason.measured, "%", kind=reason.kind, by=other)
    if reason.usual is not None:
        yield Fact(stem, reason.usual, "%", usual=True, kind=reason.kind)
    for edge_hz in (reason.low_hz, reason.high_hz):
        if edge_hz is not None:
            yield Fact(stem, edge_hz, "Hz", kind=reason.kind, by=other)


def _unfounded(said: Said, called: Sequence[str], advice: Advice) -> Iterator[str]:
    """What a text tells of reasons that no reason of the advice bears out."""
    known = list(facts(advice))
    moving = {at for at, stem in enumerate(advice.stems) if stem.move.moves}
    reasons = list(told(said))
    by: dict[int, frozenset[int]] = {}  # what covers, by the sentence
    for reason in reasons:
        if isinstance(reason, Covering):
            whom = by.get(reason.sentence, reason.by) | reason.by
            by[reason.sentence] = frozenset() if reason.mutual else whom
    before: dict[tuple[int, str], set[tuple[int, ReasonKind]]] = {}  # what the other figures of a sentence are of
    for reason in reasons:
        match reason:
            case Figure():
                place = reason.sentence, reason.unit
                wrong, of = _fact(reason, known, by.get(reason.sentence, frozenset()), before.get(place), called)
                if wrong:
                    yield f"It says {wrong}."
                elif reason.unit == "LU":
                    before[place] = of
            case Usually():
                yield from _unusual(reason, advice, moving, called)
            case Covering():
                yield from _covers_not(reason, known, called)


def _fact(
    said: Figure,
    known: Sequence[Fact],
    by: frozenset[int],
    before: set[tuple[int, ReasonKind]] | None,
    called: Sequence[str],
) -> tuple[str, set[tuple[int, ReasonKind]]]:
    """What is wrong with a figure: the first of what is said of it that no fact has; and what the facts left are of."""
    left = [fact for fact in known if fact.unit == said.unit and abs(abs(fact.value) - abs(said.value)) <= EQUAL]
    if not left:
        return "", set()  # it is untraceable
    figure = f"{said.value:g} {said.unit}"
    masked = by if said.kind is ReasonKind.MASKED else frozenset()
    of, besides = _listed(called[fact.stem] for fact in left), _listed(_beside(fact, called) for fact in left)
    tests: tuple[tuple[bool, Callable[[Fact], bool], str], ...] = (
        (bool(said.of), lambda f: f.stem in said.of, f"{figure} of another stem, which was measured of {of}"),
        (said.kind is not None, lambda f: f.kind is said.kind, f"{figure} of what it is not: {said.kind}"),
        (bool(masked), lambda f: f.by in masked, f"{figure} of another stem that covers it"),
        (said.off, lambda f: f.off, f"that it is {figure} off what is usual"),
        (said.usual is True, lambda f: f.usual, f"that {figure} is usual"),
        (said.usual is False and not said.off, lambda f: not f.usual and not f.off, f"that {figure} was measured"),
        (bool(said.side), lambda f: f.value * said.side >= 0, f"{figure} on the other side"),
        (bool(said.beside), lambda f: f.beside in said.beside, f"{figure} against what was measured against {besides}"),
        (bool(before), lambda f: (f.stem, f.kind) in (before or ()), f"{figure} beside what it does not belong to"),
    )
    for applies, holds, wrong in tests:
        if applies:
            left = list(filter(holds, left))
            if not left:
                return wrong, set()
    return "", {(fact.stem, fact.kind) for fact in left}


def _beside(fact: Fact, called: Sequence[str]) -> str:
    return "the rest of the mix" if fact.beside in (REST, None) else f"the anchor, {called[fact.beside or 0]}"


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(set(names)))


def _unusual(said: Usually, advice: Advice, moving: set[int], called: Sequence[str]) -> Iterator[str]:
    of = said.of & moving
    if not of:
        return
    pairs = [
        (reason.measured, reason.usual) for at in of for reason in advice.stems[at].reasons if reason.usual is not None
    ]
    names = _listed(called[at] for at in of)
    if not pairs:
        yield f"It says what is usual for {names}, of which nothing is known."
    elif said.side and not any((measured - usual) * said.side > 0 for measured, usual in pairs):
        yield f"It says that {names} lies on the other side of what is usual."


def _covers_not(said: Covering, known: Sequence[Fact], called: Sequence[str]) -> Iterator[str]:
    pairs: set[tuple[int | None, int]] = {(fact.by, fact.stem) for fact in known if fact.kind is ReasonKind.MASKED}
    if said.mutual:
        pairs |= {(stem, by) for by, stem in pairs if by is not None}
    if not any((not said.by or by in said.by) and (not said.of or stem in said.of) for by, stem in pairs):
        by, of = (_listed(called[at] for at in stems) for stems in (said.by, said.of))
        yield f"It says that {by or 'something'} covers {of or 'something'}, which was not found."
