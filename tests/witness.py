"""A callback that notes, in every process of a run, what it was shown and with which weights it ended."""

import hashlib
import json
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer


class Witness(Callback):
    """Writes `shown-RANK.jsonl` (epoch and what each batch was of) and `weights-RANK` at the end.

    Args:
        folder: that it writes to.
    """

    def __init__(self, folder: str):
        self.folder = Path(folder)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Called by Lightning."""
        told = [ask.response for ask in batch]
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f"shown-{trainer.global_rank}.jsonl", "a") as notes:
            notes.write(json.dumps([trainer.current_epoch, batch_idx, told]) + "\n")

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning."""
        digest = hashlib.sha256()
        for name, value in sorted(pl_module.state_dict().items()):
            digest.update(name.encode() + value.detach().float().cpu().numpy().tobytes())
        (self.folder / f"weights-{trainer.global_rank}").write_text(digest.hexdigest())
