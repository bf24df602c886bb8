"""Whether words and numbers agree: what a text claims, held against the advice that it is about."""

import re
from collections.abc import Iterator, Sequence

from explainer.advice.advice import Advice
from explainer.advice.claims import Claim, Direction, Severity, severity_of
from explainer.advice.names import aliases
from explainer.advice.shown import NUMBERS
from explainer.advice.versions import changes_of
from explainer.reading import parse, parse_comparison, read
from explainer.reading.mismeasured import mismeasured, untraceable
from explainer.reading.said import Mention

HALF_A_TENTH = 0.05 + 1e-9
COUNTED = re.compile(  # "two stems are off", "three moves:", "there are two faders to move"
    r"\b([a-z]+|\d+) (?:stems?|faders?|moves?|things?)"
    r"(?: (?:that )?(?:is|are) (?:off|out)\b| needs? to| should| to (?:move|fix)| (?:do|does) not (?:sit|fit)"
    r"| would settle| changed| differs?\b|:)",
    re.IGNORECASE,
)
COUNTS = {word: count for count, word in enumerate(NUMBERS)}
SAME = re.compile(
    r"\b(same|identical|alike|match|nothing|not differ|no (difference|level|stem|fader)|as A is)\b", re.IGNORECASE
)
OPPOSITE = {Direction.UP: Direction.DOWN, Direction.DOWN: Direction.UP}


def contradictions(text: str, advice: Advice, whole: bool = True) -> tuple[str, ...]:
    """Where a text about a mix contradicts the advice on it.

    Args:
        text: with the stems' aliases as their names.
        whole: with False, what it leaves out is no contradiction.

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
        if not whole and not any(mention.direction for mention in mentions[name]):
            continue
        found.extend(_about(name, claim, mentions[name]))
    found.extend(miscounted(text, len(meant)))
    for stem in dict.fromkeys(m.stem for m in said.mentions if m.direction and called[m.stem] not in meant):
        found.append(f"It moves {called[stem]}, which should not move.")
    moves = any(mention.direction for mention in said.mentions)
    if whole and advice.still and not moves and not said.balanced:
        found.append("It does not say that nothing needs to move.")
    return (*found, *mismeasured(text, advice))


def miscounted(text: str, moves: int) -> Iterator[str]:
    """Numbers of stems, in words or digits, that are not how many of them move."""
    for word in COUNTED.findall(text):
        count = int(word) if word.isdigit() else COUNTS.get(word.lower(), 0)
        if count and count != moves:
            yield f"It speaks of {word.lower()} that move, which are {moves}."


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


def differences(text: str, back: Advice) -> tuple[str, ...]:
    """Where a text on two versions of a song contradicts what changed, or the way back.

    Args:
        text: with the stems' aliases as their names.
        back: as `way_back` gives it.

    Returns:
        A sentence for each contradiction; none where each change is told to one decimal and no other, what is advised
        leads back, and no number is the text's own.
    """
    called = aliases([stem.name for stem in back.stems])
    meant = {name: round(db, 1) for name, db in changes_of(back).items() if db}
    said = parse_comparison(text, called)
    found = [f"It does not say by how many dB {name} changed." for name in meant if name not in said]
    for name, db in said.items():
        if name not in meant:
            found.append(f"It says that {name} changed, which did not.")
        elif abs(db - meant[name]) > HALF_A_TENTH:
            found.append(f"It says that {name} changed by {db:+g} dB, not by {meant[name]:+.1f} dB.")
    right = {claim.stem: claim for claim in back.claims(called).moves}
    for claim in parse(text, called).moves:
        exact = right.get(claim.stem)
        if exact is None or claim.direction is not exact.direction:
            found.append(f"The move of {claim.stem} does not lead back.")
        elif claim.db is not None and exact.db is not None and abs(claim.db - exact.db) > HALF_A_TENTH:
            found.append(f"It moves {claim.stem} by {claim.db:g} dB, not by {exact.db:.1f} dB.")
    if not meant and not said and not SAME.search(text):
        found.append("It does not say that nothing changed.")
    return (*found, *miscounted(text, len(meant)), *untraceable(text, back))
