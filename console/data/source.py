"""What every source of songs offers."""

from typing import Protocol, runtime_checkable

import numpy as np

from console.song import Song


@runtime_checkable
class Source(Protocol):
    """Balanced songs, by index. The target mix is the sum of the stems."""

    def __len__(self) -> int:
        """Number of songs."""
        ...

    def excerpt(self, index: int, seconds: float, rng: np.random.Generator) -> Song:
        """An excerpt of song `index`, at a place that `rng` chooses; a shorter song comes whole.

        Raises: InputError when the song cannot be read.
        """
        ...


def random_start(total: int, length: int, rng: np.random.Generator) -> int:
    """The first sample of an excerpt of `length` samples out of `total`."""
    return int(rng.integers(max(total - length, 0) + 1))
