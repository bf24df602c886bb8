"""What the energies of stems tell of their balance: levels, shares, who covers whom, and what is usual.

Everything comes from the energies that the console hears (`console.network.features`), for any number of draws at
once: a whole song is one draw, training examples are many.

A usual figure is what the stem would measure if it were moved, and nothing else, until its role had the share of the
mix that it has in professional mixes (`console.balance`). So it holds for the sound of this very stem, and a gain on
the stem does not change it. In those mixes a stem sounds nearly all the time; so one that rests a lot, or plays alone
for a while, is held against them in those seconds in which it sounds and the rest (or the anchor) is there in full: no
gain makes up for a rest.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import CHUNK_S, FAINT_DB, LOUDEST_S, ROLES, BalancePrior
from console.balance.usual import Usual
from console.meters.sounding import by_second, sounds_in, while_sounding
from console.network.features import FLOOR_DB, SECOND
from explainer.measured.masking import masking

FULL_DB = 10.0  # no further below its loudest seconds, something is there in full, to hold a stem against
MOST_LU = 30.0  # beyond it, one of the two is as good as silent, and a level against it tells nothing
LEAST = 1e-6  # a share: -60 dB
FURTHEST_DB, HALVINGS = 60.0, 16  # of the gain that gives a share


class Figures(NamedTuple):
    """Measured of some mixes of stems; NaN where there is nothing to measure, or nothing usual is known.

    Args:
        present: whether a stem sounds at all.
        level_lu: K-weighted level against all other stems together, while it sounds.
        usual_level_lu: what that usually is; known for a stem that is alone in its role and ever sounds with others.
        off_db: how far its role (its stems summed) lies above its usual level: lowered by as much, it would have it.
        spread_db: by how much that differs between songs, one standard deviation.
        anchor_lu, usual_anchor_lu, anchor_spread_db: K-weighted level against the anchor's, each while it sounds.
        share, usual_share: of the mix's energy in a second, 0..1, mean over the parts in which it is to be heard.
        sounds: share of the seconds in which it sounds, none further than 20 dB below its loudest ones.
        anchor_at: which stem is the anchor.
        band, covered, over_db: who covers whom, as `explainer.measured.masking.Masking` has it.
    """

    present: Bool[Tensor, "draw stem"]
    level_lu: Float[Tensor, "draw stem"]
    usual_level_lu: Float[Tensor, "draw stem"]
    off_db: Float[Tensor, "draw stem"]
    spread_db: Float[Tensor, "draw stem"]
    anchor_lu: Float[Tensor, "draw stem"]
    usual_anchor_lu: Float[Tensor, "draw stem"]
    anchor_spread_db: Float[Tensor, "draw stem"]
    share: Float[Tensor, "draw stem"]
    usual_share: Float[Tensor, "draw stem"]
    sounds: Float[Tensor, "draw stem"]
    anchor_at: Bool[Tensor, "draw stem"]
    band: Int[Tensor, "draw stem other"]
    covered: Float[Tensor, "draw stem other"]
    over_db: Float[Tensor, "draw stem other"]


@torch.no_grad()
def measure(
    energy: Float[Tensor, "draw source step row"],
    role: Int[Tensor, "draw stem"],
    anchor: Bool[Tensor, "draw stem"],
    usual_of_kind: Usual | None = None,
) -> Figures:
    """Figures of stems from their energies, as `console.network.features` has them, in steps of 0.2 s (several windows
    of one song one after the other).

    Args:
        energy: of the stems and, last, their mix, which is not read.
        role: index into `Role`.
        anchor: True for the stem whose level is taken as right, if one is.
        usual_of_kind: what is usual in music like this; by default, in all music.
    """
    plain, weighted, mel = energy[:, :-1, :, 0], energy[:, :-1, :, 1], energy[:, :-1, :, 2:]
    tiny = torch.finfo(energy.dtype).tiny
    mean = plain.mean(-1)
    present = mean > (mean.sum(-1, keepdim=True) * 10 ** (FLOOR_DB / 10)).clamp_min(tiny)
    seconds = by_second(plain)
    sounding = sounds_in(plain) & present[..., None]
    unknown = torch.where(present, 0.0, torch.nan)

    weight = sounding.repeat_interleave(SECOND, -1)[..., : plain.shape[-1]].to(energy.dtype)
    own = (weighted * weight).sum(-1)
    rest = ((weighted.sum(1, keepdim=True) - weighted).clamp_min(0) * weight).sum(-1)
    loudness = own / weight.sum(-1).clamp_min(1)
    of_anchor = torch.where(anchor, loudness, 0.0).sum(-1, keepdim=True)
    level_lu, anchor_lu = _ratio_lu(own, rest), _ratio_lu(loudness, of_anchor) + torch.where(anchor, torch.nan, 0.0)

    member = torch.nn.functional.one_hot(role, len(ROLES)).to(energy.dtype) * present[..., None]  # "draw stem role"
    total = seconds.sum(1, keepdim=True)
    share = (10 ** (_mean_db(seconds / total) / 10)).nan_to_num(0.0)
    of_role = torch.einsum("dsr,dst->drt", member, seconds)
    mean_db, covariance_db2 = _usual_shares(usual_of_kind)
    usual_of_role = 10 ** (mean_db / 10) * (member.sum(1) > 0)
    usual_of_role = usual_of_role / usual_of_role.sum(-1, keepdim=True).clamp_min(LEAST)
    of_role, usual = of_role.gather(1, role[..., None].expand(seconds.shape)), usual_of_role.gather(1, role)
    alone = torch.where(member.sum(1).gather(1, role) == 1, 0.0, torch.nan)
    known = torch.where(usual < 1 - LEAST, 0.0, torch.nan) + unknown  # where there is a rest
    rest_of_role = (total - of_role).clamp_min(0)
    beside_rest = while_sounding(of_role) & while_sounding(rest_of_role, FULL_DB)
    off_db = _off_db(of_role, rest_of_role, None, _decibels(usual), beside_rest) + known

    at = anchor.int().argmax(-1, keepdim=True)  # of no anchor, `anchor_lu` is NaN
    anchor_of_role = of_role.gather(1, at[..., None].expand(-1, 1, seconds.shape[-1]))
    usual_ratio_db = _decibels(usual) - _decibels(usual.gather(1, at))
    beside_anchor = while_sounding(of_role) & while_sounding(anchor_of_role, FULL_DB)
    anchor_off_db = _off_db(of_role, rest_of_role, anchor_of_role, usual_ratio_db, beside_anchor)
    variance = covariance_db2.diagonal()[role]
    together = covariance_db2[role, role.gather(1, at).expand_as(role)]
    anchor_variance = variance + variance.gather(1, at) - 2 * together

    figures = (
        present,
        level_lu + unknown,
        level_lu - off_db + alone,
        off_db,
        variance.sqrt() / (1 - usual).clamp_min(0.1),
        anchor_lu + unknown,
        anchor_lu - anchor_off_db + alone + alone.gather(1, at),
        anchor_variance.clamp_min(1.0).sqrt(),
        share + unknown,
        usual * _part(of_role, rest_of_role, off_db, beside_rest) + known + alone,
        sounding.sum(-1) / sounding.shape[-1],
        anchor,
    )
    return Figures(*figures, *masking(mel, plain, present))


def _mean_db(share: Float[Tensor, "draw part second"], heard: Bool[Tensor, "draw part ten"] | None = None) -> Tensor:
    """As the balance prior has it: mean over the seconds of ten, mean in dB over the tens in which it is heard.

    Seconds without any sound, in which a share is NaN, do not count. NaN for what is not heard at all.
    """
    tens = _tens(share)
    heard = _heard(tens) if heard is None else heard
    level_db = torch.where(heard, _decibels(tens.nanmean(-1)), torch.nan)
    return level_db.nanmean(-1)


def _tens(share: Float[Tensor, "draw part second"]) -> Float[Tensor, "draw part ten 10"]:
    return torch.nn.functional.pad(share, (0, -share.shape[-1] % CHUNK_S), value=torch.nan).unflatten(-1, (-1, CHUNK_S))


def _heard(tens: Float[Tensor, "draw part ten second"]) -> Bool[Tensor, "draw part ten"]:
    """In which ten seconds a stem is loud enough for its level to tell; where it never is, all that it sounds in."""
    loudest = tens.nan_to_num(0.0).topk(LOUDEST_S, dim=-1).values.mean(-1)
    heard = loudest > 10 ** (FAINT_DB / 10)
    return heard | (~heard.any(-1, keepdim=True) & (loudest > LEAST))


def _off_db(
    power: Float[Tensor, "draw part second"],
    rest: Float[Tensor, "draw part second"],
    anchor: Float[Tensor, "draw 1 second"] | None,
    usual_db: Float[Tensor, "draw part"],
    both: Bool[Tensor, "draw part second"],
) -> Float[Tensor, "draw part"]:
    """How far each part has to be lowered for its share (or its share over the anchor's) to be the usual one, dB.

    Args:
        both: the seconds that tell of it, in which the part and what it is held against sound; NaN for none.
    """
    heard = _heard(_tens(power / (power + rest)))
    low, high = torch.full_like(usual_db, -FURTHEST_DB), torch.full_like(usual_db, FURTHEST_DB)
    for _ in range(HALVINGS):
        gain_db = (low + high) / 2
        gained = power * 10 ** (gain_db / 10)[..., None]
        level_db = _mean_db(torch.where(both, gained / (gained + rest), torch.nan), heard)
        if anchor is not None:
            level_db = level_db - _mean_db(torch.where(both, anchor / (gained + rest), torch.nan), heard)
        low, high = torch.where(level_db < usual_db, gain_db, low), torch.where(level_db < usual_db, high, gain_db)
    return torch.where(level_db.isnan(), torch.nan, -(low + high) / 2)


def _part(
    power: Float[Tensor, "draw part second"],
    rest: Float[Tensor, "draw part second"],
    off_db: Float[Tensor, "draw part"],
    both: Bool[Tensor, "draw part second"],
) -> Float[Tensor, "draw part"]:
    """What the share of a part at its usual level is over all seconds, times that over those in which `both` sound."""
    gained = power * 10 ** (-off_db / 10)[..., None]
    share, heard = gained / (gained + rest), _heard(_tens(power / (power + rest)))
    return 10 ** ((_mean_db(share, heard) - _mean_db(torch.where(both, share, torch.nan), heard)) / 10)


def _ratio_lu(power: Tensor, other: Tensor) -> Tensor:
    """In LU; NaN where one of them is as good as silent beside the other."""
    lu = 10 * (power / other).log10()
    return torch.where(lu.abs() <= MOST_LU, lu, torch.nan)


def _decibels(share: Tensor) -> Tensor:
    return 10 * share.clamp_min(LEAST).log10()


def _usual_shares(usual: Usual | None) -> tuple[Float[Tensor, " role"], Float[Tensor, "role role"]]:
    """Mean level of the roles, dB, and its covariance over chunks of songs, dB squared; of all music, or of a kind.

    A kind's levels lie as far from those of all music as its songs' do, and songs spread by as much less or more.
    """
    mean_db, songs_db2, chunks_db2 = _prior()
    if usual is not None:
        prior = BalancePrior.load()
        told = torch.tensor([role in usual.mean_db for role in ROLES])
        rows = zip(ROLES, prior.song_mean_db, prior.song_sd_db, strict=True)
        higher, wider = zip(
            *((usual.mean_db.get(r, 0.0) - db, usual.spread_db.get(r, sd) / sd) for r, db, sd in rows), strict=True
        )
        higher_db, ratio = torch.tensor(higher), torch.tensor(wider)
        mean_db = mean_db + torch.where(told, higher_db - higher_db[told].mean(), 0.0)
        songs_db2 = ratio[:, None] * songs_db2 * ratio
    return mean_db, songs_db2 + chunks_db2


@lru_cache
def _prior() -> tuple[Float[Tensor, " role"], Float[Tensor, "role role"], Float[Tensor, "role role"]]:
    """Mean level of the roles, dB, and its covariance between songs, and of chunks about their song, dB squared."""
    prior = BalancePrior.load()
    with torch.inference_mode(False):  # what is kept must serve everywhere
        songs_db2, chunks_db2 = map(
            torch.tensor, (prior.mean_level_covariance_db2, prior.mean_level_chunk_covariance_db2)
        )
        return torch.tensor(prior.mean_level_db), songs_db2, chunks_db2
