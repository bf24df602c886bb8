"""The continuous ranked probability score: one figure for how near and how sharp a belief is."""

import torch
from jaxtyping import Float
from torch import Tensor

from console.network.posterior import BINS_DB, STEP_DB


def crps_db(
    probability: Float[Tensor, "*stems bin"], correction_db: Float[Tensor, "*stems"]
) -> Float[Tensor, "*stems"]:
    """E|X - x| - E|X - X'| / 2 of a belief over `BINS_DB` and the truth x, dB; the masses lie in the bins' middles.

    Gneiting and Raftery: Strictly proper scoring rules, prediction, and estimation (Journal of the American
    Statistical Association 102, 2007, equation 21). Of a belief without doubt it is the absolute error; the second
    term is the integral of F (1 - F), as F is a staircase.
    """
    bins_db = BINS_DB.to(probability)
    away_db = (probability * (bins_db - correction_db[..., None]).abs()).sum(-1)
    below = probability.cumsum(-1)[..., :-1].clamp(0, 1)
    apart_db = STEP_DB * (below * (1 - below)).sum(-1)
    return torch.clamp(away_db - apart_db, min=0)
