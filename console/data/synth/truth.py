"""What is true of a synthetic song's music: it was composed, so tempo, key, chords and sections are known."""

from dataclasses import dataclass
from pathlib import Path

from console.data.synth.compose import compose
from console.data.synth.harmony import KEYS
from console.data.synth.render import LISTING
from console.data.synth.score import Score
from console.errors import InputError
from console.files.untrusted import load_json


@dataclass(frozen=True)
class ChordTruth:
    """From when to when (s), the pitch class of the root (0 is C), and all pitch classes from the root up."""

    start_s: float
    end_s: float
    root: int
    pitch_classes: tuple[int, ...]


@dataclass(frozen=True)
class SectionTruth:
    """From when to when (s), and what it was composed as."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True)
class Truth:
    """A synthetic song's music.

    Args:
        beat_s: a beat's length: a quarter note's, or in 6/8 that of three eighths.
        tonic: pitch class, 0 is C.
        mode: as `console.data.synth.harmony.MODES` calls it.
        minor: whether that mode has a minor third.
        instruments: General MIDI programs or players of the stems, as the score has them, by the stem's name.
    """

    genre: str
    tempo_bpm: float
    meter: str
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    tonic: int
    mode: str
    minor: bool
    chords: tuple[ChordTruth, ...]
    sections: tuple[SectionTruth, ...]
    instruments: dict[str, tuple[str, int]]

    @classmethod
    def of_folder(cls, folder: Path) -> "Truth":
        """Of a song that `mixconsole synth` made. Raises: InputError where its listing is not there or no listing."""
        told = load_json(folder / LISTING, f"a {LISTING}")
        try:
            return cls.of(compose(int(told["seed"]), int(told["index"]), float(told["seconds"])))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f'"{folder}" holds no synthetic song.') from error

    @classmethod
    def of(cls, score: Score) -> "Truth":
        """Of a composed song."""
        quarter_s, end_s = 60 / score.tempo_bpm, score.seconds
        pulse = 1.5 if score.meter == "6/8" else 1.0  # quarter notes that are counted as one
        bar_s = score.bar_beats * quarter_s
        chords = (
            ChordTruth(
                chord.start * quarter_s,
                min((chord.start + chord.length) * quarter_s, end_s),
                chord.pitch_classes[0],
                chord.pitch_classes,
            )
            for chord in score.chords
        )
        sections = (
            SectionTruth(
                section.start_bar * bar_s, min((section.start_bar + section.bars) * bar_s, end_s), section.name
            )
            for section in score.sections
        )
        return cls(
            score.genre,
            60 / (pulse * quarter_s),
            score.meter,
            _every(pulse * quarter_s, end_s),
            _every(bar_s, end_s),
            KEYS.index(score.key),
            score.mode,
            score.mode in ("minor", "dorian", "phrygian", "harmonic minor"),
            tuple(chord for chord in chords if chord.start_s < end_s),
            tuple(section for section in sections if section.start_s < end_s),
            {part.name: (part.player, part.patch) for part in score.parts},
        )


def _every(step_s: float, end_s: float) -> tuple[float, ...]:
    return tuple(step_s * count for count in range(int(end_s / step_s) + 1) if step_s * count < end_s)
