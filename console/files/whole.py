"""Files and folders that appear whole or not at all: written beside, put on the disk, then renamed into place.

What is in the way is never lost: a folder that appeared meanwhile stays, and so does one to replace that was changed.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from console.errors import InputError
from console.files.earlier import Earlier
from console.files.part import flush, is_own, part_of, sweep, sweep_files, sync_folder
from console.files.swap import create, replace

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # EIO is of reading, as well


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `path` to write to; renamed to `path` on success (replacing a file), removed on failure.

    Raises `InputError` where the file cannot be written.
    """
    path = Path(path)
    try:
        sweep_files(path)
        with part_of(path) as part:
            yield part
            flush(part)
            os.replace(part, path)
            sync_folder(path.parent)
    except OSError as error:
        raise InputError(f'"{path}" cannot be written: {error.strerror or error}.') from error


@contextmanager
def whole_folder(
    path: str | os.PathLike[str], force: bool = False, source: str | os.PathLike[str] | None = None
) -> Iterator[Path]:
    """A new folder beside `path` to write into; renamed to `path` on success, removed on failure.

    Missing parents are made. With `force` a folder that is there is replaced, once the new one is complete, and goes
    if it is then as it was. What runs that were killed left beside `path` is removed.

    Raises `InputError` where `path` exists (without `force`), is a file, cannot be written, holds `source`
    (the input of this output), or holds what no earlier output can hold, such as hidden files or letters; where
    another run writes to it, it appears meanwhile or (with `force`) is changed meanwhile, so that nothing else is lost.
    """
    path = Path(os.path.realpath(path))
    if is_own(path) and not any(path.iterdir()):  # within another one: what is written is whole with that
        yield path
        return
    sweep(path)
    earlier = _to_replace(path, force, source)
    parents = [parent for parent in path.parents if not parent.exists()]  # the innermost first
    try:
        with ExitStack() as stack:
            with _writable(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                part = stack.enter_context(part_of(path, folder=True))
            with _by_its_name(part, path):
                yield part
            with _writable(path):
                flush(part)
                create(part, path) if earlier is None else replace(part, path, earlier)
                sync_folder(path.parent)
    except BaseException:
        for parent in parents:
            with suppress(OSError):  # it is not empty
                parent.rmdir()
        raise


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f'"{path}" cannot be written: {error.strerror or error}.') from error


@contextmanager
def _by_its_name(part: Path, path: Path) -> Iterator[None]:
    """What cannot be written in a part is told by the name that it was to have."""
    try:
        yield
    except InputError as error:
        if str(part) not in str(error):
            raise
        raise InputError(str(error).replace(str(part), str(path))) from error
    except OSError as error:
        elsewhere = error.filename is not None and not str(error.filename).startswith(str(part))
        if elsewhere or error.errno not in NO_ROOM:
            raise
        raise InputError(f'"{path}" cannot be written: {error.strerror or error}.') from error


def _to_replace(path: Path, force: bool, source: str | os.PathLike[str] | None) -> Earlier | None:
    """What is to be replaced, if anything is there."""
    with _writable(path):  # such as a name that is too long
        try:
            os.lstat(path)
        except FileNotFoundError:
            return None
    if not path.is_dir():
        raise InputError(f'"{path}" is a file: give a folder to write to.')
    if not force:
        raise InputError(f'"{path}" exists: choose another folder, or --force to replace it.')
    if source is not None and _holds(path, Path(source)):
        raise InputError(f'"{path}" holds the song that was read: choose another folder to write to.')
    if any(_holds(path, place) for place in _where_people_are()):
        raise InputError(f'"{path}" is no folder to replace: choose another one to write to.')
    with _writable(path):
        earlier = Earlier.seen(path)
    if earlier.strange is not None:
        raise InputError(
            f'"{path}" holds more than an earlier output ("{earlier.strange}"): choose another '
            "folder, or remove this one yourself."
        )
    return earlier


def _where_people_are() -> Iterator[Path]:
    with suppress(OSError):  # a folder that was removed
        yield Path.cwd()
    with suppress(RuntimeError):  # a user without a home
        yield Path.home()


def _holds(folder: Path, inside: Path) -> bool:
    return Path(os.path.realpath(inside)).is_relative_to(os.path.realpath(folder))
