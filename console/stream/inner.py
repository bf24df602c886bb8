"""What the rows of a sound have in common: their inner products, without their means."""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from console.stream.extremes import squared
from console.stream.sound import Block, Meter, Mixed, Question, Sound

Gram = Float64[Tensor, "row row"]


@dataclass(frozen=True)
class AskInner(Question[Gram]):
    """What are the inner products of all pairs of rows? An offset is no sound, and is left out."""

    def meter(self, sound: Sound) -> Meter[Gram]:
        return _Inner(sound)


def inner_products(sound: Sound) -> Gram:
    """Inner products of all pairs of a sound's rows: of sums, they follow from those of what they are sums of."""
    if not isinstance(sound, Mixed):
        return sound.ask(AskInner())
    factors = sound.factors.double()
    return factors @ sound.source.ask(AskInner()) @ factors.T


class _Inner:
    """Blocks' inner products about their own means, put together (Chan, Golub and LeVeque, 1983)."""

    def __init__(self, sound: Sound):
        self._at = 0
        self._gram = torch.zeros(sound.rows, sound.rows, dtype=torch.float64)
        blocks = -(-sound.frames // sound.block)
        self._means = torch.zeros(blocks, sound.rows, sound.channels, dtype=torch.float64)
        self._counts = torch.zeros(blocks, dtype=torch.float64)

    def feed(self, block: Block) -> None:
        mean = block.mean(-1, keepdim=True)
        self._gram += squared((block - mean).flatten(1), lambda around: around @ around.T)
        self._means[self._at], self._counts[self._at] = mean[..., 0], block.shape[-1]
        self._at += 1

    def read(self) -> Gram:
        means, counts = self._means, self._counts
        apart = means - torch.einsum("b,brc->rc", counts, means) / counts.sum()
        return self._gram + torch.einsum("b,brc,bsc->rs", counts, apart, apart)
