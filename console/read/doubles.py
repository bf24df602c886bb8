"""Sound that a song holds twice, found by ear.

The mixture or a bus beside its parts, one file twice, a twin of inverted polarity.

All of it is least squares on what the stems have in common: their inner products over the whole song, without their
means. A stem that is left with less than a thousandth of its energy when others are taken from it at nearly one gain is
their sum. Gains and delays of the whole are allowed for; of what differs among the parts, only a little.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.errors import InputError
from console.read.delays import AskWindows, delays
from console.stream.inner import AskInner, inner_products
from console.stream.sound import Block, Meter, Question, Sound

SAME_DB = -30.0  # what is left of a sum, against it: below that it adds nothing of its own
WHOLE_DB = -12.0  # of the sum of all others: no stem is that much like it; a lossy or mastered mixture is
GAIN_LIMIT_DB = 3.0  # how far the parts' gains may lie from the sum's common one
CANCELS_DB = 6.0  # a twin of inverted polarity this near in level takes most of the sound away
SILENT_DB = -100.0  # against the loudest: nothing to compare
LEAST_EIGENVALUE = 1e-6  # rounding to float32 tells no less
SURELY = 2.0  # what is left of a stem without all others, against the most that may be: then it is no sum of any


@dataclass(frozen=True)
class Double:
    """A stem that adds nothing of its own.

    Args:
        stem: which one.
        of: the stems that it is the sum of; one: it is the same sound as that.
        gain_db: of it against them.
        residual_db: what is left of it without them, against it.
        whole: these are all the others that sound.
    """

    stem: int
    of: tuple[int, ...]
    gain_db: float
    residual_db: float
    whole: bool

    def because(self, names: Sequence[str]) -> str:
        """Why it is left out, in words."""
        way = "louder" if self.gain_db > 0 else "softer"
        level = "" if abs(self.gain_db) < 0.1 else f", {abs(self.gain_db):.1f} dB {way}"
        if len(self.of) == 1:
            return f'it is the same sound as "{names[self.of[0]]}"{level}'
        if self.whole:
            near = "" if self.residual_db < SAME_DB else ", encoded or mastered"
            return f"it is the sum of the others{level}{near}"
        parts = [names[i] for i in self.of]
        return f"it is the sum of {', '.join(parts[:-1])} and {parts[-1]}{level}"


def questions(mixtures: Sequence[bool]) -> list[Question[Any]]:
    """What `find_doubles` asks of a song in which nothing is heard twice."""
    return [AskInner(), AskWindows(tuple(i for i, mixture in enumerate(mixtures) if not mixture))]


def find_doubles(
    sound: Sound,
    names: Sequence[str],
    vouched: Sequence[bool] | None = None,
    mixtures: Sequence[bool] | None = None,
) -> tuple[Double, ...]:
    """The stems that add nothing of their own, in order.

    Args:
        vouched: stems that a person says are stems; they are none.
        mixtures: what cannot be a part of a sum, as its name says that it is one.

    Raises: InputError for a stem that is another, or a sum of others, with its polarity inverted, as these cancel.
    """
    gram = inner_products(sound).numpy()
    energy = gram.diagonal().copy()
    loudest = energy.max(initial=0.0)
    sounding = energy > loudest * 10 ** (SILENT_DB / 10)
    kept = np.array(vouched if vouched is not None else [False] * len(names))
    mixture = np.array(mixtures if mixtures is not None else [False] * len(names))
    _refuse_cancelling(gram, sounding & ~kept & ~mixture, names)
    doubles: dict[int, Double] = {}
    spared: set[int] = set()  # a person says that it is a stem, so its twin is one too
    for one, other in _twins(gram, sounding):
        # Of two of a kind the one with the longer name goes: "vocals (1)", "vocals copy".
        first, second = sorted((one, other), key=lambda i: (mixture[i], len(names[i]), i))
        if kept[first] or kept[second]:
            spared |= {first, second}
        elif doubles.keys().isdisjoint((first, second)):
            gain_db = 10 * math.log10(energy[second] / energy[first])
            left_db = _db(1 - gram[first, second] ** 2 / (energy[first] * energy[second]))
            doubles[second] = Double(second, (first,), gain_db, left_db, False)
    free = [i for i in range(len(names)) if sounding[i] and i not in doubles]
    stems = [i for i in free if not mixture[i]]
    unlike = [i for i in range(len(names)) if not mixture[i] and i not in doubles]  # silent ones do not change a sum
    windows = sound.ask(AskWindows(tuple(unlike)))
    asked = [i for i in free if not kept[i] and i not in spared]
    late = delays(windows, sound.sample_rate, sound.frames, asked, stems)
    own = _of_their_own(gram, free, stems)
    moved = sound.ask(AskMoved(tuple((i, lag) for i, lag in late.items() if lag))) if any(late.values()) else {}
    rows = {i: moved[i] if lag else gram[i] for i, lag in late.items() if lag or i not in own}
    inverted = [i for i, row in rows.items() if _fit(gram, -row, energy[i], [j for j in stems if j != i]) is not None]
    if inverted:  # which of them all is the sum: the one with most energy
        raise InputError(
            f'"{names[max(inverted, key=lambda i: energy[i])]}" is the sum of other stems with its polarity inverted, '
            "so that they cancel each other. Leave it out, or invert it back."
        )
    # A sum of sums is told by the parts: first find what is any sum at all, then of what.
    sums = [i for i in rows if _fit(gram, rows[i], energy[i], [j for j in stems if j != i]) is not None]
    parts = [i for i in stems if i not in sums]
    for i in sums:
        fit = _fit(gram, rows[i], energy[i], parts)
        if fit is not None:
            of, gain_db, residual_db = fit
            doubles[i] = Double(i, of, gain_db, residual_db, len(of) == len(parts))
    return tuple(doubles[i] for i in sorted(doubles))


def _of_their_own(gram: Float[np.ndarray, "stem stem"], free: Sequence[int], stems: Sequence[int]) -> set[int]:
    """Those of the free stems that are surely no sum of stems, of either polarity: at any gains too much is left."""
    if len(stems) < 2:
        return set()
    norm = np.sqrt(gram.diagonal())
    alike = gram[np.ix_(stems, stems)] / np.outer(norm[stems], norm[stems])
    inverse = np.linalg.inv(alike + LEAST_EIGENVALUE * np.eye(len(stems)))
    left = dict(zip(stems, 1 / inverse.diagonal(), strict=True))  # of each, without all others
    for i in set(free) - set(stems):
        row = gram[i, stems] / (norm[i] * norm[stems])
        left[i] = 1 - row @ inverse @ row
    return {i for i, share in left.items() if share > SURELY * 10 ** (max(WHOLE_DB, SAME_DB) / 10)}


def _refuse_cancelling(
    gram: Float[np.ndarray, "stem stem"], sounding: Bool[np.ndarray, " stem"], names: Sequence[str]
) -> None:
    for one, other in _pairs(gram, sounding, inverted=True):
        apart_db = abs(10 * math.log10(gram[one, one] / gram[other, other]))
        if apart_db < CANCELS_DB:
            raise InputError(
                f'"{names[one]}" and "{names[other]}" cancel each other: the one is the other with its polarity '
                "inverted. Leave one of them out, or invert it back."
            )


def _twins(gram: Float[np.ndarray, "stem stem"], sounding: Bool[np.ndarray, " stem"]) -> list[tuple[int, int]]:
    return _pairs(gram, sounding, inverted=False)


def _pairs(
    gram: Float[np.ndarray, "stem stem"], sounding: Bool[np.ndarray, " stem"], inverted: bool
) -> list[tuple[int, int]]:
    """Stems that are the same sound but for a gain."""
    norm = np.sqrt(np.where(sounding, gram.diagonal(), np.inf))
    alike = gram / np.outer(norm, norm) * (-1 if inverted else 1)
    ones, others = np.nonzero(np.triu(alike > math.sqrt(1 - 10 ** (SAME_DB / 10)), 1))
    return list(zip(ones.tolist(), others.tolist(), strict=True))


def _fit(
    gram: Float[np.ndarray, "stem stem"], row: Float[np.ndarray, " stem"], energy: float, among: Sequence[int]
) -> tuple[tuple[int, ...], float, float] | None:
    """The stems that a sound is the sum of, its gain and what is left of it in dB; None where it is no sum of them.

    Args:
        row, energy: its inner products with the stems, and with itself.
    """
    if not among:
        return None
    from scipy.optimize import nnls  # slow to import, and only who reads a song's sound needs it

    scale = np.sqrt(gram.diagonal()[list(among)])
    square = gram[np.ix_(among, among)] / np.outer(scale, scale)
    # ||x - A w||^2 from inner products alone: with A'A = V d V', nnls(d^1/2 V', d^-1/2 V' A'x) has the same minimum.
    d, v = np.linalg.eigh(square)
    root = np.sqrt(np.maximum(d, LEAST_EIGENVALUE))
    weights, _ = nnls(root[:, None] * v.T, v.T @ (row[list(among)] / scale) / root)
    common = np.average(weights / scale, weights=(weights**2) + 1e-30)  # of what is told most surely
    if common <= 0:
        return None
    near = np.abs(20 * np.log10(np.maximum(weights / scale / common, 1e-9))) < GAIN_LIMIT_DB
    of = [stem for stem, member in zip(among, near, strict=True) if member]
    faint = (common * scale) ** 2 < energy * 10 ** (SAME_DB / 10)  # whether these are in it cannot be told
    of = list(among) if (near | faint).all() else of
    whole, product = gram[np.ix_(of, of)].sum(), row[of].sum()
    if not of or product <= 0:
        return None
    residual_db = _db(1 - product**2 / (whole * energy))
    if residual_db > (WHOLE_DB if len(of) == len(among) > 2 else SAME_DB):
        return None
    return tuple(of), 20 * math.log10(product / whole), residual_db


@dataclass(frozen=True)
class AskMoved(Question[dict[int, np.ndarray]]):
    """What are the inner products of some stems, moved, with all stems as they are?

    Args:
        lags: stems, and by how many samples each is moved earlier.
    """

    lags: tuple[tuple[int, int], ...]

    def meter(self, sound: Sound) -> Meter[dict[int, np.ndarray]]:
        return _Moved(sound, self.lags)


class _Moved:
    """Keeps as much of the sound as the longest lag asks for, without its first block's means."""

    def __init__(self, sound: Sound, lags: tuple[tuple[int, int], ...]):
        self._lags, self._reach = lags, max(abs(lag) for _, lag in lags)
        self._frames = sound.frames
        self._mean: Tensor | None = None
        self._before = torch.zeros(sound.rows, sound.channels, 0)
        self._sums = {stem: torch.zeros(sound.rows, dtype=torch.float64) for stem, _ in lags}
        self._own = {stem: torch.zeros(sound.channels, dtype=torch.float64) for stem, _ in lags}
        self._there = {stem: torch.zeros(sound.rows, sound.channels, dtype=torch.float64) for stem, _ in lags}

    def feed(self, block: Block) -> None:
        self._mean = block.mean(-1, keepdim=True) if self._mean is None else self._mean
        block = block - self._mean
        held = torch.cat([self._before, block], dim=-1)
        begin, count = self._before.shape[-1], block.shape[-1]
        for stem, lag in self._lags:
            # Of two sounds that are compared the one is here now, the other was as long ago as the lag is.
            first, last = begin + max(0, abs(lag) - begin), begin + count
            if first >= last:
                continue
            now, then = held[..., first:last], held[..., first - abs(lag) : last - abs(lag)]
            own, there = (now[stem], then) if lag > 0 else (then[stem], now)
            self._sums[stem] += (there.flatten(1) @ own.flatten()).double()
            self._own[stem] += own.sum(-1)
            self._there[stem] += there.sum(-1)
        self._before = held[..., max(0, held.shape[-1] - self._reach) :].clone()

    def read(self) -> dict[int, np.ndarray]:
        rows = {}
        for stem, lag in self._lags:  # without the mean of what was compared
            own = self._own[stem] / max(1, self._frames - abs(lag))
            rows[stem] = (self._sums[stem] - self._there[stem] @ own).numpy()
        return rows


def _db(share: float) -> float:
    return 10 * math.log10(max(share, 1e-12))
