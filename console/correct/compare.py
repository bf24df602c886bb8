"""Two versions of a song's stems: which delay and gain lead from the one to the other, and what is more than that."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from console.audio._torchaudio import resampler
from console.audio.align import CLEARLY, FLOOR, FURTHEST_S, best_lag, explained
from console.correct import rounded
from console.errors import InputError
from console.read.song import Song

EXACT_DB = -50.0  # a residual this far below the stem is rounding to 16 bits, or dither
RESAMPLED_DB = -30.0  # the same after a change of rate, whose filters differ
RELATED_DB = -3.0  # with half of the energy explained by a gain, it is still the same performance
HEARD_DB = -80.0  # of a stem's peak: what lies below it at the ends is no longer counted as sound
FEW = 8  # blocks of 1.2 to 2.8 s in which the lag is looked for first
BLOCK = 1 << 17  # samples at once, which bounds the memory
ALIKE_DB = 0.015  # gains that differ by no more are one gain, rounded


class Likeness(StrEnum):
    """How a stem of one version is related to that of the other."""

    GAIN = "gain"  # but for a gain (of either polarity) and a delay the same samples
    PROCESSED = "processed"  # the same performance, but more than a gain was changed
    OTHER = "other"  # something else
    SILENT = "silent"  # in both versions there is nothing to hear
    MUTED = "muted"  # only one version has it


@dataclass(frozen=True)
class StemChange:
    """What happened to one stem between version A and version B.

    Args:
        change_db: the gain that brings A's stem nearest to B's (least squares); None where there is none.
        residual_db: what of B's stem that gain does not explain, against B's stem, where both sound.
        relative_db: the gain beyond the one that all of B has; None where there is no gain.
        lag_samples: how much later it is in B, at the rate of the comparison; None where it is not the same sound.
        inverted: whether its polarity is inverted in B.
        only_a_s, only_b_s: how long it sounds at its ends in one version only, in seconds.
    """

    name: str
    likeness: Likeness
    change_db: float | None = None
    residual_db: float | None = None
    relative_db: float | None = None
    lag_samples: int | None = None
    inverted: bool = False
    only_a_s: float = 0.0
    only_b_s: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """What happened from version A to version B.

    Args:
        changes: of each stem that both have, in the order of A.
        common_db: the gain that B has as a whole; 0 where no gain is the stems' own.
        lag_samples: how much later B is as a whole, at `sample_rate`.
        sample_rate: at which the two were compared, the lower of `sample_rates`, which are A's and B's.
        only_a, only_b: names of the stems that only one version has.
    """

    changes: tuple[StemChange, ...]
    common_db: float
    lag_samples: int
    sample_rate: int
    sample_rates: tuple[int, int]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()

    @property
    def related(self) -> tuple[StemChange, ...]:
        """The stems that are the same performance in both."""
        return tuple(change for change in self.changes if change.change_db is not None)


def compare(a: Song, b: Song) -> Comparison:
    """What happened to each stem from `a` to `b`, after they are aligned.

    Of versions that are not equally long the common part is compared, at the lower of their sample rates; stems
    are paired by name.

    Raises: InputError when the two have no stem in common, or no sounding stem is related to its namesake: then they
        are not versions of one song, or lie further apart than 0.2 s.
    """
    there = {name.casefold(): at for at, name in enumerate(b.names)}
    pairs = [(at, there[name.casefold()]) for at, name in enumerate(a.names) if name.casefold() in there]
    if not pairs:
        raise InputError(
            f'"{a.title}" and "{b.title}" have no stem of the same name: {", ".join(a.names)}; {", ".join(b.names)}.'
        )
    sample_rate = min(a.sample_rate, b.sample_rate)
    sounding = {at: to for at, to in pairs if not a.silent[at] and not b.silent[to]}
    found, lag = _changes(a, b, sounding, sample_rate)
    changes = []
    for at, to in pairs:
        nowhere = bool(a.silent[at]) and bool(b.silent[to])
        unheard = StemChange(a.names[at], Likeness.SILENT if nowhere else Likeness.MUTED)
        changes.append(found.get(at, unheard))
    if not any(change.change_db is not None for change in changes):
        raise InputError(
            f'"{a.title}" and "{b.title}" are not versions of the same song, or they lie more than '
            f"{FURTHEST_S:g} s apart: no stem sounds like its namesake."
        )
    common_db = _common_db([change.change_db for change in changes if change.change_db is not None])
    return Comparison(
        tuple(_beyond(change, common_db, exact=a.sample_rate == b.sample_rate) for change in changes),
        common_db,
        lag,
        sample_rate,
        (a.sample_rate, b.sample_rate),
        tuple(name for at, name in enumerate(a.names) if at not in dict(pairs)),
        tuple(name for to, name in enumerate(b.names) if to not in dict(pairs).values()),
    )


def _changes(a: Song, b: Song, pairs: Mapping[int, int], sample_rate: int) -> tuple[dict[int, StemChange], int]:
    """How each of these pairs of sounding stems changed, and how much later B is as a whole.

    The loudest seconds tell the lag. Where the whole stem then is not the same but for a gain, the whole tells it.
    """
    exact_db = EXACT_DB if a.sample_rate == b.sample_rate else RESAMPLED_DB
    furthest, lag = round(FURTHEST_S * sample_rate), 0
    shares: dict[int, Float64[Tensor, " lag"]] = {}
    found: dict[int, StemChange] = {}
    for most in (FEW, None) if pairs else ():
        unclear = {at: to for at, to in pairs.items() if at not in found or found[at].likeness is not Likeness.GAIN}
        for at, to in unclear.items():
            shares[at] = explained(_at_rate(a, at, sample_rate), _at_rate(b, to, sample_rate), furthest, most)
        before, lag = lag, best_lag(list(shares.values()))
        for at, to in (unclear if lag == before else pairs).items():
            sounds = _at_rate(a, at, sample_rate), _at_rate(b, to, sample_rate)
            own = best_lag([shares[at]], lag)
            found[at] = _change(a.names[at], *sounds, lag, own, sample_rate, exact_db)
    return found, lag


def _at_rate(song: Song, stem: int, sample_rate: int) -> Float[Tensor, "channel time"]:
    """A stem at a rate that is not above the song's."""
    if song.sample_rate == sample_rate:
        return song.audio[stem]
    resample = resampler(song.sample_rate, sample_rate)
    if resample is None:
        raise InputError(
            f'"{song.title}" at {song.sample_rate} Hz cannot be compared at {sample_rate} Hz: convert it first.'
        )
    return resample(song.audio[stem])


def _change(name: str, a: Tensor, b: Tensor, common: int, own: int, sample_rate: int, exact_db: float) -> StemChange:
    """How one stem changed, at the song's common lag, or its own where that explains clearly more."""
    fit, lag = _fit(a, b, common), common
    if own != common and (fit is None or fit.residual > CLEARLY * FLOOR):
        nearer = _fit(a, b, own)
        if nearer is not None and (fit is None or CLEARLY * nearer.residual < fit.residual):
            fit, lag = nearer, own
    if fit is None:
        return StemChange(name, Likeness.OTHER)
    residual_db = round(10 * math.log10(max(fit.residual, 1e-12)), 1)
    if fit.gain == 0 or residual_db > RELATED_DB:
        return StemChange(name, Likeness.OTHER, None, residual_db)
    return StemChange(
        name,
        Likeness.GAIN if residual_db <= exact_db else Likeness.PROCESSED,
        rounded(20 * math.log10(abs(fit.gain))),
        residual_db,
        None,
        lag,
        fit.gain < 0,
        round(fit.only_a / sample_rate, 3),
        round(fit.only_b / sample_rate, 3),
    )


@dataclass(frozen=True)
class _Fit:
    """The factor on `a` that comes nearest to `b` at some lag, and the share of b's energy that it leaves.

    Args:
        only_a, only_b: samples at the ends in which one sounds and the other does not.
    """

    gain: float
    residual: float
    only_a: int
    only_b: int


def _fit(a: Float[Tensor, "channel_a time_a"], b: Float[Tensor, "channel_b time_b"], lag: int) -> _Fit | None:
    """The fit where both sound, with `b` that many samples later; None where they never do. Mono goes to both."""
    (a_start, a_stop), (b_start, b_stop) = _sounding(a), _sounding(b)
    b_start, b_stop = b_start - lag, b_stop - lag
    start, stop = max(a_start, b_start, -lag, 0), min(a_stop, b_stop)
    if start >= stop:
        return None
    energy = torch.zeros(3, dtype=torch.float64)
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        x, y = a[:, first:last].double(), b[:, first + lag : last + lag].double()
        energy += torch.stack([(p * q).mean(0).sum() for p, q in ((x, x), (y, y), (x, y))])
    own, other, both = energy.tolist()
    if not own or not other:
        return None
    only_a, only_b = ((start - first) + (last - stop) for first, last in ((a_start, a_stop), (b_start, b_stop)))
    return _Fit(both / own, max(0.0, 1 - both**2 / (own * other)), only_a, only_b)


def _sounding(audio: Float[Tensor, "channel time"]) -> tuple[int, int]:
    """Where a stem begins and ends to sound, in samples."""
    least = 10 ** (HEARD_DB / 20) * max(map(abs, audio.aminmax()))
    starts = range(0, audio.shape[-1], BLOCK)

    def heard(start: int) -> list[int]:
        return ((audio[:, start : start + BLOCK].abs().amax(0) > least).nonzero()[:, 0] + start).tolist()

    first, last = (next(filter(None, map(heard, way)), [0]) for way in (starts, reversed(starts)))
    return first[0], last[-1] + 1


def _common_db(changes_db: Sequence[float]) -> float:
    """The gain that most stems share, if none has kept its level; else 0."""
    groups = [[other for other in changes_db if abs(other - db) <= ALIKE_DB] for db in changes_db]
    largest = max(groups, key=len)
    moved = min(abs(db) for db in changes_db) > ALIKE_DB
    return rounded(median(largest)) if moved and len(largest) > max(1, len(changes_db) / 2) else 0.0


def _beyond(change: StemChange, common_db: float, exact: bool) -> StemChange:
    """The change with what it is beyond the common gain; a hundredth is none beyond a gain, or a change of rate."""
    if change.change_db is None:
        return change
    relative_db = rounded(change.change_db - common_db)
    alike = abs(relative_db) <= ALIKE_DB and (common_db or not exact)
    return replace(change, relative_db=0.0 if alike else relative_db)
