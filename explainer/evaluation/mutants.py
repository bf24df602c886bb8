"""Right texts made wrong in one way, each in a way that is wrong by how it was made: what a reader has to find.

Most are what is right of another advice, in which one fact was changed, in the same words; the others are cut, joined,
or have a sentence added. None is made with what reads them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from console.correct import Action, Move
from console.meters.bands import BANDS_HZ
from explainer.advice.advice import Advice, StemAdvice
from explainer.advice.claims import Confidence, Reason, ReasonKind, severity_of
from explainer.evaluation.mutant_texts import OF_TEXT, one_of

Write = Callable[[Advice, int], str]
"""Words an advice; the same seed has the same words, as far as the facts are the same."""

LARGEST_DB = 24.0
SURE, UNSURE = 0.97, 0.55
DEGREES = {
    "little": re.compile(r"\b(a little|slightly|a touch|a bit|a shade|a tad|a hair|somewhat)\b"),
    "much": re.compile(
        r"\b(much too|far too|way too|considerably|a lot|a long way|well (?:up|down)|badly|(?:much|far) louder)\b"
    ),
}
CERTAIN = re.compile(
    r"\b(I am (?:confident|sure|certain) (?:about|of|here)|(?:little|hardly any|no real|no) doubt|beyond doubt|"
    r"clear[- ]cut|evidence (?:is strong|here is clear)|(?:one|case) is clear|safe move|clear call|"
    r"as good as certain|is certain|stand by|rely on)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mutant:
    """A text that is wrong of its advice.

    Args:
        kind: what was changed.
        right: the text that it was made from.
    """

    kind: str
    text: str
    right: str
    advice: Advice


def mutants(advice: Advice, write: Write, seed: int, kinds: Collection[str] | None = None) -> Iterator[Mutant]:
    """One mutant or two of each kind for which the advice and its text have what can be changed.

    Args:
        kinds: those that are wanted; all of `KINDS` by default.
    """
    rng = np.random.default_rng(seed)
    right = write(advice, seed)
    wanted = KINDS if kinds is None else kinds
    for kind, change in _OF_ADVICE.items():
        if kind not in wanted:
            continue
        other = change(advice, rng)
        if other is None:
            continue
        text = write(other, seed)
        if text != right and _shows(kind, text, right, advice, other):
            yield Mutant(kind, text, right, advice)
    for kind, made in OF_TEXT.items():
        if kind not in wanted:
            continue
        for text in made(advice, right, rng):
            yield Mutant(kind, text, right, advice)
    for kind, (of, wrong_text) in _OF_BOTH.items():
        if kind not in wanted:
            continue
        wrong = wrong_text(advice, write, seed, rng)
        if wrong is not None:
            yield Mutant(kind, wrong, right if of is None else of, advice)


def _shows(kind: str, text: str, right: str, advice: Advice, other: Advice) -> bool:
    """Whether what was changed can be seen in the text: not all of an advice is told in every text."""
    if kind in ("hedge added", "hedge removed"):
        return True
    if kind == "made certain":
        return len(advice.moving) == 1 and len(CERTAIN.findall(text)) > len(CERTAIN.findall(right))
    numbers = set(re.findall(r"\d+(?:\.\d+)?", text)), set(re.findall(r"\d+(?:\.\d+)?", right))
    if kind in ("stem swapped", "direction flipped", "move left out"):
        return True
    if kind in (
        "side flipped",
        "measured and usual swapped",
        "usual share swapped",
        "masker swapped",
        "reference swapped",
    ):
        changed = [r for stem in other.moving for r in stem.reasons if r not in _reasons(advice)]
        return any(_spoken(reason) in text for reason in changed)
    return numbers[0] != numbers[1]


def _spoken(reason: Reason) -> str:
    """The figure that was measured, as a text has it."""
    return f" {abs(reason.measured):.1f} LU" if _is_level(reason) else f"{reason.measured:g} %"


def _reasons(advice: Advice) -> list[Reason]:
    return [reason for stem in advice.moving for reason in stem.reasons]


def _changed(advice: Advice, stem: StemAdvice, **new: object) -> Advice:
    """The advice with something else said of one stem."""
    stems = tuple(replace(s, **new) if s.name == stem.name else s for s in advice.stems)  # type: ignore[arg-type]
    return replace(advice, stems=stems)


def _of_reasons(
    fits: Callable[[Reason], bool], change: Callable[[Reason, StemAdvice, Advice, np.random.Generator], Reason | None]
) -> Callable[[Advice, np.random.Generator], Advice | None]:
    """The first reason of each moving stem, where it fits, changed; the others of these stems are dropped."""

    def changed(advice: Advice, rng: np.random.Generator) -> Advice | None:
        other = advice
        for stem in advice.moving:
            told = [change(r, stem, advice, rng) if fits(r) else r for r in stem.reasons]
            if all(r is not None for r in told) and tuple(told) != stem.reasons:
                other = _changed(other, stem, reasons=tuple(r for r in told if r is not None))
        return other if other != advice else None

    return changed


def _is_level(reason: Reason) -> bool:
    return reason.kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR)


def _swapped(reason: Reason, *_: object) -> Reason | None:
    if reason.usual is None or abs(reason.usual) == abs(reason.measured):
        return reason
    return replace(reason, measured=reason.usual, usual=reason.measured)


def _flipped(reason: Reason, *_: object) -> Reason:
    return reason if abs(reason.measured) < 0.05 else replace(reason, measured=-reason.measured)


def _elsewhere(reason: Reason, stem: StemAdvice, advice: Advice, _: np.random.Generator) -> Reason | None:
    """A level against the anchor said to be one against the rest, or the other way round."""
    both = {kind: [r for r in stem.reasons if r.kind is kind] for kind in (ReasonKind.LEVEL, ReasonKind.ANCHOR)}
    figures = [{abs(r.measured), abs(r.usual or 0.0)} for kind in both for r in both[kind]]
    if advice.anchor is None or (len(figures) > 1 and figures[0] & figures[1]):
        return reason
    if reason.kind is ReasonKind.LEVEL:
        return replace(reason, kind=ReasonKind.ANCHOR, other=advice.anchor)
    return replace(reason, kind=ReasonKind.LEVEL, other=None)


def _other_masker(reason: Reason, stem: StemAdvice, advice: Advice, rng: np.random.Generator) -> Reason:
    others = [s.name for s in advice.stems if s.name not in (stem.name, reason.other)]
    return replace(reason, other=str(rng.choice(others))) if others else reason


def _other_band(reason: Reason, stem: StemAdvice, advice: Advice, rng: np.random.Generator) -> Reason:
    at = int(rng.integers(len(BANDS_HZ) - 1))
    low_hz, high_hz = map(float, BANDS_HZ[at : at + 2])
    return replace(reason, low_hz=low_hz, high_hz=high_hz)


def _other_percent(reason: Reason, stem: StemAdvice, advice: Advice, rng: np.random.Generator) -> Reason:
    percents = [r.measured for r in _reasons(advice) if not _is_level(r)] + [12.0, 37.0, 61.0, 88.0]
    own = {reason.measured, reason.usual}
    free = [percent for percent in percents if percent not in own]
    return replace(reason, measured=float(rng.choice(free)))


def _usual_invented(reason: Reason, stem: StemAdvice, advice: Advice, rng: np.random.Generator) -> Reason:
    figures = [r.measured for r in _reasons(advice) if r.kind is reason.kind and r.measured != reason.measured]
    return replace(reason, usual=float(rng.choice(figures)) if figures else round(reason.measured + 3.1, 1))


def _figures_exchanged(advice: Advice, rng: np.random.Generator) -> Advice | None:
    """The reasons of two moving stems exchanged, where they go the same way."""
    for one in advice.moving:
        for two in advice.moving:
            alike = one.move.action is two.move.action and one.reasons and two.reasons and one.name < two.name
            names = {r.other for r in (*one.reasons, *two.reasons)}
            figures = [{abs(v) for r in s.reasons for v in (r.measured, r.usual) if v is not None} for s in (one, two)]
            if alike and not names & {one.name, two.name} and not figures[0] & figures[1]:
                return _changed(_changed(advice, one, reasons=two.reasons), two, reasons=one.reasons)
    return None


def _moved(stem: StemAdvice, gain_db: float, low_db: float, high_db: float) -> Move:
    action = Action.RAISE if gain_db > 0 else Action.LOWER
    return replace(stem.move, action=action, gain_db=gain_db, low_db=low_db, high_db=high_db)


def _turned(advice: Advice, rng: np.random.Generator) -> Advice | None:
    stem = one_of(advice, rng)
    if stem is None:
        return None
    move = stem.move
    return _changed(advice, stem, move=_moved(stem, -move.gain_db, -move.high_db, -move.low_db))


def _resized(advice: Advice, rng: np.random.Generator) -> Advice | None:
    stem = one_of(advice, rng)
    if stem is None:
        return None
    sizes = [abs(s.move.gain_db) for s in advice.moving if s.name != stem.name]
    own = abs(stem.move.gain_db)
    sizes += [own + 0.2, own * 1.3, max(own - 0.3, 1.0), own + 2.0]
    free = [size for size in sizes if round(size, 1) != round(own, 1) and severity_of(size) == severity_of(own)]
    if not free:
        return None
    size_db = round(float(rng.choice(free)), 2)
    return _changed(advice, stem, move=replace(stem.move, gain_db=size_db if stem.move.gain_db > 0 else -size_db))


def _reranged(advice: Advice, rng: np.random.Generator) -> Advice | None:
    stem = one_of(advice, rng)
    if stem is None or stem.move.low_db * stem.move.high_db <= 0:
        return None
    by = 0.4 + float(rng.random())
    ends = (
        (stem.move.low_db, stem.move.high_db + by) if rng.random() < 0.5 else (stem.move.low_db - by, stem.move.high_db)
    )
    if ends[0] * ends[1] <= 0:
        return None
    return _changed(advice, stem, move=replace(stem.move, low_db=ends[0], high_db=ends[1]))


def _believed(advice: Advice, rng: np.random.Generator, now: Confidence, then: float) -> Advice | None:
    stems = [s for s in advice.moving if s.confidence is now and min(abs(s.move.low_db), abs(s.move.high_db)) > 0.1]
    stems = [s for s in stems if s.move.low_db * s.move.high_db > 0]
    if not stems:
        return None
    stem = stems[int(rng.integers(len(stems)))]
    return _changed(advice, stem, move=replace(stem.move, flaw_probability=then))


def _dropped(advice: Advice, rng: np.random.Generator) -> Advice | None:
    stem = one_of(advice, rng)
    if stem is None:
        return None
    return _changed(advice, stem, move=Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.1), reasons=())


def _stem_exchanged(advice: Advice, rng: np.random.Generator) -> Advice | None:
    """What is said of one that moves, said of one that stays."""
    stem = one_of(advice, rng)
    still = [s for s in advice.stems if s.move.action is Action.LEAVE]
    if stem is None or not still:
        return None
    other = still[int(rng.integers(len(still)))]
    reasons = tuple(r for r in stem.reasons if r.other != other.name)
    swapped = _changed(advice, stem, move=other.move, reasons=())
    return _changed(swapped, other, move=stem.move, reasons=reasons)


_OF_ADVICE: Mapping[str, Callable[[Advice, np.random.Generator], Advice | None]] = {
    "measured and usual swapped": _of_reasons(_is_level, _swapped),
    "usual share swapped": _of_reasons(lambda r: r.kind is ReasonKind.SHARE, _swapped),
    "side flipped": _of_reasons(_is_level, _flipped),
    "reference swapped": _of_reasons(_is_level, _elsewhere),
    "masker swapped": _of_reasons(lambda r: r.kind is ReasonKind.MASKED, _other_masker),
    "band swapped": _of_reasons(lambda r: r.kind is ReasonKind.MASKED, _other_band),
    "per cent altered": _of_reasons(lambda r: not _is_level(r), _other_percent),
    "usual invented": _of_reasons(
        lambda r: r.usual is None and r.kind is not ReasonKind.MASKED and r.kind is not ReasonKind.SOUNDS,
        _usual_invented,
    ),
    "figures of another stem": _figures_exchanged,
    "direction flipped": _turned,
    "size altered": _resized,
    "range altered": _reranged,
    "hedge added": lambda advice, rng: _believed(advice, rng, Confidence.SURE, UNSURE),
    "hedge removed": lambda advice, rng: _believed(advice, rng, Confidence.UNSURE, SURE),
    "made certain": lambda advice, rng: _believed(advice, rng, Confidence.LIKELY, SURE),
    "move left out": _dropped,
    "stem swapped": _stem_exchanged,
}


def _severity_swapped(advice: Advice, write: Write, seed: int, rng: np.random.Generator) -> str | None:
    """The words for a small move with the number of a large one, or the other way round."""
    stem = one_of(advice, rng)
    if stem is None or len(advice.moving) > 1 or severity_of(stem.move.gain_db) == "plain":
        return None
    size, little = abs(stem.move.gain_db), severity_of(stem.move.gain_db) == "little"
    stand_in = 17.77 if little else 2.77
    sign = 1 if stem.move.gain_db > 0 else -1
    text = write(_changed(advice, stem, move=replace(stem.move, gain_db=sign * stand_in)), seed)
    text = text.replace(f"{stand_in:.1f} dB", f"{size:.1f} dB")
    before, after = write(advice, seed), DEGREES["much" if little else "little"]
    return text if len(after.findall(text)) > len(after.findall(before)) else None


_OF_BOTH: Mapping[str, tuple[str | None, Callable[[Advice, Write, int, np.random.Generator], str | None]]] = {
    "severity swapped": (None, _severity_swapped),
}
KINDS = (*_OF_ADVICE, *OF_TEXT, *_OF_BOTH)
"""The kinds of wrong."""
