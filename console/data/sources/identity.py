"""Hashes that tell one song's content from another's, without reading unchanged files again."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from console.errors import InputError
from console.files.whole import whole_file

MEMO = "contents.json"  # in a cache folder: what the files held when they were last read
_Key = tuple[str, int, int]  # path, size in bytes, time of the last change in nanoseconds
_MEMO = TypeAdapter(list[tuple[_Key, str]])
_known: dict[_Key, str] = {}  # to this process
_asked: dict[_Key, str] = {}  # since a memo was opened


def hash_of(*parts: str | int | float) -> str:
    """Of plain values, in order."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def hash_of_files(files: Sequence[Path]) -> str:
    """Of names, sizes and bytes, in the order given.

    A file that this process has read, or that a memo (`remembered`) tells of, is not read again while its path, size
    and time of change stay the same. So a file that is changed without any of them changing goes unnoticed.

    Raises: InputError when a file cannot be read.
    """
    return hash_of(*(part for file in files for part in (file.name, *_content(file))))


@contextmanager
def remembered(folder: Path) -> Iterator[None]:
    """Start from the memo in `folder`, and add to it what was hashed inside.

    Of two processes that write at once one wins, and the other's files are read again some time: no harm.
    """
    memo = folder / MEMO
    try:
        stored = dict(_MEMO.validate_json(memo.read_bytes()))
    except (OSError, ValidationError):  # none yet, or damaged: it is made again
        stored = {}
    _known.update(stored)
    _asked.clear()
    try:
        yield
    finally:
        if _asked.keys() - stored.keys():
            with whole_file(memo) as part:
                part.write_bytes(_MEMO.dump_json(list({**stored, **_asked}.items())))


def _content(file: Path) -> tuple[int, str]:
    try:
        stat = file.stat()
        key = (str(file.resolve()), stat.st_size, stat.st_mtime_ns)
        if key not in _known:
            with file.open("rb") as opened:
                _known[key] = hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise InputError(f'"{file}" cannot be read: {error.strerror}.') from error
    _asked[key] = _known[key]
    return stat.st_size, _known[key]
