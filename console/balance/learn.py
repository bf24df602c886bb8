"""What is usual, learnt: from levels of finished songs, or from what somebody changed of the console's advice.

Both begin with what is usual among more music (the base) and move from it as far as there is evidence: a mean that is
told to the console is not shrunk any further there. The spread that is told is that of songs about the mean, and how
uncertain the mean is. One odd song counts for little: songs lie about the mean as a t-distribution has them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.balance.genre import completed, usual_in_all_music
from console.balance.prior import ROLES, TOLD_DB
from console.balance.usual import Usual
from console.errors import InputError
from console.read.roles import Role

OWN_DB = 2.2  # spread of songs of one person or label, before any is known
ALIKE_DB = 1.4  # of songs as somebody holds them up together: two of them differ by 2 dB
VERSION_DB = 0.5  # of versions of one song: two of them differ by 0.7 dB
PSEUDO_SONGS = 3  # that such a spread counts as
MOST_OF_BASE = 0.85  # a kind of music spreads less than the music that it is among
DEGREES = 5.0  # of freedom
EXACT, TELLS = 2.0, 1.5  # how exactly a song of weight 1 tells the mean, against its spread: given the others; at all
ROUNDS = 300  # until nothing moves any more
HABIT_DB = 1.5  # by which people's habits differ from each other, one standard deviation
DECISION_DB = 1.5  # by which one person's decisions differ from song to song, before any is known


@dataclass(frozen=True)
class Learnt:
    """What was learnt.

    Args:
        usual: to be told to a console.
        counts: how many songs, or decisions, told of each role.
    """

    usual: Usual
    counts: Mapping[Role, int]


@dataclass(frozen=True)
class Decision:
    """What somebody did to one role in one song.

    Args:
        gain_db: the gain that was put on it; on top of what the console had advised, where that is not told.
        advised_db: the gain that the console had advised.
        song: decisions on one role of one song count once.
    """

    role: Role
    gain_db: float
    advised_db: float = 0.0
    song: str | None = None


def learn_songs(
    levels_db: Sequence[Mapping[Role, float]], source: str, base: Usual | None = None, spread_db: float = OWN_DB
) -> Learnt:
    """What is usual in songs of these levels.

    Args:
        levels_db: of each song's roles, as `console.balance.measured.Measured` has them; offsets of whole songs do not
            count.
        source: whose it is, in words: "what is usual in ...".
        base: what is usual among more music; by default all music.
        spread_db: of such songs, before any is known.

    Raises: InputError where no song has two roles, whose levels could be compared.
    """
    level_db = np.array([[song.get(role, np.nan) for role in ROLES] for song in levels_db]).reshape(-1, len(ROLES))
    level_db = level_db[(~np.isnan(level_db)).sum(1) > 1]
    if not len(level_db):
        raise InputError("A balance is of at least two of vocals, drums, bass and other: no song has as many.")
    base_db, wide_db = _rows(base)
    own_db2 = np.minimum(spread_db, MOST_OF_BASE * wide_db) ** 2
    between_db2 = wide_db**2 - own_db2  # of kinds of music among the base
    known = ~np.isnan(level_db)
    count = known.sum(0)
    songs_db, spread_db2 = _begin(level_db, base_db), own_db2
    weight = known.astype(float)
    for _ in range(ROUNDS):
        before_db2 = spread_db2
        own = weight * EXACT / spread_db2
        aligned_db = np.where(known, level_db - _offset(level_db - songs_db, own), 0.0)
        songs_db = np.where(count > 0, (weight * aligned_db).sum(0) / weight.sum(0).clip(1e-9), base_db)
        off_db2 = (aligned_db - songs_db) ** 2 + 1 / own.sum(1, keepdims=True)  # and what is not known of the offset
        weight = np.where(known, _weight(off_db2, spread_db2), 0.0)
        squares = EXACT * (weight * off_db2).sum(0)
        alone = count.clip(1)  # of one song nothing is known of how far they differ
        spread_db2 = (PSEUDO_SONGS * own_db2 + squares * (alone - 1) / alone) / (PSEUDO_SONGS + alone - 1)
        if np.abs(spread_db2 - before_db2).max() < 1e-6:
            break
    in_song = known.sum(1, keepdims=True)
    # A song's own offset takes a part of what it tells.
    told = (TELLS * weight * (in_song - 1) / in_song).sum(0) / spread_db2
    mean_db = (base_db / between_db2 + songs_db * told) / (1 / between_db2 + told)
    doubt_db2 = 1 / (1 / between_db2 + told)
    # Of a role that no song has nothing is learnt.
    total_db2 = np.where(count > 0, spread_db2 + doubt_db2, wide_db**2)
    return Learnt(_told(mean_db, total_db2, source), dict(zip(ROLES, count.tolist(), strict=True)))


def learn_decisions(decisions: Iterable[Decision], source: str, base: Usual | None = None) -> Learnt:
    """What is usual for somebody who decided so, where the console had judged by the base.

    What was left as it was advised need not be told. Few decisions move what is usual by a part of what they say, and
    decisions that differ, by less.

    Args:
        source: whose it is, in words: "what is usual for ...".
        base: what the console judged by; by default all music.

    Raises: InputError where there is no decision.
    """
    by_song: dict[tuple[Role, str | int], list[float]] = {}
    for at, decision in enumerate(decisions):
        key = (decision.role, at if decision.song is None else decision.song)
        by_song.setdefault(key, []).append(decision.gain_db - decision.advised_db)
    if not by_song:
        raise InputError("There is no decision to learn from.")
    base_db, wide_db = _rows(base)
    mean_db, total_db2, counts = base_db.copy(), wide_db**2, {}
    for at, role in enumerate(ROLES):
        moved_db = np.array([np.mean(rows) for (of, _), rows in by_song.items() if of is role])
        counts[role] = len(moved_db)
        if len(moved_db):
            habit_db2 = min(HABIT_DB, MOST_OF_BASE * float(wide_db[at])) ** 2
            habit_db, doubt_db2 = _habit(moved_db, habit_db2)
            mean_db[at] += habit_db
            total_db2[at] += doubt_db2 - habit_db2  # the base spreads by people's habits, too
    return Learnt(_told(mean_db, total_db2, source), counts)


def _habit(moved_db: Float[ndarray, " decision"], habit_db2: float) -> tuple[float, float]:
    """Mean of one role's decisions, shrunk to none, and the variance of what is not known of it."""
    mean_db, spread_db2, count = float(np.median(moved_db)), DECISION_DB**2, len(moved_db)
    for _ in range(ROUNDS):
        off_db2 = (moved_db - mean_db) ** 2
        weight = _weight(off_db2, spread_db2)
        mean_db = float((weight * moved_db).sum() / weight.sum())
        squares = EXACT * float((weight * off_db2).sum())
        spread_db2 = (PSEUDO_SONGS * DECISION_DB**2 + squares * (count - 1) / count) / (PSEUDO_SONGS + count - 1)
    told = TELLS * float(weight.sum()) / spread_db2
    return mean_db * told / (1 / habit_db2 + told), 1 / (1 / habit_db2 + told)


def _rows(base: Usual | None) -> tuple[Float[ndarray, " role"], Float[ndarray, " role"]]:
    """Level and spread of every role; one of which the base says nothing is as in all music."""
    whole = completed(base) if base is not None and base.mean_db else usual_in_all_music()
    return np.array([whole.mean_db[role] for role in ROLES]), np.array([whole.spread_db[role] for role in ROLES])


def _begin(level_db: Float[ndarray, "song role"], base_db: Float[ndarray, " role"]) -> Float[ndarray, " role"]:
    """Where the songs' levels lie, roughly, but robustly; where none is known, the base's."""
    off_db = level_db - base_db
    off_db = off_db - np.nanmedian(off_db, axis=1, keepdims=True)
    known = ~np.isnan(off_db).all(0)
    middle_db = np.zeros(len(base_db))
    middle_db[known] = np.nanmedian(off_db[:, known], axis=0)
    return base_db + middle_db


def _weight(off_db2: ndarray, spread_db2: ndarray | float) -> ndarray:
    """How much each counts: 1 near the mean, ever less far off."""
    return DEGREES / (DEGREES + off_db2 / (spread_db2 * (DEGREES - 2) / DEGREES))


def _offset(off_db: Float[ndarray, "song role"], weight: Float[ndarray, "song role"]) -> Float[ndarray, "song 1"]:
    """What all roles of a song are louder by."""
    return np.nansum(off_db * weight, axis=1, keepdims=True) / weight.sum(1, keepdims=True)


def _told(mean_db: ndarray, spread_db2: ndarray, source: str) -> Usual:
    """Within what a console is told while it is trained."""
    return Usual.of_rows(mean_db, np.sqrt(spread_db2).clip(*TOLD_DB), source)
