"""Checkpoints that are whole, or not there: written beside, brought to the disk, then renamed into place."""

import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO, TorchCheckpointIO
from lightning.pytorch.utilities import rank_zero_info

from console.errors import InputError
from console.files.whole import whole_file

LAST = "last"  # the name of the checkpoint that a run goes on from
BEFORE = "before-"  # and of the one that it replaced, in front of that


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning writes in the folder for temporary files and then moves, which copies from one disk to another: what
    is killed meanwhile leaves half a file in place of the last whole one. Here the old one stays until the new one is
    on the disk; of `last.ckpt` it stays beside it then, too, in case that is damaged later.
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
            if path.stem == LAST:
                _keep(path)

    def load_checkpoint(self, path: str | Path, *options: Any, **more: Any) -> dict[str, Any]:
        """Called by Lightning.

        Raises: InputError for a file that is damaged, or no checkpoint; FileNotFoundError.
        """
        try:
            if "://" not in str(path):
                check_whole(Path(path))
            return super().load_checkpoint(path, *options, **more)
        except (FileNotFoundError, MemoryError):
            raise
        except Exception as error:  # whatever a file that is no checkpoint raises
            raise InputError(
                f'"{path}" is no whole checkpoint: give another one, or remove it to begin anew.'
            ) from error


def newest_whole(reads: CheckpointIO, last: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """The last checkpoint of a run, or the newest one beside it where that is damaged, which is told.

    Raises: InputError where there are some, and none is whole.
    """
    before = last.with_name(BEFORE + last.name)
    others = sorted(last.parent.glob("*.ckpt"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    damaged: list[InputError] = []
    for path in (last, before, *(path for path in others if path not in (last, before))):
        if not path.is_file():  # a folder is how FSDP writes
            continue
        try:
            found = reads.load_checkpoint(path, weights_only=True)
        except InputError as error:
            damaged.append(error)
            continue
        if damaged:
            rank_zero_info(f'"{last}" is damaged: the run goes on from "{path.name}", the newest one before it.')
        return path, found
    if damaged:
        raise damaged[0]
    return None


def check_whole(path: Path) -> None:
    """Raises an error for a file whose checksums, which torch writes and does not read, are others."""
    with zipfile.ZipFile(path) as archive:
        odd = archive.testzip()
    if odd is not None:
        raise ValueError(f"{odd} is damaged")


def _keep(path: Path) -> None:
    """The file that is about to be replaced gets another name, too, in place of what had that."""
    before = path.with_name(BEFORE + path.name)
    with suppress(OSError):  # there is none, or the disk knows no second names
        before.unlink(missing_ok=True)
        os.link(path, before)
