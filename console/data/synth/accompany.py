"""Bass, chords, arpeggios and instrumental lines over given chords."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from console.data.synth.genres import fitted
from console.data.synth.harmony import Scale, chord_at, voicing
from console.data.synth.score import STEP, Chord, Note, Section

LOWEST_BASS, HIGHEST_BASS = 28, 52  # MIDI; the open E string, and an octave above the lowest roots
STRUM_BEATS = 0.03  # between neighbouring strings


class Stroke(NamedTuple):
    """A mark of a rhythm: start and length in quarter notes, the step of the bar, and the mark."""

    at: float
    length: float
    step: int
    mark: str


def strokes(section: Section, pattern: str, beats: int) -> Iterator[Stroke]:
    """The rhythm in every bar of a section; a stroke lasts through the holds that follow it."""
    pattern = fitted(pattern, beats * 4)
    for bar in section.bar_numbers:
        for step, mark in enumerate(pattern):
            if mark not in "-.":
                rest = pattern[step + 1 :]
                holds = len(rest) - len(rest.lstrip("-"))
                yield Stroke(bar * beats + step * STEP, (1 + holds) * STEP, step, mark)


def loudness(section: Section, step: int, rng: np.random.Generator) -> int:
    """MIDI velocity: denser sections are played harder, beats harder than what lies between."""
    return int(np.clip(64 + 30 * section.energy + 8 * (step % 4 == 0) + rng.normal(0, 6), 25, 125))


def play_bass(
    section: Section, chords: list[Chord], pattern: str, scale: Scale, beats: int, rng: np.random.Generator
) -> list[Note]:
    """The bass pattern on the chords' roots."""
    notes = []
    for at, length, step, mark in strokes(section, pattern, beats):
        root = chord_at(chords, at).degree
        pitch = scale.pitch(root, 1) % 12 + 24
        pitch += 12 if pitch < LOWEST_BASS else 0
        pitch += scale.pitch(root + int(mark) - 1, 2) - scale.pitch(root, 2)
        pitch -= 12 if pitch > HIGHEST_BASS else 0
        notes.append(Note(at, length * rng.uniform(0.8, 0.97), pitch, loudness(section, step, rng)))
    return notes


def play_chords(
    section: Section, chords: list[Chord], pattern: str, play: str, centre: int, beats: int, rng: np.random.Generator
) -> list[Note]:
    """Chords struck in a rhythm: all notes at once, string by string ("strum"), or root and fifth ("power")."""
    notes = []
    for at, length, step, _ in strokes(section, pattern, beats):
        chord = chord_at(chords, at)
        velocity = loudness(section, step, rng)
        pitches = voicing(chord, centre)
        if play == "power":
            root = 40 + (chord.pitch_classes[0] - 40) % 12
            pitches = [root, root + 7, root + 12]
        elif play == "strum":
            pitches = sorted({*pitches, pitches[0] - 12, pitches[1] - 12, pitches[0] + 12})
            pitches = pitches if step % 4 == 0 else pitches[::-1]
        late = STRUM_BEATS if play == "strum" else 0.0
        for string, pitch in enumerate(pitches):
            soft = int(np.clip(velocity + rng.normal(0, 4), 20, 127))
            notes.append(Note(at + string * late, max(length * 0.95 - string * late, 0.1), pitch, soft))
    return sorted(notes, key=lambda note: note.start)


def play_arpeggio(
    section: Section, chords: list[Chord], pattern: str, centre: int, beats: int, rng: np.random.Generator
) -> list[Note]:
    """The chord's notes one after the other."""
    notes = []
    for at, _, step, mark in strokes(section, pattern, beats):
        pitches = voicing(chord_at(chords, at), centre)
        octaves, which = divmod(int(mark) - 1, len(pitches))
        pitch = pitches[which] + 12 * octaves
        notes.append(Note(at, STEP * rng.uniform(1.2, 2.5), pitch, loudness(section, step, rng)))
    return notes


def play_lines(
    section: Section,
    chords: list[Chord],
    scale: Scale,
    centre: int,
    beats: int,
    busy: float,
    rng: np.random.Generator,
) -> list[Note]:
    """An instrumental line that wanders through the scale: without a pause in a solo, else answers of a bar."""
    notes = []
    degree = scale.degree_near(centre + float(rng.integers(-5, 6)))
    for bar in section.bar_numbers:
        if section.name != "solo" and (bar - section.start_bar) % 2 == 0:
            continue
        at, end = float(bar * beats), float((bar + 1) * beats)
        while at < end - 0.2:
            length = float(rng.choice([0.5, 1.0, 1.5, 0.25], p=[0.45, 0.3, 0.15, 0.1])) / (0.6 + 0.6 * busy)
            length = min(max(0.25, round(length * 4) / 4), end - at)
            if rng.random() > 0.15:
                degree += int(rng.choice([-2, -1, 1, 2, 0], p=[0.15, 0.3, 0.3, 0.15, 0.1]))
                pitch = in_tune(scale.pitch(degree, 4), chord_at(chords, at), at % 2 == 0)
                if abs(pitch - centre) > 12:
                    degree = scale.degree_near(centre)
                    pitch = scale.pitch(degree, 4)
                notes.append(Note(at, length * 0.92, pitch, loudness(section, int(at * 4), rng)))
            at += length
    return notes


def in_tune(pitch: int, chord: Chord, strong: bool) -> int:
    """On strong beats the chord's note nearest to the pitch, else the pitch."""
    if not strong:
        return pitch
    return pitch + min(((tone - pitch + 6) % 12 - 6 for tone in chord.pitch_classes), key=abs)


def thinned(notes: Sequence[Note], sections: Sequence[Section], present: frozenset[str], beats: int) -> list[Note]:
    """Only the notes in sections of the names in `present`."""
    spans = [section.span(beats) for section in sections if section.name in present]
    return [note for note in notes if any(start <= note.start + 1e-6 < end for start, end in spans)]
