"""Tables of songs kept on disk: each song is read and measured once, and its table is then mapped into memory."""

import json
import multiprocessing
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, overload

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from console.data import table
from console.data.sources.identity import hash_of, remembered
from console.data.sources.source import Source
from console.data.table import SongTable, tabulate
from console.errors import InputError
from console.files.home import expanded
from console.files.whole import whole_file
from console.network import features
from console.read.roles import Role

FORMAT = 3  # goes up when what a table holds is measured in another way
LAYOUT = (
    *(FORMAT, table.RATE_HZ, table.MOMENT, table.MOMENT_EVERY, table.MOMENT_AT),
    *(features.STEP_S, features.FRAMES, features.N_MEL, features.MEL_LOW_HZ, features.MEL_HIGH_HZ),
)
TENSORS = ("pairs", "plain", "moments")
FEW = 3  # missing songs: not worth a bar or other processes
_checked: set[tuple[str, int, int, int]] = set()  # by this process: path, inode, size, time of change
OPEN = 64  # tables an instance keeps mapped


class SongTables(Sequence[SongTable]):
    """The tables of a source's songs, by index. A missing one is built when it is asked for; `build` builds all.

    A table is one file in `folder`, named by the song's identity and by how it was measured: a song that changes gets
    a new one, those of other versions are passed over, and one that is damaged is built again: each has a checksum,
    which a process looks at when it first opens the table. Files appear whole, so any number of processes may build
    and read at once; at worst two of them measure the same song.

    What a source's files hold is remembered in `folder` too (`identity.MEMO`), by path, size and time of change, so
    that a second start need not read them. Within an instance songs are taken not to change.

    Args:
        source: songs.
        folder: where the tables are kept; made as needed.
    """

    def __init__(self, source: Source, folder: str | os.PathLike[str]):
        self.source = source
        self.folder = expanded(folder)
        self._identities: list[str] | None = None
        self._paths: list[Path] | None = None
        self._mapped = lru_cache(OPEN)(_read)

    def __getstate__(self) -> dict[str, Any]:
        """All but the tables in memory, which every process maps for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "_mapped"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._mapped = lru_cache(OPEN)(_read)

    def __len__(self) -> int:
        return len(self.source)

    @overload
    def __getitem__(self, index: int) -> SongTable: ...
    @overload
    def __getitem__(self, index: slice) -> list[SongTable]: ...
    def __getitem__(self, index: int | slice) -> SongTable | list[SongTable]:
        """Raises: IndexError; InputError where the song must be read and cannot."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} songs, and none at {index}.")
        path = self.paths[index]
        try:
            return self._mapped(path)
        except _Damaged:
            _build(self.source, index, path)
            return self._mapped(path)

    @property
    def paths(self) -> list[Path]:
        """Where each song's table is, whether or not it is built."""
        if self._paths is None:
            names = [hash_of(identity, *LAYOUT) for identity in self.identities]
            self._paths = [self.folder / f"{name}.safetensors" for name in names]
        return self._paths

    @property
    def identities(self) -> list[str]:
        """Each song's identity, as its source tells it.

        Raises: InputError where a song cannot be read.
        """
        if self._identities is None:
            _make(self.folder)
            with remembered(self.folder):
                self._identities = [self.source.identity(i) for i in range(len(self))]
        return self._identities

    def build(self, progress: bool = True, jobs: int | None = None) -> None:
        """Builds the tables that are missing.

        Args:
            progress: show a bar on stderr when more than a few are.
            jobs: processes, of one thread each; each holds a song in memory. None: as many as there are cores.

        Raises: InputError for the first song that cannot be read or measured; what was built by then is kept.
        """
        missing = {path: i for i, path in enumerate(self.paths) if not _is_whole(path)}  # equal songs: one table
        if len(missing) <= FEW:
            progress, jobs = False, 1
        jobs = min(jobs or os.cpu_count() or 1, max(len(missing), 1))
        with _told(len(missing), progress) as done:
            if jobs == 1:
                for path, i in missing.items():
                    _build(self.source, i, path)
                    done()
                return
            # Spawned, as a process that runs torch's threads cannot be forked.
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(jobs, spawn, torch.set_num_threads, (1,)) as pool:
                self._build_in(pool, missing, done)

    def _build_in(self, pool: Executor, missing: dict[Path, int], done: Callable[[], None]) -> None:
        running = [pool.submit(_build, self.source, i, path) for path, i in missing.items()]
        try:
            for job in as_completed(running):
                job.result()
                done()
        except BrokenProcessPool as error:
            raise InputError(
                "A process that measured a song was ended, as for want of memory: try fewer jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


class _Damaged(Exception):
    """A table is not there, or not whole."""


def _build(source: Source, index: int, path: Path) -> None:
    made = tabulate(source.song(index))
    about = json.dumps({name: value for name, value in made._asdict().items() if name not in TENSORS})
    tensors = {name: getattr(made, name).contiguous() for name in TENSORS}
    packed = save(tensors, {"song": about, "checksum": _checksum(about, tensors)})
    _make(path.parent)
    with whole_file(path) as part:
        part.write_bytes(packed)


def _read(path: Path) -> SongTable:
    """A table whose tensors are mapped from the file; all of it is read once in a process, for its checksum."""
    try:
        stat = path.stat()
        seen = (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns)
        with safe_open(path, "pt") as file:
            told = file.metadata()
            tensors = {name: file.get_tensor(name) for name in TENSORS}
            if seen not in _checked and told["checksum"] != _checksum(told["song"], tensors):
                raise ValueError("the checksum is another")
            about = json.loads(told["song"])
            about["roles"] = tuple(map(Role, about["roles"]))
            made = SongTable(**about, **tensors)
    except (OSError, SafetensorError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise _Damaged(path) from error
    _checked.add(seen)
    return made


def _is_whole(path: Path) -> bool:
    """Whether a table is complete; its content is looked at when it is first read."""
    try:
        with safe_open(path, "pt") as file:
            return "checksum" in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False


def _checksum(about: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """Of all that a table holds. Against accidents, not against people: fast rather than strong."""
    total = zlib.crc32(about.encode())
    for name, tensor in tensors.items():
        total = zlib.crc32(f"{name} {tensor.dtype} {list(tensor.shape)}".encode(), total)
        total = zlib.crc32(tensor.contiguous().flatten().view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f'"{folder}" cannot be made, to keep tables in: {error.strerror}.') from error


@contextmanager
def _told(songs: int, progress: bool) -> Iterator[Callable[[], None]]:
    """A bar on stderr, and the function that moves it on by one song."""
    bar = Progress(
        TextColumn("measuring songs"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not progress,
    )
    with bar:
        yield partial(bar.advance, bar.add_task("", total=songs))
