"""Scales, chords and where they lie on the keyboard."""

import numpy as np

from console.data.synth.score import Chord, Section

KEYS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}


class Scale:
    """The seven notes of a key; degrees may lie below 0 and above 6."""

    def __init__(self, key: str, mode: str):
        self.tonic = KEYS.index(key)
        self.steps = MODES[mode]
        self.pitch_classes = frozenset((self.tonic + step) % 12 for step in self.steps)

    def pitch(self, degree: int, octave: int) -> int:
        """MIDI pitch of a degree, counted from the tonic in that octave (4 holds middle C)."""
        up, step = divmod(degree, 7)
        return 12 * (octave + 1 + up) + self.tonic + self.steps[step]

    def degree_near(self, pitch: float | int) -> int:
        """The degree, counted from the tonic in octave 4, that lies nearest to a MIDI pitch."""
        return min(range(-28, 29), key=lambda degree: abs(self.pitch(degree, 4) - pitch))


def chords_of(
    section: Section, progression: list[int], bars_each: float, beats: int, scale: Scale, sevenths: bool
) -> list[Chord]:
    """The progression, over and over, through the bars of a section."""
    length = bars_each * beats
    count = int(np.ceil(section.bars / bars_each))
    degrees = [progression[i % len(progression)] for i in range(count)]
    thirds = (0, 2, 4, 6) if sevenths else (0, 2, 4)
    return [
        Chord(
            section.start_bar * beats + i * length,
            min(length, (section.bars * beats) - i * length),
            degree,
            tuple(scale.pitch(degree + third, 4) % 12 for third in thirds),
        )
        for i, degree in enumerate(degrees)
    ]


def chord_at(chords: list[Chord], beat: float) -> Chord:
    """The chord that sounds at a beat."""
    return next((chord for chord in reversed(chords) if chord.start <= beat + 1e-6), chords[0])


def voicing(chord: Chord, centre: int) -> list[int]:
    """The chord's notes closest around a pitch, from below."""
    return sorted(centre + (pitch_class - centre + 6) % 12 - 6 for pitch_class in chord.pitch_classes)
