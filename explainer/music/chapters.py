"""A report's chapters: facts with how sure they are, tables, sentences; each kind of text is made of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.music.music import Beats, Chords, Form, Key, Melody, Music, Tags
from explainer.measured.kept import AnyReport
from explainer.music import in_time, of_mix, of_notes, of_sections, of_sound, of_stems
from explainer.music.pieces import Chapter, Fact
from explainer.music.said import clock, counted, decimal, letters, tags, unsure

MOST_LETTERS = 24


@dataclass(frozen=True)
class Told:
    """A report in chapters.

    Args:
        title: the song's name, as the user has it.
        headline: a sentence.
        missing: what was not measured, and why, sentences.
        methods: what was heard by which method.
    """

    title: str
    headline: str
    chapters: tuple[Chapter, ...]
    missing: tuple[str, ...]
    methods: tuple[tuple[str, str], ...]


def told(music: Music, balance: AnyReport | None = None) -> Told:
    """What was measured of a song.

    Args:
        balance: of its stems, where they are at hand.
    """
    makers = (of_notes.rhythm, of_notes.harmony, of_notes.melody, of_sections.form, of_sound.heard, of_mix.mix)
    chapters = [chapter for make in makers if (chapter := make(music)) is not None]
    if balance is not None:
        chapters.append(of_stems.balance(balance))
    return Told(music.song, headline(music), tuple(chapters), music.missing, tuple(_methods(music)))


def headline(music: Music) -> str:
    """What the music is, in a sentence."""
    parts = []
    if music.beats is not None and music.beats.tempo_bpm is not None:
        metre = f", {in_time.metre(music.beats.metre, music.beats.feel)}" if music.beats.metre else ""
        parts.append(f"{in_time.tempo(music.beats)}{metre}{unsure(music.beats.confidence)}")
    if music.key is not None:
        parts.append(f"{in_time.key(music.key)}{unsure(music.key.confidence)}")
    if music.form is not None:
        sections = music.form.sections
        many = " …" if len(sections) > MOST_LETTERS else ""
        parts.append(f"{counted(len(sections), 'section')} ({letters(sections[:MOST_LETTERS])}{many})")
    if music.tags is not None and (genre := tags(music.tags.genres[:1])):
        parts.append(genre)
    if music.mix is not None and music.mix.integrated_lufs is not None:
        parts.append(decimal(music.mix.integrated_lufs, 1, "LUFS"))
    length = f"{clock(music.duration_s)} of music" if music.duration_s >= 1 else "Less than a second"
    return f"{length}: {'; '.join(parts)}." if parts else f"{length}; nothing could be told of it."


def facts(music: Music) -> tuple[Fact, ...]:
    """The few facts that everybody asks for first."""
    found: list[Fact] = []
    for chapter in (of_notes.rhythm(music), of_notes.harmony(music), of_sound.heard(music), of_mix.mix(music)):
        found += [] if chapter is None else [fact for fact in chapter.facts if fact.first]
    return tuple(found)


def _methods(music: Music) -> Iterator[tuple[str, str]]:
    parts: Sequence[tuple[str, Beats | Key | Chords | Form | Tags | Melody | None]] = (
        ("Beats", music.beats),
        ("Key", music.key),
        ("Chords", music.chords),
        ("Sections", music.form),
        ("Melody", music.melody),
        ("Tags", music.tags),
    )
    for name, part in parts:
        if part is not None:
            yield name, part.by
    if music.timbre is not None:
        yield "Timbre", "formulas of AudioCommons (Pearce, Brookes and Mason)"
    if music.mix is not None:
        yield "Mix", "ITU-R BS.1770-4, EBU Tech 3342"
