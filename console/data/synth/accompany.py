"""Bass, chords, arpeggios and instrumental lines over given chords."""

from collections.abc import Sequence

import numpy as np

from console.data.synth.genres import fitted
from console.data.synth.harmony import Scale, chord_at, voicing
from console.data.synth.score import Chord, Note, Section

STEP = 0.25
LOWEST_BASS, HIGHEST_BASS = 28, 52  # MIDI; the open E string, and an octave above the lowest roots
STRUM_BEATS = 0.03  # between neighbouring strings


def held(pattern: str, at: int) -> int:
    """How many steps the note at a step lasts: the holds that follow it."""
    rest = pattern[at + 1 :]
    return 1 + len(rest) - len(rest.lstrip("-"))


def bars_of(section: Section) -> range:
    """The bars of a section."""
    return range(section.start_bar, section.start_bar + section.bars)


def loudness(section: Section, step: int, rng: np.random.Generator) -> int:
    """MIDI velocity: denser sections are played harder, beats harder than what lies between."""
    return int(np.clip(64 + 30 * section.energy + 8 * (step % 4 == 0) + rng.normal(0, 6), 25, 125))


def play_bass(
    section: Section, chords: list[Chord], pattern: str, scale: Scale, beats: int, rng: np.random.Generator
) -> list[Note]:
    """The bass pattern on the chords' roots."""
    pattern = fitted(pattern, beats * 4)
    notes = []
    for bar in bars_of(section):
        for step, mark in enumerate(pattern):
            if not mark.isdigit():
                continue
            at = bar * beats + step * STEP
            pitch = scale.pitch(chord_at(chords, at).degree, 1) % 12 + 24
            pitch += 12 if pitch < LOWEST_BASS else 0
            root = chord_at(chords, at).degree
            pitch += scale.pitch(root + int(mark) - 1, 2) - scale.pitch(root, 2)
            pitch -= 12 if pitch > HIGHEST_BASS else 0
            length = held(pattern, step) * STEP
            notes.append(Note(at, length * rng.uniform(0.8, 0.97), pitch, loudness(section, step, rng)))
    return notes


def play_chords(
    section: Section, chords: list[Chord], pattern: str, play: str, centre: int, beats: int, rng: np.random.Generator
) -> list[Note]:
    """Chords struck in a rhythm: all notes at once, string by string ("strum"), or root and fifth ("power")."""
    pattern = fitted(pattern, beats * 4)
    notes = []
    for bar in bars_of(section):
        for step, mark in enumerate(pattern):
            if mark != "x":
                continue
            at = bar * beats + step * STEP
            chord = chord_at(chords, at)
            length = held(pattern, step) * STEP
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
    pattern = fitted(pattern, beats * 4)
    notes = []
    for bar in bars_of(section):
        for step, mark in enumerate(pattern):
            if not mark.isdigit():
                continue
            at = bar * beats + step * STEP
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
    for bar in bars_of(section):
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
    spans = [(s.start_bar * beats, (s.start_bar + s.bars) * beats) for s in sections if s.name in present]
    return [note for note in notes if any(start <= note.start + 1e-6 < end for start, end in spans)]
