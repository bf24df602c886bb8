"""One song brought to the balance of a mix of it: heard, moved, mixed, measured."""

from collections.abc import Callable, Collection
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from console.match.match import Heard, match
from console.match.moves import moves
from console.match.reading import read_mix
from console.read.song import Song
from explainer.advice.advice import ModelStamp, Reference
from explainer.advice.shown import shown
from explainer.speak import in_words as with_words
from studio.mixdown import Mixdown, at_the_desk, loudness

NAME = "match"  # stands in the advice where a console's name does otherwise


def run(
    song: Song,
    reference: Path,
    anchor: str | None = None,
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
    headroom_db: float | None = None,
    in_words: bool = True,
    tell: Callable[[str], None] = lambda step: None,
) -> Mixdown:
    """Brings a song to the balance of the mix in a sound file.

    Args:
        anchor: the stem that keeps its level.
        strength_percent: how much of the way to go, 0..100 %.
        lock: names of stems to leave alone.
        headroom_db: as of `studio.mixdown.run`.
        in_words: whether the advice has a text.

    Raises: InputError for a reference that cannot be read, and as `console.match.match.match` does.
    """
    lock = [song.names[song.index(name)] for name in lock]  # said before the work, not after it
    tell("Reading the reference")
    mix, sample_rate = read_mix(reference)
    title = shown(reference.name)
    found = match(song, mix, sample_rate, title, anchor, tell)
    correction = moves(song, found, strength_percent, lock)
    tell("Measuring loudness")
    mixdown = at_the_desk(
        song, correction, loudness(song), ModelStamp(NAME, version("mixconsole"), ""), headroom_db, tell
    )
    told = {kind: tuple(n for n, heard in zip(song.names, found.heard, strict=True) if heard is kind) for kind in Heard}
    advice = replace(
        mixdown.advice,
        reference=Reference(
            title,
            found.residual_db,
            round(found.offset_s, 4),
            round(found.common_s, 3),
            found.inverted,
            told[Heard.MUTED],
            told[Heard.UNTOLD],
        ),
    )
    return replace(mixdown, advice=with_words([advice])[0] if in_words and strength_percent > 0 else advice)
