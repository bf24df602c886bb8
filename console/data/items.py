"""The items of the evaluation protocol as examples: one chunk of a song, with all the flaws that it is asked with."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from console.balance import ROLES, BalancePrior
from console.data.examples import Example
from console.data.excerpt import WINDOW, membership, to_window
from console.data.grouping import by_role
from console.data.relevel import static_gain
from console.data.table import SongTable
from console.features import describe, hide, regained
from console.genre import Genre, genre_index
from console.mixer import db_to_amplitude
from console.protocol import items, rendered


class ProtocolItems(Dataset[Example]):
    """Every chunk that counts; each gives its items as draws.

    Args:
        tables: songs at the levels of their balanced mixes; stems of one role are summed.
        mix_only: of the stems only the roles are known.
        short_songs: a song under 10 s counts as one chunk, however faint it or a stem is (the published protocol drops
            short songs, and chunks with a faint stem).
        prior: bring each song to one balance drawn from it (by one gain a role); None leaves it as the source has it.
        genres: what is declared of each song; nothing by default. A balance that is drawn follows it.
    """

    def __init__(
        self,
        tables: Sequence[SongTable],
        mix_only: bool = False,
        short_songs: bool = False,
        prior: BalancePrior | None = None,
        genres: Sequence[Genre | None] | None = None,
    ):
        self.genre = [genre_index(genre) for genre in genres or [None] * len(tables)]
        self.tables, self.mix_only, self.prior = tables, mix_only, prior
        self.asked = [
            (song, chunk)
            for song, table in enumerate(tables)
            for chunk in table.chunks or [0] * (short_songs and table.steps < WINDOW)
            if items(table.title, chunk // WINDOW, by_role(table.roles)[1])
        ]

    def __len__(self) -> int:
        return len(self.asked)

    @property
    def count(self) -> int:
        """The number of items in all chunks."""
        tables = ((self.tables[song], chunk) for song, chunk in self.asked)
        return sum(len(items(table.title, chunk // WINDOW, by_role(table.roles)[1])) for table, chunk in tables)

    def __getitem__(self, index: int) -> Example:
        song, start = self.asked[index]
        table = self.tables[song]
        groups, roles = by_role(table.roles)
        if self.prior is not None:
            rng = np.random.default_rng(song)
            power = torch.einsum("ri,rj,ijt->rt", membership(table.roles), membership(table.roles), table.plain)
            balance = static_gain(power, self.prior, 1, rng, np.array([self.genre[song]]))[0]
            groups = groups * balance[[ROLES.index(role) for role in roles]][:, None]
        cross = torch.einsum("ai,bj,ijtr->abtr", groups, groups, table.window(start, min(WINDOW, table.steps)))
        asked = items(table.title, start // WINDOW, roles)
        anchor, flaw_db = rendered(asked, roles)
        gain = db_to_amplitude(flaw_db)[..., None].expand(-1, -1, cross.shape[2])
        features = describe(to_window(regained(cross, gain)[:, None]))
        heard = torch.full((len(roles),), not self.mix_only)
        draws = len(asked)
        return Example(
            hide(features, heard),
            torch.tensor([ROLES.index(role) for role in roles]).expand(draws, -1),
            anchor,
            features.present[:, 0, :-1] & ~anchor,
            heard.expand(draws, -1),
            flaw_db,
            torch.full((draws,), song),
            torch.zeros(1, len(roles), 2, 0),
            torch.ones(draws, len(roles)),
            torch.full((draws,), self.genre[song]),
        )
