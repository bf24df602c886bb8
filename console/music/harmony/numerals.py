"""Chords as steps of a key, in Roman numerals, and which follow each other again and again."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from console.music.harmony.vocabulary import AUGMENTED, DIMINISHED, MINOR, QUALITIES, pitch_class, quality_of, root_of
from console.music.music import Key, Progression

STEPS = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
LONGEST, SHORTEST, LEAST_TIMES, MOST = 4, 2, 2, 4


def numeral(chord: str, tonic: int) -> str:
    """A chord that sounds as a step above a tonic (pitch class): "vi", "IV", "vii°", "III+"."""
    root = root_of(chord)
    assert root is not None, chord
    step, triad = STEPS[(root - tonic) % 12], QUALITIES[quality_of(chord)][0]
    if triad in (MINOR, DIMINISHED):
        step = step.lower()
    return step + {DIMINISHED: "°", AUGMENTED: "+"}.get(triad, "")


def progressions(chords: Sequence[str], key: Key | None) -> tuple[Progression, ...]:
    """At most four rows of two to four chords that come twice or more; what covers most of the song first.

    One that is another one begun elsewhere, or a part of one, is not told again; nor is one that ends on the chord that
    it began with, as it is a shorter one and its repetition.
    """
    if key is None:
        return ()
    tonic = pitch_class(key.tonic)
    row = [step for step, _ in groupby(numeral(chord, tonic) for chord in chords)]
    found: list[tuple[int, tuple[str, ...], int]] = []
    for length in range(SHORTEST, LONGEST + 1):
        pieces = {tuple(row[at : at + length]) for at in range(len(row) - length + 1)}
        for piece in pieces:
            times = _times(row, piece)
            if times >= LEAST_TIMES and piece[0] != piece[-1] and not _repeats(piece):
                found.append((times * length, piece, times))
    first = {tuple(row[at : at + n]): at for n in range(SHORTEST, LONGEST + 1) for at in range(len(row) - n, -1, -1)}
    found.sort(key=lambda one: (-one[0], -len(one[1]), first[one[1]]))
    told: list[Progression] = []
    for _, piece, times in found:
        if len(told) < MOST and not any(_within(piece, other.numerals) for other in told):
            told.append(Progression(piece, times))
    return tuple(told)


def _times(row: Sequence[str], piece: tuple[str, ...]) -> int:
    """How often a piece comes, without counting a chord twice."""
    at = times = 0
    while at + len(piece) <= len(row):
        found = tuple(row[at : at + len(piece)]) == piece
        times += found
        at += len(piece) if found else 1
    return times


def _repeats(piece: tuple[str, ...]) -> bool:
    """Whether it is a shorter piece over and over."""
    return any(len(piece) % part == 0 and piece == piece[:part] * (len(piece) // part) for part in range(1, len(piece)))


def _within(piece: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a piece is another one from another chord on, or lies in that one played round and round."""
    around = other + other
    if len(piece) > len(other):
        return Counter(piece) == Counter(around[: len(piece)]) and _within(piece[: len(other)], other)
    return any(around[at : at + len(piece)] == piece for at in range(len(other)))
