"""Reads a text to what it claims of the stems of a mix."""

from collections.abc import Sequence

from explainer.advice.claims import Claim, Claims, severity_of
from explainer.reading.clauses import enter, read_segment
from explainer.reading.items import Sentence, sentences
from explainer.reading.nouns import grouped
from explainer.reading.remainders import share_out
from explainer.reading.said import Mention, Said
from explainer.reading.state import State
from explainer.reading.stems import names
from explainer.reading.versions import versions


def parse(text: str, stems: Sequence[str]) -> Claims:
    """What a text claims of the stems of a mix. Its time is proportional to the text's length.

    Args:
        stems: the stems' names. Synonyms count where they fit exactly one of them.

    Returns:
        A claim per stem. A stem has two where the text contradicts itself: one for each direction.
    """
    said = read(text, stems)
    merged: dict[tuple[int, str | None], Mention] = {}
    for mention in said.mentions:
        key = (mention.stem, mention.direction)
        kept = merged.setdefault(key, mention)
        if kept is not mention:
            _merge(kept, mention)
    moving = {stem for stem, direction in merged if direction is not None}
    claims = tuple(_claim(m, stems) for m in merged.values() if m.direction is not None or m.stem not in moving)
    return Claims(claims, said.balanced and not moving)


def read(text: str, stems: Sequence[str]) -> Said:
    """All that a text says of the stems, one mention after another."""
    said = Said()
    for sentence in sentences(text, names(stems)):
        _read_sentence(sentence, said)
    return said


def _read_sentence(sentence: Sentence, said: Said) -> None:
    """Adds what a sentence says to what has been said."""
    segments = grouped(sentence.segments)
    if not segments:
        return
    items = [item for segment in segments for item in segment.items]
    if sentence.end == "?" and items[0].has("question") and len(items) > 1:  # "are the vocals too loud?"
        for item in items:
            if item.stems:
                said.turn_to(item)
        return
    state = State(
        unsure=any(item.has("unsure") for item in items),
        compares=bool(versions(items)),
        respectively=any(item.has("respectively") for item in items),
        start=len(said.mentions),
    )
    for at, segment in enumerate(segments):
        enter(segment, at, state)
        read_segment(segment, state, said)
    if state.respectively:
        share_out(items, said, state)
    if state.unsure and len(said.mentions) == state.start and not any(item.stems for item in items):
        for mention in said.last:  # "I am not sure about that"
            mention.unsure = True


def _merge(kept: Mention, more: Mention) -> None:
    """Fills what the first mention leaves open with what a later one says."""
    for name in ("db", "low_db", "high_db", "severity"):
        if getattr(kept, name) is None:
            setattr(kept, name, getattr(more, name))
    kept.unsure = kept.unsure or more.unsure


def _claim(mention: Mention, stems: Sequence[str]) -> Claim:
    severity = mention.severity
    if severity is None and mention.db is not None and mention.direction is not None:
        severity = severity_of(mention.db)
    return Claim(
        stems[mention.stem],
        mention.direction,
        mention.db,
        mention.low_db,
        mention.high_db,
        severity,
        mention.unsure,
    )
