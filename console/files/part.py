"""What is being written: a hidden file or folder beside its place, which its process locks for as long as it lives."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.errors import InputError

try:
    import fcntl
except ImportError:  # where there is none, nothing is locked, and nothing of others is removed
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"
_own: set[Path] = set()  # of this process
ASIDE = ".old"  # an earlier output on its way out, for a moment, where two names cannot be exchanged


@contextmanager
def part_of(path: Path, folder: bool = False) -> Iterator[Path]:
    """A new file or folder beside `path`, empty and locked; what is there under its name at the end is removed.

    Raises: OSError where it cannot be made.
    """
    part, lock = _made(path, folder)
    _own.add(part)
    try:
        yield part
    finally:
        _own.discard(part)
        remove(part)
        if lock is not None:
            os.close(lock)


def is_own(path: Path) -> bool:
    """Whether this is a part that this process is writing."""
    return path in _own


def sweep(path: Path) -> None:
    """Removes what killed runs left beside `path`: the parts for this place of this host's processes that are dead.

    An earlier output that such a run had moved aside and not yet replaced is put back.

    Raises: InputError where one of them lives.
    """
    with suppress(OSError):
        for left in [entry for entry in os.listdir(path.parent) if _PART.fullmatch(entry)]:
            if left.startswith(_prefix(path)) and not _dead(path.parent / left, path):
                raise InputError(f'"{path}" is being written by another run: wait for it, or choose another place.')


def sweep_files(path: Path) -> None:
    """As `sweep` for a single file, which several processes may write at once: the last one's stays."""
    with suppress(InputError):
        sweep(path)


def remove(part: Path) -> None:
    """Removes a file or a whole folder; what cannot be removed stays."""
    with suppress(OSError):
        part.unlink()
    shutil.rmtree(part, ignore_errors=True)


def flush(part: Path) -> None:
    """Waits until a file, or a folder and all in it, is on the disk. Raises: OSError where it does not get there."""
    for place, _, files in os.walk(part, topdown=False):
        for name in files:
            _sync(os.path.join(place, name))
        sync_folder(Path(place))
    if part.is_file():
        _sync(part)


def sync_folder(folder: Path) -> None:
    """Waits until a folder's names are on the disk, where the system can."""
    with suppress(OSError):
        _sync(folder)


def locked(place: Path) -> int | None:
    """An open and locked descriptor of a file or folder; None where nothing can be locked.

    Raises: BlockingIOError where another one holds the lock; OSError where it cannot be opened.
    """
    if fcntl is None:
        return None
    opened = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        raise
    except OSError:  # such as a folder on a network drive
        os.close(opened)
        return None
    return opened


def _made(path: Path, folder: bool) -> tuple[Path, int | None]:
    while True:
        part = path.parent / f"{_prefix(path)}{secrets.token_hex(6)}{SUFFIX}"
        part.mkdir() if folder else part.touch(exist_ok=False)
        # Another run may take it for dead before it is locked; then it is gone, and made again.
        try:
            lock = locked(part)
        except (BlockingIOError, FileNotFoundError):
            continue
        if lock is None or _is(part, lock):
            return part, lock
        os.close(lock)


def _is(place: Path, opened: int) -> bool:
    try:
        return os.path.samestat(os.stat(place), os.fstat(opened))
    except FileNotFoundError:
        return False


def _dead(left: Path, path: Path) -> bool:
    """Clears a leftover away if its process is dead; False where it lives."""
    try:
        lock = locked(left)
    except BlockingIOError:
        return False
    except OSError:  # gone, or somebody else's
        return True
    if lock is not None:
        try:
            if left.suffix == SUFFIX:
                remove(left)
            elif not os.path.lexists(path):
                os.rename(left, path)
        finally:
            os.close(lock)
    return True


def _prefix(path: Path) -> str:
    """The beginning of the names for a place: which one, and on which host, as others' processes cannot be asked."""
    return f".{_short(os.fsencode(path.name))}-{_short(_host())}-"


_PART = re.compile(rf"\.[0-9a-f]{{8}}-[0-9a-f]{{8}}-[0-9a-f]{{12}}({re.escape(SUFFIX)}|{re.escape(ASIDE)})")


def _short(name: bytes) -> str:
    return hashlib.blake2b(name, digest_size=4).hexdigest()


def _host() -> bytes:
    try:
        machine = Path("/etc/machine-id").read_bytes()
    except OSError:
        machine = b""
    return socket.gethostname().encode("utf-8", "replace") + machine


def _sync(path: str | os.PathLike[str]) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EROFS, errno.ENOTSUP):  # it cannot be asked for there
            raise
    finally:
        os.close(opened)
