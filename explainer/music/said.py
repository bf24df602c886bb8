"""Figures of music as people say them."""

import re
from collections.abc import Sequence

from console.music.harmony.vocabulary import FLATS, SHARPS
from console.music.music import Chord, Section, Share, Tag
from explainer.advice.shown import shown

NOTHING = "–"
LIKELY = 0.3  # a tag that is less likely is not told
# Harte's notation as musicians write it.
QUALITIES = {
    "maj": "", "min": "m", "7": "7", "maj7": "maj7", "min7": "m7", "dim": "dim", "aug": "aug", "sus2": "sus2",
    "sus4": "sus4", "hdim7": "m7b5", "dim7": "dim7", "maj6": "6", "min6": "m6", "minmaj7": "mMaj7",
}  # fmt: skip
STEPS = {"1": 0, "2": 2, "3": 4, "4": 5, "5": 7, "6": 9, "7": 11, "9": 2, "11": 5, "13": 9}
SILENCES = ("N", "X")
FOREIGN = re.compile(r"[^\w\s#♯♭+:/(),.;&'°ø-]|_")
LONGEST = 60
UNSURE = 0.6  # a confidence below which an estimate may well be wrong


def clock(time_s: float) -> str:
    """A time as a player shows it: 1:02."""
    whole = round(time_s)
    return f"{whole // 60}:{whole % 60:02d}"


def percent(share: float) -> str:
    """0.92 as "92 %"."""
    return f"{round(100 * share)} %"


def unsure(confidence: float) -> str:
    """What is said behind an estimate that may well be wrong, where there is room for a word only."""
    return " (unsure)" if confidence < UNSURE else ""


def decimal(value: float | None, digits: int = 1, unit: str = "") -> str:
    """A figure with its unit; a dash for none."""
    return NOTHING if value is None else f"{round(value, digits) + 0.0:.{digits}f} {unit}".rstrip()


def signed(value: float | None, digits: int = 1, unit: str = "") -> str:
    """A figure with its sign, too; 0 has none."""
    if value is None:
        return NOTHING
    size = round(value, digits) + 0.0
    return f"{size:{'+' if size else ''}.{digits}f} {unit}".rstrip()


def counted(number: int, what: str) -> str:
    """1 bar, 2 bars."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def plain(text: str) -> str:
    """A word of an analysis, which is a file that anyone can write: short, and no line or quote ends in it."""
    return " ".join(FOREIGN.sub(" ", shown(text)).split())[:LONGEST]


def chord(name: str) -> str:
    """A chord as musicians write it: "A:min7/5" is "Am7/E", none is "no chord"."""
    if name in SILENCES:
        return "no chord"
    root, _, quality = plain(name).partition(":")
    kind, _, bass = quality.partition("/")
    return root + QUALITIES.get(kind, kind) + (f"/{_above(root, bass)}" if bass else "")


def _above(root: str, degree: str) -> str:
    """The note at a degree above a root: the b3 of Bb is Db; as it stands where either is none."""
    called = FLATS if "b" in root or root == "F" else SHARPS
    steps = STEPS.get(degree.strip("b#"))
    if root not in called or steps is None:
        return degree
    return called[(called.index(root) + steps + degree.count("#") - degree.count("b")) % len(called)]


def shares(shared: Sequence[Share]) -> str:
    """Chords with their share of the time."""
    return ", ".join(f"{chord(share.name)} {share.percent} %" for share in shared) or NOTHING


def tags(heard: Sequence[Tag]) -> str:
    """Tags that are likely, each with its chance."""
    return ", ".join(f"{shown(tag.name)} {percent(tag.probability)}" for tag in heard if tag.probability >= LIKELY)


def chords_in(chords: Sequence[Chord], start_s: float, end_s: float) -> list[str]:
    """The chords that begin in a stretch, and the one that sounds where it begins, one after another."""
    names = [chord(each.name) for each in chords if each.start_s < end_s - 0.1 and each.end_s > start_s + 0.1]
    return [name for at, name in enumerate(names) if not at or names[at - 1] != name]


def letters(sections: Sequence[Section]) -> str:
    """The form in letters: A B A."""
    return " ".join(shown(section.label) for section in sections)


def hertz(hz: float | int) -> str:
    """250 Hz, 3.15 kHz."""
    return f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz:g} Hz"
