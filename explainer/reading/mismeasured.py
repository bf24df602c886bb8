"""The figures of a text, held against those of the advice that it is about: which they are, of what, beside what."""

import re
from collections import Counter
from collections.abc import Iterator

from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.advice.names import aliases
from explainer.reading.reader import quantities
from explainer.reading.stems import OTHER, names
from explainer.reading.words import tokens

AUDIBLE = (1.0, "dB")  # what nobody hears, and so may be spoken of wherever nothing moves
RELATIVE = (ReasonKind.LEVEL, ReasonKind.ANCHOR)
LEVEL = re.compile(r"(\d+\.\d) LU (above|below)")  # as the phrase bank, and who learnt from it, says it
FIGURE = r"(\d+(?:\.\d+)?) (LU above|LU below|%)"
PAIR = re.compile(  # "7.3 LU below the rest of the mix, where 2.4 LU below is usual"
    rf"{FIGURE}[^\d.;]*?(?:\b(?:where|while|and) {FIGURE} (?:is (?:usual|the norm)|would be)|\ba usual {FIGURE})"
)


def mismeasured(text: str, advice: Advice) -> tuple[str, ...]:
    """What a text says of measured figures that is not so: numbers of its own, another side, stem or reference.

    Args:
        text: with the stems' aliases as their names.
    """
    return (
        *untraceable(text, advice),
        *_turned_over(text, advice),
        *_against(text, advice),
        *_mispaired(text, advice),
        *_misplaced(text, advice),
    )


def untraceable(text: str, advice: Advice) -> tuple[str, ...]:
    """The numbers of a text that are none of the advice's: gains, ranges, what reasons measured, bands.

    Args:
        text: with the stems' aliases as their names.
    """
    known = set(numbers(advice))
    called = aliases([stem.name for stem in advice.stems])
    found = [
        f"It says {value:g}{f' {quantity.unit}' if quantity.unit else ''}, which is none of the advice's numbers."
        for quantity in quantities(text, called)
        for value in quantity.numbers
        if not any(quantity.unit in (unit, None) and abs(abs(value) - abs(figure)) <= 1e-6 for figure, unit in known)
    ]
    return tuple(dict.fromkeys(found))


def repetitions(text: str, advice: Advice) -> tuple[str, ...]:
    """The moves and measured levels told in more than one sentence, by figures that belong to nothing else.

    They contradict nothing, but are no good English.
    """
    called = aliases([stem.name for stem in advice.stems])
    known = Counter((abs(value), unit) for value, unit in numbers(advice))
    told = Counter(
        figure
        for sentence in _sentences(text)
        for figure in {(quantity.value, quantity.unit) for quantity in quantities(sentence, called)}
    )
    moves = ((claim.db, "dB", f"the move of {claim.stem}") for claim in advice.claims(called).moves if claim.db)
    levels = ((abs(r.measured), "LU", f"{abs(r.measured)} LU") for r in _levels(advice))
    return tuple(
        f"It tells {what} {told[value, unit]} times."
        for value, unit, what in (*moves, *levels)
        if known[value, unit] == 1 and told[value, unit] > 1
    )


def _levels(advice: Advice) -> list[Reason]:
    return [reason for stem in advice.moving for reason in stem.reasons if reason.kind in RELATIVE]


def _turned_over(text: str, advice: Advice) -> Iterator[str]:
    """Levels that are said to lie above what they lie below, or the other way round."""
    reasons = _levels(advice)
    known = {round(level, 1) for r in reasons for level in (r.measured, r.usual) if level is not None}
    for size, side in LEVEL.findall(text):
        level_lu = float(size) if side == "above" else -float(size)
        if known and level_lu not in known and -level_lu in known:
            yield f"It says {size} LU {side} of what lies on the other side."


def _against(text: str, advice: Advice) -> Iterator[str]:
    """Levels said to be against the rest of the mix that were measured against the anchor, or the other way round."""
    called = aliases([stem.name for stem in advice.stems])
    reasons = _levels(advice)
    whole = {level for r in reasons if r.kind is ReasonKind.LEVEL for level in (r.measured, r.usual)}
    alone = {level for r in reasons if r.kind is ReasonKind.ANCHOR for level in (r.measured, r.usual)}
    named = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    beside = re.compile(
        rf"(\d+\.\d) LU (above|below) (?:the )?(?:({named})\b|(rest|everything else|mix)\b)", re.IGNORECASE
    )
    for size, side, anchor, rest in beside.findall(text):
        level_lu = float(size) if side == "above" else -float(size)
        if rest and level_lu in alone - whole:
            yield f"It says {size} LU {side} the rest of the mix, which was measured against the anchor."
        if anchor and level_lu in whole - alone:
            yield f"It says {size} LU {side} {anchor}, which was measured against the rest of the mix."


def _mispaired(text: str, advice: Advice) -> Iterator[str]:
    """What was measured, held against what is usual for another figure."""
    reasons = [reason for stem in advice.moving for reason in stem.reasons if reason.usual is not None]
    known = {(abs(reason.measured), abs(reason.usual or 0.0)) for reason in reasons}  # sides are held by themselves
    for found in PAIR.finditer(text):
        figures = [figure for figure in zip(found.groups()[::2], found.groups()[1::2], strict=True) if figure[0]]
        measured, usual = (float(size) for size, _ in figures)
        if (measured, usual) not in known and any(measured == first for first, _ in known):
            yield f"It says that {figures[1][0]} {figures[1][1]} is usual for {figures[0][0]} {figures[0][1]}."


def _misplaced(text: str, advice: Advice) -> Iterator[str]:
    """Figures that were measured of one stem, in a sentence that speaks of others."""
    called = aliases([stem.name for stem in advice.stems])
    owners: dict[tuple[float, str], set[str]] = {}
    for stem in advice.moving:
        for figure in _measured(stem):
            owners.setdefault((abs(figure[0]), figure[1]), set()).add(called[advice.stems.index(stem)])
    moving = {called[advice.stems.index(stem)] for stem in advice.moving}
    before: set[str] = set()
    for sentence in _sentences(text):
        words, named = tokens(sentence), names(called)
        hits = [named.at(words, at) for at in range(len(words))]
        now = moving & {called[int(stem)] for hit in hits if hit for stem in hit[0] if stem != OTHER}
        # "They carry 40 %", or "the drums mask them", goes on about the stem of the sentence before.
        spoken_of = now | before
        before = now or before
        for quantity in quantities(sentence, called):
            for value in quantity.numbers:
                of = owners.get((abs(value), quantity.unit or ""), set())
                if of and spoken_of and not of & spoken_of:
                    owner = " or ".join(sorted(of))
                    yield f"It says {value:g} {quantity.unit} of another stem, which was measured of {owner}."


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def numbers(advice: Advice) -> Iterator[tuple[float, str]]:
    """All figures of the advice as they are spoken, with their units."""
    for claim in advice.claims().moves:
        yield from ((value, "dB") for value in (claim.db, claim.low_db, claim.high_db) if value is not None)
    for stem in advice.moving:
        yield from _measured(stem)
    if advice.strength_percent < 100:
        yield advice.strength_percent, "%"
    if advice.still:
        yield AUDIBLE


def _measured(stem: StemAdvice) -> Iterator[tuple[float, str]]:
    """The figures of a stem's reasons."""
    for reason in stem.reasons:
        unit = "LU" if reason.kind in RELATIVE else "%"
        yield from ((value, unit) for value in (reason.measured, reason.usual) if value is not None)
        yield from ((value, "Hz") for value in (reason.low_hz, reason.high_hz) if value is not None)
