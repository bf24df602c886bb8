"""The level of a role in a song: of every ten seconds the two loudest."""

import torch
from jaxtyping import Float
from torch import Tensor

SECOND = 5  # steps of 0.2 s
CHUNK_S, LOUDEST_S = 10, 2
PAUSE_DB = 20.0  # a second this far below the loudest ones is a pause
FAINT_DB = -30.0  # a chunk whose loudest seconds lie lower, against the loudest, says nothing of the role's level


def song_level_db(power: Float[Tensor, "role step"]) -> Float[Tensor, " role"]:
    """A role's level, from mean squares in steps of 0.2 s: of every ten seconds the two loudest, and the mean in dB of
    those in which it can be heard.

    A silent role has 0 dB.
    """
    steps = power.shape[-1]
    seconds = torch.nn.functional.adaptive_avg_pool1d(power, max(1, steps // SECOND))
    chunks = max(1, seconds.shape[-1] // CHUNK_S)
    by_chunk = seconds[:, : chunks * CHUNK_S].unflatten(-1, (chunks, -1))
    loudest = by_chunk.topk(min(LOUDEST_S, by_chunk.shape[-1]), dim=-1).values.mean(-1)
    smallest = torch.finfo(power.dtype).tiny
    level_db = 10 * loudest.clamp_min(smallest).log10()
    audible = (level_db > level_db.amax(-1, keepdim=True) + FAINT_DB) & (loudest > smallest)
    return (level_db * audible).sum(-1) / audible.sum(-1).clamp_min(1)
