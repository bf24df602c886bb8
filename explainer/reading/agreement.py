"""Whether words and numbers agree: what a text claims, held against the advice that it is about."""

import re
from collections.abc import Iterator, Mapping, Sequence

from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Claim, Confidence, Direction, Severity, severity_of
from explainer.advice.names import aliases
from explainer.advice.shown import NUMBERS
from explainer.advice.versions import changes_of
from explainer.reading import parse, parse_comparison, read
from explainer.reading.against.certainty import Sureness, sure_of
from explainer.reading.against.mismeasured import mismeasured, untraceable
from explainer.reading.against.taste import unlike_taste
from explainer.reading.claims.said import Clause, Mention, Said

HALF_A_TENTH = 0.05 + 1e-9
SAME = re.compile(
    r"\b(same|identical|alike|match|nothing|not differ|no (difference|level|stem|fader)|as A is)\b", re.IGNORECASE
)
OPPOSITE = {Direction.UP: Direction.DOWN, Direction.DOWN: Direction.UP}
HEDGED = {Sureness.DOUBT, Sureness.LIKELY, Sureness.MODEST}

COUNTS = {word: count for count, word in enumerate(NUMBERS)} | {"both": 2, "single": 1}
COUNTED = frozenset(
    """stem stems fader faders move moves thing things track tracks part parts instrument instruments channel channels
    element elements change changes adjustment adjustments correction corrections tweak tweaks problem problems issue
    issues level levels source sources voice""".split()
)
# What follows does not count what moves: "one stem at a time", "the other two stems".
OTHERWISE = frozenset("other others remaining rest time no not any each every another last next more".split())
TO_MOVE = frozenset(
    """off out wrong move moves moving moved needs need should settle fit fits fix there hear found find differ differs
    changed change sit sits want wants attention adjust adjusted correct suggest would come go are is""".split()
)


def contradictions(text: str, advice: Advice, whole: bool = True) -> tuple[str, ...]:
    """Where a text about a mix contradicts the advice on it.

    Args:
        text: with the stems' aliases as their names.
        whole: whether it is a whole answer; of a part of one, what it leaves out is no contradiction.

    Returns:
        A sentence for each contradiction; none where the text moves the stems that the advice moves, each once, in the
        same direction, by the same dB and range to one decimal, in words of that size and as surely, gives no reason
        and no taste that the advice does not, and has no number of its own.
    """
    called = aliases(advice.names)
    meant = {claim.stem: claim for claim in advice.claims(called).moves}
    said = read(text, called)
    found: list[str] = []
    mentions: dict[str, list[Mention]] = {name: [] for name in called}
    for mention in said.mentions:
        mentions[called[mention.stem]].append(mention)
    for name, claim in meant.items():
        found.extend(_about(name, claim, mentions[name], whole))
    found.extend(miscounted(said, len(meant)))
    for stem in dict.fromkeys(m.stem for m in said.mentions if m.direction and called[m.stem] not in meant):
        found.append(f"It moves {called[stem]}, which should not move.")
    moves = any(mention.direction for mention in said.mentions)
    if whole and advice.still and not moves and not said.balanced:
        found.append("It does not say that nothing needs to move.")
    if not advice.still and said.fine_in - {mention.sentence for mention in said.mentions if mention.direction}:
        found.append("It says that nothing needs to move.")
    found.extend(_unlike_sure(said, advice, called))
    found.extend(unlike_taste(said, advice, called))
    return (*found, *mismeasured(text, advice, said))


def _about(name: str, meant: Claim, mentions: Sequence[Mention], whole: bool) -> Iterator[str]:
    """What is wrong with what is said of one stem that should move."""
    if meant.direction is None or meant.db is None:
        raise ValueError(f"{meant} is no claim of a move")
    moves = [mention for mention in mentions if mention.direction]
    yield from _denials(name, meant.direction, mentions, moves)
    if not moves:
        if whole:
            yield f"It does not move {name}."
        return
    if any(mention.direction is not meant.direction for mention in moves):
        yield f"It moves {name} {OPPOSITE[meant.direction]}, not {meant.direction}."
    sizes = {mention.db for mention in moves if mention.db is not None}
    ranges = {(m.low_db, m.high_db) for m in moves if m.low_db is not None}
    for size in sorted(sizes):
        if abs(size - meant.db) > HALF_A_TENTH:
            yield f"It moves {name} by {size:g} dB, not by {meant.db:.1f} dB."
    for low, high in sorted(ranges, key=str):
        if not (_same(low, meant.low_db) and _same(high, meant.high_db)):
            right = f"{meant.low_db:.1f} to {meant.high_db:.1f}"
            yield f"It gives {name} a range of {low:g} to {high:g} dB, not {right} dB."
    if whole and not sizes and not ranges:
        yield f"It does not say by how many dB {name} should move."
    yield from _twice(name, moves)
    possible = {severity_of(meant.db - HALF_A_TENTH), severity_of(meant.db + HALF_A_TENTH)}
    for severity in {m.severity for m in moves if m.severity in (Severity.LITTLE, Severity.MUCH)} - possible:
        yield f'It calls a move of {meant.db:.1f} dB of {name} "{severity}".'


def _denials(name: str, direction: Direction, mentions: Sequence[Mention], moves: Sequence[Mention]) -> Iterator[str]:
    """Where a text says of a stem that should move that it should not."""
    if any(mention.denied is direction for mention in mentions):
        yield f"It denies that {name} should go {direction}."
    sentences = {mention.sentence for mention in moves}
    fine = any(m.fine and not m.unsure and m.sentence not in sentences for m in mentions)  # not "may be fine"
    if fine or any(m.left for m in mentions):
        yield f"It says that {name} should stay as it is."


def _twice(name: str, moves: Sequence[Mention]) -> Iterator[str]:
    """A move that is told in two sentences, or ordered twice in one."""
    told = [mention for mention in moves if mention.db is not None]
    times = max(len({mention.sentence for mention in told}), sum(mention.ordered for mention in told))
    if times > 1:
        yield f"It tells the move of {name} {times} times."


def _same(said: float | None, meant: float | None) -> bool:
    return said is not None and meant is not None and abs(said - meant) <= HALF_A_TENTH


def _unlike_sure(said: Said, advice: Advice, called: Sequence[str]) -> Iterator[str]:
    """Where a text is surer, or less sure, of a move than the advice is."""
    told = sure_of(said)
    for at, stem in enumerate(advice.stems):
        if at not in told or not stem.move.moves:
            continue
        says, loosely = told[at]
        confidence = confidence_of(stem)
        if confidence is None:
            continue
        if confidence is Confidence.SURE and says & {Sureness.DOUBT, Sureness.LIKELY}:
            yield f"It doubts the move of {called[at]}, which is sure."
        if confidence is not Confidence.SURE and Sureness.CERTAIN in says:
            yield f"It is certain of the move of {called[at]}, which is {confidence}."
        if confidence is Confidence.UNSURE and not says & HEDGED and Sureness.CERTAIN not in says and not loosely:
            yield f"It does not say that the move of {called[at]} is unsure."


def confidence_of(stem: StemAdvice) -> Confidence | None:
    """How surely a move may be told: not surely where its range takes in no move; None where that is not quite so."""
    move = stem.move
    low_db = move.low_db if move.gain_db > 0 else -move.high_db
    if 0 < low_db < HALF_A_TENTH:
        return None
    return Confidence.UNSURE if low_db <= 0 else stem.confidence


def differences(text: str, back: Advice) -> tuple[str, ...]:
    """Where a text on two versions of a song contradicts what changed, or the way back.

    Args:
        text: with the stems' aliases as their names.
        back: as `way_back` gives it.

    Returns:
        A sentence for each contradiction; none where each change is told to one decimal and no other, what is advised
        leads back, and no number is the text's own.
    """
    called = aliases(back.names)
    meant = {name: round(db, 1) for name, db in changes_of(back).items() if db}
    said = parse_comparison(text, called)
    found = [f"It does not say by how many dB {name} changed." for name in meant if name not in said]
    for name, db in said.items():
        if name not in meant:
            found.append(f"It says that {name} changed, which did not.")
        elif abs(db - meant[name]) > HALF_A_TENTH:
            found.append(f"It says that {name} changed by {db:+g} dB, not by {meant[name]:+.1f} dB.")
    found.extend(_not_back(text, back, called))
    if not meant and not said and not SAME.search(text):
        found.append("It does not say that nothing changed.")
    return (*found, *miscounted(read(text, called), len(meant)), *untraceable(text, back))


def _not_back(text: str, back: Advice, called: Sequence[str]) -> Iterator[str]:
    """The moves of a text that do not lead back."""
    right: Mapping[str, Claim] = {claim.stem: claim for claim in back.claims(called).moves}
    for claim in parse(text, called).moves:
        exact = right.get(claim.stem)
        if exact is None or claim.direction is not exact.direction:
            yield f"The move of {claim.stem} does not lead back."
        elif claim.db is not None and exact.db is not None and abs(claim.db - exact.db) > HALF_A_TENTH:
            yield f"It moves {claim.stem} by {claim.db:g} dB, not by {exact.db:.1f} dB."


def miscounted(said: Said, moves: int) -> Iterator[str]:
    """Numbers of stems, in words or digits, that are not how many of them move."""
    for clause in said.clauses:
        words = tuple(word for item in clause.items for word in item.words)
        if _leaves(clause) or not words:
            continue
        for at, word in enumerate(words[:-1]):
            count = int(word) if word.isdigit() and len(word) < 3 else COUNTS.get(word, 0)
            if not count or count == moves or not _counts(words, at, clause):
                continue
            yield f"It speaks of {word} that move, which are {moves}."


def _leaves(clause: Clause) -> bool:
    """Whether a clause says of something that it should stay."""
    if any(item.words[0] in ("put", "from") for item in clause.items):  # "three stems to put right"
        return False
    if any(item.has("denial") for item in clause.items):  # "three stems do not fit"
        return any(item.has("alter", "move") for item in clause.items)
    return any(mention.direction is None for mention in clause.mentions) or any(
        item.has("fine", "leave", "all_well", "nothing") for item in clause.items
    )


def _counts(words: Sequence[str], at: int, clause: Clause) -> bool:
    """Whether a number counts what is to move."""
    noun = next((k for k in range(at + 1, min(at + 3, len(words))) if words[k] in COUNTED), None)
    if noun is None or set(words[max(at - 2, 0) : noun]) & OTHERWISE or "time" in words[noun : noun + 4]:
        return False
    if words[at] in ("one", "1", "single") and words[max(at - 1, 0)] in ("the", "this", "that") and at:
        return False
    if at > 1 and words[at - 1] == "the" and words[at - 2] == "of":  # "three of the four stems"
        return False
    if at <= 3 and words[at] not in ("one", "1", "single"):  # "three stems have slipped"
        return True
    rest = set(words[noun + 1 :])
    return bool(rest & TO_MOVE or set(words[:at]) & TO_MOVE) or not rest
