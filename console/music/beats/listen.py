"""Beats, bars and tempo of a song."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from console.music.beats.bars import Counted, count
from console.music.beats.features import FRAMES_PER_S
from console.music.beats.heard import LOW, alike, by_network, parts_of, rises
from console.music.beats.metre import Dotted, along, beside_the_beat, dotted, feel, threes
from console.music.beats.paces import SPAN, beat_length, paces
from console.music.pulse_and_key import Beats, Pace, Reading
from console.music.sound import Sound

FEWEST = 5  # beats that a tempo can be told of
PLAIN_BPM = (60, 160)  # outside it, half or double is as usual a way to count
OTHER_BPM = (50, 220)
STEADY = 0.05
UNEVEN, BETWEEN = 0.1, 1 / 3  # every other beat is so much weaker; between beats it is as likely: either may be meant
FAINT, EMPTY = 0.75, 0.2  # mean chance of what was counted, and what lies between as a share of it
AROUND = 1.25  # how far tempo may be from half
LEAST_SURE = 0.05  # below it nothing beats
ENOUGH = 8  # beats that are as telling as many
UNSTEADY, AS_STEADY = 50, 90  # per cent: of noise, and of songs
LIKELIEST = 0.9  # chance of the frame that rises most
SURE, MAYBE, PLAIN = 0.8, 0.1, 0.95  # a metre is said alone from the first on, and beside another from the second on
OUTVOTED = 0.4  # as unlikely as this, the bar pointer model's metre gives way
FAST_BPM = 145.0  # bars of three such beats may be beats of three parts
BEYOND = 1.08


@dataclass(frozen=True)
class Method:
    """A way to hear beats.

    Args:
        even, slope: the mean chance of its beats with which it is as often right as wrong, and how fast that changes;
            docs/music/beats.md has how they were found.
    """

    name: str
    even: float
    slope: float


NETWORK = Method("BeatNet, bar pointer model", 0.69, 10.0)
RISES = Method("spectral flux, bar pointer model", 0.47, 12.0)


def listen(sound: Sound) -> Beats | None:
    """Beats, bars and tempo; None where nothing beats: silence, less than a few beats, sound without a pulse.

    How likely each moment is a beat tells BeatNet (Heydari, Cwitkowitz and Duan, ISMIR 2021), or spectral flux where it
    is not fetched, which hears no bars; how they are counted, the bar pointer model of Krebs, Böck and Widmer (ISMIR
    2015, 2016). Whether another metre is meant is told by what rises between and beyond the beats.
    """
    parts = parts_of(sound)
    if not parts:
        return None
    rise = rises(parts)
    chances = by_network(parts)
    if chances is not None:
        counted = without_offbeats(chances, count(chances, FRAMES_PER_S))
        if alike(parts, counted.frames):
            beats = told_of(chances, counted, NETWORK)
            return None if beats is None else replace(beats, metre=None, downbeats_s=())
        return as_meant(chances, rise, rises(parts, LOW), counted)
    chances = np.column_stack([np.zeros_like(rise), LIKELIEST * rise])  # bars of one beat: none are heard
    return told_of(chances, count(chances, FRAMES_PER_S, metres=(1,)), RISES)


def as_meant(
    chances: Float[ndarray, "frame 2"], rise: Float[ndarray, " frame"], low: Float[ndarray, " frame"], counted: Counted
) -> Beats | None:
    """Beats in the metre that is meant: that of the bar pointer model, or another where there is more for it.

    Args:
        rise, low: how much each frame rises, and that in the bass alone.
    """
    beats = told_of(chances, counted, NETWORK)
    course = along(rise, counted.frames)
    if beats is None or beats.tempo_bpm is None or course is None:
        return beats
    way = dotted(course, beats.tempo_bpm)
    chance = way.probability if way else 0.0
    of_dotted = None if way is None else Reading(2, "triple", round(beats.tempo_bpm / way.length, 1))
    if way is not None and chance >= SURE:
        return _in_dotted_beats(rise, low, counted, beats, way)
    of_three = threes(course, counted)
    metre = (4 if of_three < OUTVOTED else 3) if counted.metre == 3 else (3 if 1 - of_three < OUTVOTED else 4)
    if metre != counted.metre:
        counted = count(chances, FRAMES_PER_S, (metre,), *_bounds_bpm(counted.frames))
        beats = told_of(chances, counted, NETWORK) or beats
    fell = feel(course)
    if fell == "triple" and beside_the_beat(course):
        return _in_dotted_beats(rise, low, counted, beats, Dotted(1.0, 1.0))
    sure = (of_three if metre == 3 else 1 - of_three) * (1 - chance)
    other = None
    if metre == 3 and (beats.tempo_bpm or 0.0) >= FAST_BPM:
        other = Reading(2, "triple", round((beats.tempo_bpm or 0.0) / 3, 1))
    elif chance >= MAYBE:
        other = of_dotted
    elif sure < SURE:
        other = Reading(7 - metre, fell, beats.tempo_bpm or 0.0)
    return replace(beats, feel=fell, metre_confidence=round(min(sure, beats.confidence), 2), other_metre=other)


def _in_dotted_beats(
    rise: Float[ndarray, " frame"], low: Float[ndarray, " frame"], counted: Counted, beats: Beats, way: Dotted
) -> Beats:
    """Counted again in bars of two dotted beats, by what rises, as BeatNet hears quarters; bars begin with bass."""
    down = low / np.maximum(low + rise, 1e-9)
    mixed = LIKELIEST * np.column_stack([rise * (1 - down), rise * down])
    slowest_bpm, fastest_bpm = _bounds_bpm(counted.frames)
    again = count(mixed, FRAMES_PER_S, (2,), slowest_bpm / way.length, fastest_bpm / way.length)
    told = told_of(mixed, again, NETWORK)
    if told is None:
        return beats
    before = Reading(counted.metre, "straight", beats.tempo_bpm or 0.0)
    confidence = round(beats.confidence * way.probability, 2)
    return replace(
        told,
        other_tempo_bpm=None,
        feel="triple",
        confidence=confidence,
        metre_confidence=confidence,
        other_metre=before if way.probability < PLAIN else None,
    )


def _bounds_bpm(frames: Int[ndarray, " beat"]) -> tuple[float, float]:
    """The slowest and the fastest that was counted, and a little beyond."""
    span = min(SPAN, len(frames) - 1)
    lengths = (frames[span:] - frames[:-span]) / span
    shortest, longest = np.quantile(lengths, (0.05, 0.95))
    return 60 * FRAMES_PER_S / (longest * BEYOND), 60 * FRAMES_PER_S / (shortest / BEYOND)


def without_offbeats(chances: Float[ndarray, "frame 2"], counted: Counted) -> Counted:
    """Counts at half the tempo where off-beats were counted with the beats, else as it was.

    Music mostly sounds on the parts of its beat as well. Where nothing is heard between what was counted, and that is
    faint, half of it is the parts.
    """
    if len(counted.frames) < FEWEST:
        return counted
    on, _, between = _peaks(chances.sum(1), counted.frames)
    half_bpm = 30 * FRAMES_PER_S / beat_length(counted.frames)
    if on < FAINT and between < EMPTY and half_bpm >= PLAIN_BPM[0]:
        return count(chances, FRAMES_PER_S, slowest_bpm=half_bpm / AROUND, fastest_bpm=half_bpm * AROUND)
    return counted


def told_of(chances: Float[ndarray, "frame 2"], counted: Counted, by: Method) -> Beats | None:
    """What is said of beats that were counted; None where they are none.

    Args:
        by: which method heard them.
    """
    if len(counted.frames) < FEWEST:
        return None
    likely = chances.sum(1)
    beats_s = _times_s(likely, counted.frames)
    stretches = paces(beats_s)
    tempo_bpm = max(stretches, key=lambda pace: pace.end_s - pace.start_s).tempo_bpm
    tempi_bpm = np.array([pace.tempo_bpm for pace in stretches])
    own_s = 60 / tempi_bpm[np.searchsorted([pace.end_s for pace in stretches[:-1]], beats_s[:-1], "right")]
    on, uneven, between = _peaks(likely, counted.frames)
    bars = counted.metre > 1
    steady_percent = 100 * float(np.mean(np.abs(np.diff(beats_s) / own_s - 1) <= STEADY))
    confidence = _confidence(by, on, steady_percent, len(beats_s))
    if confidence < LEAST_SURE:
        return None
    return Beats(
        tempo_bpm=round(tempo_bpm, 1),
        other_tempo_bpm=_other(tempo_bpm, uneven, between),
        beats_s=tuple(np.round(beats_s, 3).tolist()),
        downbeats_s=tuple(np.round(beats_s[counted.numbers == 1], 3).tolist()) if bars else (),
        metre=counted.metre if bars else None,
        steady_percent=round(steady_percent),
        confidence=round(confidence, 2),
        by=by.name,
        paces=tuple(Pace(round(pace.start_s, 2), round(pace.end_s, 2), round(pace.tempo_bpm, 1)) for pace in stretches)
        if len(stretches) > 1
        else (),
    )


def _times_s(likely: Float[ndarray, " frame"], frames: Int[ndarray, " beat"]) -> Float[ndarray, " beat"]:
    """When the beats are: the top of the parabola through a frame and its neighbours."""
    around = np.pad(likely, 1)
    before, here, after = around[frames], around[frames + 1], around[frames + 2]
    bend = before - 2 * here + after
    lean = np.divide(before - after, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    return np.maximum(frames + lean.clip(-0.5, 0.5), 0) / FRAMES_PER_S


def _peaks(likely: Float[ndarray, " frame"], frames: Int[ndarray, " beat"]) -> tuple[float, float, float]:
    """The mean chance at beats; how far every other beat lies apart from it; and what lies between, as a share."""
    from scipy.ndimage import maximum_filter1d

    most = maximum_filter1d(likely, 5)
    at, between = most[frames], most[(frames[1:] + frames[:-1]) // 2]
    on, one, other = float(at.mean()), float(at[::2].mean()), float(at[1::2].mean())
    return on, abs(one - other) / (one + other), float(between.mean()) / on


def _confidence(by: Method, on: float, steady_percent: float, beats: int) -> float:
    """How likely these are the beats, counted as people would; noise is counted as well, but not steadily."""
    heard = 1 / (1 + np.exp(by.slope * (by.even - on)))
    steady = np.clip((steady_percent - UNSTEADY) / (AS_STEADY - UNSTEADY), 0, 1)
    return float(heard * steady * min(beats / ENOUGH, 1))


def _other(tempo_bpm: float, uneven: float, between: float) -> float | None:
    """Half or double the tempo, where that may be meant."""
    slowest, fastest = PLAIN_BPM
    half, double = tempo_bpm / 2, tempo_bpm * 2
    if half >= OTHER_BPM[0] and (tempo_bpm > fastest or uneven > UNEVEN):
        return round(half, 1)
    if double <= OTHER_BPM[1] and (tempo_bpm < slowest or between > BETWEEN):
        return round(double, 1)
    return None
