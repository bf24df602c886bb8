"""Masking: which stem covers which other one, in which band, and for how much of its time.

The ratio of a stem to its masker in one band was proposed as a measure for multitracks by Vega and Janer (Quantifying
Masking in Multi-Track Recordings, SMC 2010).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from console.balance import PAUSE_DB
from console.meters.bands import bands
from console.meters.sounding import by_second, loudest

# About what a steady masker hides in its own critical band (6.0 + 0.275 z dB at z Bark: psychoacoustic model 1 of
# ISO/IEC 11172-3, for 2 to 3 kHz).
COVERED_DB = 10.0
MOSTLY = 0.5  # covered for less of its time, a stem is not masked
OWN_BAND = 0.05  # a band with less of a stem's energy is none of its own


class Masking(NamedTuple):
    """How each stem is covered by each other one.

    Args:
        band: in which of `console.meters.bands.BANDS_HZ` it is covered most.
        covered: how much of its sounding time (0..1) the other is 10 dB or more above it in that band.
        over_db: how far above it the other lies there, median over its sounding time; NaN where it never sounds.
    """

    band: Int[Tensor, "draw stem other"]
    covered: Float[Tensor, "draw stem other"]
    over_db: Float[Tensor, "draw stem other"]


def masking(
    mel: Float[Tensor, "draw stem step mel"], plain: Float[Tensor, "draw stem step"], present: Bool[Tensor, "draw stem"]
) -> Masking:
    """How each stem is covered by each other one.

    Args:
        mel: energies in mel bands, in steps of 0.2 s.
        plain: energies of the whole.
        present: whether a stem sounds at all.
    """
    level_db = 10 * bands(mel).clamp_min(torch.finfo(mel.dtype).tiny).log10().transpose(-1, -2)  # "... band step"
    weight = bands(mel.mean(-2))
    weight = weight / weight.sum(-1, keepdim=True).clamp_min(torch.finfo(mel.dtype).tiny)
    weight = torch.where(weight >= OWN_BAND, weight, 0.0)
    sounding = (plain > loudest(by_second(plain)) * 10 ** (-PAUSE_DB / 10)) & present[..., None]
    band, covered, over_db = [], [], []
    for stem in range(mel.shape[1]):  # one at a time: all pairs of many stems at once would not fit
        steps = sounding[:, stem, None]
        excess_db = level_db - level_db[:, stem, None]  # "draw other band step"
        hidden = (excess_db > COVERED_DB) & steps[:, :, None]
        time = hidden.sum(-1) / steps.sum(-1, keepdim=True).clamp_min(1)
        most = (time * weight[:, stem, None]).argmax(-1, keepdim=True)
        there = excess_db.gather(2, most[..., None].expand(-1, -1, 1, level_db.shape[-1])).squeeze(2)
        band.append(most.squeeze(-1))
        owned = weight[:, stem, None].expand_as(time).gather(-1, most).squeeze(-1) > 0
        covered.append(torch.where(owned, time.gather(-1, most).squeeze(-1), 0.0))
        over_db.append(torch.where(steps, there, torch.nan).nanmedian(-1).values)
    return Masking(torch.stack(band, 1), torch.stack(covered, 1), torch.stack(over_db, 1))
