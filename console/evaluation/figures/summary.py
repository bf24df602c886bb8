"""Rows of numbers summed up: figures with intervals by bootstrap over songs, overall and in groups."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from console.balance import ROLES
from console.evaluation.engineers import references
from console.evaluation.figures.bootstrap import Figure, Wanted, by_song, differences, interval, ratios, resamples
from console.evaluation.listeners import CONSOLE
from console.evaluation.numbers import NEAR_DB, Cell
from console.flaws import Category

COMPARED = ("joint", "mae_db", "coverage", "coverage_flawed")  # with the console's
Columns = Mapping[str, Float[ndarray, " row"]]  # NaN where a cell tells nothing

QUANTILES = {"error_p50_db": 0.5, "error_p90_db": 0.9}
ERROR_STEP_DB, MOST_ERROR_DB = 0.01, 48.0  # to which quantiles of the error are told, and where they end
SIZES_DB = (1.0, 3.0, 6.0, 9.0)  # edges of flaw sizes
MEANS = {  # figure: the column whose mean it is, the column of its weights, the items among which it is taken
    "joint": ("joint", "", "all"),
    "joint_named": ("joint_named", "", "all"),
    "joint_by_median": ("joint_by_median", "", "all"),
    "no_error": ("joint", "", "unflawed"),
    "no_error_by_median": ("joint_by_median", "", "unflawed"),
    "stem": ("stem", "", "all"),
    "direction": ("direction", "", "all"),
    "severity": ("severity", "", "all"),
    "moves_right": ("moves_right", "", "all"),
    "mae_db": ("error_db", "n_free", "all"),
    "coverage": ("covered", "n_free", "all"),
    "coverage_flawed": ("covered_flawed", "n_flawed_free", "all"),
    "range_db": ("width_db", "n_free", "all"),
    "crps_db": ("crps_db", "n_free", "all"),
    "unflawed_advised_db": ("advised_db", "", "unflawed"),
    "unflawed_median_db": ("moved_db", "n_free", "unflawed"),
    "touched": ("touched", "", "unflawed"),
    **{f"within_{near_db:g}_db": (f"within_{near_db:g}_db", "n_free", "all") for near_db in NEAR_DB},
    "stft_before": ("stft_before", "", "all"),
    "stft_after": ("stft_after", "", "all"),
    "si_sdr_before_db": ("si_sdr_before_db", "", "flawed"),
    "si_sdr_after_db": ("si_sdr_after_db", "", "flawed"),
    "inside_before": ("inside_before", "", "all"),
    "inside_after": ("inside_after", "", "all"),
}
DETECTION = {  # figure: how often tp, fp and fn are counted, and among what
    "precision": ((1, 0, 0), (1, 1, 0)),
    "recall": ((1, 0, 0), (1, 0, 1)),
    "f1": ((2, 0, 0), (2, 1, 1)),
}


class Summary(NamedTuple):
    """The figures of some rows of one listener.

    Args:
        protocol, input, listener: whose.
        group, member: of which items: ("", "") for all, else as ("category", "loud"), ("target", "vocals"),
            ("anchor", "bass"), ("flaw_db", "3 to 6": the largest flaw), ("n_flawed", "2"), ("song", its title).
        items, songs: how many.
        figures: by name, shares as 0..1; NaN where nothing tells it. What is of one song has no interval (NaN).
        more: of all items of a listener beside a console: how much larger some figures are than the console's, by
            paired bootstrap; a difference whose interval holds 0 may be chance.
    """

    protocol: str
    input: str
    listener: str
    group: str
    member: str
    items: int
    songs: int
    figures: dict[str, Figure]
    more: dict[str, Figure]


class BySong(NamedTuple):
    """The sums of which a listener's figures are ratios, for each song.

    Args:
        titles: of the songs, sorted.
        sums: theirs.
        wanted: which of the sums each figure divides.
    """

    titles: tuple[str, ...]
    sums: Float[torch.Tensor, "song sum"]
    wanted: Wanted


def summarise(rows: Iterable[Mapping[str, Cell]], console: BySong | None = None) -> list[Summary]:
    """Rows of `console.evaluation.numbers`, as they are or read back from CSV (all cells as text).

    For each protocol, input and listener, in the order in which they come, first all items, then each group.

    Args:
        console: what the listeners are compared with; by default the console among the rows, on the same input.

    One flaw, or none:
        joint: the single answer (`console.evaluation.answer`) names stem and direction rightly, or says nothing of an
            unflawed mix. joint_named: the same, told that only vocals, drums and bass are ever flawed.
            joint_by_median, no_error_by_median: the same, when the largest median from 1 dB on is the answer.
        stem, direction, severity: among flawed mixes, each by itself: the stem that is named, the direction that is
            said, and whether the advice is under 6 dB or from there on, as the flaw is. Saying nothing is wrong.
        no_error: among unflawed mixes, nothing is said. unflawed_advised_db: mean |dB| that the answer advises there.
        touched: share of the unflawed mixes in which any stem is moved, by 1 dB or more.
    Any number of flaws, over the free stems:
        mae_db: mean error of the median. range_db: mean width of the 80 % range.
        coverage: how often that range holds the truth. Most stems are right as they are, and nearly all of these are
            covered, as the mass at 0 dB cannot be split: calibration shows in coverage_flawed, over the others.
        unflawed_median_db: mean |median| in unflawed mixes.
    And further:
        moves_right: share of the items in which exactly the flawed stems are moved, each the right way.
        crps_db: mean over the free stems. within_1_db, within_3_db: share of them whose median is as near.
        error_p50_db, error_p90_db: quantiles of their error, of all items only.
        precision, recall, f1: of the stems that move, against those that should, all items together.
        inside_before, inside_after: share of the items in which all stems lie inside what engineers did, where the rows
            tell it (`console.evaluation.engineers.references`).
        stft_before, stft_after: mean distance to the balanced mix. si_sdr_before_db, si_sdr_after_db: mean over the
            flawed mixes, as there is none without distortion to speak of.
    """
    by_listener: dict[tuple[str, str, str], list[Mapping[str, Cell]]] = {}
    for row in rows:
        key = (str(row["protocol"]), str(row["input"]), str(row["listener"]))
        by_listener.setdefault(key, []).append(row)
    consoles = {key[:2]: by_song_of(of) for key, of in by_listener.items() if key[2] == CONSOLE}
    return [
        summary
        for key, of in by_listener.items()
        for summary in _of_listener(key, of, console or consoles.get(key[:2]))
    ]


def by_song_of(rows: Iterable[Mapping[str, Cell]]) -> BySong:
    """Of one listener's rows."""
    rows = list(rows)
    titles, song = np.unique([str(row["song"]) for row in rows], return_inverse=True)
    sums, wanted = _sums(_columns(rows))
    return BySong(tuple(map(str, titles)), by_song(torch.from_numpy(sums), torch.from_numpy(song), len(titles)), wanted)


def _of_listener(key: tuple[str, str, str], rows: list[Mapping[str, Cell]], console: BySong | None) -> list[Summary]:
    columns = _columns(rows)
    titles, song = np.unique([str(row["song"]) for row in rows], return_inverse=True)
    sums, wanted = _sums(columns)
    errors_db = _errors_db(columns)

    def summary(group: str, member: str, of: Bool[ndarray, " row"]) -> Summary:
        among = torch.from_numpy(song[of])
        figures, more = ratios(torch.from_numpy(sums[of]), among, len(titles), wanted), {}
        if not group:
            figures |= _quantiles(errors_db[of], among, len(titles))
            if console is not None and console.titles == tuple(map(str, titles)):
                of_song = by_song(torch.from_numpy(sums), among, len(titles))
                more = differences(of_song, console.sums, {name: wanted[name] for name in COMPARED})
        count = len(np.unique(song[of]))
        if count < 2:
            figures, more = (
                {name: Figure(figure.value, math.nan, math.nan) for name, figure in told.items()}
                for told in (figures, more)
            )
        return Summary(*key, group, member, int(of.sum()), count, figures, more)

    told = [summary("", "", np.ones(len(rows), dtype=bool))]
    for group, (of_rows, order) in _groups(rows, columns).items():
        members = np.array(of_rows)
        told += [summary(group, name, members == name) for name in order if name and (members == name).any()]
    return told


def _columns(rows: list[Mapping[str, Cell]]) -> dict[str, Float[ndarray, " row"]]:
    """All columns that are numbers, and some that follow from them."""
    pairs = [[f"{name}_{role}" for role in ROLES] for name in ("flaw_db", "median_db")]
    plain = {column for column, _, _ in MEANS.values()} | {weights for _, weights, _ in MEANS.values() if weights}
    plain |= {"said_db", "n_flawed", "tp", "fp", "fn"}
    wanted = [name for name in (*sorted(plain), *pairs[0], *pairs[1]) if name in rows[0]]
    columns = {
        name: np.array([row[name] if row[name] != "" else math.nan for row in rows], dtype=float) for name in wanted
    }
    columns |= {name: np.full(len(rows), math.nan) for name in references.COLUMNS if name not in columns}
    flaws_db, medians_db = (np.stack([columns[name] for name in names]) for names in pairs)
    anchor = np.array([str(row["anchor"]) for row in rows])
    # Of a stem that is silent, or that is not there, no median is told.
    free = ~np.isnan(medians_db) & np.stack([anchor != str(role) for role in ROLES])
    errors_db = np.where(free, np.abs(flaws_db + medians_db), math.nan)
    columns |= {f"error_db_{role}": errors_db[at] for at, role in enumerate(ROLES)}
    columns["advised_db"] = np.abs(columns["said_db"])
    columns["touched"] = (columns["fp"] > 0).astype(float)
    columns["largest_db"] = np.nanmax(np.abs(flaws_db), axis=0)
    return columns


def _sums(columns: Columns) -> tuple[Float[ndarray, "row sum"], dict[str, tuple[int, int]]]:
    """What every item adds to the sums of which the figures are ratios, and which of them each figure divides."""
    ones = np.ones_like(columns["n_flawed"])
    among = {"all": ones, "flawed": columns["n_flawed"] > 0, "unflawed": columns["n_flawed"] == 0}
    sums: list[Float[ndarray, " row"]] = []
    wanted: dict[str, tuple[int, int]] = {}
    for figure, (column, weights, items) in MEANS.items():
        weight = np.where(np.isnan(columns[column]), 0.0, (columns[weights] if weights else ones) * among[items])
        wanted[figure] = (len(sums), len(sums) + 1)
        sums += [np.nan_to_num(columns[column]) * weight, weight]
    found = np.stack([columns[name] for name in ("tp", "fp", "fn")])
    for figure, pair in DETECTION.items():
        wanted[figure] = (len(sums), len(sums) + 1)
        sums += [np.array(times) @ found for times in pair]
    return np.stack(sums, axis=-1), wanted


def _errors_db(columns: Columns) -> Float[ndarray, "row role"]:
    """Error of each free stem's median; NaN of the others."""
    return np.stack([columns[f"error_db_{role}"] for role in ROLES], axis=-1)


def _quantiles(errors_db: Float[ndarray, "row role"], song: Int[torch.Tensor, " row"], songs: int) -> dict[str, Figure]:
    """From a histogram for each song, as songs are drawn anew many times."""
    told = ~np.isnan(errors_db)
    if not told.any():
        return dict.fromkeys(QUANTILES, Figure(math.nan, math.nan, math.nan))
    steps = np.minimum((errors_db[told] / ERROR_STEP_DB).round(), round(MOST_ERROR_DB / ERROR_STEP_DB) - 1)
    steps, at = np.unique(steps, return_inverse=True)  # where none lies there is no quantile
    of = np.broadcast_to(song.numpy()[:, None], told.shape)[told]
    counts = np.bincount(of * len(steps) + at, minlength=songs * len(steps)).reshape(songs, len(steps))
    by_song = torch.from_numpy(counts.astype(float))
    drawn = torch.cat([torch.ones(1, songs, dtype=torch.float64), resamples(songs)])
    below = (drawn @ by_song).cumsum(-1)
    levels = torch.tensor(list(QUANTILES.values()), dtype=torch.float64) * below[:, -1:]
    quantiles = torch.from_numpy(steps)[torch.searchsorted(below, levels)] * ERROR_STEP_DB
    quantiles = torch.where(below[:, -1:] > 0, quantiles, math.nan)
    rows = torch.cat([quantiles[:1], interval(quantiles[1:])]).T.tolist()
    return {name: Figure(*row) for name, row in zip(QUANTILES, rows, strict=True)}


def _groups(rows: list[Mapping[str, Cell]], columns: Columns) -> dict[str, tuple[list[str], list[str]]]:
    """For each group which member each row belongs to ("": none), and the members in order."""
    roles = [str(role) for role in ROLES]
    sizes = [_size(db) for db in columns["largest_db"].tolist()]
    flawed = [str(int(n)) for n in columns["n_flawed"].tolist()]
    titles = [str(row["song"]) for row in rows]
    return {
        "category": ([str(row["category"]) for row in rows], [str(category) for category in Category]),
        "target": ([str(row["target"]) for row in rows], roles),
        "anchor": ([str(row["anchor"]) for row in rows], roles),
        "flaw_db": (sizes, [_size(db) for db in (0.0, 0.1, *SIZES_DB)]),
        "n_flawed": (flawed, sorted(set(flawed))),
        "song": (titles, sorted(set(titles))),
    }


def _size(flaw_db: float) -> str:
    """How large a flaw is, in words: within which of `SIZES_DB`."""
    if not flaw_db > 0:
        return "0"
    edges = ("0", *(f"{edge:g}" for edge in SIZES_DB))
    at = bisect_right(SIZES_DB, flaw_db)
    return f"{edges[at]} to {edges[at + 1]}" if at < len(SIZES_DB) else f"{edges[at]} and more"
