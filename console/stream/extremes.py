"""The lowest and the highest sample of a sound, and its mean."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from console.stream.sound import Block, Meter, Question, Sound

OFFSET = 0.02  # of half of what lies between a channel's lowest and highest sample
FAINTEST, HOTTEST = 1e-6, 1e6  # peaks beyond which squares and energies would leave the range of float32


@dataclass(frozen=True, eq=False)
class Extremes:
    """Of each row's channels, over all of it."""

    low: Float32[Tensor, "row channel"]
    high: Float32[Tensor, "row channel"]
    mean: Float32[Tensor, "row channel"]

    @property
    def peaks(self) -> Float32[Tensor, " row"]:
        """The largest absolute sample; NaN or infinite where one is."""
        return torch.maximum(-self.low, self.high).amax(-1)

    @property
    def swings(self) -> Float32[Tensor, " row"]:
        """Half of what lies between the lowest and the highest sample: an offset is not heard."""
        return ((self.high - self.low) / 2).amax(-1)

    @property
    def offset(self) -> Float32[Tensor, "row channel"]:
        """What lifts a channel off zero, which is no sound; 0 where that is hardly any: rests stay rests."""
        return torch.where(self.mean.abs() > OFFSET * (self.high - self.low) / 2, self.mean, 0.0)

    @property
    def scale(self) -> float:
        """A factor that keeps the energies of very faint or very hot samples inside float32; mostly 1."""
        peak = float(self.peaks.max())
        return 1.0 if FAINTEST < peak < HOTTEST or peak == 0 else 1 / peak


@dataclass(frozen=True)
class AskExtremes(Question[Extremes]):
    """How far does it swing, and about what?"""

    def meter(self, sound: Sound) -> Meter[Extremes]:
        return _Extremes(sound)


class _Extremes:
    def __init__(self, sound: Sound):
        shape = sound.rows, sound.channels
        self._low, self._high = np.full(shape, np.inf, np.float32), np.full(shape, -np.inf, np.float32)
        self._sum = np.zeros(shape)
        self._frames = sound.frames

    def feed(self, block: Block) -> None:
        samples = block.numpy()  # which finds its ends in a fraction of the time that torch takes
        with np.errstate(all="ignore"):  # what is not finite is told by whoever asked
            np.minimum(self._low, samples.min(-1), out=self._low)
            np.maximum(self._high, samples.max(-1), out=self._high)
            self._sum += samples.sum(-1)

    def read(self) -> Extremes:
        mean = torch.from_numpy(self._sum / self._frames).float()
        return Extremes(torch.from_numpy(self._low), torch.from_numpy(self._high), mean)


def squared(block: Float[Tensor, "*shape"], measure: Callable[[Tensor], Tensor]) -> Tensor:
    """What is made of squares of a block, in double precision where float32 does not hold those of its samples.

    Args:
        measure: sums of squares, or what is as large.
    """
    told = measure(block)
    least, most = (float(end) for end in told.aminmax()) if told.numel() else (1.0, 1.0)
    if least > FAINTEST**4 and most < HOTTEST**4:
        return told
    peak = max(abs(float(end)) for end in block.aminmax())
    return told if FAINTEST**2 < peak < HOTTEST**2 or peak == 0 else measure(block.double())


def as_key(offset: Float[Tensor, "row channel"]) -> tuple[tuple[float, ...], ...] | None:
    """An offset as a question holds it; None for none."""
    return tuple(map(tuple, offset.tolist())) if bool(offset.any()) else None
