"""Advice on songs that do not exist: every number, stem and reason as it may occur, with no sound needed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from console.correct import AUDIBLE_DB, Action, Move, rounded
from console.meters.bands import BANDS_HZ
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, ROLES, Advice, StemAdvice
from explainer.advice.claims import Reason, ReasonKind

USUAL = ("vocals", "drums", "bass", "other")
LARGEST_DB = 24.0
UNHEARD = 0.15  # share of songs of which nothing was measured that could be a reason
NATIVE = 0.4  # share of those of which nothing is known to be usual, as of stems that share a role
DOUBTED = 0.3  # share of moves whose range reaches from nothing to far
FURTHER = 0.4  # share of stems that are further from what is usual than they are moved, as where little is believed
SHARES = {"none": 0.1, "one": 0.25, "some": 0.5, "all": 0.15}


def imagine(
    rng: np.random.Generator, names: Sequence[str] | None = None, moves: int | None = None, native: bool | None = None
) -> Advice:
    """One song's advice at random: stems, anchor, moves with their ranges, chances and reasons.

    Args:
        names: of the stems.
        moves: how many stems move.
        native: whether nothing is known to be usual, as of stems that share a role; else at random, as all of these.
    """
    names = _names(rng) if names is None else list(names)
    anchor = str(rng.choice(names)) if len(names) > 1 and rng.random() < 0.6 else None
    free = [name for name in names if name != anchor]
    kind = rng.choice(list(SHARES), p=list(SHARES.values()))
    some = int(rng.integers(1, 5))
    count = {"none": 0, "one": 1, "some": some, "all": len(free)}[str(kind)] if moves is None else moves
    moving = set(rng.choice(free, min(count, len(free)), replace=False).tolist())
    stems = tuple(
        _stem(name, Action.ANCHOR if name == anchor else None, name in moving, names, anchor, rng) for name in names
    )
    chance = rng.random()
    if native:
        stems = tuple(map(_of_native, stems))
    elif chance < UNHEARD:
        stems = tuple(replace(stem, reasons=()) for stem in stems)
    elif native is None and chance < UNHEARD + NATIVE:
        stems = tuple(map(_of_native, stems))
    return Advice("song", 44_100, 180.0, anchor, 100.0, stems, NOBODY, LEVELS)


def _names(rng: np.random.Generator) -> list[str]:
    """The usual four, or some of them, or others: known words and tracks."""
    from explainer.advice.names import VOCABULARY

    kind = rng.random()
    if kind < 0.55:
        return list(USUAL)
    if kind < 0.7:
        return list(rng.permutation(USUAL)[: rng.integers(1, 5)])
    words = rng.choice(list(VOCABULARY), int(rng.integers(1, 9)), replace=False)
    tracks = rng.random(len(words)) < 0.35
    return [f"take {i}" if track else str(word) for i, (word, track) in enumerate(zip(words, tracks, strict=True))]


def _stem(
    name: str,
    fixed: Action | None,
    moves: bool,
    names: Sequence[str],
    anchor: str | None,
    rng: np.random.Generator,
) -> StemAdvice:
    role = ROLES.get(name, Role.OTHER)
    level_lufs = float(round(rng.uniform(-35, -12), 2))
    if fixed is not None:
        return StemAdvice(name, role, None, level_lufs, Move(fixed, 0.0, 0.0, 0.0, 0.0))
    if not moves:
        spread = np.sort(rng.normal(0, 0.8, 2))
        action = Action.LEAVE if rng.random() < 0.94 else Action.LOCKED if rng.random() < 0.5 else Action.SILENT
        low_db, high_db = (0.0, 0.0) if action is Action.SILENT else map(rounded, spread.tolist())
        chance = float(round(rng.uniform(0, 0.6), 3)) if action is not Action.SILENT else 0.0
        return StemAdvice(name, role, None, level_lufs, Move(action, 0.0, low_db, high_db, chance))
    gain_db = _gain_db(rng)
    doubted = rng.random() < DOUBTED
    chance = float(round(rng.uniform(0.5, 0.9) if doubted else rng.uniform(0.5, 1.0) ** 0.5, 3))
    move = Move(Action.RAISE if gain_db > 0 else Action.LOWER, gain_db, *_range_db(gain_db, doubted, rng), chance)
    advice = StemAdvice(name, role, None, level_lufs, move)
    return replace(advice, reasons=_reasons(name, gain_db, names, anchor, rng))


def _of_native(stem: StemAdvice) -> StemAdvice:
    """As a stem that shares its role with others: nothing is usual for it, and what comes down is above the rest."""
    levels = (ReasonKind.LEVEL, ReasonKind.ANCHOR)
    speak = (r for r in stem.reasons if r.kind not in levels or r.measured * stem.move.gain_db < 0)
    return replace(stem, reasons=tuple(replace(reason, usual=None) for reason in speak))


def _gain_db(rng: np.random.Generator) -> float:
    """Mostly within 12 dB; every tenth of a dB occurs."""
    size = rng.uniform(AUDIBLE_DB, 12.0) if rng.random() < 0.85 else rng.uniform(AUDIBLE_DB, LARGEST_DB)
    return rounded(float(size) * (1 if rng.random() < 0.5 else -1))


def _range_db(gain_db: float, doubted: bool, rng: np.random.Generator) -> tuple[float, float]:
    """About a gain, close, or from 0 to far where the flaw is doubted."""
    less, more = rng.gamma(2.0, 0.6, 2).tolist()
    size = abs(gain_db)
    if doubted:
        less, more = size, 4 * more
    ends = (rounded(size - less), rounded(min(size + more, LARGEST_DB)))
    return ends if gain_db > 0 else (rounded(-ends[1]), rounded(-ends[0]))


def _reasons(
    name: str,
    gain_db: float,
    names: Sequence[str],
    anchor: str | None,
    rng: np.random.Generator,
) -> tuple[Reason, ...]:
    """Up to three, each of which speaks for the move."""
    others = [other for other in names if other != name]
    further_lu = float(rng.uniform(1.0, 12.0)) if rng.random() < FURTHER else 0.0
    off = abs(gain_db) + further_lu + float(rng.normal(0, 1.0))
    off = max(off, 0.2) * (-1 if gain_db > 0 else 1)
    usual_lu = round(float(rng.uniform(-20, 3)), 1)
    found = [Reason(ReasonKind.LEVEL, round(usual_lu + off, 1) + 0.0, usual_lu + 0.0)] if others else []
    if anchor is not None:
        usual_lu = round(float(rng.uniform(-12, 12)), 1)
        found.append(Reason(ReasonKind.ANCHOR, round(usual_lu + off, 1) + 0.0, usual_lu + 0.0, anchor))
    usual = float(rng.integers(3, 60))
    odds = usual / (100 - usual) * 10 ** (off / 10)
    share = float(round(100 * odds / (1 + odds)))
    if others and share and (share - usual) * off > 0:
        found.append(Reason(ReasonKind.SHARE, share, usual))
    if others and gain_db > 0 and rng.random() < 0.5:
        band = int(rng.integers(len(BANDS_HZ) - 1))
        covered = float(rng.integers(30, 100))
        masker = str(rng.choice(others))
        low_hz, high_hz = map(float, BANDS_HZ[band : band + 2])
        found.append(Reason(ReasonKind.MASKED, covered, None, masker, low_hz, high_hz))
    if gain_db > 0 and rng.random() < 0.2:
        found.append(Reason(ReasonKind.SOUNDS, float(rng.integers(5, 60))))
    rng.shuffle(found)
    return tuple(found[: int(rng.integers(0, 4))] if rng.random() < 0.2 else found[:3])
