"""Flaws: gains that were wrongly put on stems, in five categories and four protocols."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray


class Category(StrEnum):
    """How wrong a stem's level is; the ranges in dB are in `RANGE_DB`."""

    VERY_QUIET = "very_quiet"
    QUIET = "quiet"
    NO_ERROR = "no_error"
    LOUD = "loud"
    VERY_LOUD = "very_loud"


PLAIN_DB, MUCH_DB = 3.0, 6.0  # from there on a stem is plainly, and much, too loud or too quiet
RANGE_DB: dict[Category, tuple[float, float]] = {
    Category.VERY_QUIET: (-12.0, -MUCH_DB),
    Category.QUIET: (-MUCH_DB, -PLAIN_DB),
    Category.NO_ERROR: (0.0, 0.0),
    Category.LOUD: (PLAIN_DB, MUCH_DB),
    Category.VERY_LOUD: (MUCH_DB, 12.0),
}
FLAWED = tuple(category for category in Category if category is not Category.NO_ERROR)
RAW_DB = 12.0


def draw_category_db(category: Category, rng: np.random.Generator) -> float:
    """A flaw (dB) of the category, uniform over its range."""
    return float(rng.uniform(*RANGE_DB[category]))


def category_of(flaw_db: float) -> Category:
    """The category of a flaw: below 3 dB it counts as none, from 6 dB on as very quiet or very loud."""
    if abs(flaw_db) < PLAIN_DB:
        return Category.NO_ERROR
    much = abs(flaw_db) >= MUCH_DB
    if flaw_db > 0:
        return Category.VERY_LOUD if much else Category.LOUD
    return Category.VERY_QUIET if much else Category.QUIET


def _none(free: ndarray, rng: np.random.Generator) -> ndarray:
    return np.zeros(len(free))


def _one(free: ndarray, rng: np.random.Generator) -> ndarray:
    flaw_db = np.zeros(len(free))
    flaw_db[rng.choice(np.flatnonzero(free))] = draw_category_db(FLAWED[rng.integers(len(FLAWED))], rng)
    return flaw_db


def _many(free: ndarray, rng: np.random.Generator) -> ndarray:
    """Each free stem is flawed with even chances, at least one is, and at least one stem of the song is not."""
    flawed = free & (rng.random(len(free)) < 0.5)
    if not flawed.any():
        flawed[rng.choice(np.flatnonzero(free))] = True
    if flawed.all():
        flawed[rng.integers(len(free))] = False
    return np.array([draw_category_db(FLAWED[rng.integers(len(FLAWED))], rng) if f else 0.0 for f in flawed])


def _raw(free: ndarray, rng: np.random.Generator) -> ndarray:
    return np.where(free, rng.uniform(-RAW_DB, RAW_DB, len(free)), 0.0)


PROTOCOLS: dict[str, Callable[[ndarray, np.random.Generator], ndarray]] = {
    "none": _none,
    "one": _one,
    "many": _many,
    "raw": _raw,
}


def draw_flaws(protocol: str, free: Bool[ndarray, " stem"], rng: np.random.Generator) -> Float[ndarray, " stem"]:
    """One flaw per stem in dB, 0 where nothing is wrong.

    Args:
        protocol: `none`; `one` flawed stem; `many`, at least one and never all; `raw`, each free stem anywhere
            within +-12 dB.
        free: stems that may be flawed: all that sound, but the anchor.

    Raises: ValueError for an unknown protocol, or when no stem is free.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown flaw protocol {protocol!r}: choose from {', '.join(PROTOCOLS)}")
    if not free.any():
        raise ValueError("no stem is free to be flawed")
    return PROTOCOLS[protocol](free, rng)
