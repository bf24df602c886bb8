"""The chapter on what the song sounds like: tags and timbre."""

from console.music.music import Music
from explainer.advice.shown import shown
from explainer.music.pieces import Chapter, Fact, Grid
from explainer.music.said import decimal, tags

# By timbre's definitions, in a few words.
SCALES = (
    ("brightness", "much or little treble"),
    ("warmth", "much or little of the low middle"),
    ("roughness", "rough or smooth"),
    ("hardness", "hard or soft attacks"),
    ("depth", "much or little bass"),
)


def heard(music: Music) -> Chapter | None:
    """Genre, mood, instruments, timbre."""
    if music.tags is None and music.timbre is None:
        return None
    found, grids = [], []
    if music.tags is not None:
        kinds = (("Genre", music.tags.genres), ("Mood", music.tags.moods), ("Instruments", music.tags.instruments))
        for name, heard in (*kinds, ("Voices", music.tags.voices), ("Era", music.tags.eras)):
            if said := tags(heard):
                found.append(Fact(name, said, first=name == "Genre"))
        if not found:
            found.append(Fact("Genre, mood, instruments", "none that is likely"))
        rows = tuple((shown(name), said) for name, each in music.tags.of_stems.items() if (said := tags(each)))
        grids += [Grid("Stems sound like", ("stem", "sounds like"), rows)] if rows else []
    if music.timbre is not None:
        for name, about in SCALES:
            found.append(Fact(name.capitalize(), f"{getattr(music.timbre, name):.0f} of 100", about))
        found.append(Fact("Sharpness", decimal(music.timbre.sharpness_acum, 2, "acum")))
    return Chapter("Sound", tuple(found), tuple(grids))
