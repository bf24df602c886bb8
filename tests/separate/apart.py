"""Separators that tests know the answers of, and a tiny random network of torchaudio's HDemucs."""

import torch

from console.separate.separator import Separator

RATE = 44_100
SHARE = 0.25


def quarters(*sources: str) -> Separator:
    """Gives a quarter of the mix to each source."""
    return Separator("quarters", sources, lambda piece: SHARE * piece.expand(len(sources), *piece.shape), 2.0, 0.5)


def tiny(sources: int = 4, seed: int = 0):
    """A random HDemucs, all its layers with few channels."""
    from torchaudio.models import HDemucs

    torch.manual_seed(seed)
    return HDemucs([str(at) for at in range(sources)], channels=4).eval()


def noise(channels: int, seconds: float, rate: int = RATE, seed: int = 0) -> torch.Tensor:
    """Faint noise."""
    return 0.1 * torch.randn(channels, round(seconds * rate), generator=torch.Generator().manual_seed(seed))
