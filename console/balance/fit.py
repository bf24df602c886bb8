"""Fits the balance prior to figures of real music."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import yaml
from jaxtyping import Float
from numpy import ndarray

from console.balance.prior import ROLES, BalancePrior
from console.balance.song import CHUNK_S, FAINT_DB, LOUDEST_S
from console.files.whole import whole_file

# Between songs of other real music than the table of shares, which is of pop and rock: the least spread.
LEAST_SD_DB = 2.3
MIX_CHUNK_DB = 0.7  # sd of a mix's chunks, which levels against the mix have in them
DEGREES = 5.0
# Of the ten songs of the table of seconds four have no voice; of MUSDB18's hundreds nearly all have all roles.
MISSING, RESTING = (0.12, 0.06, 0.08, 0.03), 0.05
SECOND_DB = np.array([2.4, 1.5, 1.3, 1.6])  # sd of a stem's sounding seconds about its usual level, on real songs
SILENT_DB = -60.0
COMMON_DB = np.arange(-25, 25, 0.25)  # a song's common level, which is not known
MOST_PATTERNS = 350  # of a role
DEEPEST_DB = 60.0
SOURCE = (
    "Energy shares of 25 songs of the MUSDB18 test set, recovered from the scores of the MIX entry of SiSEC 2018 (SDR "
    "of mixture/4 as every stem); ten real songs, levels only"
)

Chunk = ndarray  # "second role", dB


def write(shares: Path, seconds: Path, folder: Path) -> None:
    """Writes `balance.yaml` and `patterns.csv`."""
    prior = fit(shares)
    with whole_file(folder / "balance.yaml") as figures:
        figures.write_text(yaml.safe_dump(asdict(prior), sort_keys=False, default_flow_style=None, width=110))
    bank = patterns([*moving(shares, np.random.default_rng(0)), *read_levels(seconds)], np.random.default_rng(0))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["role", *(f"drop_db_{second}" for second in range(CHUNK_S))])
    for role, of_role in zip(ROLES, bank, strict=True):
        rows.writerows([role.value, *(f"{db:.1f}" for db in row)] for row in of_role)
    with whole_file(folder / "patterns.csv") as table:
        table.write_text(text.getvalue())


def fit(shares: Path) -> BalancePrior:
    """Figures from a table of energy shares (columns track, second and one per role; shares of a second sum to 1)."""
    songs = _chunks(shares)
    loudest, mean = (_levels(songs, of) for of in (_loudest, _mean))
    mean_db, sd_db = fit_songs(np.array([np.nanmean(song, 0) for song in loudest]))
    within = np.concatenate([song - np.nanmean(song, 0) for song in loudest])
    of_loudest, of_mean = _gaussian(loudest), _gaussian(mean)
    return BalancePrior(
        song_mean_db=mean_db.round(2).tolist(),
        song_sd_db=np.maximum(sd_db, LEAST_SD_DB).round(2).tolist(),
        degrees=DEGREES,
        chunk_sd_db=np.sqrt(np.nanvar(within, 0) - MIX_CHUNK_DB**2).round(2).tolist(),
        missing=list(MISSING),
        resting=RESTING,
        mean_db=of_loudest[0],
        covariance_db2=of_loudest[1],
        chunk_covariance_db2=of_loudest[2],
        mean_level_db=of_mean[0],
        mean_level_covariance_db2=of_mean[1],
        mean_level_chunk_covariance_db2=of_mean[2],
        source=SOURCE,
    )


def fit_songs(level_db: Float[ndarray, "song role"]) -> tuple[Float[ndarray, " role"], Float[ndarray, " role"]]:
    """Mean and sd of the roles' levels, t-distributed and independent but for a level common to all of a song's roles.

    By maximum likelihood; what is common is summed out. NaN is a role that a song lacks.
    """
    from scipy.optimize import minimize
    from scipy.stats import t

    level_db = level_db - np.nanmean(level_db, axis=1, keepdims=True)
    start = np.nanmean(level_db, axis=0)
    narrow = np.sqrt(1 - 2 / DEGREES)

    def unlikely(told: ndarray) -> float:
        mean_db, sd_db = np.array([start[0], *told[: len(ROLES) - 1]]), np.exp(told[len(ROLES) - 1 :])
        off = (level_db[:, None] - COMMON_DB[None, :, None] - mean_db) / (narrow * sd_db)
        log = np.nansum(t.logpdf(off, DEGREES) - np.log(sd_db), axis=-1)
        return -float(np.logaddexp.reduce(log, axis=1).sum())

    found = minimize(unlikely, [*start[1:], *np.ones(len(ROLES))], method="Nelder-Mead", options={"maxfev": 4000})
    return np.array([start[0], *found.x[: len(ROLES) - 1]]), np.exp(found.x[len(ROLES) - 1 :])


def patterns(songs: list[Chunk], rng: np.random.Generator) -> list[Float[ndarray, "chunk second"]]:
    """Per role, how the seconds of chunks lie below the two loudest: sorted within each, and from the steadiest on."""
    bank: list[list[ndarray]] = [[] for _ in ROLES]
    for song in songs:
        for start in range(0, len(song) - CHUNK_S + 1, CHUNK_S):
            chunk = song[start : start + CHUNK_S]
            top = _loudest(chunk)
            for role in np.flatnonzero(top > max(top.max() + FAINT_DB, SILENT_DB)):
                bank[role].append(np.sort(np.minimum(top[role] - chunk[:, role], DEEPEST_DB)))
    out = []
    for rows in bank:
        few = np.reshape(rows, (-1, CHUNK_S))[rng.permutation(len(rows))[:MOST_PATTERNS]]
        out.append(few[np.argsort((10 ** (-few / 10)).mean(1))[::-1]])
    return out


def moving(shares: Path, rng: np.random.Generator) -> list[Chunk]:
    """Levels of songs of which only shares are known: what the mix did follows from stems that move by themselves.

    Given that each stem's sounding seconds lie `SECOND_DB` about its usual level, independently, a second's energy is
    normally distributed about the weighted mean of what each stem's share says of it.
    """
    out = []
    for song in _read(shares).values():
        known = np.concatenate([chunk for chunk in song if len(chunk)])
        sounds = known > -30
        usual = np.array([np.median(known[on, k]) if (on := sounds[:, k]).any() else 0.0 for k in range(len(ROLES))])
        weight = sounds / SECOND_DB**2
        total = weight.sum(1).clip(0.1)
        mix_db = -((known - usual).clip(-8, 8) * weight).sum(1) / total + rng.normal(size=len(known)) / np.sqrt(total)
        out.append(np.where(known > SILENT_DB, known + mix_db[:, None], SILENT_DB))
    return out


def read_levels(table: Path) -> list[Chunk]:
    """Levels of the seconds of songs (columns song, second and one per role; empty = silent), dB."""
    songs: dict[str, list[list[float]]] = defaultdict(list)
    with open(table, newline="") as lines:
        for row in csv.DictReader(lines):
            songs[row["song"]].append([float(row[role] or SILENT_DB) for role in ROLES])
    return [np.array(song).clip(SILENT_DB) for song in songs.values()]


def _gaussian(songs: list[ndarray]) -> tuple[list[float], list[list[float]], list[list[float]]]:
    """Mean over songs, covariance between them, and of chunks about their song; of songs that have all roles."""
    whole = [song for song in songs if not np.isnan(song).all(0).any()]
    between = np.array([np.nanmean(song, 0) for song in whole])
    within = np.concatenate(
        [song[~np.isnan(song).any(1)] - middle for song, middle in zip(whole, between, strict=True)]
    )
    return (
        between.mean(0).round(2).tolist(),
        np.cov(between.T).round(2).tolist(),
        np.cov(within.T).round(2).tolist(),
    )


def _levels(songs: list[list[Chunk]], of: Callable[[Chunk], ndarray]) -> list[ndarray]:
    """Per song the levels of its chunks, NaN where a role is not heard."""
    out = []
    for song in songs:
        audible = np.array([_loudest(chunk) for chunk in song]) > FAINT_DB
        out.append(np.where(audible, np.array([of(chunk) for chunk in song]), np.nan))
    return out


def _mean(chunk: Chunk) -> Float[ndarray, " role"]:
    return 10 * np.log10((10 ** (chunk / 10)).mean(0))


def _loudest(chunk: Chunk) -> Float[ndarray, " role"]:
    energy = np.sort(10 ** (chunk / 10), axis=0)[-LOUDEST_S:]
    return 10 * np.log10(energy.mean(0))


def _chunks(table: Path) -> list[list[Chunk]]:
    """Per song its ten-second chunks with at least eight known seconds."""
    songs = [[chunk for chunk in song if len(chunk) >= CHUNK_S - 2] for song in _read(table).values()]
    return [song for song in songs if song]


def _read(table: Path) -> dict[str, list[Chunk]]:
    """Per song its ten-second chunks: shares in dB, -60 for silence."""
    songs: dict[str, dict[int, list[ndarray]]] = defaultdict(lambda: defaultdict(list))
    with open(table, newline="") as lines:
        for row in csv.DictReader(lines):
            share = np.array([float(row[role]) for role in ROLES])
            songs[row["track"]][int(row["second"]) // CHUNK_S].append(10 * np.log10(share.clip(1e-6)))
    return {name: [np.array(chunk) for chunk in song.values()] for name, song in songs.items()}
