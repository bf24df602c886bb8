"""How like anything that it learnt a song is, by where the console's embedding of its mix lies."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

QUANTILES = 101
USUAL_SHARE = 0.35  # of what was learnt: all but the strangest third is wholly familiar
STEADY = 1e-3  # of the mean variance, added to each
NOTHING = 0.6  # chance, of a song of which nothing is known, that a stem is right as it is


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
