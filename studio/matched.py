"""One song brought to the balance of a mix of it: heard, moved, mixed, measured."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from console.match.match import Heard, Match, match
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
    found = found_in(song, reference, anchor, tell)
    tell("Measuring loudness")
    made = at_the_desk_as(song, found, reference, loudness(song), strength_percent, lock, headroom_db, tell)
    return replace(made, advice=with_words([made.advice])[0]) if in_words and strength_percent > 0 else made


def found_in(
    song: Song, reference: Path, anchor: str | None = None, tell: Callable[[str], None] = lambda step: None
) -> Match:
    """The gains with which the song's stems explain the mix in a sound file."""
    tell("Reading the reference")
    mix, sample_rate = read_mix(reference)
    return match(song, mix, sample_rate, shown(reference.name), anchor, tell)


def at_the_desk_as(
    song: Song,
    found: Match,
    reference: Path,
    loudness_lufs: Sequence[float],
    strength_percent: float = 100.0,
    lock: Collection[str] = (),
    headroom_db: float | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Mixdown:
    """The mix that a match gives, measured, and the advice on it, without words; arguments as of `run`."""
    correction = moves(song, found, strength_percent, lock)
    made = at_the_desk(song, correction, loudness_lufs, ModelStamp(NAME, version("mixconsole"), ""), headroom_db, tell)
    told = {kind: tuple(n for n, heard in zip(song.names, found.heard, strict=True) if heard is kind) for kind in Heard}
    aim = Reference(
        shown(reference.name),
        found.residual_db,
        round(found.offset_s, 4),
        round(found.common_s, 3),
        found.inverted,
        told[Heard.MUTED],
        told[Heard.UNTOLD],
    )
    return replace(made, advice=replace(made.advice, reference=aim))
