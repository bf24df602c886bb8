"""What is asked of the music: a chapter of its report, in sentences."""

from collections.abc import Sequence

from console.music.music import Music
from explainer.advice.shown import listed, quoted
from explainer.music.chapters import told
from explainer.music.pieces import Chapter, Fact
from explainer.music.said import clock, unsure
from studio.session import Session

MOST = 4  # facts of a chapter: the rest is in the report
OF = {  # by chapter, in what words it is said that nothing was found
    "Rhythm": ("beat", "tempo"),
    "Harmony": ("key", "chord"),
    "Melody": ("melody",),
    "Sections": ("section",),
    "Sound": ("genre", "instrument", "mood"),
}


def of_music(session: Session, chapter: str, stems: Sequence[int] = ()) -> str:
    """What a chapter of the report holds, which is measured where it was not.

    Args:
        chapter: its title.
        stems: where the sections are asked for, how loud these are in them.
    """
    session.do("analyse_music", {})
    music = session.heard.analysed(session.state, session.tell)
    found = next((each for each in told(music).chapters if each.title == chapter), None)
    if found is None:
        of_it = [text for text in music.missing if any(word in text for word in OF.get(chapter, ()))]
        return " ".join(of_it or ["Nothing could be told of that.", *music.missing])
    if chapter == "Sections" and stems:
        return " ".join(_in_sections(music, session.song.names[at]) for at in stems)
    listings = [*_services(found), *_chords(found)]
    facts = [fact for fact in found.facts if fact.first] if listings else found.facts[:MOST]
    return " ".join([*map(_said, facts), *listings])


def _said(fact: Fact) -> str:
    sure = "" if fact.confidence is None else unsure(fact.confidence)
    return f"{fact.name}: {fact.value}{sure}{f' ({fact.note})' if fact.note else ''}."


def _services(chapter: Chapter) -> list[str]:
    """What streaming services would do with the mix."""
    rows = _rows(chapter, "Streaming")
    return [f"Services would change its level: {listed([f'{row[0]} by {row[2]}' for row in rows])}."] if rows else []


def _chords(chapter: Chapter) -> list[str]:
    """The commonest chords."""
    rows = _rows(chapter, "Commonest chords")
    return [f"Commonest chords: {listed([f'{row[0]} {row[1]}' for row in rows])} of the time."] if rows else []


def _in_sections(music: Music, name: str) -> str:
    """In which sections a stem is the loudest, and how loud."""
    sections = () if music.form is None else music.form.sections
    levels = [(section.stem_level_lufs.get(name), section) for section in sections]
    heard = sorted(((lufs, each.start_s, each) for lufs, each in levels if lufs is not None), reverse=True)
    if not heard:
        return f"How loud {quoted(name)} is in each section could not be told."
    places = [f"{each.label} from {clock(start_s)} ({lufs:.1f} LUFS)" for lufs, start_s, each in heard[:MOST]]
    return f"{quoted(name)} is loudest in {listed(places)}."


def _rows(chapter: Chapter, name: str) -> tuple[tuple[str, ...], ...]:
    return next((grid.rows for grid in chapter.grids if grid.name == name), ())
