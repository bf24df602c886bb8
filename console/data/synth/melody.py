"""What is sung: phrases with rests, one syllable a note, and the harmony beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from console.data.synth.accompany import in_tune
from console.data.synth.form import SUNG
from console.data.synth.harmony import Scale, chord_at
from console.data.synth.score import Chord, Note, Section

SYLLABLES = 16  # a singer knows in one song
RANGE = 9  # semitones on each side of the singer's middle


@dataclass(frozen=True)
class Singer:
    """Middle of the voice (MIDI pitch), notes per beat (0 to 1), share of each phrase that rests, "sung" or "rap"."""

    centre: int
    busy: float
    rest: float
    manner: str


def sing(
    sections: Sequence[Section],
    chords: Sequence[list[Chord]],
    singer: Singer,
    scale: Scale,
    beats: int,
    rng: np.random.Generator,
) -> list[Note]:
    """The lead: sections of one name share their tune, a chorus its words too, and lies higher than a verse."""
    tunes = {name: np.random.default_rng(rng.integers(2**32)) for name in sorted(SUNG)}
    seeds = {name: int(own.integers(2**32)) for name, own in tunes.items()}
    notes: list[Note] = []
    for section, its_chords in zip(sections, chords, strict=True):
        if section.name not in SUNG:
            continue
        own = np.random.default_rng(seeds[section.name])
        lift = 3 if section.name == "chorus" else -1
        tune = _tune(section, its_chords, replace(singer, centre=singer.centre + lift), scale, beats, own)
        if section.name != "chorus":  # other words each time
            tune = [replace(note, syllable=int(rng.integers(SYLLABLES))) for note in tune]
        notes += tune
    return notes


def _tune(
    section: Section, chords: list[Chord], singer: Singer, scale: Scale, beats: int, rng: np.random.Generator
) -> list[Note]:
    """Phrases of two bars, each a variation of the first two."""
    rhythms = [_rhythm(2 * beats, singer, rng) for _ in range(2)]
    notes = []
    degree = scale.degree_near(singer.centre)
    start, end = section.span(beats)
    for phrase, at in enumerate(np.arange(start, end, 2 * beats).tolist()):
        for offset, length in rhythms[phrase % 2]:
            if at + offset >= end - 0.2:
                break
            if singer.manner == "rap":
                pitch = singer.centre - 4 + int(rng.choice([0, 0, 0, 2, -2, 3]))
            else:
                degree += int(rng.choice([-3, -2, -1, 0, 1, 2, 3], p=[0.05, 0.13, 0.25, 0.14, 0.25, 0.13, 0.05]))
                pitch = in_tune(scale.pitch(degree, 4), chord_at(chords, at + offset), length >= 1)
                if abs(pitch - singer.centre) > RANGE:
                    degree = scale.degree_near(singer.centre + float(rng.integers(-3, 4)))
                    pitch = scale.pitch(degree, 4)
            velocity = int(np.clip(70 + 28 * section.energy + rng.normal(0, 8), 40, 125))
            length = min(length, end - at - offset)
            notes.append(Note(at + offset, length, pitch, velocity, int(rng.integers(SYLLABLES))))
    return notes


def _rhythm(beats: int, singer: Singer, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Onsets and lengths (quarter notes) in a phrase: it begins about the bar and rests at the end."""
    lengths, odds = ([0.25, 0.5, 0.75], [0.55, 0.4, 0.05])
    if singer.manner != "rap":
        lengths = [0.5, 1.0, 1.5, 2.0]
        odds = [0.2 + 0.5 * singer.busy, 0.35, 0.15, 0.3 - 0.3 * singer.busy]
    at = float(rng.choice([0.0, 0.5, 1.0]))
    last = beats * (1 - singer.rest * rng.uniform(0.6, 1.4))
    rhythm = []
    while at < last:
        length = float(rng.choice(lengths, p=np.divide(odds, sum(odds))))
        length = min(length, beats - at)
        if rng.random() > 0.08:
            rhythm.append((at, length))
        at += length
    onset, length = rhythm[-1] if rhythm else (0.0, 1.0)
    rhythm[-1:] = [(onset, max(length, min(beats * 0.9 - onset, 2.0)) if singer.manner != "rap" else length)]
    return rhythm


def harmony(lead: Sequence[Note], scale: Scale, steps: int, present: frozenset[tuple[float, float]]) -> list[Note]:
    """The lead, moved by steps of the scale, within spans of quarter notes."""
    return [
        replace(note, pitch=scale.pitch(scale.degree_near(note.pitch) + steps, 4))
        for note in lead
        if any(start <= note.start < end for start, end in present)
    ]
