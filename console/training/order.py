"""In which order examples are taken, and by which of several processes: none twice, and from where a run stands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray
from torch.utils.data import DataLoader, DistributedSampler

from console.errors import InputError
from console.training.standing import Standing


def share(count: int, batch: int, standing: Standing, even: bool) -> Int[ndarray, " place"]:
    """Which of `count` places are this process's: of every `processes * batch` in a row its own `batch`.

    So the processes' batches are together one that is `processes` times as large. The rest at the end is split evenly,
    to within one. No place is another process's too.

    Args:
        count: of places.
        batch: places in a batch of one process.
        standing: which process of how many.
        even: a rest with less than one place for each process is left out, so that all have as many batches.
    """
    together = batch * standing.processes
    whole = count // together * together
    mine = np.arange(whole).reshape(-1, standing.processes, batch)[:, standing.rank].ravel()
    rest = np.arange(whole, count)
    if even and len(rest) < standing.processes:
        rest = rest[:0]
    return np.concatenate([mine, np.array_split(rest, standing.processes)[standing.rank]])


class Place(NamedTuple):
    """One example of one epoch, by its place among that epoch's."""

    epoch: int
    number: int


class Order(DistributedSampler[Any]):
    """Places in order, one process's share of them, from where the run stands.

    Lightning leaves samplers of this kind as they are; any other it would replace by one that shows examples twice to
    make the processes even.

    Args:
        count: examples in an epoch, of all processes together.
        batch: examples in a batch of one process.
        training: epochs differ, and all processes have as many batches; else every epoch is epoch 0, and no example is
            left out.
        standing: where the run stands.

    Raises: InputError where there is not one example for each process: it would wait for ever.
    """

    def __init__(self, count: int, batch: int = 1, training: bool = True, standing: Standing | None = None):
        standing = standing or Standing()
        if 0 < count < standing.processes:
            raise InputError(
                f"{standing.processes} processes cannot share {count} to {'train' if training else 'validate or test'} "
                f"on: use {count} of them at most, or more data."
            )
        super().__init__(range(count), standing.processes, standing.rank, shuffle=False)  # type: ignore[arg-type]
        self.count, self.batch, self.training, self.standing = count, batch, training, standing
        self.mine = share(count, batch, standing, training)
        self.set_epoch(standing.epoch)

    def __len__(self) -> int:
        """Of a whole epoch."""
        return len(self.mine)

    def places(self) -> Int[ndarray, " place"]:
        """Of this epoch, those that are still to come."""
        standing = self.standing
        begun = self.training and self.epoch == standing.epoch
        return self.mine[standing.batches * self.batch :] if begun else self.mine

    def __iter__(self) -> Iterator[Any]:
        epoch = self.epoch if self.training else 0
        return (Place(epoch, number) for number in self.places().tolist())


class GoingOn(DataLoader[Any]):
    """A loader whose sampler passes over what is done; it says so to Lightning, which would warn of it otherwise."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing: where the run stands is in the checkpoint already."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing to do."""
