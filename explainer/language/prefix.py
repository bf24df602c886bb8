"""From what is known of each stem to one vector of a language model's width."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from explainer.language.conditioning import MOST_STEMS, Conditioning, feature_width


class Prefix(nn.Module):
    """Features, an embedding or both -> one vector a source, as large as the language model's own embeddings.

    Args:
        width: of the language model.
        conditioning: what is looked at.
        embedding_width: of the console's embeddings; looked at where `conditioning` says so.
        hidden: width of the hidden layer.
        scale: standard deviation of the language model's own embeddings.
    """

    def __init__(
        self, width: int, conditioning: Conditioning, embedding_width: int = 128, hidden: int = 512, scale: float = 0.02
    ):
        super().__init__()
        features = conditioning in (Conditioning.PREDICTIONS, Conditioning.BOTH)
        embeddings = conditioning in (Conditioning.EMBEDDINGS, Conditioning.BOTH)
        self.features = _reader(feature_width(), hidden, width) if features else None
        self.embeddings = _reader(embedding_width, hidden, width) if embeddings else None
        self.unheard = nn.Parameter(torch.zeros(width)) if embeddings else None
        self.slot = nn.Embedding(MOST_STEMS + 1, width)
        self.even = nn.LayerNorm(width)
        nn.init.normal_(self.slot.weight, std=0.1)
        nn.init.constant_(self.even.weight, scale)

    def forward(
        self,
        features: Float[Tensor, "batch source feature"],
        embedding: Float[Tensor, "batch source width"],
        heard: Bool[Tensor, "batch source"],
        mix: Bool[Tensor, "batch source"],
    ) -> Float[Tensor, "batch source model"]:
        """One vector for each stem, and the last for the mix.

        Args:
            features: as `explainer.language.conditioning.describe` gives them.
            embedding: as the console gives them; not looked at where `heard` is False.
            mix: True for the mix among the sources.
        """
        sources = features.shape[1]
        slot = torch.arange(sources, device=features.device).clamp_max(MOST_STEMS).expand(len(features), -1)
        vector = self.slot(torch.where(mix, MOST_STEMS, slot))
        if self.features is not None:
            vector = vector + self.features(features)
        if self.embeddings is not None and self.unheard is not None:
            vector = vector + torch.where(heard[..., None], self.embeddings(embedding), self.unheard)
        return self.even(vector)


def _reader(inputs: int, hidden: int, width: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(inputs), nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, width))
