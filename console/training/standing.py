"""Where a run stands: which process this is, which epoch is about to be trained, and how much of it is done."""

from typing import Any, NamedTuple

from lightning import LightningDataModule, Trainer


class Standing(NamedTuple):
    """Of one process.

    Args:
        processes: how many train together.
        rank: which of them this is, from 0.
        epoch: that is trained, or is next, from 0.
        batches: of that epoch that are done, where a checkpoint was written in the midst of it.
    """

    processes: int = 1
    rank: int = 0
    epoch: int = 0
    batches: int = 0


class StandingData(LightningDataModule):
    """Knows where its run stands when its loaders are made.

    Of a run that goes on Lightning makes the loaders, and asks them for the first examples, before it restores its own
    counters or tells a sampler the epoch: the run would see epoch 0 again. So it is in this module's own state, which
    is restored first.
    """

    _stood: tuple[int, int] = (0, 0)

    def state_dict(self) -> dict[str, int]:
        """Called by Lightning when it writes a checkpoint."""
        epoch, batches = _counted(self.trainer) if self.trainer is not None else self._stood
        return {"epoch": epoch, "batches": batches}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """What `state_dict` gave."""
        self._stood = (state_dict["epoch"], state_dict["batches"])

    @property
    def standing(self) -> Standing:
        """Now; the very beginning, by one process, without a trainer."""
        epoch, batches = self._stood
        if self.trainer is None:
            return Standing(epoch=epoch, batches=batches)
        now, _ = _counted(self.trainer)
        if now > epoch:
            epoch, batches = now, 0
        return Standing(self.trainer.world_size, self.trainer.global_rank, epoch, batches)


def _counted(trainer: Trainer) -> tuple[int, int]:
    """The epoch that is trained or is next, and how many of its batches are done.

    `current_epoch` lags while a checkpoint is written at the end of an epoch.
    """
    epochs: Any = trainer.fit_loop.epoch_progress.current
    batches: Any = trainer.fit_loop.epoch_loop.batch_progress.current
    within = epochs.ready > epochs.processed
    return epochs.processed, batches.processed if within else 0
