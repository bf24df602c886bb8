"""Words of an analysis as texts have them: chords as musicians write them, nothing that is no word."""

import re

FOREIGN = re.compile(r"[^\w\s#♯♭+:/(),.&'°ø-]|_")
LONGEST = 60
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
STEPS = {"1": 0, "2": 2, "3": 4, "4": 5, "5": 7, "6": 9, "7": 11, "9": 2, "11": 5, "13": 9}
QUALITIES = {"maj": "", "min": "m", "min7": "m7", "maj7": "maj7", "7": "7", "dim": "dim", "aug": "aug"}


def plain(text: str) -> str:
    """A word of an analysis as it may stand in a text: an analysis is a file, which anyone can write."""
    return " ".join(FOREIGN.sub(" ", text).split())[:LONGEST]


def chord_said(name: str) -> str:
    """A chord as musicians write it: "A:min7" is Am7."""
    root, _, rest = plain(name).partition(":")
    quality, _, bass = rest.partition("/")
    return root + QUALITIES.get(quality, quality) + (f"/{_above(root, bass)}" if bass else "")


def _above(root: str, degree: str) -> str:
    """The note at a degree above a root: the b3 of Bb is Db; as it stands where either is none."""
    names = FLATS if "b" in root or root == "F" else SHARPS
    steps = STEPS.get(degree.strip("b#")) if degree else None
    if root not in names or steps is None:
        return degree
    shift = degree.count("#") - degree.count("b")
    return names[(names.index(root) + steps + shift) % len(names)]
