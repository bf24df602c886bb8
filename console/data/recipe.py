"""How training examples are drawn: what is asked, and what is wrong, of many draws at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from console.evaluation.baselines import NO_ERROR_SHARE
from console.evaluation.protocol import NAMED
from console.flaws import FLAWED, RANGE_DB, RAW_DB
from console.read.roles import Role

PROTOCOL_SHARES = {"published": 4.0, "none": 1.0, "one": 1.0, "many": 2.0, "raw": 1.0}


@dataclass(frozen=True)
class Recipe:
    """How examples are drawn.

    Args:
        protocols: flaw protocols and how often each is drawn; `published` is the evaluation's own: an anchor and a
            target among vocals, drums and bass, nothing wrong in one of five.
        draws: examples made of each excerpt.
        windows: largest number of 10 s windows of a song in an example; half of the batches have one, the others any.
        no_anchor: share of the examples without an anchor (never under `raw`, where nothing would tell the level, nor
            under `published`).
        more_anchors: share of the examples with an anchor in which some more stems are told to be right.
        mix_only: share of the excerpts of which the mixture alone is heard.
        dropped: share in which each stem is unheard with a chance of one half.
        finer: share of the batches in which a song's stems are not (or not all) summed to one stem a role.
        told: share of the draws that are told what is usual in music like theirs, from sharply to vaguely.
        second_by_second: share of the draws in which the prior sets every second of a stem; in the others it sets the
            level of its song, and the stems keep their own dynamics.
        equalise_db: size of the random equalisation of each stem.
        hybrid: share of the excerpts whose stems come from two songs of like tempo, key and meter, as far as a song has
            such partners. Where no balance is drawn, they keep the levels that each has in its own song.
    """

    protocols: dict[str, float] = field(default_factory=lambda: dict(PROTOCOL_SHARES))
    draws: int = 16
    windows: int = 4
    no_anchor: float = 0.25
    more_anchors: float = 0.2
    mix_only: float = 0.1
    dropped: float = 0.1
    finer: float = 0.2
    told: float = 0.3
    second_by_second: float = 0.5
    equalise_db: float = 0.0
    hybrid: float = 0.0


class Questions(NamedTuple):
    """Of some draws, the stem (or stems) known to be right, those that may move, and what is wrong with each, dB."""

    anchor: Bool[ndarray, "draw stem"]
    free: Bool[ndarray, "draw stem"]
    flaw_db: Float[ndarray, "draw stem"]


def ask(
    sounding: Bool[ndarray, "draw stem"], roles: Sequence[Role], recipe: Recipe, rng: np.random.Generator
) -> Questions:
    """Anchors and flaws of some draws; where only one stem sounds, nothing can be told of its level.

    Raises: KeyError for a protocol that there is not.
    """
    draws = len(sounding)
    shares = np.array(list(recipe.protocols.values()))
    which = rng.choice(len(shares), size=draws, p=shares / shares.sum())
    protocol = np.array(list(recipe.protocols))[which]
    may = sounding & (sounding.sum(-1) > 1)[:, None]
    named = may & np.array([role in NAMED for role in roles])
    published = (protocol == "published") & (named.sum(-1) > 1)
    nothing = rng.random(draws) < NO_ERROR_SHARE
    kind = np.where(protocol == "published", np.where(nothing, "none", "one"), protocol)
    known = may.any(-1) & (published | (kind == "raw") | (rng.random(draws) >= recipe.no_anchor))
    pool = np.where(published[:, None], named, may)
    anchor = _one_of(pool, rng) & known[:, None]
    free = may & ~anchor
    flaw_db = np.zeros(sounding.shape)
    for name, draw in FLAWS.items():
        of = kind == name
        flaw_db[of] = draw((pool & ~anchor)[of], rng)
    unknown = set(recipe.protocols) - {*FLAWS, "published"}
    if unknown:
        raise KeyError(f"unknown flaw protocol {min(unknown)!r}: choose from published, {', '.join(FLAWS)}")
    more = known & (rng.random(draws) < recipe.more_anchors)
    right = free & (flaw_db == 0) & (rng.random(sounding.shape) < 0.5) & more[:, None]
    # One stem at least stays to be asked about.
    right &= ((free & ~right).sum(-1) > 0)[:, None]
    return Questions(anchor | right, free & ~right, flaw_db)


def _one_of(pool: Bool[ndarray, "draw stem"], rng: np.random.Generator) -> Bool[ndarray, "draw stem"]:
    """One of the stems in each pool, none of an empty one."""
    chance = np.where(pool, rng.random(pool.shape), -1.0)
    return pool & (chance == chance.max(-1, keepdims=True))


def _size_db(shape: tuple[int, ...], rng: np.random.Generator) -> Float[ndarray, "draw stem"]:
    """Of the four flawed categories."""
    bounds = np.array([RANGE_DB[category] for category in FLAWED])[rng.integers(len(FLAWED), size=shape)]
    return bounds[..., 0] + (bounds[..., 1] - bounds[..., 0]) * rng.random(shape)


def _none(free: ndarray, rng: np.random.Generator) -> ndarray:
    return np.zeros(free.shape)


def _one(free: ndarray, rng: np.random.Generator) -> ndarray:
    return np.where(_one_of(free, rng), _size_db(free.shape, rng), 0.0)


def _many(free: ndarray, rng: np.random.Generator) -> ndarray:
    """Each free stem is flawed with even chances, at least one is, and at least one stem is not where all are free."""
    flawed = free & (rng.random(free.shape) < 0.5)
    flawed |= _one_of(free, rng) & ~flawed.any(-1, keepdims=True)
    flawed &= ~(_one_of(flawed, rng) & flawed.all(-1, keepdims=True))
    return np.where(flawed, _size_db(free.shape, rng), 0.0)


def _raw(free: ndarray, rng: np.random.Generator) -> ndarray:
    return np.where(free, rng.uniform(-RAW_DB, RAW_DB, free.shape), 0.0)


FLAWS = {"none": _none, "one": _one, "many": _many, "raw": _raw}
