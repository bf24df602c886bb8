"""Set any stems to levels drawn from the balance prior."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from torch import Tensor

from console.balance import AUDIBLE_DB, CHUNK_S, LOUDEST_S, BalancePrior
from console.features import SECOND
from console.genre import conventions_db

SILENT = 1e-6  # a second this far below the loudest one (in energy) has no sound worth raising
MIX_DB = -18.0
# How much the mix itself rises and falls within ten seconds (sd of seconds, dB): a little, 0.7 on average, or, in
# every fifth draw, anything up to much, as where a part begins.
LEAST_SWELL_DB, MEAN_SWELL_DB, MOST_SWELL_DB, SWELLING = 0.2, 0.7, 4.0, 0.2
SLOW = 0.7  # what a second keeps of the last


def relevel(
    power: Float[Tensor, "window role step"],
    song_power: Float[Tensor, "role step2"],
    prior: BalancePrior,
    second_by_second: Bool[ndarray, " draw"],
    rng: np.random.Generator,
    genre: Int[ndarray, " draw"] | None = None,
) -> Float[Tensor, "draw window role step"]:
    """Gains (factors) that give every role the levels of balances drawn from the prior, one song each.

    Args:
        power: mean square of each role's stems together, in the order of `Role`, per step of 0.2 s.
        song_power: the same over the whole song.
        second_by_second: per draw, whether every second gets a level of its own; else a role has one gain, which
            brings the song to its level and keeps the dynamics of the sound.
        genre: per draw, whose conventions the balance follows, as `console.genre.genre_index` tells
            it; by default of all music.
    """
    windows, _, steps = power.shape
    seconds = -(-steps // SECOND)
    by_second = torch.nn.functional.pad(power, (0, seconds * SECOND - steps)).unflatten(-1, (-1, SECOND)).mean(-1)
    draws = len(second_by_second)
    shift_db = None if genre is None else conventions_db()[genre]
    level = prior.draw(draws, windows, seconds, rng, shift_db) + _swell_db(draws, windows, seconds, rng)
    smallest = torch.finfo(power.dtype).tiny
    sounds = by_second > SILENT * by_second.amax(-1, keepdim=True)
    target = (10 ** ((torch.from_numpy(level) + MIX_DB) / 10)).float()
    own = torch.where(sounds, (target / by_second.clamp_min(smallest)).sqrt(), 0.0)
    static = static_gain(song_power, prior, draws, rng, genre)[:, None, :, None].expand_as(own)
    gain = torch.where(torch.from_numpy(second_by_second)[:, None, None, None], own, static)
    return gain.repeat_interleave(SECOND, dim=-1)[..., :steps]


def _swell_db(
    draws: int, windows: int, seconds: int, rng: np.random.Generator
) -> Float[ndarray, "draw window 1 second"]:
    """What the mix itself does over time, which shares of its energy do not tell: a slow common rise and fall, in dB.

    How much, is drawn anew for each draw.
    """
    shape = (draws, 1, 1, 1)
    spread_db = LEAST_SWELL_DB + rng.exponential(MEAN_SWELL_DB - LEAST_SWELL_DB, size=shape)
    spread_db = np.where(rng.random(shape) < SWELLING, rng.uniform(0, MOST_SWELL_DB, size=shape), spread_db)
    steps = rng.standard_normal((draws, windows, 1, seconds))
    swell = np.empty_like(steps)
    swell[..., 0] = steps[..., 0]
    for second in range(1, seconds):
        swell[..., second] = SLOW * swell[..., second - 1] + np.sqrt(1 - SLOW**2) * steps[..., second]
    return spread_db * swell


def static_gain(
    power: Float[Tensor, "role step"],
    prior: BalancePrior,
    draws: int,
    rng: np.random.Generator,
    genre: Int[ndarray, " draw"] | None = None,
) -> Float[Tensor, "draw role"]:
    """Factors that bring a whole song to levels drawn from the prior; the dynamics of the sound stay."""
    drawn_db = rng.multivariate_normal(prior.mean_db, prior.covariance_db2, size=draws)
    if genre is not None:
        drawn_db = drawn_db + conventions_db()[genre]
    return 10 ** ((torch.from_numpy(drawn_db).float() + MIX_DB - song_level_db(power)) / 20)


def song_level_db(power: Float[Tensor, "role step"]) -> Float[Tensor, " role"]:
    """A role's level: of every ten seconds the two loudest, and the mean in dB of those in which it can be heard.

    A silent role has 0 dB.
    """
    steps = power.shape[-1]
    seconds = torch.nn.functional.adaptive_avg_pool1d(power, max(1, steps // SECOND))
    chunks = max(1, seconds.shape[-1] // CHUNK_S)
    by_chunk = seconds[:, : chunks * CHUNK_S].unflatten(-1, (chunks, -1))
    loudest = by_chunk.topk(min(LOUDEST_S, by_chunk.shape[-1]), dim=-1).values.mean(-1)
    smallest = torch.finfo(power.dtype).tiny
    level_db = 10 * loudest.clamp_min(smallest).log10()
    audible = (level_db > level_db.amax(-1, keepdim=True) + AUDIBLE_DB) & (loudest > smallest)
    return (level_db * audible).sum(-1) / audible.sum(-1).clamp_min(1)
