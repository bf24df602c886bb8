"""Where a song changes its tempo for good."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from console.music.pulse_and_key import Pace

SPAN = 8  # beats that a tempo is measured over
LEAST_S = 8.0  # a stretch lasts
AROUND, APART = 10, 1.04  # beats to each side of a change; how far apart their tempi are at least
STEADY, STEADY_SHARE = 0.05, 0.7  # of a stretch's beats as many come within this of its tempo
OCTAVE = 0.06  # twice or half the tempo, give or take: another way to count, no other tempo


def paces(times_s: Float[ndarray, " beat"]) -> tuple[Pace, ...]:
    """The stretches of a song at one tempo each, one or more.

    Beats are parted where the lengths before and after differ most, again and again; a tempo that drifts is one tempo.
    So is one that is unsteady anywhere.

    Args:
        times_s: of two beats or more.
    """
    lengths_s = np.diff(times_s)
    spans = _joined(lengths_s, _parted(times_s, lengths_s, 0, len(lengths_s)))
    if any(_unsteady(lengths_s[start:end]) for start, end in spans):
        spans = [(0, len(lengths_s))]
    return tuple(
        Pace(float(times_s[start]), float(times_s[end]), 60 / beat_length(times_s[start : end + 1]))
        for start, end in spans
    )


def beat_length(beats: Float[ndarray, " beat"] | Int[ndarray, " beat"]) -> float:
    """The median over some beats, which a single one's early or late does not shake."""
    span = min(SPAN, len(beats) - 1)
    return float(np.median(beats[span:] - beats[:-span])) / span


def _parted(
    times_s: Float[ndarray, " beat"], lengths_s: Float[ndarray, " length"], start: int, end: int
) -> list[tuple[int, int]]:
    """From which length to which, in their order."""
    best, most = 0, np.log(APART)
    for at in range(start + AROUND, end - AROUND + 1):
        if times_s[at] - times_s[start] < LEAST_S or times_s[end] - times_s[at] < LEAST_S:
            continue
        before, after = np.log(lengths_s[at - AROUND : at]), np.log(lengths_s[at : at + AROUND])
        change = float(np.median(after) - np.median(before))
        blurred = np.abs(before - np.median(before)).mean() + np.abs(after - np.median(after)).mean()
        if abs(change) - blurred > most and not _octave(np.exp(change)):
            best, most = at, abs(change) - blurred
    if not best:
        return [(start, end)]
    return _parted(times_s, lengths_s, start, best) + _parted(times_s, lengths_s, best, end)


def _joined(lengths_s: Float[ndarray, " length"], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours whose tempi, over all of each, are the same are one."""
    joined = spans[:1]
    for start, end in spans[1:]:
        before = joined[-1]
        ratio = _typical(lengths_s[start:end]) / _typical(lengths_s[slice(*before)])
        if abs(np.log(ratio)) <= np.log(APART) or _octave(ratio):
            joined[-1] = (before[0], end)
        else:
            joined.append((start, end))
    return joined


def _octave(ratio: float) -> bool:
    return bool(abs(abs(np.log2(ratio)) - 1) < OCTAVE)


def _typical(lengths_s: Float[ndarray, " length"]) -> float:
    return float(np.median(lengths_s))


def _unsteady(lengths_s: Float[ndarray, " length"]) -> bool:
    return bool(np.mean(np.abs(lengths_s / _typical(lengths_s) - 1) <= STEADY) < STEADY_SHARE)
