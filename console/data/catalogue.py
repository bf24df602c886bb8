"""Lightning data module over a catalogue: every song once, by whichever process; what is finished is passed over."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from console.catalogue.believed import KIND, LISTENED, gathered, left_of
from console.catalogue.listen import Asked, Opened, open_song
from console.catalogue.places import is_url, joined, place_of
from console.catalogue.table import FAILURES, write_failures, write_songs
from console.catalogue.task import Outcome, Task
from console.catalogue.walk import alone, tasks_of
from console.errors import InputError
from console.files.home import expanded
from console.model import Console

NOTHING = -1  # in place of a song's index
PATIENCE = timedelta(days=30)  # of a process that is done, for the others


class CatalogueData(LightningDataModule):
    """The songs of a catalogue, to be listened to, and the tables of what was believed of them.

    The first process walks the catalogue and tells all others what is left to do; each takes its share of that. A file
    for each song appears in `out` when it is done, so that the same command goes on where it was ended.

    Args:
        root: the catalogue: a folder of songs, in folders as deep as they lie, or a URL.
        out: where files and tables go, a folder or a URL; by default ROOT-believed.
        anchor: the stem whose level is taken as right, in every song.
        most_windows: listen to no more stretches of 10 s than these, evenly spread; None: to whole songs.
        num_workers: processes that read songs beside each one that listens; each holds two in memory.
    """

    def __init__(
        self,
        root: str,
        out: str | None = None,
        anchor: str | None = None,
        most_windows: int | None = None,
        num_workers: int = 0,
    ):
        super().__init__()
        self.root = root if is_url(root) else str(expanded(root))
        self.out = f"{self.root.rstrip('/')}-believed"
        if out is not None:
            self.out = out if is_url(out) else str(expanded(out))
        self.anchor, self.most_windows, self.num_workers = anchor, most_windows, num_workers
        self.tasks: list[Task] = []  # of the first process: all songs
        self.found = 0
        self.failed: list[Outcome] = []
        self._lock = ExitStack()
        self._together: Any = None

    def predict_dataloader(self) -> DataLoader[Opened]:
        """Songs that are not finished, read.

        Raises: InputError where there are none, or another run is at work there.
        """
        trainer: Any = self.trainer
        asked = self._asked(trainer.lightning_module.console, trainer.ckpt_path)
        told = self._left(asked.settings) if trainer.is_global_zero else None
        left: list[Task] | InputError = trainer.strategy.broadcast(told)
        if isinstance(left, InputError):
            raise left
        self._together = _together()
        songs = Songs(left, asked)
        return DataLoader(
            songs,
            batch_size=None,
            sampler=_Share(songs, trainer.world_size, trainer.global_rank),
            num_workers=self.num_workers,
            collate_fn=_as_it_is,
            prefetch_factor=1 if self.num_workers else None,
        )

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Called by Lightning; of a song only what the console hears goes to its device, and that when it listens."""
        return batch

    def finish(self) -> None:
        """To be called in all processes when they are done: the first one writes the tables, and tells.

        Raises: InputError where they cannot be written.
        """
        if self._together is not None:
            torch.distributed.barrier(self._together)
        if not self.tasks:
            return
        write_songs(self.out, gathered(self.tasks, self.failed), LISTENED)
        write_failures(self.out, self.failed)
        found = f" ({self.found} of them before)" if self.found else ""
        done = len(self.tasks) - len(self.failed)
        print(f"{len(self.tasks)} songs: {done} done{found}, {len(self.failed)} failed. Written to {self.out}")
        sys.stdout.flush()

    @property
    def failures(self) -> str:
        """What is said at the end of songs that failed."""
        return f"{len(self.failed)} of {len(self.tasks)} songs failed: {joined(self.out, FAILURES)} tells why."

    def teardown(self, stage: str) -> None:
        """Called by Lightning: others may write there now."""
        self._lock.close()

    def on_exception(self, exception: BaseException) -> None:
        """Called by Lightning, which then does without `teardown`."""
        self._lock.close()

    def _left(self, settings: str) -> list[Task] | InputError:
        """What is to be done, which the others are told, as they are of what stands in the way."""
        try:
            root, out = place_of(self.root), place_of(self.out)
            self.tasks = tasks_of(root, out, kind=KIND)
            self._lock.enter_context(alone(out))
            write_failures(out, ())  # and it can be written at all
        except InputError as error:
            return error
        left = left_of(self.tasks, settings)
        self.found = len(self.tasks) - len(left)
        return left

    def _asked(self, console: Console, checkpoint: str | None) -> Asked:
        plain = [version("mixconsole"), self.anchor, self.most_windows, sorted(map(str, console.config.items()))]
        key = hashlib.sha256(repr(plain).encode())
        for name, weights in console.state_dict().items():
            key.update(name.encode() + weights.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
        name = Path(checkpoint).name if checkpoint else f"{console.name} {console.version}"
        return Asked(key.hexdigest()[:16], self.anchor, self.most_windows, name)


class Songs(Dataset[Opened]):
    """Songs, read when they are asked for."""

    def __init__(self, tasks: list[Task], asked: Asked):
        self.tasks, self.asked = tasks, asked

    def __len__(self) -> int:
        return len(self.tasks)

    def __getitem__(self, index: int) -> Opened:
        if index == NOTHING:
            return Opened(Task("", "", ""), self.asked, "")
        return open_song(self.tasks[index], self.asked)


class _Share(DistributedSampler[Opened]):
    """One process's share of the songs: no song is another's too.

    One that has none gets `NOTHING`: without a batch Lightning would leave out the end of the run, where processes wait
    for each other. Samplers of this kind it leaves as they are.
    """

    def __init__(self, songs: Dataset[Opened], processes: int, rank: int):
        super().__init__(songs, processes, rank, shuffle=False)
        self.mine = range(rank, len(songs), processes) or (NOTHING,)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.mine)

    def __iter__(self) -> Iterator[int]:  # type: ignore[override]
        return iter(self.mine)


def _as_it_is(opened: Any) -> Any:
    return opened


def _together() -> Any:
    """All processes, which do not end at one time: a group of its own, which waits for as long as that takes.

    It is made before the work, so that one that goes away meanwhile is missed at once.
    """
    run = torch.distributed
    if not run.is_available() or not run.is_initialized() or run.get_world_size() == 1:
        return None
    group = run.new_group(backend="gloo", timeout=PATIENCE)
    run.barrier(group)
    return group
