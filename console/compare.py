"""Two versions of a song's stems: which gain leads from the one to the other, and where more than a gain differs."""

import math
from dataclasses import dataclass
from enum import StrEnum

from jaxtyping import Float
from torch import Tensor

from console.correct import rounded
from console.errors import InputError
from console.read.song import Song

EXACT_DB = -50.0  # a residual this far below the stem is rounding to 16 bits, or dither
RELATED_DB = -3.0  # with half of the energy explained by a gain, it is still the same performance


class Likeness(StrEnum):
    """How a stem of one version is related to that of the other."""

    GAIN = "gain"  # but for a gain the same samples
    PROCESSED = "processed"  # the same performance, but more than a gain was changed
    OTHER = "other"  # something else
    SILENT = "silent"  # in both versions there is nothing to hear
    MUTED = "muted"  # only one version has it


@dataclass(frozen=True)
class StemChange:
    """What happened to one stem between version A and version B.

    Args:
        change_db: the gain that brings A's stem nearest to B's (least squares); None where there is none.
        residual_db: what of B's stem that gain does not explain, against B's stem.
    """

    name: str
    likeness: Likeness
    change_db: float | None
    residual_db: float | None


def compare(a: Song, b: Song) -> tuple[StemChange, ...]:
    """What happened to each stem from `a` to `b`, in the order of `a`.

    Raises: InputError when the two have other stems, rates or lengths, or no sounding stem is related to its
        namesake: then they are not versions of one song (or not aligned).
    """
    if set(a.names) != set(b.names):
        lone = sorted(set(a.names) ^ set(b.names))[0]
        raise InputError(f'"{a.title}" and "{b.title}" have different stems: only one of them has "{lone}".')
    if a.sample_rate != b.sample_rate:
        raise InputError(f"The versions have different sample rates: {a.sample_rate} and {b.sample_rate} Hz.")
    if a.audio.shape[-1] != b.audio.shape[-1]:
        raise InputError(f"The versions have different lengths: {a.duration_s:.3f} and {b.duration_s:.3f} s.")
    changes = tuple(_change(name, a, b) for name in a.names)
    sounding = [change.likeness for change in changes if change.likeness not in (Likeness.SILENT, Likeness.MUTED)]
    if set(sounding) <= {Likeness.OTHER}:
        raise InputError(f'"{a.title}" and "{b.title}" are not versions of the same song, or they are not aligned.')
    return changes


def _change(name: str, a: Song, b: Song) -> StemChange:
    at, there = a.index(name), b.index(name)
    silent = (bool(a.silent[at]), bool(b.silent[there]))
    if any(silent):
        return StemChange(name, Likeness.SILENT if all(silent) else Likeness.MUTED, None, None)
    gain, unexplained = _fit(a.audio[at], b.audio[there])
    residual_db = 10 * math.log10(max(unexplained, 1e-12))
    if gain <= 0 or residual_db > RELATED_DB:  # an inverted polarity adds up to another mix
        return StemChange(name, Likeness.OTHER, None, round(residual_db, 1))
    likeness = Likeness.GAIN if residual_db <= EXACT_DB else Likeness.PROCESSED
    return StemChange(name, likeness, rounded(20 * math.log10(gain)), round(residual_db, 1))


def _fit(a: Float[Tensor, "channel_a time"], b: Float[Tensor, "channel_b time"]) -> tuple[float, float]:
    """The factor on `a` that comes nearest to `b`, and the share of b's energy that it leaves; mono goes to both."""
    a, b = (part.double() for part in (a, b))
    own, other, both = ((x * y).mean(0).sum().item() for x, y in ((a, a), (b, b), (a, b)))
    return both / own, max(0.0, 1 - both**2 / (own * other))
