"""Random equalisation of stems, on their energies: other microphones, rooms and hands, at no transform's cost."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from console.audio.k_weighting import k_weighting
from console.network.features import MEL_HIGH_HZ, MEL_LOW_HZ, N_MEL

BELLS, WIDTH = 3, (4.0, 16.0)  # of the response over the mel bands: how many, and how wide in bands
REFERENCE_HZ, BINS = 44_100, 4097


def equalise(
    cross: Float[Tensor, "*window stem stem step row"], spread_db: float, rng: np.random.Generator
) -> Float[Tensor, "*window stem stem step row"]:
    """Cross energies of the stems after a random filter each: a tilt and some bells, as large as `spread_db`.

    Every stem keeps its energy over all windows.
    """
    stems = cross.shape[-3]
    band = np.arange(N_MEL)
    response_db = rng.normal(0, spread_db, (stems, 1)) * (band / N_MEL - 0.5)
    for _ in range(BELLS):
        centre, width = rng.uniform(0, N_MEL, (stems, 1)), rng.uniform(*WIDTH, (stems, 1))
        response_db = response_db + rng.normal(0, spread_db, (stems, 1)) * np.exp(-(((band - centre) / width) ** 2))
    factor = torch.from_numpy(10 ** (response_db / 20)).float()
    plain, weighted, mel = cross.split([1, 1, N_MEL], dim=-1)
    changed = mel * (factor[:, None] * factor[None, :])[:, :, None]
    # What lies outside of the mel bands stays; the K-weighting is nearly constant within a band.
    gained = changed - mel
    of_band = _k_weighting_of_bands()[:, None].to(cross)
    after = torch.cat([plain + gained.sum(-1, keepdim=True), weighted + gained @ of_band, changed], dim=-1)
    before, now = (part[..., 0].diagonal(dim1=-3, dim2=-2).flatten(0, -2).sum(0) for part in (cross, after))
    level = (before / now.clamp_min(torch.finfo(now.dtype).tiny)).sqrt()
    return after * (level[:, None] * level)[:, :, None, None]


def _k_weighting_of_bands() -> Float[Tensor, " mel"]:
    """The K-weighting at the bands' centres."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (MEL_LOW_HZ, MEL_HIGH_HZ))
    centre_hz = 700 * (10 ** (np.linspace(low, high, N_MEL + 2)[1:-1] / 2595) - 1)
    nearest = np.round(centre_hz / (REFERENCE_HZ / 2) * (BINS - 1)).astype(int)
    return k_weighting(BINS, REFERENCE_HZ)[torch.from_numpy(nearest)]
