"""Whether words and numbers agree: what a text claims, held against the advice that it is about."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from explainer.advice import Advice, StemAdvice
from explainer.claims import Claim, Direction, Reason, ReasonKind, Severity, severity_of
from explainer.names import aliases
from explainer.parse import read
from explainer.parse.quantities import Quantity, quantity_at
from explainer.parse.said import Mention
from explainer.parse.stems import OTHER, names
from explainer.parse.tokens import tokens
from explainer.sentence import NUMBERS

HALF_A_TENTH = 0.05 + 1e-9
AUDIBLE = (1.0, "dB")  # what nobody hears, and so may be spoken of wherever nothing moves
RELATIVE = (ReasonKind.LEVEL, ReasonKind.ANCHOR)
LEVEL = re.compile(r"(\d+\.\d) LU (above|below)")  # as the phrase bank, and who learnt from it, says it
FIGURE = r"(\d+(?:\.\d+)?) (LU above|LU below|%)"
PAIR = re.compile(  # "7.3 LU below the rest of the mix, where 2.4 LU below is usual"
    rf"{FIGURE}[^\d.;]*?(?:\b(?:where|while|and) {FIGURE} (?:is (?:usual|the norm)|would be)|\ba usual {FIGURE})"
)
COUNTED = re.compile(  # "two stems are off", "three moves:", "there are two faders to move"
    r"\b([a-z]+|\d+) (?:stems?|faders?|moves?|things?)"
    r"(?: (?:that )?(?:is|are) (?:off|out)\b| needs? to| should| to (?:move|fix)| (?:do|does) not (?:sit|fit)"
    r"| would settle| changed| differs?\b|:)",
    re.IGNORECASE,
)
COUNTS = {word: count for count, word in enumerate(NUMBERS)}
OPPOSITE = {Direction.UP: Direction.DOWN, Direction.DOWN: Direction.UP}


def contradictions(text: str, advice: Advice) -> tuple[str, ...]:
    """Where a text about a mix contradicts the advice on it.

    Args:
        text: with the stems' aliases as their names.

    Returns:
        A sentence for each contradiction; none where the text moves the stems that the advice moves, in the same
        direction, by the same dB and range to one decimal, in words of that size, and has no number of its own.
    """
    called = aliases([stem.name for stem in advice.stems])
    meant = {claim.stem: claim for claim in advice.claims(called).moves}
    said = read(text, called)
    found: list[str] = []
    mentions: dict[str, list[Mention]] = {name: [] for name in called}
    for mention in said.mentions:
        mentions[called[mention.stem]].append(mention)
    for name, claim in meant.items():
        found.extend(_about(name, claim, mentions[name]))
    found.extend(miscounted(text, len(meant)))
    for stem in dict.fromkeys(m.stem for m in said.mentions if m.direction and called[m.stem] not in meant):
        found.append(f"It moves {called[stem]}, which should not move.")
    moves = any(mention.direction for mention in said.mentions)
    if advice.balanced and not moves and not said.balanced:
        found.append("It does not say that nothing needs to move.")
    measured = (
        *_turned_over(text, advice),
        *_against(text, advice),
        *_mispaired(text, advice),
        *_misplaced(text, advice),
    )
    return (*found, *untraceable(text, advice), *measured)


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


def miscounted(text: str, moves: int) -> Iterator[str]:
    """Numbers of stems, in words or digits, that are not how many of them move."""
    for word in COUNTED.findall(text):
        count = int(word) if word.isdigit() else COUNTS.get(word.lower(), 0)
        if count and count != moves:
            yield f"It speaks of {word.lower()} that move, which are {moves}."


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


def _about(name: str, meant: Claim, mentions: Sequence[Mention]) -> Iterator[str]:
    """What is wrong with what is said of one stem that should move."""
    if meant.direction is None or meant.db is None:
        raise ValueError(f"{meant} is no claim of a move")
    moves = [mention for mention in mentions if mention.direction]
    if not moves:
        yield f"It does not move {name}."
        return
    if any(mention.direction is not meant.direction for mention in moves):
        yield f"It moves {name} {OPPOSITE[meant.direction]}, not {meant.direction}."
    if any(mention.denied is meant.direction for mention in mentions):
        yield f"It denies that {name} should go {meant.direction}."
    sizes = {mention.db for mention in moves if mention.db is not None}
    ranges = {(m.low_db, m.high_db) for m in moves if m.low_db is not None}
    for size in sorted(sizes):
        if abs(size - meant.db) > HALF_A_TENTH:
            yield f"It moves {name} by {size:g} dB, not by {meant.db:.1f} dB."
    for low, high in sorted(ranges, key=str):
        if not (_same(low, meant.low_db) and _same(high, meant.high_db)):
            right = f"{meant.low_db:.1f} to {meant.high_db:.1f}"
            yield f"It gives {name} a range of {low:g} to {high:g} dB, not {right} dB."
    if not sizes and not ranges:
        yield f"It does not say by how many dB {name} should move."
    possible = {severity_of(meant.db - HALF_A_TENTH), severity_of(meant.db + HALF_A_TENTH)}
    for severity in {m.severity for m in moves if m.severity in (Severity.LITTLE, Severity.MUCH)} - possible:
        yield f'It calls a move of {meant.db:.1f} dB of {name} "{severity}".'


def _same(said: float | None, meant: float | None) -> bool:
    return said is not None and meant is not None and abs(said - meant) <= HALF_A_TENTH


def numbers(advice: Advice) -> Iterator[tuple[float, str]]:
    """All figures of the advice as they are spoken, with their units."""
    for claim in advice.claims().moves:
        yield from ((value, "dB") for value in (claim.db, claim.low_db, claim.high_db) if value is not None)
    for stem in advice.moving:
        yield from _measured(stem)
    if advice.strength_percent < 100:
        yield advice.strength_percent, "%"
    if advice.balanced:
        yield AUDIBLE


def _measured(stem: StemAdvice) -> Iterator[tuple[float, str]]:
    """The figures of a stem's reasons."""
    for reason in stem.reasons:
        unit = "LU" if reason.kind in RELATIVE else "%"
        yield from ((value, unit) for value in (reason.measured, reason.usual) if value is not None)
        yield from ((value, "Hz") for value in (reason.low_hz, reason.high_hz) if value is not None)


def quantities(text: str, called: Sequence[str]) -> Iterator[Quantity]:
    """The numbers of a text, but for those in the stems' names."""
    words, named = tokens(text), names(called)
    at = 0
    while at < len(words):
        name = named.at(words, at)
        quantity = None if name else quantity_at(words, at)
        at = at + name[1] if name else quantity.end if quantity else at + 1
        if quantity is not None:
            yield quantity
