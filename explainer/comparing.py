"""Two versions of a song in numbers: the way back from B to A as advice, and texts on it held against the numbers."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from console.correct import Action, Move, rounded
from console.errors import InputError
from console.read.roles import Role
from explainer.advice import Advice, StemAdvice
from explainer.agreement import HALF_A_TENTH, miscounted
from explainer.imagined import LEVELS, NOBODY, ROLES
from explainer.measured import untraceable
from explainer.names import aliases
from explainer.parse import parse, parse_comparison
from explainer.phrases import AUDIBLE_CHANGE_DB

SAME = re.compile(
    r"\b(same|identical|alike|match|nothing|not differ|no (difference|level|stem|fader)|as A is)\b", re.IGNORECASE
)


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
    names = list(changes_db)
    called = zip(names, aliases(names), strict=True)
    still = Move(Action.LEAVE, 0.0, 0.0, 0.0, 0.0)
    stems = tuple(StemAdvice(name, ROLES.get(alias, Role.OTHER), None, -math.inf, still) for name, alias in called)
    return way_back(Advice("versions", 44_100, 0.0, None, 100.0, stems, NOBODY, LEVELS), changes_db)


def changes_of(back: Advice) -> dict[str, float]:
    """The changes (dB per stem, by alias) that a way back undoes."""
    called = aliases([stem.name for stem in back.stems])
    return {name: -stem.move.gain_db + 0.0 for name, stem in zip(called, back.stems, strict=True)}


def differences(text: str, back: Advice) -> tuple[str, ...]:
    """Where a text on two versions of a song contradicts what changed, or the way back.

    Args:
        text: with the stems' aliases as their names.
        back: as `way_back` gives it.

    Returns:
        A sentence for each contradiction; none where each change is told to one decimal and no other, what is advised
        leads back, and no number is the text's own.
    """
    called = aliases([stem.name for stem in back.stems])
    meant = {name: round(db, 1) for name, db in changes_of(back).items() if db}
    said = parse_comparison(text, called)
    found = [f"It does not say by how many dB {name} changed." for name in meant if name not in said]
    for name, db in said.items():
        if name not in meant:
            found.append(f"It says that {name} changed, which did not.")
        elif abs(db - meant[name]) > HALF_A_TENTH:
            found.append(f"It says that {name} changed by {db:+g} dB, not by {meant[name]:+.1f} dB.")
    right = {claim.stem: claim for claim in back.claims(called).moves}
    for claim in parse(text, called).moves:
        exact = right.get(claim.stem)
        if exact is None or claim.direction is not exact.direction:
            found.append(f"The move of {claim.stem} does not lead back.")
        elif claim.db is not None and exact.db is not None and abs(claim.db - exact.db) > HALF_A_TENTH:
            found.append(f"It moves {claim.stem} by {claim.db:g} dB, not by {exact.db:.1f} dB.")
    if not meant and not said and not SAME.search(text):
        found.append("It does not say that nothing changed.")
    return (*found, *miscounted(text, len(meant)), *untraceable(text, back))
