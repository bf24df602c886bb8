"""What is told of beats, bars, tempo and key."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Chance = Annotated[float, Field(ge=0, le=1)]
Feel = Literal["straight", "swung", "triple"]


@dataclass(frozen=True)
class Reading:
    """A way to count bars.

    Args:
        metre: beats in a bar.
        feel: into what a beat falls: "triple" is three parts alike, as in 6/8 and 12/8.
        tempo_bpm: of these beats.
    """

    metre: int
    feel: Feel | None
    tempo_bpm: float


@dataclass(frozen=True)
class Pace:
    """A stretch at one tempo."""

    start_s: float
    end_s: float
    tempo_bpm: float


@dataclass(frozen=True)
class Beats:
    """Beats, bars and tempo.

    Args:
        tempo_bpm: of the beats, in most of the song; None where nothing beats.
        other_tempo_bpm: half or double of it, where it may as well be counted so; None where it may not.
        metre: beats in a bar; None where no bars are heard. Two with the feel "triple" is 6/8, four 12/8.
        steady_percent: share of the beats that come within 5 % of the tempo, or of that of their stretch.
        confidence: 0 to 1, of the beats.
        by: the method.
        feel: into what a beat falls: "straight" is two or four parts alike, "swung" a long and a short one, "triple"
            three parts alike; None where that is not heard.
        metre_confidence: 0 to 1, that bars are counted as meant, never surer than the beats; None where that was not
            weighed: without bars, and in less than 17 beats.
        other_metre: another way to count bars, where that may be meant.
        paces: the stretches, where the tempo changes for good; none where it does not.
    """

    tempo_bpm: float | None
    other_tempo_bpm: float | None
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    metre: int | None
    steady_percent: int
    confidence: Chance
    by: str
    feel: Feel | None = None
    metre_confidence: Chance | None = None
    other_metre: Reading | None = None
    paces: tuple[Pace, ...] = ()


@dataclass(frozen=True)
class KeyStretch:
    """A stretch in one key, as "D minor"."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True)
class Key:
    """The key, as "D minor": that of most of the song.

    Args:
        second: the next best.
        heard_in: which stems were listened to.
        tuning_cents: how far the song is tuned above A = 440 Hz; None where it was not heard.
        stretches: where the key changes for good; none where it does not.
    """

    tonic: str
    mode: str
    second: str
    heard_in: str
    confidence: Chance
    by: str
    tuning_cents: float | None = None
    stretches: tuple[KeyStretch, ...] = ()

    @property
    def name(self) -> str:
        """As musicians say it."""
        return f"{self.tonic} {self.mode}"
