"""The chords that are told apart, in Harte's notation, and what each is made of."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Int
from numpy import ndarray

MAJOR, MINOR, SUS4, SUS2, DIMINISHED, AUGMENTED = range(6)
NONE = "N"
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
LETTERS, NATURALS = "CDEFGAB", (0, 2, 4, 5, 7, 9, 11)
# How many letters above a tonic's each semitone above it is written: I bII II bIII III IV #IV V bVI VI bVII VII.
STEPS_LETTERS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)
# Triad, semitones from the root up to the bass, and which seventh, ninth, eleventh and thirteenth is added (0: none).
QUALITIES: dict[str, tuple[int, int, int, int, int, int]] = {
    "maj": (MAJOR, 0, 0, 0, 0, 0),
    "min": (MINOR, 0, 0, 0, 0, 0),
    "aug": (AUGMENTED, 0, 0, 0, 0, 0),
    "dim": (DIMINISHED, 0, 0, 0, 0, 0),
    "maj/3": (MAJOR, 4, 0, 0, 0, 0),
    "maj/5": (MAJOR, 7, 0, 0, 0, 0),
    "min/b3": (MINOR, 3, 0, 0, 0, 0),
    "min/5": (MINOR, 7, 0, 0, 0, 0),
    "maj7": (MAJOR, 0, 1, 0, 0, 0),
    "7": (MAJOR, 0, 2, 0, 0, 0),
    "min7": (MINOR, 0, 2, 0, 0, 0),
    "hdim7": (DIMINISHED, 0, 2, 0, 0, 0),
    "dim7": (DIMINISHED, 0, 3, 0, 0, 0),
    "maj9": (MAJOR, 0, 1, 1, 0, 0),
    "9": (MAJOR, 0, 2, 1, 0, 0),
    "min9": (MINOR, 0, 2, 1, 0, 0),
    "11": (MAJOR, 0, 2, 1, 1, 0),
    "13": (MAJOR, 0, 2, 1, 1, 1),
    "sus4": (SUS4, 0, 0, 0, 0, 0),
    "sus2": (SUS2, 0, 0, 0, 0, 0),
    "sus4(b7)": (SUS4, 0, 2, 0, 0, 0),
    "maj/2": (MAJOR, 2, 0, 0, 0, 0),
    "maj/b7": (MAJOR, 10, 0, 0, 0, 0),
    "min/2": (MINOR, 2, 0, 0, 0, 0),
    "min/b7": (MINOR, 10, 0, 0, 0, 0),
}


@lru_cache
def names() -> tuple[str, ...]:
    """Every chord, as "A:min7"; the first is none."""
    return (NONE, *(f"{root}:{quality}" for quality in QUALITIES for root in SHARPS))


@lru_cache
def places() -> Int[ndarray, "chord head"]:
    """Where each chord's parts lie in the heads of the network; -1 where a part does not matter."""
    rows: list[tuple[int, ...]] = [(0, 0, -1, -1, -1, -1)]
    for triad, bass, *added in QUALITIES.values():
        rows += [(triad * 12 + 1 + root, (root + bass) % 12 + 1, *added) for root in range(12)]
    return np.array(rows)


def root_of(chord: str) -> int | None:
    """The pitch class of a chord's root, 0 for C; None where there is no chord."""
    return None if chord == NONE else pitch_class(chord.partition(":")[0])


def pitch_class(note: str) -> int:
    """Of a note's name, with sharps or flats."""
    return SHARPS.index(note) if note in SHARPS else FLATS.index(note)


def quality_of(chord: str) -> str:
    """What stands behind the colon."""
    return chord.partition(":")[2]


def is_minor(chord: str) -> bool:
    """Whether it has a minor third."""
    return chord != NONE and QUALITIES[quality_of(chord)][0] in (MINOR, DIMINISHED)


def spelt(chord: str, spelling: Sequence[str] = SHARPS) -> str:
    """The chord with its root as a spelling has it."""
    root = root_of(chord)
    return chord if root is None else f"{spelling[root]}:{quality_of(chord)}"


def spelling_in(tonic: str, flats: bool) -> tuple[str, ...]:
    """What the pitch classes are called in a key, C first: bVII in C is Bb, the leading tone of D minor C#.

    Names that nobody likes to read (E#, Cb, double accidentals) give way to the plain ones.

    Args:
        tonic: its name.
        flats: whether the key is written with flats.
    """
    called = list(FLATS if flats else SHARPS)
    first = pitch_class(tonic)
    for step, letters in enumerate(STEPS_LETTERS):
        place = (LETTERS.index(tonic[0]) + letters) % len(LETTERS)
        accidental = (first + step - NATURALS[place] + 6) % 12 - 6
        name = LETTERS[place] + {-1: "b", 0: "", 1: "#"}.get(accidental, "?")
        if name in SHARPS or name in FLATS:
            called[(first + step) % 12] = name
    return tuple(called)
