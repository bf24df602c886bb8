"""Chunks of songs that an evaluation asks about, and examples made of their flaws."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance import ROLES, BalancePrior
from console.balance.usual import Usual, untold
from console.data.examples import Example
from console.data.excerpt import WINDOW, membership, to_window
from console.data.grouping import by_role
from console.data.relevel import static_gain
from console.data.table import SongTable
from console.desk.mixer import db_to_amplitude
from console.features import describe, hide, regained
from console.read.roles import Role


class Chunk(NamedTuple):
    """The stems of one chunk at the levels of the balanced mix, those of a role summed.

    Args:
        roles: of the stems.
        groups: factors that make them of the song's native ones.
        cross: energies of all pairs of stems.
    """

    roles: tuple[Role, ...]
    groups: Float[Tensor, "stem native"]
    cross: Float[Tensor, "stem stem step row"]


def counted(tables: Sequence[SongTable], short_songs: bool = False) -> list[tuple[int, int]]:
    """Song and first step of every chunk that counts; on request a song under 10 s as one, however faint."""
    return [
        (song, chunk)
        for song, table in enumerate(tables)
        for chunk in table.chunks or [0] * (short_songs and table.steps < WINDOW)
    ]


def read_chunk(table: SongTable, start: int, prior: BalancePrior | None, rng: np.random.Generator) -> Chunk:
    """The chunk that begins at a step.

    Args:
        prior: bring the song to a balance drawn from it (by one gain a role); None leaves it as it is.
        rng: draws that balance.
    """
    groups, roles = by_role(table.roles)
    if prior is not None:
        power = torch.einsum("ri,rj,ijt->rt", membership(table.roles), membership(table.roles), table.plain)
        balance = static_gain(power, prior.draw_songs(1, rng))[0]
        groups = groups * balance[[ROLES.index(role) for role in roles]][:, None]
    cross = torch.einsum("ai,bj,ijtr->abtr", groups, groups, table.window(start, min(WINDOW, table.steps)))
    return Chunk(roles, groups, cross)


def flawed_chunk(
    chunk: Chunk,
    anchor: Bool[Tensor, "draw stem"],
    flaw_db: Float[Tensor, "draw stem"],
    mix_only: bool = False,
    song: int = 0,
    usual: Usual | None = None,
) -> tuple[Example, Float[Tensor, "draw source step row"]]:
    """The chunk with each of some flaws, and the energies of its flawed stems and their mix, whether heard or not."""
    draws, stems = flaw_db.shape
    gain = db_to_amplitude(flaw_db)[..., None].expand(-1, -1, chunk.cross.shape[2])
    energy = to_window(regained(chunk.cross, gain))
    features = describe(energy[:, None])
    heard = torch.full((stems,), not mix_only)
    example = Example(
        hide(features, heard),
        torch.tensor([ROLES.index(role) for role in chunk.roles]).expand(draws, -1),
        anchor,
        features.present[:, 0, :-1] & ~anchor,
        heard.expand(draws, -1),
        flaw_db,
        torch.full((draws,), song),
        torch.zeros(1, stems, 2, 0),
        torch.ones(draws, stems),
        (untold(stems) if usual is None else usual.of(chunk.roles)).expand(draws, -1, -1),
    )
    return example, energy
