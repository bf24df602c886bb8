"""The metre: whether beats come in threes or fours, and whether each falls into two parts or three."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from console.music.beats.bars import Counted
from console.music.pulse_and_key import Feel

PER_BEAT = 24  # moments to a beat: halves, thirds and quarters of it fall on one
WINDOW, FEWEST = 32, 16  # beats that a pulse is told from its neighbours in; fewer tell nothing
BESIDE = 1 / 10  # how far off, in pulses a beat, what is heard there is no part of a pulse
FLOOR = 1e-9
DOTTED_BPM = (40.0, 160.0)  # tempi of a beat of three parts
# A beat of three parts is one and a half of what was counted where that was two parts long, three quarters where four.
LENGTHS = (3 / 2, 3 / 4)
# As strong (log10 of power against the counted beat's; against what lies beside it) as this, a beat of three parts is
# as likely as not, and how fast that changes. Set on composed songs of seeds 1 and 100: docs/music/beats.md.
AS_BEAT, ABOVE = (-0.35, 8.0), (0.3, 10.0)
# Threes against fours: what the bar pointer model's scores count, the pulses', and both at nought.
OF_SCORES, OF_PULSES, AT_NOUGHT = 250.0, 3.0, 1.3
SWUNG, THIRD, SOUNDS = (
    2.0,
    0.5,
    0.03,
)  # at two thirds against half a beat; at a third against two thirds; against the beat


@dataclass(frozen=True)
class Dotted:
    """Beats of three parts, as they may lie beneath what was counted.

    Args:
        length: of such a beat, in counted ones.
        probability: that these are the beats.
    """

    length: float
    probability: float


def dotted(course: Float[ndarray, " moment"], tempo_bpm: float) -> Dotted | None:
    """How likely beats of three parts are meant where others were counted; None where they would be too fast or slow.

    Where it pulses as strongly every one and a half beats as every beat, and in between not, the bar has two dotted
    beats (6/8), not three (3/4): both have six eighths. What comes again every two or four beats has no such pulse, and
    swing has none either.

    Args:
        course: what rises along the counted beats.
    """
    best = None
    for length in LENGTHS:
        if DOTTED_BPM[0] <= tempo_bpm / length <= DOTTED_BPM[1]:
            at = 1 / length
            beat, pulse, before, after = pulses(course, 1.0, at, at - BESIDE, at + BESIDE)
            way = Dotted(length, _likely(pulse - beat, AS_BEAT) * _likely(pulse - max(before, after), ABOVE))
            # The parts of a slower beat pulse as well.
            if best is None or best.probability < 0.5 < way.probability:
                best = way
    return best


def threes(course: Float[ndarray, " moment"], counted: Counted) -> float:
    """How likely bars have three beats and not four: by how well each was counted, and what comes again after them."""
    two, three, four, of_three, of_four = pulses(course, 1 / 2, 1 / 3, 1 / 4, 2 / 3, 3 / 4)
    lead = max(three, of_three) - max(two, four, of_four)
    scores = counted.scores[3] - counted.scores[4]
    return _likely(OF_SCORES * scores + OF_PULSES * lead + AT_NOUGHT, (0.0, 1.0))


def along(rises: Float[ndarray, " frame"], frames: Int[ndarray, " beat"]) -> Float[ndarray, " moment"] | None:
    """What rises at every moment of every beat, so that a tempo that drifts does no harm; None where they are few."""
    if len(frames) <= FEWEST:
        return None
    moments = np.interp(np.arange((len(frames) - 1) * PER_BEAT) / PER_BEAT, np.arange(len(frames)), frames)
    course: Float[ndarray, " moment"] = np.interp(moments, np.arange(len(rises)), rises)
    return course


def feel(course: Float[ndarray, " moment"]) -> Feel | None:
    """Into what beats fall; None where nothing is heard between them.

    Where another third of the beat is stronger than the first, it is taken for the beginning.
    """
    parts = _within(course, 0, 4, 8)
    begins = 4 * parts.index(max(parts))
    on, quarter, third, half, two_thirds, last = _within(course, *(begins + each for each in (0, 3, 4, 6, 8, 9)))
    if two_thirds > SWUNG * max(half, FLOOR) and two_thirds > max(last, SOUNDS * on):
        return "triple" if third > max(THIRD * two_thirds, quarter) else "swung"
    return "straight" if max(half, quarter, last) > SOUNDS * on else None


def beside_the_beat(course: Float[ndarray, " moment"]) -> bool:
    """Whether, of three parts of the beat, the first is not the strongest: then another begins it."""
    on, third, two_thirds = _within(course, 0, 4, 8)
    return max(third, two_thirds) > on


def _within(course: Float[ndarray, " moment"], *twelfths: int) -> list[float]:
    """What rises, on average, about these twelfths of a beat."""
    beat = course.reshape(-1, PER_BEAT).mean(0)
    around = np.maximum(beat, np.maximum(np.roll(beat, 1), np.roll(beat, -1)))
    return [float(around[PER_BEAT * (each % 12) // 12]) for each in twelfths]


def pulses(course: Float[ndarray, " moment"], *rates: float) -> list[float]:
    """How strongly it pulses so many times a beat: log10 of the power, the mean of windows."""
    size = min(WINDOW * PER_BEAT, len(course))
    bell = np.hanning(size + 2)[1:-1]
    turns = np.exp(-2j * np.pi * np.outer(rates, np.arange(size) / PER_BEAT)) * bell
    windows = np.lib.stride_tricks.sliding_window_view(course, size)[:: max(size // 4, 1)]
    centred = windows - (windows @ bell / bell.sum())[:, None]
    power = np.square(np.abs(centred @ turns.T) / bell.sum()).mean(0)
    return [float(each) for each in np.log10(power + FLOOR)]


def _likely(value: float, even_and_slope: tuple[float, float]) -> float:
    even, slope = even_and_slope
    return float(1 / (1 + np.exp(-slope * (value - even))))
