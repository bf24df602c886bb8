"""Songs of a catalogue are kept as they are done, and tables made of them at the end."""

import sys
from typing import Any

from lightning import Callback, LightningModule, Trainer

from console.data.catalogue import CatalogueData
from console.files.names import shown
from console.spawned import give_memory_back


class KeepBelieved(Callback):
    """Writes what is believed of each song of a `CatalogueData` when it is known; what fails is told at once."""

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Called by Lightning.

        Raises: InputError where there is no room to write.
        """
        outcome, believed = outputs
        if believed is not None:
            believed.write(outcome.task)
        outcome.stop_without_room()
        if outcome.failure:
            print(f"Error: {shown(outcome.task.name)}: {shown(outcome.failure)}", file=sys.stderr)
        give_memory_back()  # before the next song is read

    def on_predict_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning."""
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        if isinstance(data, CatalogueData):
            data.finish()
