"""How like anything that it learnt a song is, by where the console's embedding of its mix lies."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from console.flaws import RAW_DB
from console.network.posterior import BINS_DB, IMPOSSIBLE, ZERO_BIN

QUANTILES = 101
USUAL_SHARE = 0.35  # of what was learnt: all but the strangest third is wholly familiar
STEADY = 1e-3  # of the mean variance, added to each
BELIEVED = 0.2  # familiarity from which all that is heard of a song is believed
LEAST = 0.4  # of what is heard of a song that is not familiar at all
NOTHING = 0.4  # chance, of a song of which nothing is known, that a stem is right as it is


class Familiarity(nn.Module):
    """Mahalanobis distance of an embedding from those of the training's songs, against their own distances.

    As Lee et al., 2018 (arXiv:1807.03888) tell what a network has not been trained on; one class, and as a share of
    the training's songs that lie further out.

    Args:
        width: of the embedding.
    """

    mean: Tensor
    precision: Tensor
    distance: Tensor

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("precision", torch.zeros(width, width))
        self.register_buffer("distance", torch.full((QUANTILES,), torch.finfo(torch.float32).max))

    def fit(self, embedding: Float[Tensor, "song width"]) -> None:
        """Learn where songs lie. As many of them as the embedding is wide, or fewer, change nothing."""
        if len(embedding) <= len(self.mean):
            return
        embedding = embedding.double()
        mean = embedding.mean(0)
        covariance = torch.cov(embedding.T)
        covariance += STEADY * covariance.diagonal().mean().clamp_min(1e-12) * torch.eye(len(mean)).to(covariance)
        self.mean.copy_(mean)
        self.precision.copy_(torch.linalg.inv(covariance))
        at = torch.linspace(0, 1, QUANTILES).to(self.mean)
        self.distance.copy_(self._distance(embedding.float()).quantile(at))

    def forward(self, embedding: Float[Tensor, "song width"]) -> Float[Tensor, " song"]:
        """0 (nothing that was learnt lies so far out) to 1; 1 before anything was learnt."""
        below = torch.searchsorted(self.distance.contiguous(), self._distance(embedding)).float() / (QUANTILES - 1)
        return ((1 - below) / USUAL_SHARE).clamp(0, 1)

    def _distance(self, embedding: Float[Tensor, "song width"]) -> Float[Tensor, " song"]:
        off = embedding - self.mean
        return ((off @ self.precision) * off).sum(-1)


def believed(
    log_probability: Float[Tensor, "song stem bin"], familiarity: Float[Tensor, " song"]
) -> Float[Tensor, "song stem bin"]:
    """What is left of a belief about songs: all of it where they are familiar (0.2 and more), less where they are not.

    What is missing, 0.6 at most, gives way to knowing nothing: each stem is right as it is with 0.4, or off by anything
    within 12 dB. So ranges grow, and moves shrink until hardly any is sure enough. What is certain, of an anchor or of
    silence, stays so.
    """
    known = (LEAST + (1 - LEAST) * (familiarity / BELIEVED).clamp(max=1))[:, None, None]
    nothing = _knowing_nothing().to(log_probability)
    blended = torch.logaddexp(log_probability + known.log(), nothing + (1 - known).log()).clamp_min(IMPOSSIBLE)
    return torch.where(log_probability[..., ZERO_BIN : ZERO_BIN + 1] > -1e-6, log_probability, blended)


def _knowing_nothing() -> Float[Tensor, " bin"]:
    """Log-probabilities of a stem of which nothing is known."""
    within = BINS_DB.abs() <= RAW_DB
    chance = within * (1 - NOTHING) / (within.sum() - 1)
    chance[ZERO_BIN] = NOTHING
    return chance.log().clamp_min(IMPOSSIBLE)
