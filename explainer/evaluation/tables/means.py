"""Means over rows of a table, with intervals by bootstrap over songs."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray

from console.evaluation.figures.bootstrap import Figure, ratios
from console.evaluation.numbers import Cell


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


def mean_over_songs(value: Float[ndarray, " value"], song: Int[ndarray, " value"]) -> Figure:
    """A mean with its interval by bootstrap over songs; of one song without an interval, of nothing NaN.

    Args:
        song: an index of the song that each value is from.
    """
    songs, at = np.unique(song, return_inverse=True)
    if not len(songs):
        return Figure(math.nan, math.nan, math.nan)
    sums = torch.from_numpy(np.stack([value, np.ones(len(value))], axis=-1))
    mean = ratios(sums, torch.from_numpy(at), len(songs), {"mean": (0, 1)})["mean"]
    return mean if len(songs) > 1 else Figure(mean.value, math.nan, math.nan)
