"""A run that was stopped goes on when the same command is given again, in the same folder."""

import fcntl
import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from lightning import Trainer
from lightning.fabric.plugins.environments import SLURMEnvironment
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only

from console.errors import InputError
from console.training.checkpoints import LAST, newest_whole

CHECKPOINT = Path("checkpoints", f"{LAST}.ckpt")
MARK = "unfinished"  # a file in a run's folder, from its beginning to its end; locked while a process trains there
REQUEUED = "hpc_ckpt_*.ckpt"  # as Lightning calls what it writes when SLURM is about to end a job
METRICS = "metrics.csv"
TOLD = "MIXCONSOLE_RUN"  # by the first process to those that it starts: which folder, which checkpoint


@contextmanager
def going_on(trainer: Trainer, asked: Mapping[str, object], ckpt_path: str | None) -> Iterator[str | None]:
    """Settles which of its logger's folders (`version_0`, ...) a run takes, and gives the checkpoint it starts from.

    A run that was stopped and was asked for in the same words goes on. With `ckpt_path="last"` the newest run that has
    a checkpoint goes on, finished or not, whatever it was asked; where there is none, one begins. All else begins anew,
    in a folder of its own. Two runs never train in one folder.

    Of processes that torchrun or SLURM has started each settles it for itself, by what lies on the disk that they
    share, before any of them can change it.

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
    others = _started_by_others(trainer)
    if _rank() != 0:
        yield _as_seen(trainer, logger, _words(asked), ckpt_path) if others else _as_told(logger, ckpt_path)
        return
    folder, lock, stopped = _folder(logger, _words(asked), ckpt_path, others)
    _requeues_in(folder, trainer)
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


def _folder(
    logger: TensorBoardLogger | CSVLogger, words: str, ckpt_path: str | None, others: bool
) -> tuple[Path, TextIO, bool]:
    """The run's folder, which the logger is set to, its mark, locked by this process, and whether a run goes on.

    Where others look for the same folder (`others`), none is passed over because it is in use.
    """
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
        if known or (ckpt_path == LAST and _newest(folder) is not None):
            lock = _locked(folder, words)
            if lock is not None:
                logger._version = number
                return folder, lock, True
            if ckpt_path == LAST or others:
                raise InputError(f'Another process trains in "{folder}": wait for it before that run goes on.')
        elif _mark(folder) is not None and _newest(folder) is not None:
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
    mark.seek(0)
    if mark.read() != words:  # else others may be reading it
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
    """By torchrun or SLURM: no process can tell the others what it found, until all of them have begun."""
    environment = getattr(trainer.strategy, "cluster_environment", None)
    return trainer.world_size > 1 and bool(getattr(environment, "creates_processes_externally", False))


def _as_told(logger: TensorBoardLogger | CSVLogger, ckpt_path: str | None) -> str | None:
    told = os.environ.get(TOLD)
    if told is not None:
        name, found = json.loads(told)
        if logger._version is None:
            logger._version = int(name.removeprefix("version_"))
        return None if found is None else str(found)
    return ckpt_path


def _as_seen(trainer: Trainer, logger: TensorBoardLogger | CSVLogger, words: str, ckpt_path: str | None) -> str | None:
    """What the first process finds, found in the same way by another one; nothing is touched."""
    root, found = Path(logger.root_dir), None if ckpt_path == LAST else ckpt_path
    number, goes_on = logger._version, False
    if isinstance(number, str):  # named by the user
        folder = Path(logger.log_dir)
        goes_on = ckpt_path == LAST or _mark(folder) == words
    else:
        there = _versions(root) if number is None else [(number, root / f"version_{number}")]
        theirs = [at for at, place in there if _mark(place) == words or (ckpt_path == LAST and _newest(place))]
        goes_on = bool(theirs)
        number = theirs[-1] if theirs else max((at for at, _ in there), default=-1) + (number is None)
        logger._version, folder = number, root / f"version_{number}"
    _requeues_in(folder, trainer)
    whole = _whole(folder, trainer) if goes_on else None
    return found if whole is None else str(whole[0])


def _newest(folder: Path) -> Path | None:
    """The last checkpoint of a run: of an epoch, or of the moment in which SLURM ended it to begin it again."""
    there = [path for path in (folder / CHECKPOINT, *folder.glob(REQUEUED)) if path.is_file()]
    return max(there, key=lambda path: path.stat().st_mtime_ns, default=None)


def _whole(folder: Path, trainer: Trainer) -> tuple[Path, Mapping[str, Any]] | None:
    """The last checkpoint of a run that is whole; None where there is none yet.

    Raises: InputError where there are some, and none is whole.
    """
    reads, last, newest = trainer.strategy.checkpoint_io, folder / CHECKPOINT, _newest(folder)
    if newest not in (None, last):
        with suppress(InputError):
            return newest_whole(reads, newest)
    return newest_whole(reads, last)


def _requeues_in(folder: Path, trainer: Trainer) -> None:
    """On SLURM, Lightning's checkpoint for a job that is queued again is to lie in the run's own folder."""
    if isinstance(trainer._accelerator_connector.cluster_environment, SLURMEnvironment):
        trainer._default_root_dir = str(folder)  # type: ignore[attr-defined]


def _taken_up(logger: TensorBoardLogger | CSVLogger, folder: Path, trainer: Trainer) -> str | None:
    """The checkpoint to go on from, if there is one yet; the folder is cleared of what a process left unfinished.

    Of what was logged, all up to the checkpoint stays, and what is done again counts once.
    """
    step = 0
    for part in (folder / CHECKPOINT).parent.glob(".*.part"):
        part.unlink()
    found = _whole(folder, trainer)
    if found is not None:
        step = _logged(found[1])
    if isinstance(logger, TensorBoardLogger):
        logger._kwargs["purge_step"] = step
    elif (folder / METRICS).is_file():  # which it would delete
        earlier = len(list(folder.glob("metrics.*.csv")))
        (folder / METRICS).rename(folder / f"metrics.{earlier}.csv")
    if found is None:
        return None
    rank_zero_info(f"Goes on in {folder}, where it was stopped. To begin anew instead, remove that folder.")
    return str(found[0])


def _logged(checkpoint: Mapping[str, Any]) -> int:
    """The step that is logged next: of batches, which are fewer than the steps where several optimisers take one each.

    Raises: KeyError for what is no checkpoint.
    """
    of_epochs = checkpoint["loops"]["fit_loop"]["epoch_loop.state_dict"]
    total = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]["total"]
    # In the midst of an epoch it is written before the batch is counted, which Lightning makes up for.
    return int(of_epochs["_batches_that_stepped"]) + (len(set(total.values())) > 1)


def _remove_if_bare(folder: Path) -> None:
    """A run that failed before it left anything leaves no folder."""
    with suppress(OSError):
        if [path.name for path in folder.iterdir()] == [MARK]:
            (folder / MARK).unlink()
        folder.rmdir()
