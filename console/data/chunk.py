"""What an evaluation asks about: stems of a song in some of its windows, and examples made of their flaws."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance import ROLES, BalancePrior
from console.balance.genre import completed
from console.balance.usual import Usual, untold
from console.data.examples import NO_SOUND, Example
from console.data.excerpt import membership, to_window
from console.data.grouping import by_role
from console.data.relevel import static_gain
from console.data.table import SongTable
from console.desk.mixer import db_to_amplitude
from console.network.features import WINDOW, describe, hide, regained
from console.read.roles import Role

Cross = Float[Tensor, "window stem stem step row"]


class Stems(NamedTuple):
    """The stems of a song that are asked about, at the levels of the balanced mix.

    Args:
        roles: of the stems.
        groups: factors that make them of the song's native ones.
    """

    roles: tuple[Role, ...]
    groups: Float[Tensor, "stem native"]


def counted(tables: Sequence[SongTable], short_songs: bool = False) -> list[tuple[int, int]]:
    """Song and first step of every chunk that counts; on request a song under 10 s as one, however faint."""
    return [
        (song, chunk)
        for song, table in enumerate(tables)
        for chunk in table.chunks or [0] * (short_songs and table.steps < WINDOW)
    ]


def stems_of(
    table: SongTable,
    prior: BalancePrior | None,
    rng: np.random.Generator,
    native: bool = False,
    without: Collection[Role] = (),
) -> Stems:
    """The stems of a song.

    Args:
        prior: bring the song to a balance drawn from it (by one gain a role); None leaves it as it is.
        rng: draws that balance.
        native: take the song's own stems; else those of a role are summed.
        without: roles that are left out of the song.
    """
    groups, roles = (torch.eye(len(table.roles)), table.roles) if native else by_role(table.roles)
    if prior is not None:
        power = torch.einsum("ri,rj,ijt->rt", membership(table.roles), membership(table.roles), table.plain)
        balance = static_gain(power, prior.draw_songs(1, rng))[0]
        groups = groups * balance[[ROLES.index(role) for role in roles]][:, None]
    kept = [stem for stem, role in enumerate(roles) if role not in without]
    return Stems(tuple(roles[stem] for stem in kept), groups[kept])


def read_windows(table: SongTable, stems: Stems, starts: Sequence[int]) -> Cross:
    """Energies of all pairs of stems in the windows that begin at some steps of a song."""
    steps, groups = min(WINDOW, table.steps), stems.groups
    return torch.stack(
        [torch.einsum("ai,bj,ijtr->abtr", groups, groups, table.window(start, steps)) for start in starts]
    )


def flawed_windows(
    cross: Cross,
    roles: Sequence[Role],
    anchor: Bool[Tensor, "draw stem"],
    flaw_db: Float[Tensor, "draw stem"],
    mix_only: bool = False,
    song: int = 0,
    usual: Usual | None = None,
    sound: Float[Tensor, "1 window2 stem2 channel sample"] = NO_SOUND,
) -> tuple[Example, Float[Tensor, "draw window source step2 row"]]:
    """The windows with each of some flaws, and the energies of their flawed stems and mix, whether heard or not."""
    draws, stems = flaw_db.shape
    gain = db_to_amplitude(flaw_db)[..., None].expand(-1, -1, cross.shape[-2])
    energy = torch.stack([to_window(regained(window, gain)) for window in cross], dim=1)
    features = describe(energy)
    heard = torch.full((stems,), not mix_only)
    example = Example(
        hide(features, heard),
        torch.tensor([ROLES.index(role) for role in roles]).expand(draws, -1),
        anchor,
        features.present[:, :, :-1].any(1) & ~anchor,
        heard.expand(draws, -1),
        flaw_db,
        torch.full((draws,), song),
        torch.zeros(1, stems, 2, 0),
        torch.ones(draws, stems),
        (untold(stems) if usual is None else completed(usual).of(roles)).expand(draws, -1, -1),
        sound,
    )
    return example, energy
