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
from console.files.alone import alone
from console.files.home import expanded
from console.files.whole import whole_file
from console.network import features
from console.network.encoders.heard_as import HeardAs
from console.read.roles import Role

FORMAT = 3  # goes up when what a table holds is measured in another way
LAYOUT = (
    *(FORMAT, table.RATE_HZ, table.MOMENT, table.MOMENT_EVERY, table.MOMENT_AT),
    *(features.STEP_S, features.FRAMES, features.N_MEL, features.MEL_LOW_HZ, features.MEL_HIGH_HZ),
)
TENSORS = ("pairs", "plain", "moments")
SOUND, SOUND_HZ = "sound", "sound_hz"  # what else a table holds where an encoder hears it
FEW = 3  # missing songs: not worth a bar or other processes
_checked: set[tuple[str, int, int, int]] = set()  # by this process: path, inode, size, time of change
OPEN = 64  # tables an instance keeps mapped
_Stamp = tuple[int, int, int] | None


class SongTables(Sequence[SongTable]):
    """The tables of a source's songs, by index. A missing one is built when it is asked for; `build` builds all.

    A table is one file in `folder`, named by the song's identity and by how it was measured: a song that changes gets
    a new one, those of other versions are passed over, and one that is damaged is built again: each has a checksum,
    which a process looks at when it first opens the table. Files appear whole, so any number of processes may build
    and read at once, on as many machines as see the folder: a song is measured by one of them, and the others wait for
    it once there is nothing else left to measure.

    What a source's files hold is remembered in `folder` too (`identity.MEMO`), by path, size and time of change, so
    that a second start need not read them. Within an instance songs are taken not to change.

    Args:
        source: songs.
        folder: where the tables are kept; made as needed.
        heard_as: keep the sound too, as an encoder hears it.
    """

    def __init__(self, source: Source, folder: str | os.PathLike[str], heard_as: HeardAs | None = None):
        self.source, self.heard_as = source, heard_as
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
            _build(self.source, index, path, self.heard_as, _stamp(path))
            return self._mapped(path)

    @property
    def paths(self) -> list[Path]:
        """Where each song's table is, whether or not it is built."""
        if self._paths is None:
            sound = () if self.heard_as is None else (SOUND, self.heard_as.rate_hz, self.heard_as.channels)
            names = [hash_of(identity, *LAYOUT, *sound) for identity in self.identities]
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
        # Of equal songs there is one table.
        missing = {path: (i, _stamp(path)) for i, path in enumerate(self.paths) if not _is_whole(path)}
        if len(missing) <= FEW:
            progress, jobs = False, 1
        jobs = min(jobs or os.cpu_count() or 1, max(len(missing), 1))
        with _told(len(missing), progress) as done:
            if jobs == 1:
                for wait in (False, True):  # first what no other process is at
                    for path, (i, stamp) in list(missing.items()):
                        if _build(self.source, i, path, self.heard_as, stamp, wait):
                            del missing[path]
                            done()
                return
            # Spawned, as a process that runs torch's threads cannot be forked.
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(jobs, spawn, torch.set_num_threads, (1,)) as pool:
                self._build_in(pool, missing, done)

    def _build_in(self, pool: Executor, missing: dict[Path, tuple[int, _Stamp]], done: Callable[[], None]) -> None:
        try:
            for wait in (False, True):
                running = {
                    pool.submit(_build, self.source, i, path, self.heard_as, stamp, wait): path
                    for path, (i, stamp) in missing.items()
                }
                for job in as_completed(running):
                    if job.result():
                        del missing[running[job]]
                        done()
        except BrokenProcessPool as error:
            raise InputError(
                "A process that measured a song was ended, as for want of memory: try fewer jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


class _Damaged(Exception):
    """A table is not there, or not whole."""


def _build(source: Source, index: int, path: Path, heard_as: HeardAs | None, stamp: _Stamp, wait: bool = True) -> bool:
    """Measures a song, unless another process has, since the table was seen to be missing or damaged.

    Args:
        stamp: of what was seen then.
        wait: for another process that is at it; else False is given.
    """
    _make(path.parent)
    with alone(path, wait) as is_alone:
        if not is_alone:
            return False
        if _stamp(path) != stamp and _is_whole(path):
            return True
        made = tabulate(source.song(index), heard_as)
        names = TENSORS if heard_as is None else (*TENSORS, SOUND)
        left_out = {*TENSORS, SOUND, *(() if heard_as else (SOUND_HZ,))}
        about = json.dumps({name: value for name, value in made._asdict().items() if name not in left_out})
        tensors = {name: getattr(made, name).contiguous() for name in names}
        packed = save(tensors, {"song": about, "checksum": _checksum(about, tensors)})
        with whole_file(path) as part:
            part.write_bytes(packed)
    return True


def _stamp(path: Path) -> _Stamp:
    """Tells a file from another one in its place; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _read(path: Path) -> SongTable:
    """A table whose tensors are mapped from the file; all of it is read once in a process, for its checksum."""
    try:
        stat = path.stat()
        seen = (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns)
        with safe_open(path, "pt") as file:
            told = file.metadata()
            names = (*TENSORS, SOUND) if SOUND_HZ in json.loads(told["song"]) else TENSORS
            tensors = {name: file.get_tensor(name) for name in names}
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
