"""Means over rows of words or agreement, with intervals by bootstrap over songs."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from console.evaluation.figures.bootstrap import Figure
from console.evaluation.numbers import Cell
from explainer.evaluation.by_stem import mean_over_songs


def means(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str]) -> dict[str, Figure]:
    """Of each column, over the rows that tell something; a column that no row tells is left out.

    Args:
        rows: with a column `song`, as they are or read back from CSV.
    """
    rows = list(rows)
    titles = sorted({str(row["song"]) for row in rows})
    songs = {title: at for at, title in enumerate(titles)}
    found = {}
    for column in columns:
        told = [(float(row[column]), songs[str(row["song"])]) for row in rows if row.get(column, "") != ""]
        if told:
            values, of = zip(*told, strict=True)
            found[column] = mean_over_songs(np.array(values), np.array(of))
    return found
