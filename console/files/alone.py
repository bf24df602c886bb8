"""One process at a time makes a file that several are about to make, and the others see that it is made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # where there is none, nobody waits
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(path: Path, wait: bool = True) -> Iterator[bool]:
    """Within, no other process that asks for the same file is. Where no lock can be had (some network drives) all are.

    Args:
        path: of the file, in a folder that is there.
        wait: for another process, until it is done or dies; else this gives False where there is one.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        opened = _held(lock, wait)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        if opened is not None:
            with suppress(OSError):
                lock.unlink()
            os.close(opened)


def _held(lock: Path, wait: bool) -> int | None:
    """The lock, open and held; None where there can be none. Raises: BlockingIOError where another has it."""
    while fcntl is not None:
        try:
            opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return None  # who cannot make a lock cannot make the file either, and says so then
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if os.path.samestat(os.fstat(opened), os.stat(lock)):
                return opened
        except FileNotFoundError:
            pass  # who had it has removed it
        except BlockingIOError:
            os.close(opened)
            raise
        except OSError:
            os.close(opened)
            return None
        os.close(opened)
    return None
