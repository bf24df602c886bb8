"""The notes of a chord."""

from console.music.harmony.vocabulary import (
    AUGMENTED,
    DIMINISHED,
    FLATS,
    MAJOR,
    MINOR,
    QUALITIES,
    SHARPS,
    SUS2,
    SUS4,
    pitch_class,
)

TRIADS = {
    MAJOR: (0, 4, 7),
    MINOR: (0, 3, 7),
    SUS4: (0, 5, 7),
    SUS2: (0, 2, 7),
    DIMINISHED: (0, 3, 6),
    AUGMENTED: (0, 4, 8),
}
SEVENTHS = {0: (), 1: (11,), 2: (10,), 3: (9,)}
NINTH, ELEVENTH, THIRTEENTH = 2, 5, 9


def notes(chord: str) -> tuple[int, ...]:
    """Its pitch classes, 0 for C, the root first; none where there is no chord, or one that is not known."""
    name, _, quality = chord.partition(":")
    if (name not in SHARPS and name not in FLATS) or quality not in QUALITIES:
        return ()
    root = pitch_class(name)
    triad, bass, seventh, ninth, eleventh, thirteenth = QUALITIES[quality]
    added = [step for step, there in ((NINTH, ninth), (ELEVENTH, eleventh), (THIRTEENTH, thirteenth)) if there]
    steps = dict.fromkeys((*TRIADS[triad], bass, *SEVENTHS[seventh], *added))
    return tuple((root + step) % 12 for step in steps)
