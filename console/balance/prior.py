"""The balance prior: how loud the stems of professional mixes are, and how that varies.

A song has a level per role (of every ten seconds the two loudest, in dB against the mix), which lies about the mean of
all songs with heavy tails; a chunk of ten seconds departs from its song; within it each stem's seconds fall below the
two loudest as some chunk of a real song did (`console.balance.patterns`). Stems move by themselves: what the mix does
from second to second follows from them, and is never drawn. `balance.yaml` holds the fitted figures and their source.

    python -m console.balance SHARES.csv SECONDS.csv       fits them again
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from jaxtyping import Bool, Float
from numpy import ndarray

from console.balance.patterns import Patterns
from console.balance.song import CHUNK_S, LOUDEST_S
from console.read.roles import Role

__all__ = ["CHUNK_S", "LOUDEST_S", "ROLES", "BalancePrior"]

ROLES = tuple(Role)
REST_DB = 60.0  # how far below the mean a stem lies that rests
TOLD_DB = (0.5, 3.0)  # from how sharp to how vague what is usual is told
UNEVEN = 0.15  # sd of the log of a role's spread about that of all


@dataclass(frozen=True)
class BalancePrior:
    """Fitted figures, roles in the order vocals, drums, bass, other; dB.

    Args:
        song_mean_db, song_sd_db: of a song's levels, each role by itself; only differences between roles count.
        degrees: of freedom of the t-distribution that they follow: how heavy its tails are.
        chunk_sd_db: of a chunk's level about its song's.
        missing: share of the songs that lack the role. `resting`: of the chunks in which a role rests.
        mean_db, covariance_db2, chunk_covariance_db2: of levels against the mix (mean over songs, between songs, of
            chunks about their song), which baselines read.
        mean_level_db, mean_level_covariance_db2, mean_level_chunk_covariance_db2: the same of a chunk's mean level.
        source: where the figures come from.
    """

    song_mean_db: list[float]
    song_sd_db: list[float]
    degrees: float
    chunk_sd_db: list[float]
    missing: list[float]
    resting: float
    mean_db: list[float]
    covariance_db2: list[list[float]]
    chunk_covariance_db2: list[list[float]]
    mean_level_db: list[float]
    mean_level_covariance_db2: list[list[float]]
    mean_level_chunk_covariance_db2: list[list[float]]
    source: str = ""

    @classmethod
    @lru_cache
    def load(cls) -> "BalancePrior":
        """The figures that ship with the project."""
        return cls(**yaml.safe_load(files("console.balance").joinpath("balance.yaml").read_text()))

    def draw_songs(self, songs: int, rng: np.random.Generator) -> Float[ndarray, "song role"]:
        """The levels of each of some songs, in dB."""
        return np.array(self.song_mean_db) + np.array(self.song_sd_db) * self._tailed((songs, len(ROLES)), rng)

    def draw_missing(self, songs: int, rng: np.random.Generator) -> Bool[ndarray, "song role"]:
        """Which roles each of some songs lacks; two are always there."""
        lacks = rng.random((songs, len(ROLES))) < self.missing
        return lacks & (~lacks).sum(-1, keepdims=True).__ge__(2)

    def draw_told(
        self, songs: int, rng: np.random.Generator
    ) -> tuple[Float[ndarray, "song role"], Float[ndarray, "song role 2"]]:
        """The levels of some songs in dB, and what is usual in music like each: mean and spread.

        All songs together lie as `draw_songs` has them, but where the spread told is wider than theirs.
        """
        song_db, sd_db = self.draw_songs(songs, rng), np.array(self.song_sd_db)
        usual = self.usual_of(song_db, rng)
        mean_db, spread_db = usual[..., 0], usual[..., 1]
        wide = mean_db + spread_db * self._tailed(song_db.shape, rng)
        return np.where(spread_db > sd_db, wide, song_db), usual

    def usual_of(self, song_db: Float[ndarray, "song role"], rng: np.random.Generator) -> Float[ndarray, "song role 2"]:
        """What may be told to be usual of music in which songs have these levels: mean and spread in dB.

        The spread is drawn first; given it, the mean lies as it does for kinds of music among all, whose songs spread
        by that about it.
        """
        songs = len(song_db)
        mean_db, sd_db = np.array(self.song_mean_db), np.array(self.song_sd_db)
        spread_db = np.exp(
            rng.uniform(math.log(TOLD_DB[0]), math.log(TOLD_DB[1]), (songs, 1)) + rng.normal(0, UNEVEN, song_db.shape)
        )
        kept = np.clip(1 - (spread_db / sd_db) ** 2, 0, 1)
        about_db = np.sqrt(kept) * spread_db * self._tailed(song_db.shape, rng)
        return np.stack([mean_db + kept * (song_db - mean_db) + about_db, spread_db], axis=-1)

    def draw_chunks(
        self, song_db: Float[ndarray, "song role"], chunks: int, rng: np.random.Generator
    ) -> Float[ndarray, "song chunk role second"]:
        """The level of every second of some chunks of songs of these levels, in dB; rests lie 60 dB below."""
        shape = (len(song_db), chunks, len(ROLES))
        level_db = song_db[:, None] + rng.normal(size=shape) * np.array(self.chunk_sd_db)
        rests = rng.random(shape) < (self.resting if chunks > 1 else 0.0)
        level_db = np.where(rests, song_db[:, None] - REST_DB, level_db)
        return level_db[..., None] - Patterns.load().draw(len(song_db), chunks, rng)

    def _tailed(self, shape: tuple[int, ...], rng: np.random.Generator) -> ndarray:
        """Of mean 0 and sd 1."""
        return rng.standard_t(self.degrees, shape) * np.sqrt(1 - 2 / self.degrees)
