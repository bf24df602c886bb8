"""A part of a file as a decoder is shown it: between two offsets, with some bytes of a header put right."""

import errno
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """Bytes `start` to `end` of a file; `patches` (offset in the file, bytes) are read in place of what is there."""

    start: int
    end: int
    patches: tuple[tuple[int, bytes], ...] = ()


class View(io.RawIOBase):
    """A regular file, or a part of one, to read from; without a name, so that no decoder goes by its suffix.

    Raises `OSError`, also for what is no regular file: a pipe would be waited for, a device never end.
    """

    def __init__(self, path: Path, part: Part | None = None):
        self._file = open_regular(path)
        self._start, end = (0, os.fstat(self._file.fileno()).st_size) if part is None else (part.start, part.end)
        self._size = max(0, end - self._start)
        self._patches = () if part is None else part.patches
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # any writable buffer
        target = memoryview(buffer).cast("B")
        wanted = max(0, min(len(target), self._size - self._at))
        begin = self._start + self._at
        self._file.seek(begin)
        count = self._file.readinto(target[:wanted])
        for offset, patch in self._patches:
            first, last = max(offset, begin), min(offset + len(patch), begin + count)
            if first < last:
                target[first - begin : last - begin] = patch[first - offset : last - offset]
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def open_regular(path: Path) -> io.FileIO:
    """A regular file, opened to read. Raises `OSError` for anything else, without ever waiting for it."""
    _check_regular(path.stat().st_mode)
    # Should a pipe take the file's place at this moment, the flag keeps us from waiting for its other end.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        _check_regular(os.fstat(handle).st_mode)
        return io.FileIO(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe, a socket or a device, and only files are read")
