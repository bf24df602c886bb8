"""Lightning data module over any lessons: new ones every epoch, and each drawn once, by one process or many."""

from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from console.errors import InputError
from console.training.order import GoingOn, Order, Place
from console.training.standing import StandingData
from explainer.language.told.ask import Ask
from explainer.lessons.lessons import ImaginedLessons, Lessons

POOL = 16  # batches that are drawn together, to put answers of one length side by side
VALID = 1 << 32  # an epoch that no training reaches


class ExplainerData(StandingData):
    """Lessons for training and validation, in batches of answers of about one length.

    Args:
        train: lessons to learn from; `valid` to be judged by. Imagined ones by default.
        batch_size: conversations in a batch.
        steps: batches in an epoch.
        valid_size: conversations that are judged.
        num_workers: processes that prepare lessons beside the training; with another number of them, or of processes
            that train, a run has other lessons.
        seed: another seed, other lessons.

    Raises: InputError for a batch without a conversation.
    """

    def __init__(
        self,
        train: Lessons | None = None,
        valid: Lessons | None = None,
        batch_size: int = 16,
        steps: int = 800,
        valid_size: int = 128,
        num_workers: int = 0,
        seed: int = 0,
    ):
        super().__init__()
        if batch_size < 1 or steps < 1 or valid_size < 1:
            raise InputError("A batch, an epoch and a validation each hold at least one conversation.")
        self.train, self.valid = train or ImaginedLessons(), valid or train or ImaginedLessons()
        self.batch_size, self.steps, self.valid_size = batch_size, steps, valid_size
        self.num_workers, self.seed = num_workers, seed

    def train_dataloader(self) -> DataLoader[list[Ask]]:
        """New lessons every epoch."""
        lanes = self.standing.processes * max(self.num_workers, 1)
        batches = _Batches(self.train, self.seed, self.batch_size, self.steps, lanes)
        order = Order(self.steps, standing=self.standing)
        return GoingOn(batches, batch_size=None, sampler=order, num_workers=self.num_workers)

    def val_dataloader(self) -> DataLoader[list[Ask]]:
        """The same lessons every epoch, which training never sees."""
        batches = -(-self.valid_size // self.batch_size)
        lessons = _Batches(self.valid, self.seed, min(self.batch_size, self.valid_size), batches, first=VALID)
        order = Order(batches, training=False, standing=self.standing)
        return GoingOn(lessons, batch_size=None, sampler=order)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Called by Lightning; lessons become numbers in the model."""
        return batch


class _Batches(Dataset[list[Ask]]):
    """Batches of lessons, those of one length together, in random order; a place's batch is a function of the seed.

    Loaders give each of their workers every so many-th batch, and so do processes that train together: each has a lane
    of the batches. A pool holds batches of one lane, so that nobody draws it but who takes them.

    Args:
        batches: in an epoch, of all lanes together.
        lanes: how many take batches in turn.
        first: the number of epoch 0, which sets lessons to be judged by apart from those to learn from.
    """

    def __init__(self, lessons: Lessons, seed: int, batch_size: int, batches: int, lanes: int = 1, first: int = 0):
        self.lessons, self.seed, self.batch_size, self.batches = lessons, seed, batch_size, batches
        self.lanes, self.first = lanes, first
        self._at = (-1, -1, -1)
        self._pool: list[list[Ask]] = []

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, place: Place) -> list[Ask]:
        nth, lane = divmod(place.number, self.lanes)
        pool, at = divmod(nth, POOL)
        if (place.epoch, lane, pool) != self._at:
            self._at, self._pool = (place.epoch, lane, pool), self._draw(place.epoch, lane, pool)
        return self._pool[at]

    def _draw(self, epoch: int, lane: int, pool: int) -> list[list[Ask]]:
        seed = _seed(_seed(self.seed, self.first + epoch), pool * self.lanes + lane)
        batches = min(POOL, len(range(lane, self.batches, self.lanes)) - pool * POOL)
        asks = list(islice(self.lessons.asks(seed), batches * self.batch_size))
        if not asks:
            raise InputError("There are no lessons to learn from.")
        few = len(asks)  # lessons that end are gone through again
        asks = [asks[i % few] for i in range(batches * self.batch_size)]
        asks.sort(key=_length)
        starts = np.random.default_rng(seed).permutation(batches) * self.batch_size
        return [asks[start : start + self.batch_size] for start in starts.tolist()]


def _seed(*names: int) -> int:
    return int(np.random.SeedSequence(names).generate_state(1)[0])


def _length(ask: Ask) -> float:
    """About how many tokens question and answer have."""
    if ask.step is not None:
        return len(ask.response or "") / 4 + 4 * len(ask.step.slots) + 8 * bool(ask.before)
    return len(ask.response or "") / 4 + 8 * len(ask.advice.stems) + 25 * len(ask.advice.moving)
