"""Advices for tests."""

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice


def advice(gains_db: list[float], anchor: int | None = None) -> Advice:
    """Stems s0, s1 ... with these gains, 0 being none."""

    def move(at: int, gain_db: float) -> Move:
        action = Action.ANCHOR if at == anchor else Action.LEAVE
        if gain_db:
            action = Action.RAISE if gain_db > 0 else Action.LOWER
        return Move(action, gain_db, gain_db - 1, gain_db + 1, 0.9)

    stems = tuple(StemAdvice(f"s{i}", Role.OTHER, None, -20.0, move(i, db)) for i, db in enumerate(gains_db))
    name = None if anchor is None else f"s{anchor}"
    return Advice("song", 44_100, 60.0, name, 100.0, stems, NOBODY, LEVELS)
