"""What a session says of faders and levels, in sentences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.correct import AUDIBLE_DB
from explainer.advice.shown import listed, quoted
from studio.session.operations import Changed

if TYPE_CHECKING:
    from studio.session.heard import Levels

FULL_DBTP = 0.0
MOST_NAMED = 6  # stems in one sentence
SHOWN_DB = 0.05  # a smaller difference does not show in one decimal


def moved_said(changes: Sequence[Changed]) -> str:
    """Which faders moved, from where to where."""
    return f"Moved {_ways(changes)}."


def would_move_said(changes: Sequence[Changed]) -> str:
    """Which faders would move, from where to where."""
    return f"This would move {_ways(changes)}; nothing has moved yet."


def stays_said(stands_db: Sequence[tuple[str, float]]) -> str:
    """Which faders stay where a hand put them; "" for none."""
    if not stands_db:
        return ""
    verb, them = ("stays", "it") if len(stands_db) == 1 else ("stay", "them")
    return f"{_some([f'{quoted(name)} {verb} at {position(db)} dB' for name, db in stands_db])}, where you put {them}."


def levels_said(levels: "Levels") -> str:
    """How loud a mix is, and whether it clips."""
    if levels.loudness_lufs == float("-inf"):
        return "The mix is too faint to have a loudness."
    said = f"The mix is at {levels.loudness_lufs:.1f} LUFS and peaks at {levels.true_peak_dbtp:+.1f} dBTP"
    over = levels.true_peak_dbtp > FULL_DBTP
    return f"{said}, over full scale: it clips unless it is kept as 32-bit float." if over else f"{said}."


def left_said(left_db: Sequence[tuple[str, float]], strength_percent: float, again: bool) -> str:
    """What would still be moved after listening.

    Args:
        left_db: each stem that sounds, and by how much it would move at full strength.
        again: whether faders have moved since it was first listened.
    """
    turns = _turns([(name, db) for name, db in left_db if abs(db) >= AUDIBLE_DB])
    part = strength_percent < 100
    if turns:
        whole = "at full strength " if part else ""
        said = f"{whole}I would {'still ' if again else ''}turn {turns}."
    else:
        said = f"I would move nothing{' more' if again else ''}{', even at full strength' if part else ''}."
    return f"Listening again, {said}" if again else f"{said[0].upper()}{said[1:]}"


def aim_said(left_db: Sequence[tuple[str, float]], title: str) -> str:
    """How far the faders are from the balance of a reference."""
    turns = _turns([(name, db) for name, db in left_db if abs(db) >= SHOWN_DB])
    return f"For the balance of {title}, turn {turns}." if turns else f"The balance is that of {title}."


def position(db: float) -> str:
    """Where a fader stands, with its sign."""
    return f"{db:+.1f}" if round(db, 1) else "0.0"


def _ways(changes: Sequence[Changed]) -> str:
    moves = [change for change in changes if change.what == "gain_db"]
    return _some([f"{quoted(move.stem)} {_way(move.before, move.after)} dB" for move in moves])


def _way(before_db: float, after_db: float) -> str:
    if position(before_db) == position(after_db):
        return f"from {before_db:+.2f} to {after_db:+.2f}"
    return f"from {position(before_db)} to {position(after_db)}"


def _turns(by_db: Sequence[tuple[str, float]]) -> str:
    return _some([f"{quoted(name)} {'up' if db > 0 else 'down'} {abs(db):.1f} dB" for name, db in by_db])


def _some(each: Sequence[str]) -> str:
    """A list, the last of many only counted."""
    more = len(each) - MOST_NAMED
    return listed([*each[:MOST_NAMED], f"{more} more"] if more > 0 else each) if each else ""
