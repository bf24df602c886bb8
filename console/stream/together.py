"""How loud each row is, step by step: its variance over steps of time."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from console.stream.extremes import squared
from console.stream.sound import Block, Meter, Question, Sound

MOSTLY_OFFSET = 0.9  # of a step's energy: less leaves the rest exact enough


@dataclass(frozen=True)
class AskVariances(Question[Tensor]):
    """What is its variance, summed over its channels, in each whole step of so many samples?"""

    step: int

    def meter(self, sound: Sound) -> Meter[Tensor]:
        return _Variances(sound, self.step)


class _Variances:
    def __init__(self, sound: Sound, step: int):
        self._step, self._at = step, 0
        self._left: Tensor | None = None
        self._told = torch.zeros(sound.rows, sound.frames // step, dtype=torch.float64)

    def feed(self, block: Block) -> None:
        block = block if self._left is None else torch.cat([self._left, block], dim=-1)
        steps = block.shape[-1] // self._step
        if steps:
            whole = block[..., : steps * self._step].unflatten(-1, (steps, self._step))
            self._told[:, self._at : self._at + steps] = squared(whole, _variance).double().sum(1)
            self._at += steps
        self._left = block[..., steps * self._step :].clone()

    def read(self) -> Float[Tensor, "row step"]:
        return self._told


def _variance(steps: Float[Tensor, "*row sample"]) -> Float[Tensor, "*row"]:
    """Of each step; the quick way, unless most of what there is is an offset."""
    square = torch.linalg.vecdot(steps, steps) / steps.shape[-1]
    mean = steps.mean(-1).square()
    if bool((mean > MOSTLY_OFFSET * square).any()):
        return steps.var(-1, correction=0)
    return square - mean
