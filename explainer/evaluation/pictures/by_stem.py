"""Rows of numbers, an item each, as columns of stems: what was wrong with each, and what a listener believed of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from console.balance import ROLES
from console.evaluation.numbers import Cell


class ByStem(NamedTuple):
    """All stems of one listener's items that are free to move, side by side.

    Args:
        song: an index of the song that each is from.
        role: index into `ROLES`.
        flaw_db: what is wrong with it; `median_db`, `low_db`, `high_db` the correction that is believed and its 80 %
            range.
        chance: of a flaw, as the listener has it.
        n_flawed: how many stems of its mix are flawed.
    """

    song: Int[ndarray, " stem"]
    role: Int[ndarray, " stem"]
    flaw_db: Float[ndarray, " stem"]
    median_db: Float[ndarray, " stem"]
    low_db: Float[ndarray, " stem"]
    high_db: Float[ndarray, " stem"]
    chance: Float[ndarray, " stem"]
    n_flawed: Int[ndarray, " stem"]

    @property
    def error_db(self) -> Float[ndarray, " stem"]:
        """How far the median lies from the right correction."""
        return np.abs(self.median_db + self.flaw_db)

    @property
    def covered(self) -> Float[ndarray, " stem"]:
        """1 where the range holds the right correction."""
        return ((self.low_db <= -self.flaw_db) & (-self.flaw_db <= self.high_db)).astype(float)

    def only(self, kept: Bool[ndarray, " stem"]) -> "ByStem":
        """The stems where it is True."""
        return ByStem(*(column[kept] for column in self))


def by_stem(rows: Iterable[Mapping[str, Cell]]) -> dict[tuple[str, str], ByStem]:
    """Of each listener and input, in the order in which they come. Rows may be text, as in numbers.csv."""
    songs: dict[str, int] = {}
    told: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for row in rows:
        song = songs.setdefault(str(row["song"]), len(songs))
        of = told.setdefault((str(row["listener"]), str(row["input"])), [])
        for at, role in enumerate(ROLES):
            if row[f"median_db_{role}"] == "" or row["anchor"] == role:
                continue
            said = [float(row[f"{name}_{role}"]) for name in ("flaw_db", "median_db", "low_db", "high_db", "chance")]
            of.append((song, at, *said, int(row["n_flawed"])))
    return {key: _columns(np.array(of, dtype=float).reshape(-1, len(ByStem._fields))) for key, of in told.items()}


def _columns(of: Float[ndarray, "stem column"]) -> ByStem:
    song, role, *numbers, n_flawed = of.T
    flaw_db, median_db, low_db, high_db, chance = numbers
    whole = (column.astype(int) for column in (song, role, n_flawed))
    return ByStem(next(whole), next(whole), flaw_db, median_db, low_db, high_db, chance, next(whole))
