"""Lightning data module over any lessons, and instruction data as a folder that `datasets` loads."""

from itertools import islice
from typing import Any

import numpy as np
import torch
from lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset

from console.errors import InputError
from explainer.lessons import ImaginedLessons, Lessons
from explainer.model import Ask

POOL = 16  # batches that are drawn together, to put answers of one length side by side


class ExplainerData(LightningDataModule):
    """Lessons for training and validation, in batches of answers of about one length.

    Args:
        train: lessons to learn from; `valid` to be judged by. Imagined ones by default.
        batch_size: conversations in a batch.
        steps: batches in an epoch.
        valid_size: conversations that are judged.
        num_workers: processes that prepare lessons beside the training.
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
        epoch = 0 if self.trainer is None else self.trainer.current_epoch
        seed = int(np.random.SeedSequence((self.seed, epoch)).generate_state(1)[0])
        batches = _Batches(self.train, seed, self.batch_size, self.steps)
        return DataLoader(batches, batch_size=None, num_workers=self.num_workers)

    def val_dataloader(self) -> DataLoader[list[Ask]]:
        """The same lessons every epoch, which training never sees."""
        batches = -(-self.valid_size // self.batch_size)
        seed = int(np.random.SeedSequence((self.seed, 1 << 32)).generate_state(1)[0])
        return DataLoader(_Batches(self.valid, seed, min(self.batch_size, self.valid_size), batches), batch_size=None)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Called by Lightning; lessons become numbers in the model."""
        return batch


class _Batches(Dataset[list[Ask]]):
    """Batches of lessons, those of one length together, in random order."""

    def __init__(self, lessons: Lessons, seed: int, batch_size: int, batches: int):
        self.lessons, self.seed, self.batch_size, self.batches = lessons, seed, batch_size, batches
        self._at = -1
        self._pool: list[list[Ask]] = []

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> list[Ask]:
        pool, at = divmod(index, POOL)
        if pool != self._at:
            self._at, self._pool = pool, self._draw(pool)
        return self._pool[at]

    def _draw(self, pool: int) -> list[list[Ask]]:
        seed = int(np.random.SeedSequence((self.seed, pool)).generate_state(1)[0])
        batches = min(POOL, self.batches - pool * POOL)
        asks = list(islice(self.lessons.asks(seed), batches * self.batch_size))
        if not asks:
            raise InputError("There are no lessons to learn from.")
        few = len(asks)  # lessons that end are gone through again
        asks = [asks[i % few] for i in range(batches * self.batch_size)]
        asks.sort(key=_length)
        starts = np.random.default_rng(seed).permutation(batches) * self.batch_size
        return [asks[start : start + self.batch_size] for start in starts.tolist()]


def _length(ask: Ask) -> float:
    """About how many tokens question and answer have."""
    return len(ask.response or "") / 4 + 8 * len(ask.advice.stems) + 25 * len(ask.advice.moving)


if __name__ == "__main__":
    from explainer.jsonl import main

    main(prog_name="python -m explainer.data")
