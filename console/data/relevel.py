"""Set any stems to levels drawn from the balance prior."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy import ndarray
from torch import Tensor

from console.balance import CHUNK_S, BalancePrior, song_level_db
from console.network.features import SECOND

SILENT = 1e-6  # a second this far below the loudest one (in energy) has no sound worth raising
MIX_DB = -24.0  # where a role of level 0 dB goes: one gain on all changes nothing, and this leaves headroom


def relevel(
    power: Float[Tensor, "window role step"],
    song_power: Float[Tensor, "role step2"],
    song_db: Float[ndarray, "draw role"],
    prior: BalancePrior,
    second_by_second: Bool[ndarray, " draw"],
    rng: np.random.Generator,
) -> Float[Tensor, "draw window role step"]:
    """Gains (factors) that give every role the levels of songs that the prior draws.

    Args:
        power: mean square of each role's stems together, in the order of `Role`, per step of 0.2 s.
        song_power: the same over the whole song.
        song_db: the levels of each draw's song.
        second_by_second: per draw, whether every second gets a level of its own; else a role has one gain, which
            brings the song to its level and keeps the dynamics of the sound.
    """
    by_second = power.unflatten(-1, (CHUNK_S, SECOND)).mean(-1)
    smallest = torch.finfo(power.dtype).tiny
    sounds = by_second > SILENT * by_second.amax(-1, keepdim=True)
    target = (10 ** ((torch.from_numpy(prior.draw_chunks(song_db, len(power), rng)) + MIX_DB) / 10)).float()
    own = torch.where(sounds, (target / by_second.clamp_min(smallest)).sqrt(), 0.0)
    static = static_gain(song_power, song_db)[:, None, :, None].expand_as(own)
    gain = torch.where(torch.from_numpy(second_by_second)[:, None, None, None], own, static)
    return gain.repeat_interleave(SECOND, dim=-1)


def static_gain(power: Float[Tensor, "role step"], song_db: Float[ndarray, "draw role"]) -> Float[Tensor, "draw role"]:
    """Factors that bring a whole song to these levels; the dynamics of the sound stay."""
    return 10 ** ((torch.from_numpy(song_db).float() + MIX_DB - song_level_db(power)) / 20)
