"""Checkpoints that are whole, or not there: written beside, brought to the disk, then renamed into place."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from console.files.whole import whole_file


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning writes in the folder for temporary files and then moves, which copies from one disk to another: what
    is killed meanwhile leaves half a file in place of the last whole one. Here the old one stays until the new one is
    on the disk.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        """Called by Lightning.

        Raises: InputError where the file cannot be written.
        """
        if "://" in str(path):  # not on a disk of this machine
            return super().save_checkpoint(checkpoint, path, storage_options)
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part, open(part, "wb") as file:
            torch.save(checkpoint, file)
