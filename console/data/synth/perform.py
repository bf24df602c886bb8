"""Notes as they are played: in seconds, a little early or late, a little softer or harder."""

from dataclasses import dataclass

import numpy as np

from console.data.synth.score import Part, Score, rng_for

RATE_HZ = 44_100


@dataclass(frozen=True)
class Event:
    """A note in time: start and length in seconds, MIDI pitch and velocity, syllable."""

    start_s: float
    length_s: float
    pitch: int
    velocity: int
    syllable: int = 0


def perform(score: Score, part: Part) -> list[Event]:
    """The part's events within the song, in the order of their starts."""
    rng = rng_for(score.seed, score.index, f"perform {part.name}")
    events = []
    for note in part.notes:
        start_s = score.time_s(note.start)
        length_s = score.time_s(note.start + note.length) - start_s
        start_s = max(0.0, start_s + float(rng.normal(0, part.human_s)))
        if start_s < score.seconds - 0.05:
            velocity = int(np.clip(note.velocity + rng.normal(0, 3), 10, 127))
            events.append(Event(start_s, max(length_s, 0.05), note.pitch, velocity, note.syllable))
    return sorted(events, key=lambda event: (event.start_s, event.pitch))
