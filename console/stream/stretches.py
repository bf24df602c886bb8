"""Stretches of a sound as it passes, for what cannot be fed in blocks: networks that hear it themselves."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import torch
from jaxtyping import Float32
from torch import Tensor

from console.stream.sound import Sound


def stretches(sound: Sound, spans: Sequence[tuple[int, int]]) -> Iterator[Float32[Tensor, "row channel _"]]:
    """The sound of each stretch, as soon as it has passed; none begins before the last one, nor ends before it.

    Args:
        spans: their first samples, and those behind their last.
    """
    coming, at = list(reversed(spans)), 0
    begun: list[tuple[tuple[int, int], list[Tensor]]] = []
    with closing(sound.blocks()) as blocks:
        for block in blocks:
            stop = at + block.shape[-1]
            while coming and coming[-1][0] < stop:
                begun.append((coming.pop(), []))
            for (first, last), pieces in begun:
                pieces.append(block[..., max(0, first - at) : last - at].clone())
            while begun and begun[0][0][1] <= stop:
                yield torch.cat(begun.pop(0)[1], dim=-1)
            at = stop
