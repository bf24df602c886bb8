"""The state of a session as data and in sentences: what a page draws, and what a language model is told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.correct import AUDIBLE_DB, Action
from console.read.account import remarks as remarks_on
from console.read.account import summary
from explainer.advice.shown import listed, quoted
from studio.session.heard import Levels
from studio.session.operations import Changed

if TYPE_CHECKING:
    from studio.session.session import Session

FULL_DBTP = 0.0
MOST_NAMED = 6  # stems in one sentence


def table(session: "Session") -> dict[str, Any]:
    """A session as JSON-able data.

    `stems` has one row each, in the song's order: name, role, group, level_lufs (None: silent), fader_db,
    locked, anchor, linked_with; and, once it was listened, suggested_db, low_db, high_db, chance, action,
    held_back_db, reasons, left_db. `advice` is None before. `mix` holds what was measured at the present faders (None
    where it was not). Nothing is computed that was not before.
    """
    heard, state, song = session.heard, session.state, session.song
    advice = heard.known_advice(state)
    levels_lufs = heard.known_loudness
    left_db = heard.left_db(state)
    linked = {name: [other for other in group if other != name] for group in state.links for name in group}
    now = heard.song_of(state)
    silent = song.silent.tolist()
    rows = []
    for at, name in enumerate(song.names):
        row: dict[str, Any] = {
            "name": name,
            "file": None if song.files is None else song.files[at],
            "role": state.roles[at],
            "group": str(now.roles[at]),
            "silent": silent[at],
            "level_lufs": None if levels_lufs is None or silent[at] else round(levels_lufs[at], 2),
            "fader_db": state.gains_db[at],
            "locked": name in state.locks,
            "anchor": name == state.anchor,
            "linked_with": linked.get(name, []),
            "left_db": None if left_db is None or silent[at] else left_db[at],
        }
        if advice is not None:
            stem = advice.stems[at]
            row |= {
                "suggested_db": stem.move.gain_db,
                "low_db": stem.move.low_db,
                "high_db": stem.move.high_db,
                "chance": stem.move.flaw_probability,
                "confidence": str(stem.confidence),
                "action": str(stem.move.action),
                "held_back_db": stem.move.held_back_db,
                "reasons": [vars(reason) for reason in stem.reasons],
            }
        rows.append(row)
    opened = heard.known_levels(session.opened.gains_db)
    levels = heard.known_levels(state.gains_db)
    return {
        "song": {
            "title": song.title,
            "duration_s": round(song.duration_s, 3),
            "sample_rate": song.sample_rate,
            "channels": int(song.audio.shape[1]),
            "read": summary(len(song.names), song.account),
            "remarks": list(remarks_on(song.account)),
            "files": [{key: value for key, value in vars(use).items() if value} for use in song.account],
        },
        "stems": rows,
        "groups": [
            {"role": role, "stems": [row["name"] for row in rows if row["group"] == role]}
            for role in dict.fromkeys(row["group"] for row in rows)
        ],
        "anchor": state.anchor,
        "strength_percent": state.strength_percent,
        "usual": vars(state.usual) | {"like": list(state.usual.like)},
        "reference": state.reference,
        "mix": None if levels is None else vars(levels),
        "mix_as_opened": None if opened is None else vars(opened),
        "advice": None if advice is None else _advice(session),
        "history": [
            {"operation": step.operation, "arguments": step.arguments, "said": step.said} for step in session.steps
        ],
        "at": session.at,
    }


def _advice(session: "Session") -> dict[str, Any]:
    advice = session.heard.advice(session.state)
    moving = advice.moving
    return {
        "headline": session.headline,
        "still": advice.still,
        "moving": [stem.name for stem in moving],
        "taste": [stem.name for stem in moving if advice.is_taste(stem)],
        "familiarity": advice.familiarity,
        "usual": None if advice.usual is None else advice.usual.source,
        "reference": None if advice.reference is None else vars(advice.reference),
        "mix_at_suggestion": vars(advice.mix),
    }


def moved_said(changes: Sequence[Changed]) -> str:
    """Which faders moved, from where to where."""
    moved = [
        f"{quoted(c.stem)} from {position(c.before)} to {position(c.after)} dB" for c in changes if c.what == "gain_db"
    ]
    more = len(moved) - MOST_NAMED
    return f"Moved {listed([*moved[:MOST_NAMED], f'{more} more'] if more > 0 else moved)}."


def position(db: float) -> str:
    """Where a fader stands, with its sign."""
    return f"{db:+.1f}" if round(db, 1) else "0.0"


def levels_said(levels: Levels) -> str:
    """How loud a mix is, and whether it clips."""
    said = f"The mix is at {levels.loudness_lufs:.1f} LUFS and peaks at {levels.true_peak_dbtp:+.1f} dBTP"
    return said + (", which clips where it is not kept as float." if levels.true_peak_dbtp > FULL_DBTP else ".")


def left_said(session: "Session") -> str:
    """What would still be moved at the present faders, where that is known."""
    left_db = session.heard.left_db(session.state)
    if left_db is None:
        return ""
    off = [
        f"{quoted(stem.name)} {db:+.1f} dB"
        for stem, db in zip(session.advice.stems, left_db, strict=True)
        if abs(db) >= AUDIBLE_DB and stem.move.action not in (Action.ANCHOR, Action.SILENT)
    ]
    if not off:
        return "Listening again, I would move nothing more."
    return f"Listening again, I would still move {listed(off)}."
