"""Keeps the best that was trained, by what it was trained for, whole and with its card."""

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, runtime_checkable

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info
from torch import nn

from console.errors import InputError
from console.files.hub import CARD
from console.files.part import flush, sync_folder
from console.training.card import Subject, model_card
from console.training.shards import whole

CHOSEN_BY = "val/loss"  # the loss that is trained, on songs not trained on
PRETRAINED = "pretrained"


@runtime_checkable
class Saving(Protocol):
    """A Lightning module whose model can be kept."""

    def save(self, folder: Path, name: str, version: str) -> None:
        """Writes the model into an empty folder, as it is read again, under that name."""
        ...

    def subject(self) -> Subject:
        """What the card says of such models."""
        ...


class KeepBest(Callback):
    """Keeps the best model so far in `pretrained` under the run's folder, with a card.

    The best is the one with the lowest `val/loss`; without validation it is the last one. Of a module that is not
    `Saving`, nothing is kept.

    Args:
        name, version: what the model is called.
        license: of the model, as the Hub writes it ("apache-2.0"); its owner knows.
    """

    def __init__(self, name: str, version: str = "0", license: str = "unknown"):
        self.name, self.version, self.license = name, version, license
        self.best = math.inf

    def state_dict(self) -> dict[str, float]:
        """The best value so far, for a run that goes on."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        """What `state_dict` gave."""
        self.best = state_dict["best"]

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning after each validation; a rehearsal before training does not count.

        Raises: InputError where the module does not tell its loss.
        """
        if trainer.sanity_checking or trainer.state.fn != "fit" or not isinstance(pl_module, Saving):
            return
        if CHOSEN_BY not in trainer.callback_metrics:
            raise InputError(
                f'{type(pl_module).__name__} logs no "{CHOSEN_BY}" in validation, by which the best is known.'
            )
        value = float(trainer.callback_metrics[CHOSEN_BY])
        if value < self.best:
            self.best = value
            self._keep(trainer, pl_module)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning; a run without validation keeps what it ends with."""
        if self.best == math.inf and isinstance(pl_module, Saving):
            self._keep(trainer, pl_module)
        folder = kept_in(trainer)
        if folder.is_dir():
            rank_zero_info(f"What was trained is in {folder}")

    def _keep(self, trainer: Trainer, system: Saving) -> None:
        folder = kept_in(trainer)  # all processes ask together, or those that ask wait for ever
        with whole(system) if isinstance(system, nn.Module) else nullcontext():  # in all together as well
            if trainer.is_global_zero:
                card = model_card(system.subject(), trainer, self.name, self.version, self.license)
                with replaced(folder) as new:
                    system.save(new, self.name, self.version)
                    (new / CARD).write_text(card)


def kept_in(trainer: Trainer) -> Path:
    """The folder of what is kept of a run. To be called in all processes together."""
    return Path(trainer.log_dir or trainer.default_root_dir) / PRETRAINED


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder`, which takes its place once it is complete and on the disk.

    Ended in between, the old one is there, or a run that goes on writes the new one again.
    """
    new, old = (folder.with_name(f".{folder.name}.{what}") for what in ("new", "old"))
    for left in (new, old):  # by a process that was ended
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir(parents=True)
    yield new
    flush(new)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
