"""A sample of items that is spread evenly over all of them, so that every song has its share."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def spread(items: Sequence[T], count: int, seed: int = 0) -> list[T]:
    """One item by chance out of each of `count` equal stretches, in order; all of them for 0, or where there are fewer.

    An even step alone would meet the same few kinds of items, as every chunk asks the same ones in turn.
    """
    if not 0 < count < len(items):
        return list(items)
    edges = np.linspace(0, len(items), count + 1).astype(int)
    rng = np.random.default_rng(seed)
    return [items[int(rng.integers(low, high))] for low, high in pairwise(edges)]
