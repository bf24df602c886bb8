"""Excerpts: some windows of 10 s of a song, before any balance or flaw is drawn."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.data.grouping import draw_groups
from console.data.table import SongTable
from console.network.features import SECOND, STEP_S, WINDOW
from console.read.roles import Role


class Share(NamedTuple):
    """What a song gives to an excerpt: sums of its native stems, in windows that begin at some of its steps."""

    table: SongTable
    groups: Float[Tensor, "stem native"]
    at: list[int]


class Excerpt(NamedTuple):
    """Stems of one song or of several, one song's after the other's.

    Args:
        roles: of the stems.
        cross: energies of all pairs of stems.
        song_power: mean square of each of `ROLES` over the whole of its song.
        shares: what each song gives.
    """

    roles: tuple[Role, ...]
    cross: Float[Tensor, "window stem stem step row"]
    song_power: Float[Tensor, "role step2"]
    shares: tuple[Share, ...]


def draw_excerpt(table: SongTable, finer: float, windows: int, rng: np.random.Generator) -> Excerpt:
    """Of one song.

    Args:
        finer: share in which the stems of a role are not all summed.
        windows: how many; a song that is no longer than one has one.
    """
    groups, roles = draw_groups(table.roles, finer, rng)
    return excerpt_of(Share(table, groups, draw_starts(table, windows, rng)), roles)


def draw_starts(table: SongTable, count: int, rng: np.random.Generator) -> list[int]:
    """The steps at which so many windows of a song begin."""
    latest = _latest(table)
    return [SECOND * int(start) for start in rng.integers(latest + 1, size=count if latest else 1)]


def excerpt_of(share: Share, roles: tuple[Role, ...]) -> Excerpt:
    """All that is measured of a song's share."""
    table, groups, at = share
    steps = min(WINDOW, table.steps)
    cross = torch.stack([table.window(start, steps) for start in at])
    summed = torch.einsum("ai,bj,wijtr->wabtr", groups, groups, cross)
    by_role = membership(roles) @ groups
    song_power = torch.einsum("ri,rj,ijt->rt", by_role, by_role, table.plain)
    return Excerpt(roles, to_window(summed), song_power, (share,))


def membership(roles: Sequence[Role]) -> Float[Tensor, "role stem"]:
    """Which stems are of which of `ROLES`, 0 or 1."""
    return torch.tensor([[own is role for own in roles] for role in ROLES]).float()


def to_window(energy: Float[Tensor, "*batch step row"]) -> Float[Tensor, "*batch step2 row"]:
    """A short song is repeated to the length of a window, so that examples batch."""
    steps = energy.shape[-2]
    return energy if steps >= WINDOW else torch.cat([energy] * -(-WINDOW // steps), dim=-2)[..., :WINDOW, :]


def draw_moment(
    shares: Sequence[Share], balance: Float[Tensor, "draw window stem step"], rng: np.random.Generator
) -> tuple[Float[Tensor, "stem 2 time"], Float[Tensor, "draw stem"]]:
    """Half a second of the stems, and the balance of the step of some window that is nearest to it.

    One of the first song's moments is drawn; another song gives the one nearest to the same place in the window.
    """
    first = shares[0]
    step = first.table.moment_step[rng.integers(len(first.table.moments))]
    window = min(range(len(first.at)), key=lambda w: abs(first.at[w] + WINDOW // 2 - step))
    into = step - first.at[window]
    sounds, gains = [], []
    for (table, groups, at), gain in zip(shares, balance.split([len(s.groups) for s in shares], 2), strict=True):
        moment_into = np.array(table.moment_step) - at[window]
        which = int(abs(moment_into - into).argmin())
        inside = min(max(int(moment_into[which]), 0), WINDOW - 1)
        sounds.append(torch.einsum("ai,icn->acn", groups, table.moments[which].float()))
        gains.append(gain[:, window, :, inside])
    return torch.cat(sounds), torch.cat(gains, dim=1)


def sound_of(share: Share) -> Float[Tensor, "window stem channel sample"]:
    """The sound of an excerpt's stems, for an encoder, as their song has it; one shorter than a window is repeated.

    Raises: ValueError where the table keeps no sound.
    """
    table, groups, at = share
    if table.sound is None:
        raise ValueError(f"the table of {table.title} keeps no sound")
    hz = table.sound_hz
    length = round(WINDOW * STEP_S * hz)
    windows = []
    for start in at:
        first = round(start * STEP_S * hz)
        native = table.sound[..., first : first + length].float()
        native = native.repeat(1, 1, -(-length // native.shape[-1]))[..., :length]
        windows.append(torch.einsum("ai,ics->acs", groups, native))
    return torch.stack(windows)


def _latest(table: SongTable) -> int:
    """The last second at which a window may begin."""
    return max(table.steps // SECOND - WINDOW // SECOND, 0)
