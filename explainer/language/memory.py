"""What a language model keeps of the tokens so far, so that each new one is computed alone."""

from jaxtyping import Bool, Float
from torch import Tensor

STEP = 64  # tokens for which room is made at a time


class Memory:
    """Keys and values of each layer, in rooms that grow in steps: writing one token copies nothing else."""

    def __init__(self, layers: int):
        self._rooms: list[tuple[Tensor, Tensor] | None] = [None] * layers
        self._written = [0] * layers

    def add(
        self, layer: int, key: Float[Tensor, "batch head new width"], value: Float[Tensor, "batch head new width"]
    ) -> tuple[Float[Tensor, "batch head all width"], Float[Tensor, "batch head all width"]]:
        """The keys and values of a layer, with these at the end."""
        begin = self._written[layer]
        end = begin + key.shape[2]
        room = self._rooms[layer]
        if room is None or end > room[0].shape[2]:
            old = room or (None, None)
            room = (_larger(key, old[0], begin, end), _larger(value, old[1], begin, end))
            self._rooms[layer] = room
        self._written[layer] = end
        for kept, new in zip(room, (key, value), strict=True):
            kept[:, :, begin:end] = new
        return room[0][:, :, :end], room[1][:, :, :end]

    def keep(self, rows: Bool[Tensor, " batch"]) -> None:
        """Forget all other rows."""
        self._rooms = [room and (room[0][rows], room[1][rows]) for room in self._rooms]


def _larger(like: Tensor, old: Tensor | None, begin: int, end: int) -> Tensor:
    """A room for `end` tokens and some more, with what the old one holds."""
    batch, heads, _, width = like.shape
    made = like.new_empty(batch, heads, -(-end // STEP) * STEP, width)
    if old is not None:
        made[:, :, :begin] = old[:, :, :begin]
    return made
