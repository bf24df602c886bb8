"""From what is known of each stem to one vector of a language model's width."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from explainer.language.told.conditioning import MOST_STEMS, Conditioning, feature_width
from explainer.language.told.facts import ROWS, WORDS
from explainer.language.told.facts import width as step_width


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
            features: as `explainer.language.told.conditioning.describe` gives them.
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


class FactPrefix(nn.Module):
    """One vector for each fact of a step, and for each embedding that is told.

    A fact's vector is that of its word, which is learnt, and what a network, which begins at zero, makes of the numbers
    behind it.

    Args:
        width: of the language model.
        conditioning: what is looked at.
        embedding_width: of the console's embeddings; looked at where `conditioning` says so.
        hidden: width of the hidden layers.
    """

    def __init__(self, width: int, conditioning: Conditioning, embedding_width: int = 128, hidden: int = 256):
        super().__init__()
        self.words = nn.Parameter(torch.zeros(len(ROWS), width))
        last = nn.Linear(hidden, width)
        self.numbers = nn.Sequential(nn.Linear(step_width(), hidden), nn.GELU(), last)
        heard = conditioning in (Conditioning.EMBEDDINGS, Conditioning.BOTH)
        self.embeddings = _reader(embedding_width, hidden, width) if heard else None
        self.scale = nn.Parameter(torch.ones(()))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def begin(self, vectors: Sequence[Float[Tensor, " width"]], scale: float) -> None:
        """Sets the words' vectors, and the size of what is made of embeddings."""
        with torch.no_grad():
            self.words[: len(vectors)] = torch.stack(list(vectors))
            self.scale.fill_(scale)

    def forward(
        self,
        features: Float[Tensor, "batch source feature"],
        embedding: Float[Tensor, "batch source width"],
        heard: Bool[Tensor, "batch source"],
        mix: Bool[Tensor, "batch source"],
    ) -> Float[Tensor, "batch source model"]:
        """One vector for each source.

        Args:
            features: as `explainer.language.told.facts.described` gives them.
            embedding: the console's; not looked at where `heard` is False, nor at the rows of facts.
            mix: not looked at.
        """
        vector = features[..., : len(ROWS)] @ self.words + self.numbers(features)
        if self.embeddings is not None:
            told = heard & (features[..., len(WORDS) : len(ROWS)].sum(-1) > 0)
            vector = vector + torch.where(told[..., None], self.scale * self.embeddings(embedding), 0.0)
        return vector


def _reader(inputs: int, hidden: int, width: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(inputs), nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, width))
