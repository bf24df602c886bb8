"""How the seconds of a stem lie below its loudest ones: a bank of what chunks of real songs did."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from console.read.roles import Role

ALIKE = 0.15  # sd, in ranks of the bank (0..1), of a song's chunks about each other


@dataclass(frozen=True, eq=False)
class Patterns:
    """Per role some hundreds of chunks, sorted by how far they drop: nothing tells of which song one is.

    Args:
        drop_db: how far each of the ten seconds lies below the mean energy of the two loudest, loudest first.
    """

    drop_db: tuple[Float[ndarray, "chunk second"], ...]

    @staticmethod
    @cache
    def load() -> "Patterns":
        """The bank that ships with the project."""
        lines = files("console.balance").joinpath("patterns.csv").read_text().splitlines()[1:]
        rows = [line.split(",") for line in lines]
        return Patterns(tuple(np.array([row[1:] for row in rows if row[0] == role], dtype=float) for role in Role))

    def draw(self, songs: int, chunks: int, rng: np.random.Generator) -> Float[ndarray, "song chunk role second"]:
        """Drops of the seconds of some chunks of each song, dB, the seconds shuffled.

        The chunks of a song are like each other: a voice that seldom sings does so throughout.
        """
        out = np.empty((songs, chunks, len(self.drop_db), self.drop_db[0].shape[-1]))
        for role, bank in enumerate(self.drop_db):
            rank = rng.random((songs, 1)) + rng.normal(0, ALIKE, (songs, chunks))
            rank = 1 - abs(1 - abs(rank)).clip(max=1)  # mirrored at either end
            out[:, :, role] = bank[np.minimum((rank * len(bank)).astype(int), len(bank) - 1)]
        return rng.permuted(out, axis=-1)
