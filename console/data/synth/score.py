"""What a composed song is made of: notes in parts, chords in bars, bars in sections."""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from console.read.roles import Role

STEP = 0.25  # of a rhythm: a sixteenth, in quarter notes
# How a part is played: by a soundfont, by our own oscillators, or by the singer.
PLAYERS = ("sampler", "drum kit", "oscillators", "drum machine", "voice")


@dataclass(frozen=True)
class Note:
    """One note: start and length in quarter notes, MIDI pitch, MIDI velocity, and the syllable that is sung."""

    start: float
    length: float
    pitch: int
    velocity: int
    syllable: int = 0


@dataclass(frozen=True)
class Section:
    """A stretch of whole bars: what it is called, where it begins, how dense it is (0 to 1)."""

    name: str
    start_bar: int
    bars: int
    energy: float

    @property
    def bar_numbers(self) -> range:
        """Its bars, as they are counted through the song."""
        return range(self.start_bar, self.start_bar + self.bars)

    def span(self, beats: int) -> tuple[float, float]:
        """Where it begins and ends, in quarter notes, with so many to a bar."""
        return float(self.start_bar * beats), float((self.start_bar + self.bars) * beats)


@dataclass(frozen=True)
class Chord:
    """Start and length in quarter notes, and pitch classes from the root up."""

    start: float
    length: float
    degree: int
    pitch_classes: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """One native stem.

    Args:
        name: as a person would name the file.
        role: of the four.
        player: one of `PLAYERS`.
        patch: General MIDI program or kit, or the number of a sound of our own.
        style: how it is produced, a key of `styles.yaml`.
        notes: in the order of their starts.
        pan: -1 (left) to 1.
        human_s: spread of the timing.
    """

    name: str
    role: Role
    player: str
    patch: int
    style: str
    notes: tuple[Note, ...]
    pan: float
    human_s: float


@dataclass(frozen=True)
class Score:
    """A composed song; `swing` is the share of a swung step by which every second one comes late."""

    title: str
    seed: int
    index: int
    genre: str
    tempo_bpm: float
    key: str
    mode: str
    meter: str
    swing: float
    swing_step: float
    seconds: float
    sections: tuple[Section, ...]
    parts: tuple[Part, ...] = field(repr=False)
    chords: tuple[Chord, ...] = field(default=(), repr=False)

    @property
    def bar_beats(self) -> int:
        """Quarter notes in a bar."""
        return bar_beats(self.meter)

    def time_s(self, beat: float) -> float:
        """When a beat sounds, in seconds."""
        pair, within = divmod(beat, 2 * self.swing_step)
        late = self.swing * self.swing_step
        middle = self.swing_step + late
        if within < self.swing_step:
            within *= middle / self.swing_step
        else:
            within = middle + (within - self.swing_step) * (self.swing_step - late) / self.swing_step
        return (pair * 2 * self.swing_step + within) * 60 / self.tempo_bpm


def bar_beats(meter: str) -> int:
    """Quarter notes in a bar of that meter."""
    return {"4/4": 4, "3/4": 3, "6/8": 3}[meter]


def rng_for(seed: int, index: int, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose in one song, whatever else has been drawn before."""
    return np.random.default_rng([seed, index, crc32(purpose.encode())])
