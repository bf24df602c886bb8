"""A run that was stopped goes on when the same command is given again, in the same folder."""

import fcntl
import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from lightning import Trainer
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only

from console.errors import InputError
from console.training.checkpoints import LAST, newest_whole

CHECKPOINT = Path("checkpoints", f"{LAST}.ckpt")
MARK = "unfinished"  # a file in a run's folder, from its beginning to its end; locked while a process trains there
METRICS = "metrics.csv"
TOLD = "MIXCONSOLE_RUN"  # by the first process to those that it starts: which folder, which checkpoint


@contextmanager
def going_on(trainer: Trainer, asked: Mapping[str, object], ckpt_path: str | None) -> Iterator[str | None]:
    """Settles which of its logger's folders (`version_0`, ...) a run takes, and gives the checkpoint it starts from.

    A run that was stopped and was asked for in the same words goes on. With `ckpt_path="last"` the newest run that has
    a checkpoint goes on, finished or not, whatever it was asked; where there is none, one begins. All else begins anew,
    in a folder of its own. Two processes never train in one folder.

    Args:
        trainer: that is about to fit.
        asked: the whole configuration.
        ckpt_path: as the user gave it.

    Raises: InputError where another process trains in the folder that is asked for.
    """
    logger = trainer.logger
    if not isinstance(logger, TensorBoardLogger | CSVLogger):
        yield ckpt_path  # without a folder of runs only Lightning's own ways are left
        return
    if _rank() != 0 or _started_by_others(trainer):
        yield _as_told(logger, ckpt_path)
        return
    folder, lock, stopped = _folder(logger, _words(asked), ckpt_path)
    try:
        found = None if ckpt_path == LAST else ckpt_path
        if stopped:
            found = _taken_up(logger, folder, trainer) or found
        os.environ[TOLD] = json.dumps([folder.name, found])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Checkpoint directory")  # has files in it: it is meant to
            yield found
        (folder / MARK).unlink()
    finally:
        os.environ.pop(TOLD, None)
        lock.close()
        _remove_if_bare(folder)


def _folder(logger: TensorBoardLogger | CSVLogger, words: str, ckpt_path: str | None) -> tuple[Path, TextIO, bool]:
    """The run's folder, which the logger is set to, its mark, locked by this process, and whether a run goes on."""
    root, named = Path(logger.root_dir), logger._version
    if named is not None:
        folder = Path(logger.log_dir)
        known = _mark(folder) == words
        lock = _locked(folder, words)
        if lock is None:
            raise InputError(f'Another process trains in "{folder}": wait for it, or give this run another version.')
        return folder, lock, known or ckpt_path == LAST
    for number, folder in reversed(_versions(root)):
        known = _mark(folder) == words
        if known or (ckpt_path == LAST and (folder / CHECKPOINT).is_file()):
            lock = _locked(folder, words)
            if lock is not None:
                logger._version = number
                return folder, lock, True
            if ckpt_path == LAST:
                raise InputError(f'Another process trains in "{folder}": wait for it before that run goes on.')
        elif _mark(folder) is not None and (folder / CHECKPOINT).is_file():
            rank_zero_info(f"{folder} was stopped, with other settings: --ckpt_path {LAST} goes on there.")
    while True:
        number = max((number for number, _ in _versions(root)), default=-1) + 1
        folder = root / f"version_{number}"
        with suppress(FileExistsError):  # another run was faster
            folder.mkdir(parents=True)
            lock = _locked(folder, words)
            if lock is not None:
                logger._version = number
                return folder, lock, False


def _versions(root: Path) -> list[tuple[int, Path]]:
    found = [(path.name.removeprefix("version_"), path) for path in root.glob("version_*")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())


def _mark(folder: Path) -> str | None:
    """What the unfinished run in a folder was asked for."""
    try:
        return (folder / MARK).read_text()
    except OSError:
        return None


def _locked(folder: Path, words: str) -> TextIO | None:
    """The folder's mark, written and locked; None where another process has it. The system gives the lock back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark = open(folder / MARK, "a+")  # noqa: SIM115  # it stays open while the run lasts
    except OSError as error:
        raise InputError(f'"{folder}" cannot be written: {error.strerror}.') from error
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        mark.close()
        return None
    mark.truncate(0)
    mark.write(words)
    mark.flush()
    return mark


def _words(asked: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _rank() -> int:
    """Of this process, which is known before the trainer knows."""
    return int(getattr(rank_zero_only, "rank", 0))


def _started_by_others(trainer: Trainer) -> bool:
    """By torchrun or SLURM: no process can tell the others what it found."""
    environment = getattr(trainer.strategy, "cluster_environment", None)
    return trainer.world_size > 1 and bool(getattr(environment, "creates_processes_externally", False))


def _as_told(logger: TensorBoardLogger | CSVLogger, ckpt_path: str | None) -> str | None:
    told = os.environ.get(TOLD)
    if told is not None:
        name, found = json.loads(told)
        if logger._version is None:
            logger._version = int(name.removeprefix("version_"))
        return None if found is None else str(found)
    if ckpt_path == LAST and logger._version is None:
        for number, folder in reversed(_versions(Path(logger.root_dir))):
            if (folder / CHECKPOINT).is_file():
                logger._version = number
                return str(folder / CHECKPOINT)
    return ckpt_path


def _taken_up(logger: TensorBoardLogger | CSVLogger, folder: Path, trainer: Trainer) -> str | None:
    """The checkpoint to go on from, if there is one yet; the folder is cleared of what a process left unfinished.

    Of what was logged, all up to the checkpoint stays, and what is done again counts once.
    """
    last, step = folder / CHECKPOINT, 0
    for part in last.parent.glob(".*.part"):
        part.unlink()
    found = newest_whole(trainer.strategy.checkpoint_io, last)
    if found is not None:
        step = int(found[1]["global_step"])
    if isinstance(logger, TensorBoardLogger):
        logger._kwargs["purge_step"] = step
    elif (folder / METRICS).is_file():  # which it would delete
        earlier = len(list(folder.glob("metrics.*.csv")))
        (folder / METRICS).rename(folder / f"metrics.{earlier}.csv")
    if found is None:
        return None
    rank_zero_info(f"Goes on in {folder}, where it was stopped. To begin anew instead, remove that folder.")
    return str(found[0])


def _remove_if_bare(folder: Path) -> None:
    """A run that failed before it left anything leaves no folder."""
    with suppress(OSError):
        if [path.name for path in folder.iterdir()] == [MARK]:
            (folder / MARK).unlink()
        folder.rmdir()
