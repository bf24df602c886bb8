"""Song in, corrections out: from belief to faders, in one pass or several, or from two versions of a song."""

from console.correct.decision import (
    AUDIBLE_DB,
    DECIMALS,
    RANGE_LEVEL,
    SHORTEST_S,
    SURE,
    SURE_WITHIN,
    Action,
    Correction,
    Move,
    decide,
    moved_db,
    rounded,
    sure_from,
)

__all__ = [
    "AUDIBLE_DB",
    "DECIMALS",
    "RANGE_LEVEL",
    "SHORTEST_S",
    "SURE",
    "SURE_WITHIN",
    "Action",
    "Correction",
    "Move",
    "decide",
    "moved_db",
    "rounded",
    "sure_from",
]
