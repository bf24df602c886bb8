"""Beats and bars out of chances: the likeliest way to count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

METRES = (3, 4)  # bars of two are counted as of four, which madmom does, too
SLOWEST_BPM, FASTEST_BPM = 55.0, 215.0
STEADINESS = 100.0  # how sharply the chance of another beat length falls
PARTS = 16  # a beat sounds in the first of so many parts of itself
LEAST = 0.05  # a chance below it is no beat's

Chances = Float[ndarray, "frame 2"]


@dataclass(frozen=True, eq=False)
class Counted:
    """How beats were counted.

    Args:
        frames: of the beats.
        numbers: of the beats in their bars, from 1.
        metre: beats in a bar; 0 where nothing beats.
        scores: the log likelihood of the likeliest way for each metre, per frame.
    """

    frames: Int[ndarray, " beat"]
    numbers: Int[ndarray, " beat"]
    metre: int
    scores: dict[int, float]


NOTHING = Counted(np.zeros(0, int), np.zeros(0, int), 0, {})


def count(
    chances: Chances,
    frames_per_s: int,
    metres: Sequence[int] = METRES,
    slowest_bpm: float = SLOWEST_BPM,
    fastest_bpm: float = FASTEST_BPM,
) -> Counted:
    """Counts by the bar pointer model of Krebs, Böck and Widmer (ISMIR 2015, 2016), as madmom's DBN has it.

    It is decoded beat by beat, not frame by frame: within a beat nothing is decided, so that the likeliest way is the
    same, and twenty minutes fit into memory.

    Args:
        chances: of each frame to be a beat that is no downbeat, and a downbeat.
        metres: that bars may have.
    """
    loud = np.flatnonzero((chances >= LEAST).any(1))
    if not len(loud):
        return NOTHING
    first = int(loud[0])
    heard = np.clip(chances[first : loud[-1] + 1].astype(float), 1e-7, None)
    heard /= np.maximum(heard.sum(1, keepdims=True) / (1 - 1e-7), 1)
    beats = _Lattice(heard, frames_per_s, metres, slowest_bpm, fastest_bpm)
    ways = {metre: beats.way(metre) for metre in metres}
    best = max(ways, key=lambda metre: ways[metre][0])
    frames, numbers = _on_peaks(heard, *ways[best][1:])
    return Counted(frames + first, numbers + 1, best, {metre: way[0] / len(heard) for metre, way in ways.items()})


class _Lattice:
    """The best score with which each beat of each metre and length can begin at each frame."""

    def __init__(
        self, heard: Chances, frames_per_s: int, metres: Sequence[int], slowest_bpm: float, fastest_bpm: float
    ) -> None:
        from madmom_infer.features.beats_hmm import exponential_transition

        shortest, longest = np.round(60 * frames_per_s / np.array([fastest_bpm, slowest_bpm])).astype(int)
        self.metres, self.lengths = tuple(metres), np.arange(shortest, longest + 1)
        with np.errstate(divide="ignore"):
            self.change = np.log(exponential_transition(self.lengths, self.lengths, STEADINESS))
        self.sounding = -(-self.lengths // PARTS)
        self.longest, self.frames = int(longest), len(heard)
        self.beats = np.concatenate([np.arange(metre) for metre in metres])
        self.before = np.concatenate([np.arange(metre) - 1 + (np.arange(metre) == 0) * metre for metre in metres])
        self.starts = dict(zip(metres, np.cumsum((0, *metres[:-1])), strict=True))
        self.before = self.before + np.repeat([self.starts[metre] for metre in metres], metres)
        # Sums of log densities up to each frame; the frames before the first say nothing.
        logs = np.log(np.column_stack([heard, (1 - heard.sum(1)) / (PARTS - 1)]))
        self.sums = np.zeros((self.longest + self.frames + 1, 3))
        self.sums[self.longest + 1 :] = np.cumsum(logs, 0)
        self._fill()

    def _fill(self) -> None:
        kinds, lengths = np.where(self.beats == 0, 1, 0), np.arange(len(self.lengths))
        first = np.repeat([-np.log(metre * self.lengths.sum()) for metre in self.metres], self.metres)
        self.entry = np.full((self.longest + self.frames, len(self.beats), len(lengths)), -np.inf)
        for index, length in enumerate(self.lengths):
            self.entry[self.longest - length : self.longest, :, index] = first
        self.came_from = np.zeros(self.entry.shape, np.uint8)
        every = np.arange(len(self.beats))[:, None]
        for now in range(self.longest, self.longest + self.frames):
            begun = now - self.lengths
            quiet = self.sums[now, 2] - self.sums[begun + self.sounding, 2]
            sounding = (self.sums[begun + self.sounding] - self.sums[begun])[:, kinds].T
            done = self.entry[begun, every, lengths] + sounding + quiet
            ways = done[self.before][:, :, None] + self.change
            best = ways.argmax(1)
            self.came_from[now] = best
            self.entry[now] = np.take_along_axis(ways, best[:, None], 1)[:, 0]

    def way(self, metre: int) -> tuple[float, Int[ndarray, "beat 2"], Int[ndarray, " beat"]]:
        """The likeliest way in this metre: its log likelihood, from where to where each beat sounds, its number."""
        end, rows = self.longest + self.frames, slice(self.starts[metre], self.starts[metre] + metre)
        best, begun, beat, index = -np.inf, 0, 0, 0
        for each, (length, sounding) in enumerate(zip(self.lengths, self.sounding, strict=True)):
            since = np.arange(end - length, end)
            until = np.minimum(since + sounding, end)
            for row in range(rows.start, rows.stop):
                kind = 1 if self.beats[row] == 0 else 0
                scores = (
                    self.entry[since, row, each]
                    + (self.sums[until, kind] - self.sums[since, kind])
                    + (self.sums[end, 2] - self.sums[until, 2])
                )
                if scores.max() > best:
                    best, begun, beat, index = float(scores.max()), int(since[scores.argmax()]), row, each
        spans, numbers = [], []
        while begun + self.sounding[index] > self.longest:
            spans.append((max(begun, self.longest), min(begun + int(self.sounding[index]), end)))
            numbers.append(int(self.beats[beat]))
            if begun < self.longest:
                break
            index, beat = int(self.came_from[begun, beat, index]), int(self.before[beat])
            begun -= int(self.lengths[index])
        return best, np.array(spans[::-1], int).reshape(-1, 2) - self.longest, np.array(numbers[::-1], int)


def _on_peaks(
    heard: Chances, spans: Int[ndarray, "beat 2"], numbers: Int[ndarray, " beat"]
) -> tuple[Int[ndarray, " beat"], Int[ndarray, " beat"]]:
    """Each beat at the likeliest frame of those in which it sounds."""
    frames = [start + int(heard[start:end].max(1).argmax()) for start, end in spans]
    return np.array(frames, int), numbers
