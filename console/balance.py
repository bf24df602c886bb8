"""The balance prior: how loud the stems of professional mixes are, and how that varies.

A song has a loudest-second level per stem (mean of the two loudest seconds of ten, dB against the mix's energy in
the same second) and a drop (how far the mean level of ten seconds lies below that), normally distributed together
between songs; a ten-second chunk departs from its song; single seconds spread so that their mean has the chunk's drop;
some are pauses. A level and the drops of all stems tell of each other: where the others rest, a stem takes more of the
mix. `balance.yaml` holds the fitted figures and their source.

    python -m console.balance BALANCE.csv        prints the figures fitted to a table of energy shares
"""

import csv
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from jaxtyping import Bool, Float
from numpy import ndarray

from console.read.roles import Role

ROLES = tuple(Role)
CHUNK_S = 10
LOUDEST_S = 2
AUDIBLE_DB = -30.0  # a chunk whose loudest seconds lie lower says nothing of the stem's level
MEAN_REST_S = 4
REST_DB = 60.0
ROOT_DROP = (0.2, 2.6)  # the drop of two seconds in ten is 7 dB
WIDEST, HALVINGS = 16.0, 10  # of the spread that gives a drop
PAUSE_DB = 20.0  # a second this far below the loudest ones is a pause
DROP_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class BalancePrior:
    """Fitted figures, stems in the order vocals, drums, bass, other; levels in dB against the mix.

    Args:
        mean_db: loudest-second level, mean over songs.
        covariance_db2: its covariance between songs.
        chunk_covariance_db2: covariance of a chunk's level about its song's.
        root_drop: square root of the drop in dB, mean over songs.
        together, chunk_together: covariances as above, of the four levels and the four root drops.
        second_drop_db: per stem, how far a sounding second lies below the chunk's level: quantiles 0.01, 0.05, 0.25,
            0.5, 0.75, 0.95.
        second_correlation: of the stems' drops in one second, as normal scores.
        pause_share: per stem, share of the seconds of a chunk in which the stem pauses.
        mean_level_db, mean_level_covariance_db2, mean_level_chunk_covariance_db2: the first three of a chunk's mean
            level, which baselines read.
        source: where the figures come from.
    """

    mean_db: list[float]
    covariance_db2: list[list[float]]
    chunk_covariance_db2: list[list[float]]
    root_drop: list[float]
    together: list[list[float]]
    chunk_together: list[list[float]]
    second_drop_db: list[list[float]]
    second_correlation: list[list[float]]
    pause_share: list[float]
    mean_level_db: list[float]
    mean_level_covariance_db2: list[list[float]]
    mean_level_chunk_covariance_db2: list[list[float]]
    source: str = ""

    @classmethod
    def load(cls) -> "BalancePrior":
        """The figures that ship with the project."""
        return cls(**yaml.safe_load(files("console").joinpath("balance.yaml").read_text()))

    def draw(
        self,
        songs: int,
        chunks: int,
        seconds: int,
        rng: np.random.Generator,
        shift_db: Float[ndarray, "song role"] | None = None,
    ) -> Float[ndarray, "song chunk role second"]:
        """The levels of every second of some chunks of each of some songs, in dB; pauses lie 60 dB below.

        A chunk's two loudest seconds have its level on average. `shift_db` is added to a song's levels, such as the
        conventions of its genre.
        """
        from scipy.special import ndtr  # scipy takes half a second to import, and whoever only listens needs none

        roles = len(ROLES)
        centre = [*self.mean_db, *self.root_drop]
        song = rng.multivariate_normal(centre, self.together, size=songs)
        chunk = rng.multivariate_normal(np.zeros(2 * roles), self.chunk_together, size=(songs, chunks))
        level_db, root_drop = np.split(song[:, None] + chunk, 2, axis=-1)
        if shift_db is not None:
            level_db = level_db + shift_db[:, None]
        of_second = rng.multivariate_normal(np.zeros(roles), self.second_correlation, size=(songs, chunks, seconds))
        uniform = np.moveaxis(ndtr(of_second), -1, -2)
        pattern_db = np.empty_like(uniform)
        for stem, quantiles in enumerate(self.second_drop_db):
            knots = [quantiles[0], *quantiles, PAUSE_DB]
            pattern_db[:, :, stem] = np.interp(uniform[:, :, stem], [0.0, *DROP_QUANTILES, 1.0], knots)
        paused = _pauses(uniform.shape, np.array(self.pause_share), rng)
        share_db = level_db[..., None] - _with_drop(pattern_db, paused, root_drop.clip(*ROOT_DROP) ** 2)
        # Shares of one second's energy sum to 1; draws, stem by stem, do so only on average.
        return share_db - 10 * np.log10((10 ** (share_db / 10)).sum(2, keepdims=True))


def _with_drop(
    pattern_db: Float[ndarray, "*chunk second"],
    paused: Bool[ndarray, "*chunk second"],
    drop_db: Float[ndarray, "*chunk"],
) -> Float[ndarray, "*chunk second"]:
    """Drops of single seconds, spread or narrowed until the mean energy lies `drop_db` below that of the loudest two.

    Where rests alone would take more than that, there are none.
    """
    loudest = max(1, round(pattern_db.shape[-1] * LOUDEST_S / CHUNK_S))
    sounding = (~paused).sum(-1)
    few = (sounding < loudest) | (10 * np.log10(np.maximum(sounding, 1) / paused.shape[-1]) < -drop_db)
    paused = paused & ~few[..., None]

    def dropped(spread: ndarray) -> ndarray:
        db = np.where(paused, REST_DB, spread[..., None] * pattern_db)
        top = np.sort(10 ** (-db / 10), axis=-1)[..., -loudest:].mean(-1, keepdims=True)
        return db + 10 * np.log10(top)

    low, high = np.zeros(drop_db.shape), np.full(drop_db.shape, WIDEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        narrow = -10 * np.log10((10 ** (-dropped(middle) / 10)).mean(-1)) < drop_db
        low, high = np.where(narrow, middle, low), np.where(narrow, high, middle)
    return dropped(high).clip(max=REST_DB)


def _pauses(shape: tuple[int, ...], share: Float[ndarray, " role"], rng: np.random.Generator) -> ndarray:
    """Whole phrases rest, not single seconds: a chain of rests that last four seconds on average, "... role second"."""
    end, begin = 1 / MEAN_REST_S, share / (1 - share) / MEAN_REST_S
    paused = np.empty(shape, dtype=bool)
    paused[..., 0] = rng.random(shape[:-1]) < share
    for second in range(1, shape[-1]):
        chance = rng.random(shape[:-1])
        before = paused[..., second - 1]
        paused[..., second] = np.where(before, chance >= end, chance < begin)
    return paused


def fit(table: Path, source: str) -> BalancePrior:
    """Figures from a table of energy shares (columns track, second and one per role; shares of a second sum to 1)."""
    between, within, second_drops, pauses = [], [], [], []
    for song in _read(table):
        levels = np.array([_loudest(chunk) for chunk in song])
        drops = levels - np.array([10 * np.log10((10 ** (chunk / 10)).mean(0)) for chunk in song])
        audible = levels > AUDIBLE_DB
        for chunk, level, heard in zip(song, levels, audible, strict=True):
            below = np.where(heard, level - chunk, np.nan)
            pauses.append(np.where(heard, (below > PAUSE_DB).mean(0), np.nan))
            if len(chunk) == CHUNK_S:
                second_drops.append(np.where(below <= PAUSE_DB, below, np.nan))
        if len(song) and audible.any(0).all():
            both = np.where(np.tile(audible, 2), np.concatenate([levels, np.sqrt(drops)], axis=1), np.nan)
            between.append(np.nanmean(both, 0))
            within.extend((both - between[-1])[audible.all(1)])
    roles = len(ROLES)
    mean, together, chunk_together = np.mean(between, 0), np.cov(np.transpose(between)), np.cov(np.transpose(within))
    by_second = np.array(second_drops)
    return BalancePrior(
        mean_db=mean[:roles].round(2).tolist(),
        covariance_db2=together[:roles, :roles].round(2).tolist(),
        chunk_covariance_db2=chunk_together[:roles, :roles].round(2).tolist(),
        root_drop=mean[roles:].round(3).tolist(),
        together=together.round(3).tolist(),
        chunk_together=chunk_together.round(3).tolist(),
        second_drop_db=np.nanquantile(by_second, DROP_QUANTILES, axis=(0, 1)).T.round(2).tolist(),
        second_correlation=_drops_together(by_second).round(2).tolist(),
        pause_share=np.nanmean(pauses, 0).round(3).tolist(),
        **_mean_levels(table),
        source=source,
    )


def _mean_levels(table: Path) -> dict[str, list]:
    """Mean and covariances of the chunks' mean levels, over the same songs and chunks as the loudest seconds'."""
    between, within = [], []
    for song in _read(table):
        audible = np.array([_loudest(chunk) for chunk in song]) > AUDIBLE_DB
        levels = np.array([10 * np.log10((10 ** (chunk / 10)).mean(0)) for chunk in song])
        if len(song) and audible.any(0).all():
            between.append(np.nanmean(np.where(audible, levels, np.nan), 0))
            within.extend((levels - between[-1])[audible.all(1)])
    return {
        "mean_level_db": np.mean(between, 0).round(2).tolist(),
        "mean_level_covariance_db2": np.cov(np.transpose(between)).round(2).tolist(),
        "mean_level_chunk_covariance_db2": np.cov(np.transpose(within)).round(2).tolist(),
    }


def _drops_together(drop_db: Float[ndarray, "chunk second role"]) -> Float[ndarray, "role role"]:
    """How the drops of one second hang together: correlation of normal scores. NaN where a stem is not heard."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    known = ~np.isnan(drop_db)
    ranks = rankdata(np.where(known, drop_db, np.inf).reshape(-1, len(ROLES)), axis=0).reshape(drop_db.shape)
    score = np.where(known, ndtri((ranks - 0.5) / known.sum((0, 1))), 0.0)
    both = np.einsum("csi,csj->ij", known, known, dtype=float)
    correlation = np.einsum("csi,csj->ij", score, score) / both
    scale = np.sqrt(np.diag(correlation))
    return correlation / np.outer(scale, scale)


def _loudest(chunk: Float[ndarray, "second role"]) -> Float[ndarray, " role"]:
    energy = np.sort(10 ** (chunk / 10), axis=0)[-LOUDEST_S:]
    return 10 * np.log10(energy.mean(0))


def _read(table: Path) -> list[list[Float[ndarray, "second role"]]]:
    """Per song its ten-second chunks (levels in dB, -60 for silence) with at least eight known seconds."""
    songs: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    with open(table, newline="") as lines:
        for row in csv.DictReader(lines):
            share = np.array([float(row[role]) for role in ROLES])
            songs[row["track"]][int(row["second"]) // CHUNK_S].append(10 * np.log10(share.clip(1e-6)))
    return [[np.array(c) for c in song.values() if len(c) >= CHUNK_S - 2] for song in songs.values()]


if __name__ == "__main__":
    figures = fit(Path(sys.argv[1]), source=" ".join(sys.argv[2:]))
    print(yaml.safe_dump(asdict(figures), sort_keys=False, default_flow_style=None, width=110), end="")
