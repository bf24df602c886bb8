"""The items of the evaluation protocol as examples: one chunk of a song, with all the flaws that it is asked with."""

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset

from console.balance import BalancePrior
from console.data.chunk import counted, flawed_chunk, read_chunk
from console.data.examples import Example
from console.data.excerpt import WINDOW
from console.data.grouping import by_role
from console.data.table import SongTable
from console.evaluation.protocol import Item, items, rendered


class ProtocolItems(Dataset[Example]):
    """Every chunk that counts; each gives its items as draws.

    Args:
        tables: songs at the levels of their balanced mixes; stems of one role are summed.
        mix_only: of the stems only the roles are known.
        short_songs: a song under 10 s counts as one chunk, however faint it or a stem is (the published protocol drops
            short songs, and chunks with a faint stem).
        prior: bring each song to one balance drawn from it (by one gain a role); None leaves it as the source has it.
    """

    def __init__(
        self,
        tables: Sequence[SongTable],
        mix_only: bool = False,
        short_songs: bool = False,
        prior: BalancePrior | None = None,
    ):
        self.tables, self.mix_only, self.prior = tables, mix_only, prior
        self.asked = [(song, start) for song, start in counted(tables, short_songs) if self._items(song, start)]

    def __len__(self) -> int:
        return len(self.asked)

    @property
    def count(self) -> int:
        """The number of items in all chunks."""
        return sum(len(self._items(song, start)) for song, start in self.asked)

    def __getitem__(self, index: int) -> Example:
        song, start = self.asked[index]
        chunk = read_chunk(self.tables[song], start, self.prior, np.random.default_rng(song))
        anchor, flaw_db = rendered(self._items(song, start), chunk.roles)
        return flawed_chunk(chunk, anchor, flaw_db, self.mix_only, song)[0]

    def _items(self, song: int, start: int) -> list[Item]:
        table = self.tables[song]
        return items(table.title, start // WINDOW, by_role(table.roles)[1])
