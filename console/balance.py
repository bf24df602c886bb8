"""The balance prior: how loud the stems of professional mixes are, and how that varies.

A song has a loudest-second level per stem (mean of the two loudest seconds of ten, dB against the mix's energy in
the same second), normally distributed between songs; a ten-second chunk departs from its song; single seconds lie
below that level by a drop; some seconds are pauses. `balance.yaml` holds the fitted figures and their source.

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
from jaxtyping import Float
from numpy import ndarray

from console.roles import Role

ROLES = tuple(Role)
CHUNK_S = 10
LOUDEST_S = 2
AUDIBLE_DB = -30.0  # a chunk whose loudest seconds lie lower says nothing of the stem's level
LONGEST_REST_S = 6
PAUSE_DB = 20.0  # a second this far below the loudest ones is a pause
DROP_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class BalancePrior:
    """Fitted figures, stems in the order vocals, drums, bass, other; levels in dB against the mix.

    Args:
        mean_db: loudest-second level, mean over songs.
        covariance_db2: its covariance between songs.
        chunk_covariance_db2: covariance of a chunk's level about its song's.
        drop_db: per stem, how far a sounding second lies below that level: quantiles 0.01, 0.05, 0.25, 0.5, 0.75, 0.95.
        pause_share: per stem, share of the seconds of a chunk in which the stem pauses.
        source: where the figures come from.
    """

    mean_db: list[float]
    covariance_db2: list[list[float]]
    chunk_covariance_db2: list[list[float]]
    drop_db: list[list[float]]
    pause_share: list[float]
    source: str = ""

    @classmethod
    def load(cls) -> "BalancePrior":
        """The figures that ship with the project."""
        return cls(**yaml.safe_load(files("console").joinpath("balance.yaml").read_text()))

    def draw(self, seconds: int, rng: np.random.Generator) -> Float[ndarray, "role second"]:
        """One song's levels, second by second, in dB; pauses are -60 dB below the stem's level.

        Chunks of ten seconds share the song's level and have an offset each.
        """
        chunks = -(-seconds // CHUNK_S)
        song = rng.multivariate_normal(self.mean_db, self.covariance_db2)
        chunk = rng.multivariate_normal(np.zeros(len(ROLES)), self.chunk_covariance_db2, size=chunks)
        level = song[:, None] + np.repeat(chunk, CHUNK_S, axis=0).T[:, :seconds]
        for stem, quantiles in enumerate(self.drop_db):
            knots = [quantiles[0], *quantiles, PAUSE_DB]
            drop = np.interp(rng.random(seconds), [0.0, *DROP_QUANTILES, 1.0], knots)
            level[stem] -= np.where(_pauses(seconds, self.pause_share[stem], rng), 60.0, drop)
        return level


def _pauses(seconds: int, share: float, rng: np.random.Generator) -> ndarray:
    """Whole phrases rest, not single seconds: rests of 2 to 6 s, which may begin before the first second."""
    rests = np.zeros(seconds + LONGEST_REST_S, dtype=bool)
    mean_rest_s = (2 + LONGEST_REST_S) / 2
    for _ in range(rng.poisson(-np.log1p(-share) * len(rests) / mean_rest_s)):  # rests may overlap
        start, length = rng.integers(len(rests)), rng.integers(2, LONGEST_REST_S + 1)
        rests[start : start + length] = True
    return rests[LONGEST_REST_S:]


def fit(table: Path, source: str) -> BalancePrior:
    """Figures from a table of energy shares (columns track, second and one per role; shares of a second sum to 1)."""
    tops, offsets = [], []
    drops: dict[int, list[float]] = defaultdict(list)
    pauses: dict[int, list[float]] = defaultdict(list)
    for song in _read(table):
        levels = np.array([_loudest(chunk) for chunk in song])
        audible = levels > AUDIBLE_DB
        for chunk, level, heard in zip(song, levels, audible, strict=True):
            for stem in np.flatnonzero(heard).tolist():
                below = level[stem] - chunk[:, stem]
                pauses[stem].append((below > PAUSE_DB).mean())
                drops[stem].extend(below[below <= PAUSE_DB])
        if len(song) and audible.any(0).all():
            levels[~audible] = np.nan
            tops.append(np.nanmean(levels, 0))
            offsets.extend(levels - tops[-1])
    whole = np.array([offset for offset in offsets if not np.isnan(offset).any()])
    roles = range(len(ROLES))
    return BalancePrior(
        mean_db=np.mean(tops, 0).round(2).tolist(),
        covariance_db2=np.cov(np.transpose(tops)).round(2).tolist(),
        chunk_covariance_db2=np.cov(whole.T).round(2).tolist(),
        drop_db=[np.quantile(drops[stem], DROP_QUANTILES).round(2).tolist() for stem in roles],
        pause_share=[float(np.mean(pauses[stem]).round(3)) for stem in roles],
        source=source,
    )


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
