"""The drum kit and the hand percussion: grooves, fills, crashes."""

from collections.abc import Sequence

import numpy as np

from console.data.synth.genres import fitted
from console.data.synth.score import STEP, Note, Section

GM = {  # General MIDI percussion
    "kick": 36,
    "snare": 38,
    "rim": 37,
    "clap": 39,
    "hat": 42,
    "pedal": 44,
    "open": 46,
    "ride": 51,
    "crash": 49,
    "tambourine": 54,
    "shaker": 70,
    "conga mute": 62,
    "conga high": 63,
    "conga low": 64,
    "bongo high": 60,
    "bongo low": 61,
    "cowbell": 56,
    "clave": 75,
    "cabasa": 69,
    "agogo high": 67,
    "agogo low": 68,
}
STEMS = {
    "kick": "kick",
    "snare": "snare",
    "rim": "snare",
    "clap": "snare",
    "hat": "overheads",
    "pedal": "overheads",
    "open": "overheads",
    "ride": "overheads",
    "crash": "overheads",
}
TOMS = (50, 48, 47, 45, 43)
VELOCITY = {"X": 112, "x": 92, "o": 52}


def play_kit(
    sections: Sequence[Section],
    grooves: dict[str, dict[str, str]],
    silent: frozenset[str],
    beats: int,
    rng: np.random.Generator,
) -> dict[str, list[Note]]:
    """Notes of kick, snare, overheads and toms: a groove per section, a fill at its end, a crash at its beginning.

    In the sections named in `silent` only the cymbals may sound.
    """
    stems: dict[str, list[Note]] = {"kick": [], "snare": [], "overheads": [], "toms": []}
    fills = rng.uniform(0.2, 0.9)
    for section in sections:
        groove = grooves[section.name]
        resting = section.name in silent
        lines = {name: line for name, line in groove.items() if not resting or name in ("hat", "ride", "shaker")}
        if resting and section.energy < 0.3:
            lines = {}
        ends = section.start_bar + section.bars - 1
        for bar in section.bar_numbers:
            fill = not resting and (bar == ends or (bar - section.start_bar) % 4 == 3) and rng.random() < fills
            steps = beats * 4
            stop = steps - int(rng.choice([4, 8])) if fill and section.bars > 1 else steps
            for name, line in lines.items():
                for note in play_line(line, GM[name], float(bar * beats), stop, steps, section.energy, rng):
                    stems[STEMS[name]].append(note)
            if stop < steps:
                play_fill(stems, bar * beats + stop * STEP, steps - stop, rng)
        if section.energy > 0.5 and rng.random() < 0.7 and not resting:
            stems["overheads"].append(
                Note(float(section.start_bar * beats), 2.0, GM["crash"], int(rng.integers(85, 115)))
            )
    return stems


def play_line(
    line: str, pitch: int, start: float, stop: int, steps: int, energy: float, rng: np.random.Generator
) -> list[Note]:
    """One instrument through the first `stop` steps of a bar; soft notes are left out now and then."""
    notes = []
    for step, mark in enumerate(fitted(line, steps)[:stop]):
        if mark == "." or (mark == "o" and rng.random() > 0.5 + 0.5 * energy):
            continue
        velocity = VELOCITY[mark] * (0.75 + 0.25 * energy) + rng.normal(0, 4)
        notes.append(Note(start + step * STEP, STEP, pitch, int(np.clip(velocity, 20, 127))))
    return notes


def play_fill(stems: dict[str, list[Note]], start: float, steps: int, rng: np.random.Generator) -> None:
    """Snare and toms down the kit, in eighths or sixteenths, growing louder."""
    every = int(rng.choice([1, 1, 2]))
    with_toms = rng.random() < 0.7
    for step in range(0, steps, every):
        if rng.random() < 0.15:
            continue
        velocity = int(np.clip(75 + 40 * step / steps + rng.normal(0, 6), 30, 127))
        if with_toms and step >= steps // 4:
            tom = TOMS[min(len(TOMS) - 1, step * len(TOMS) // steps)]
            stems["toms"].append(Note(start + step * STEP, STEP, tom, velocity))
        else:
            stems["snare"].append(Note(start + step * STEP, STEP, GM["snare"], velocity))


def play_percussion(
    sections: Sequence[Section],
    lines: dict[str, str],
    absent: frozenset[str],
    beats: int,
    rng: np.random.Generator,
) -> list[Note]:
    """Hand percussion through every section that is not in `absent`."""
    return [
        note
        for section in sections
        if section.name not in absent
        for bar in section.bar_numbers
        for name, line in lines.items()
        for note in play_line(line, GM[name], float(bar * beats), beats * 4, beats * 4, section.energy, rng)
    ]
