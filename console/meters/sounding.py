"""When a stem sounds: the seconds that do not lie far below its loudest ones."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance import CHUNK_S, LOUDEST_S, PAUSE_DB
from console.network.features import SECOND


def by_second(power: Float[Tensor, "*batch step"]) -> Float[Tensor, "*batch second"]:
    """Mean power of each second; a last one that is not whole is as if it ended in silence."""
    missing = -power.shape[-1] % SECOND
    return torch.nn.functional.pad(power, (0, missing)).unflatten(-1, (-1, SECOND)).mean(-1)


def sounds_in(power: Float[Tensor, "*batch step"]) -> Bool[Tensor, "*batch second"]:
    """In which seconds a stem sounds: it does not lie 20 dB below its loudest ones, which are a pause."""
    return while_sounding(by_second(power))


def while_sounding(
    seconds: Float[Tensor, "*batch second"], down_to_db: float = PAUSE_DB
) -> Bool[Tensor, "*batch second"]:
    """Which seconds do not lie so far below the loudest ones."""
    return seconds > loudest(seconds) * 10 ** (-down_to_db / 10)


def loudest(seconds: Float[Tensor, "*batch second"]) -> Float[Tensor, "*batch 1"]:
    """Mean power of the loudest seconds, two in ten."""
    count = max(1, round(seconds.shape[-1] * LOUDEST_S / CHUNK_S))
    return seconds.topk(count, dim=-1).values.mean(-1, keepdim=True)
