"""From the balance of a reference to faders: which stems move, and by how much."""

import math
from collections.abc import Collection

from console.correct import AUDIBLE_DB, Action, Correction, Move, rounded
from console.correct.links import with_linked
from console.errors import InputError
from console.match.match import Heard, Match
from console.read.song import Song

SHOWN_DB = 0.05  # a smaller move does not show in one decimal: the stem is left
DIFFERS_DB = 0.1  # from there on a level differs


def moves(song: Song, match: Match, strength_percent: float = 100.0, lock: Collection[str] = ()) -> Correction:
    """What to do with each stem of `song` to bring it to the reference's balance.

    A stem moves by its gain, unless it is not told, or is uncertain: its range holds 0. The chance of a flaw is here
    that of a level which differs from the reference's by 0.1 dB or more.

    Args:
        strength_percent: how much of the way to go, 0..100 %.
        lock: names of stems to leave alone.

    Raises: InputError for a strength outside 0..100, or a locked stem that the song does not have.
    """
    if not 0 <= strength_percent <= 100:
        raise InputError(f"The strength is a percentage from 0 to 100, not {strength_percent:g}.")
    locked = set(with_linked(song, [song.names[song.index(name)] for name in lock]))
    anchors = set(with_linked(song, [match.anchor] if match.anchor else []))

    def share(full_db: float) -> float:
        return rounded(full_db * strength_percent / 100)

    def move(stem: int) -> Move:
        name, heard, gain_db = match.names[stem], match.heard[stem], match.gains_db[stem]
        if heard is Heard.SILENT:
            return Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)
        if name in anchors:
            return Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0)
        low_db, high_db = match.low_db[stem], match.high_db[stem]
        certain = abs(gain_db) >= SHOWN_DB and not low_db <= 0 <= high_db
        chance = 0.5 if heard is Heard.UNTOLD else _differs(gain_db, match.spread_db[stem])
        held_back_db = rounded(gain_db) if name in locked and certain and abs(gain_db) >= AUDIBLE_DB else 0.0
        if name in locked:
            action, gain_db = Action.LOCKED, 0.0
        elif not certain:
            action, gain_db = Action.LEAVE, 0.0
        else:
            action = Action.RAISE if gain_db > 0 else Action.LOWER
        return Move(action, share(gain_db), share(low_db), share(high_db), chance, held_back_db)

    return Correction(song.names, tuple(map(move, range(len(song.names)))), match.anchor, float(strength_percent))


def _differs(gain_db: float, spread_db: float) -> float:
    """The chance that a gain of that mean and spread is 0.1 dB or more, either way."""
    scale = math.sqrt(2) * max(spread_db, 1e-9)
    return 1 - 0.5 * (math.erf((DIFFERS_DB - gain_db) / scale) - math.erf((-DIFFERS_DB - gain_db) / scale))
