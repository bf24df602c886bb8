"""Conversations of different lengths, side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explainer.language.chat import UNSCORED, Encoded


class Told(NamedTuple):
    """What the prefix is made of; rows of fewer sources are filled with zeros behind the mix.

    Args:
        features: as `explainer.language.told.conditioning.describe` gives them.
        embedding: the console's.
        heard: False where there is no embedding.
        mix: True for the mix among the sources.
    """

    features: Float[Tensor, "batch source feature"]
    embedding: Float[Tensor, "batch source width"]
    heard: Bool[Tensor, "batch source"]
    mix: Bool[Tensor, "batch source"]


class Batch(NamedTuple):
    """Conversations as tokens, and what the vectors in them are made of.

    Args:
        ids: tokens; a filler where a vector is put.
        source: which source's vector is put there, -1 at text.
        attention: False at padding.
        labels: what the loss is taken of, -100 elsewhere.
        told: None where there are no vectors.
    """

    ids: Int[Tensor, "batch token"]
    source: Int[Tensor, "batch token"]
    attention: Bool[Tensor, "batch token"]
    labels: Int[Tensor, "batch token"]
    told: Told | None

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        told = None if self.told is None else Told(*(part.to(device) for part in self.told))
        ids, source, attention, labels = (part.to(device) for part in self[:4])
        return Batch(ids, source, attention, labels, told)


def batch(encoded: Sequence[Encoded], told: Told | None, pad: int, left: bool = False) -> Batch:
    """Pads to the longest, at the end, or for writing at the beginning."""

    def rows(parts: Sequence[tuple[int, ...]], fill: int) -> Tensor:
        longest = max(map(len, parts))
        padded = [[fill] * (longest - len(p)) + list(p) if left else [*p, *[fill] * (longest - len(p))] for p in parts]
        return torch.tensor(padded)

    return Batch(
        rows([e.ids for e in encoded], pad),
        rows([e.source for e in encoded], -1),
        rows([(1,) * len(e.ids) for e in encoded], 0).bool(),
        rows([e.labels for e in encoded], UNSCORED),
        told,
    )


def told_side_by_side(
    features: Sequence[Float[Tensor, "_ feature"]], embeddings: Sequence[Tensor | None], width: int
) -> Told:
    """What is told of several mixes, each with its own number of sources.

    Args:
        embeddings: "source width" of the same sources, or None.
        width: of the embeddings, also where there is none.
    """
    most = max(map(len, features))
    blank = torch.zeros(len(features), most, width)
    told = Told(
        torch.stack([torch.nn.functional.pad(f, (0, 0, 0, most - len(f))) for f in features]),
        blank,
        torch.zeros(len(features), most, dtype=torch.bool),
        torch.zeros(len(features), most, dtype=torch.bool),
    )
    for row, (feature, embedding) in enumerate(zip(features, embeddings, strict=True)):
        told.mix[row, len(feature) - 1] = True
        if embedding is not None:
            told.embedding[row, : len(feature)] = embedding
            told.heard[row, : len(feature)] = True
    return told
