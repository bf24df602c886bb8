"""Automatic metrics against people: rank correlations of every column of an evaluation's tables with people's means."""

import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from console.errors import InputError
from console.files.untrusted import MB, csv_rows, read_text
from studio.study.key import Key
from studio.study.stimuli import FLAWED, NOTHING

ID, LISTENER, STYLE = "id", "listener", "style"
GROUPS = ("input", "conditioning")  # a table holds a metric once for each of these
LABELS = {ID, LISTENER, STYLE, *GROUPS, "song", "chunk", "start_s", "protocol", "anchor", "target", "category"}
COUNTS = {"n_flawed", "n_free"}  # true of an item, whoever listens
FLAW = "flaw_db_"  # and a role: what was wrong
# What was said of which: no metric.
OF_STEMS = (FLAW, "median_db_", "gain_db_", "low_db_", "high_db_", "chance_", "said_")
FEWEST = 3  # pairs, below which a rank correlation says nothing
SAME_DB = 0.01
MOST_BYTES = 128 * MB  # three times the table of a whole evaluation
Told = dict[str, str]


class Correlation(NamedTuple):
    """How a metric ranks what people rated.

    Args:
        metric: its column; behind it, where a table tells of several, of which input or conditioning.
        people: the scale that people rated on.
        rho, tau: Spearman's and Kendall's (tau-b). p: of rho, two-sided.
        n: how many mixes or texts were compared.
    """

    metric: str
    people: str
    rho: float
    tau: float
    p: float
    n: int


def correlations(
    path: Path,
    key: Key,
    mixes: Mapping[tuple[str, str], float],
    texts: Mapping[str, Mapping[str, float]],
) -> list[Correlation]:
    """Of a numbers.csv (which has a column "listener") with the mixes, of any other table with the texts.

    Args:
        mixes: people's mean score by item and system.
        texts: people's mean score by scale and item.

    Raises: InputError for a table without ids, one that tells of none of the study's items, and one that was made of
        other flaws (by another seed) or tells of an item twice.
    """
    rows = _read(path)
    _check_flaws(path, rows, key)
    numbers = LISTENER in rows[0]
    people = _of_mixes(mixes) if numbers else _of_texts(texts)
    asked = {unit for scale in people.values() for unit in scale}
    groups: dict[str, dict[tuple[str, ...], Told]] = defaultdict(dict)
    for row in rows:
        unit = (row[ID], _system(row[LISTENER])) if numbers else (row[ID],)
        if unit not in asked or row.get(STYLE, key.style) != key.style:
            continue
        group = ", ".join(row[name] for name in GROUPS if row.get(name))
        if unit in groups[group]:
            raise InputError(f'"{path}" tells of "{row[ID]}" twice: give a table with one row for each.')
        groups[group][unit] = row
    if not groups:
        raise InputError(f'"{path}" tells of nothing that was rated in this study.')
    return [
        found
        for group, told in groups.items()
        for column in rows[0]
        for scale, means in people.items()
        if (found := _correlation(column, group if len(groups) > 1 else "", scale, told, means)) is not None
    ]


def _of_mixes(mixes: Mapping[tuple[str, str], float]) -> dict[str, dict[tuple[str, ...], float]]:
    return {"score": {(*unit,): mean for unit, mean in mixes.items()}}


def _of_texts(texts: Mapping[str, Mapping[str, float]]) -> dict[str, dict[tuple[str, ...], float]]:
    return {scale: {(item,): mean for item, mean in means.items()} for scale, means in texts.items()}


def _system(listener: str) -> str:
    return FLAWED if listener == NOTHING else listener


def _read(path: Path) -> list[Told]:
    lines = csv_rows(path, read_text(path, "a table of an evaluation", MOST_BYTES, "CSV", replace=True))
    head = next(lines, (0, []))[1]
    empty = dict.fromkeys(head, "")
    rows = [empty | dict(zip(head, cells, strict=False)) for _, cells in lines]
    if not rows or ID not in head:
        raise InputError(f'"{path}" is no table of an evaluation: it needs rows, and a column "{ID}".')
    return rows


def _check_flaws(path: Path, rows: list[Told], key: Key) -> None:
    """An item's name does not tell the seed that its flaws were drawn by."""
    known = {page.item: page.flaw_db for page in key.mixes}
    for row in rows:
        for role, flaw_db in known.get(row[ID], {}).items():
            told = _number(row.get(f"{FLAW}{role}", ""))
            if told is not None and abs(told - flaw_db) > SAME_DB:
                raise InputError(
                    f'"{path}" has another flaw for "{row[ID]}" than the study ({told:g} and {flaw_db:g} dB): run the '
                    f"evaluation with seed {key.seed}."
                )


def _correlation(
    column: str, group: str, scale: str, told: Mapping[tuple[str, ...], Told], people: Mapping[tuple[str, ...], float]
) -> Correlation | None:
    """None for a column that is no metric, or where there is too little to compare."""
    from scipy.stats import kendalltau, spearmanr

    if column in LABELS | COUNTS or column.startswith(OF_STEMS):
        return None
    texts = {unit: row[column] for unit, row in told.items() if row[column] != "" and unit in people}
    values = {unit: _number(text) for unit, text in texts.items()}
    if None in values.values() or len(values) < FEWEST:
        return None
    said, meant = list(values.values()), [people[unit] for unit in values]
    if len(set(said)) == 1 or len(set(meant)) == 1 or any(math.isnan(mean) for mean in meant):
        return None
    by_rank, by_pairs = spearmanr(said, meant), kendalltau(said, meant)
    name = f"{column} ({group})" if group else column
    rho, tau, p = (float(figure) for figure in (by_rank.statistic, by_pairs.statistic, by_rank.pvalue))
    return Correlation(name, scale, rho, tau, p, len(said))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
