"""Figures with intervals by bootstrap over songs: items of one song are alike, so songs are drawn anew, never items."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

RESAMPLES, SEED, INTERVAL = 1000, 0, 0.95


class Figure(NamedTuple):
    """A figure and its 95 % interval by bootstrap over songs."""

    value: float
    low: float
    high: float


def resamples(songs: int) -> Float[Tensor, "resample song"]:
    """How often each song is in each of the samples, which are drawn with replacement; always the same ones."""
    generator = torch.Generator().manual_seed(SEED)
    drawn = torch.randint(songs, (RESAMPLES, songs), generator=generator)
    ones = torch.ones(drawn.shape, dtype=torch.float64)
    return torch.zeros_like(ones).scatter_add_(1, drawn, ones)


def interval(values: Float[Tensor, "resample *figure"]) -> Float[Tensor, "2 *figure"]:
    """The lower and the upper end of what the samples gave; those that told nothing (NaN) do not count."""
    tails = torch.tensor([(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], dtype=values.dtype)
    return values.nanquantile(tails, dim=0)


def ratios(
    sums: Float[Tensor, "item sum"], song: Int[Tensor, " item"], songs: int, wanted: Mapping[str, tuple[int, int]]
) -> dict[str, Figure]:
    """Ratios of sums over items, with their spread; NaN where the second sum is 0.

    Args:
        sums: every item's share in each sum.
        song: of each item, 0 to `songs` - 1.
        wanted: of each figure, by name, which sum is counted, and among which.
    """
    by_song = sums.new_zeros(songs, sums.shape[1]).index_add_(0, song, sums)
    resampled = resamples(songs).to(sums) @ by_song
    counted, among = ([pair[side] for pair in wanted.values()] for side in (0, 1))
    values = by_song.sum(0)[counted] / by_song.sum(0)[among]
    low, high = interval(resampled[:, counted] / resampled[:, among])
    rows = torch.stack([values, low, high], dim=-1).tolist()
    return {name: Figure(*row) for name, row in zip(wanted, rows, strict=True)}
