"""The analysis of a song's music as the page shows it: the report's chapters, and what its pictures are drawn of."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from console.music.harmony.notes import notes
from console.music.music import Music
from explainer.music.chapters import told
from explainer.music.said import chord

if TYPE_CHECKING:
    from studio.session.session import Session


def shown(session: "Session") -> dict[str, Any] | None:
    """What was analysed last, as JSON-able data; None where nothing was.

    `report` has the chapters, each with facts, grids and sentences; `drawn` has sections, chords (each with its pitch
    classes, the root first), bars (or beats where there are none), levels over time and the spectrum. `of_now`: whether
    it is of the present faders and roles.
    """
    last = session.heard.last_analysed
    if last is None:
        return None
    of_now = (last.roles, last.gains_db) == (session.state.roles, session.state.gains_db)
    report = asdict(told(last.music))
    for chapter in report["chapters"]:
        for grid in chapter["grids"]:
            grid["numbers"] = sorted(grid["numbers"])
    return {"of_now": of_now, "report": report, "drawn": _drawn(last.music)}


def _drawn(music: Music) -> dict[str, Any]:
    sections = () if music.form is None else music.form.sections
    chords = () if music.chords is None else music.chords.chords
    beats = music.beats
    return {
        "duration_s": music.duration_s,
        "sections": [{"start_s": s.start_s, "end_s": s.end_s, "label": s.label} for s in sections],
        "chords": [
            {"start_s": c.start_s, "end_s": c.end_s, "name": chord(c.name), "notes": notes(c.name)} for c in chords
        ],
        "bars_s": [] if beats is None else beats.downbeats_s or beats.beats_s,
        "course": None if music.course is None else asdict(music.course),
        "spectrum": None if music.spectrum is None else asdict(music.spectrum),
    }
