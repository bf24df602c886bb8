"""The chapter on the form: sections, what enters and rests, how loud each is."""

from collections.abc import Iterator, Sequence

from console.music.music import Chord, Music, Section
from explainer.advice.shown import shown
from explainer.music.pieces import Chapter, Fact, Grid
from explainer.music.said import NOTHING, chords_in, clock, counted, decimal, letters, percent, plain, tags

MOST_CHORDS = 6  # of a section, in a table
HEARD = ("section", "from", "to", "chords", "bright", "warm", "rough", "sounds like")


def form(music: Music) -> Chapter | None:
    """The sections."""
    if music.form is None:
        return None
    sections = music.form.sections
    kinds = counted(len({section.label for section in sections}), "different one")
    found = [Fact("Form", letters(sections), f"{counted(len(sections), 'section')}, {kinds}", music.form.confidence)]
    levelled = [section for section in sections if section.level_lufs is not None]
    if len(levelled) > 1:
        loud, soft = max(levelled, key=_level), min(levelled, key=_level)
        found.append(Fact("Loudest", f"{_named(loud)}, {_level(loud):.1f} LUFS"))
        found.append(Fact("Softest", f"{_named(soft)}, {_level(soft):.1f} LUFS"))
    return Chapter(
        "Sections", tuple(found), (*_grid(music, sections), *_stems(music, sections)), pictures=("timeline",)
    )


def _level(section: Section) -> float:
    return -70.0 if section.level_lufs is None else section.level_lufs


def _named(section: Section) -> str:
    return f"{shown(section.label)} ({clock(section.start_s)} to {clock(section.end_s)})"


def _grid(music: Music, sections: tuple[Section, ...]) -> Iterator[Grid]:
    """Where each is and what changes with it; then what is heard in it."""
    heads = ("section", "from", "to", "sure", "LUFS", "enters", "rests")
    rows = [
        (*_place(section), percent(section.confidence), decimal(section.level_lufs), *_moves(section))
        for section in sections
    ]
    yield Grid("Section by section", heads, tuple(rows), frozenset({1, 2, 3, 4}))
    chords = () if music.chords is None else music.chords.chords
    if chords or any(section.timbre or tags(section.tags) for section in sections):
        heard = tuple((*_place(section), *_heard(chords, section)) for section in sections)
        yield Grid("What is heard in them", HEARD, heard, frozenset({1, 2, 4, 5, 6}))
    if any(section.key for section in sections):
        keys = tuple((*_place(section), plain(section.key or NOTHING)) for section in sections)
        yield Grid("Their keys", ("section", "from", "to", "key"), keys, frozenset({1, 2}))


def _place(section: Section) -> tuple[str, str, str]:
    return shown(section.label), clock(section.start_s), clock(section.end_s)


def _moves(section: Section) -> tuple[str, ...]:
    """What enters and rests; of the first section nothing enters, as all begins there."""
    enters = section.enters if section.start_s > 0 else ()
    return tuple(", ".join(map(shown, names)) or NOTHING for names in (enters, section.rests))


def _heard(chords: Sequence[Chord], section: Section) -> tuple[str, ...]:
    names = chords_in(chords, section.start_s, section.end_s)
    row = " ".join(names[:MOST_CHORDS]) + (" …" if len(names) > MOST_CHORDS else "")
    of = section.timbre
    timbre = [NOTHING] * 3 if of is None else [f"{v:.0f}" for v in (of.brightness, of.warmth, of.roughness)]
    return (row or NOTHING, *timbre, tags(section.tags) or NOTHING)


def _stems(music: Music, sections: tuple[Section, ...]) -> tuple[Grid, ...]:
    names = [name for name in music.stems if any(name in section.stem_level_lufs for section in sections)]
    if not names or len(sections) < 2:
        return ()
    heads = ("section", "from", *map(shown, names))
    rows = tuple(
        (shown(s.label), clock(s.start_s), *(decimal(s.stem_level_lufs.get(name)) for name in names)) for s in sections
    )
    return (Grid("Levels of the stems, LUFS", heads, rows, frozenset(range(1, len(heads)))),)
