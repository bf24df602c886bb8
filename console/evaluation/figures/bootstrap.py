"""Figures with intervals by bootstrap over songs: items of one song are alike, so songs are drawn anew, never items."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

RESAMPLES, SEED, INTERVAL = 1000, 0, 0.95
Wanted = Mapping[str, tuple[int, int]]


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


def by_song(sums: Float[Tensor, "item sum"], song: Int[Tensor, " item"], songs: int) -> Float[Tensor, "song sum"]:
    """The sums of each song, as `ratios` takes them of items."""
    return sums.new_zeros(songs, sums.shape[1]).index_add_(0, song, sums)


def ratios(
    sums: Float[Tensor, "item sum"], song: Int[Tensor, " item"], songs: int, wanted: Wanted
) -> dict[str, Figure]:
    """Ratios of sums over items, with their spread; NaN where the second sum is 0.

    Args:
        sums: every item's share in each sum.
        song: of each item, 0 to `songs` - 1.
        wanted: of each figure, by name, which sum is counted, and among which.
    """
    return _figures(wanted, *_divided(by_song(sums, song, songs), wanted))


def differences(
    of_song: Float[Tensor, "song sum"], against: Float[Tensor, "song sum"], wanted: Wanted
) -> dict[str, Figure]:
    """How much larger ratios are than others of the same songs, with the spread of the difference: in every sample the
    same songs are drawn for both, so that what makes a song hard does not count.
    """
    (values, drawn), (other, other_drawn) = (_divided(sums, wanted) for sums in (of_song, against))
    return _figures(wanted, values - other, drawn - other_drawn)


def _divided(
    of_song: Float[Tensor, "song sum"], wanted: Wanted
) -> tuple[Float[Tensor, " figure"], Float[Tensor, "resample figure"]]:
    resampled = resamples(len(of_song)).to(of_song) @ of_song
    counted, among = ([pair[side] for pair in wanted.values()] for side in (0, 1))
    total = of_song.sum(0)
    return total[counted] / total[among], resampled[:, counted] / resampled[:, among]


def _figures(
    wanted: Wanted, values: Float[Tensor, " figure"], drawn: Float[Tensor, "resample figure"]
) -> dict[str, Figure]:
    low, high = interval(drawn)
    rows = torch.stack([values, low, high], dim=-1).tolist()
    return {name: Figure(*row) for name, row in zip(wanted, rows, strict=True)}
