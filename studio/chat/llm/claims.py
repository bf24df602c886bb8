"""What a language model says that it did, held against what was done."""

import re
from collections.abc import Iterator, Sequence

from explainer.advice.claims import Direction
from explainer.reading.reader import parse

LEAST_DB = 0.05  # a smaller move does not show in one decimal
SENTENCE = re.compile(r"(?:[^.!?;\n]|\.(?=\d))+")
VERBS = """raised lowered turned moved increased decreased brought boosted reduced nudged pushed pulled dropped lifted
put set adjusted changed applied undone undid locked unlocked linked unlinked cut restored reset made taken took
anchored"""
DONE = re.compile(
    rf"\b(?:i|we|have|has|was|were|is now|are now|'ve|’ve)\b[^,]*\b(?:{'|'.join(VERBS.split())})\b"
    r"|\b(?:is|are) now (?:louder|quieter|softer|higher|lower|up|down|locked)\b|^\W*(?:done|applied|undone)\b",
    re.IGNORECASE,
)
DENIED = re.compile(r"\b(?:not|never|nothing|no|without|cannot|if|would|could|should)\b|n['’]t\b", re.IGNORECASE)


def untrue(text: str, called: Sequence[str], moved_db: Sequence[float], changed: bool) -> tuple[str, ...]:
    """Where a text contradicts what was done, a sentence for each; what it only suggests contradicts nothing.

    Args:
        text: with the stems' aliases as names.
        called: these.
        moved_db: by how much each stem was moved.
        changed: whether anything was changed at all.
    """
    return tuple(dict.fromkeys(_untrue(text, called, moved_db, changed)))


def _untrue(text: str, called: Sequence[str], moved_db: Sequence[float], changed: bool) -> Iterator[str]:
    for sentence in SENTENCE.findall(text):
        told = DONE.search(sentence.strip()) is not None and DENIED.search(sentence) is None
        if told and not changed:
            yield "nothing was changed."
            continue
        for claim in parse(sentence, called).moves:
            if claim.direction is None:
                continue
            by_db = moved_db[list(called).index(claim.stem)]
            sign = 1 if claim.direction is Direction.UP else -1
            if sign * by_db <= -LEAST_DB:
                yield f"{claim.stem} went {'up' if by_db > 0 else 'down'}."
            elif told and abs(by_db) < LEAST_DB:
                yield f"{claim.stem} was not moved."
