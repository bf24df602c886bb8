"""The state of a session as data: what a page draws, and what a language model is told."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.correct import rounded
from console.read.account import remarks as remarks_on
from console.read.account import summary
from console.read.roles import parse_role
from studio.session.sentences import position as position
from studio.session.told import finite

if TYPE_CHECKING:
    from studio.session.session import Session


def table(session: "Session") -> dict[str, Any]:
    """A session as JSON-able data.

    `stems` has one row each, in the song's order: name, role, group, level_lufs (as it was opened; None: silent),
    fader_db, locked, anchor, linked_with; once it was listened with the present settings, also suggested_db, low_db and
    high_db, which are positions as fader_db is (0 is the stem as it was opened; the way there is what they differ by),
    chance, confidence, action, held_back_db (by how much a locked stem is off where it stands), reasons; and left_db:
    what the full correction would still move from where the faders stand, None where that was not listened.

    `advice` is None before. `music` holds the first facts of the music as it was analysed last, and whether that was of
    the present faders and roles (`of_now`); None before it is analysed. `mix` holds what was measured at the present
    faders (None where it was not), and `mix_as_opened` the same of all faders at 0 (its true peak None where only its
    loudness is known). Of files only the names are told. Nothing is listened or measured that was not before.
    """
    heard, state, song = session.heard, session.state, session.song
    advice = heard.known_advice(state)
    levels_lufs = heard.known_loudness
    left_db = heard.known_left_db(state)
    given_db = heard.given_db(state)
    linked = {name: [other for other in group if other != name] for group in state.links for name in group}
    silent = song.silent.tolist()
    rows = []
    for at, name in enumerate(song.names):
        row: dict[str, Any] = {
            "name": name,
            "file": None if song.files is None else song.files[at],
            "role": state.roles[at],
            "group": str(parse_role(state.roles[at])),
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
                "suggested_db": rounded(given_db[at] + stem.move.gain_db),
                "low_db": rounded(given_db[at] + stem.move.low_db),
                "high_db": rounded(given_db[at] + stem.move.high_db),
                "chance": stem.move.flaw_probability,
                "confidence": str(stem.confidence),
                "action": str(stem.move.action),
                "held_back_db": stem.move.held_back_db,
                "reasons": [vars(reason) for reason in stem.reasons],
            }
        rows.append(row)
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
        "usual": {
            "genre": state.usual.genre,
            "file": None if state.usual.file is None else Path(state.usual.file).name,
            "like": [Path(song).name for song in state.usual.like],
        },
        "reference": None if state.reference is None else Path(state.reference).name,
        "mix": None if levels is None else finite(vars(levels)),
        "mix_as_opened": _as_opened(session),
        "advice": None if advice is None else _advice(session),
        "music": _music(session),
        "history": [
            {"operation": step.operation, "arguments": step.arguments, "said": step.said} for step in session.steps
        ],
        "at": session.at,
    }


def _as_opened(session: "Session") -> dict[str, Any] | None:
    """The mix with all faders at 0, as far as it is known."""
    levels, loudness_lufs = session.heard.known_levels(session.opened.gains_db), session.heard.known_loudness
    if levels is not None:
        return finite(vars(levels))
    if loudness_lufs is None:
        return None
    return finite({"loudness_lufs": round(loudness_lufs[-1], 2)}) | {"true_peak_dbtp": None}


def _music(session: "Session") -> dict[str, Any] | None:
    """What the music is, in short."""
    last = session.heard.last_analysed
    if last is None:
        return None
    from explainer.music.chapters import facts, headline

    return {
        "headline": headline(last.music),
        "facts": [vars(fact) for fact in facts(last.music)],
        "of_now": (last.roles, last.gains_db) == (session.state.roles, session.state.gains_db),
    }


def _advice(session: "Session") -> dict[str, Any]:
    advice = session.heard.advice(session.state)
    moving = advice.moving
    return {
        "headline": session.headline,
        "still": advice.still,
        "done": session.done,
        "moving": [stem.name for stem in moving],
        "taste": [stem.name for stem in moving if advice.is_taste(stem)],
        "familiarity": advice.familiarity,
        "usual": None if advice.usual is None else advice.usual.source,
        "reference": None if advice.reference is None else vars(advice.reference),
        "mix_at_suggestion": finite(vars(advice.mix)),
    }
