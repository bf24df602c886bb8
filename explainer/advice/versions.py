"""Two versions of a song in numbers: the way back from B to A as advice, and texts on it held against the numbers."""

import math
from collections.abc import Mapping
from dataclasses import replace

from console.correct import Action, Move, rounded
from console.errors import InputError
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, ROLES, Advice, StemAdvice
from explainer.advice.names import alias_by_name

AUDIBLE_CHANGE_DB = 0.1  # less does not show in one decimal


def way_back(advice: Advice, changes_db: Mapping[str, float]) -> Advice:
    """Advice whose moves undo the changes (dB, version B against A) of the stems of that name, exactly."""

    def undone(stem: StemAdvice) -> StemAdvice:
        db = rounded(-changes_db[stem.name])
        action = Action.LEAVE if abs(db) < AUDIBLE_CHANGE_DB else Action.RAISE if db > 0 else Action.LOWER
        gain_db = 0.0 if action is Action.LEAVE else db
        return replace(stem, move=Move(action, gain_db, gain_db, gain_db, float(gain_db != 0)), reasons=())

    return replace(advice, anchor=None, stems=tuple(map(undone, advice.stems)))


def back_from(changes_db: Mapping[str, float]) -> Advice:
    """The way back from changes (dB per stem, version B against A) of which nothing else is known.

    Raises: InputError for no stem at all, or a change that is no number.
    """
    if not changes_db:
        raise InputError("There is nothing to compare: no stem has a change that is known.")
    endless = next((name for name, db in changes_db.items() if not math.isfinite(db)), None)
    if endless is not None:
        raise InputError(f'The change of "{endless}" is no number of dB.')
    called = alias_by_name(list(changes_db))
    still = Move(Action.LEAVE, 0.0, 0.0, 0.0, 0.0)
    stems = tuple(
        StemAdvice(name, ROLES.get(alias, Role.OTHER), None, -math.inf, still) for name, alias in called.items()
    )
    return way_back(Advice("versions", 44_100, 0.0, None, 100.0, stems, NOBODY, LEVELS), changes_db)


def changes_of(back: Advice) -> dict[str, float]:
    """The changes (dB per stem, by alias) that a way back undoes."""
    called = back.alias_by_name
    return {called[stem.name]: -stem.move.gain_db + 0.0 for stem in back.stems}
