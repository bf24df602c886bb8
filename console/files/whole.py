"""Files and folders that appear whole or not at all: written beside, then renamed into place."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.errors import InputError

SUFFIXES = frozenset(".json .wav .flac .png .yaml".split())  # of the files in our outputs
DEEPEST = 2  # an output holds folders at most this deep; what lies deeper was not written here


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `path` to write to; renamed to `path` on success (replacing a file), removed on failure.

    Raises `InputError` where the file cannot be written.
    """
    path = Path(path)
    part = _part(path)
    try:
        part.touch()
        yield part
        os.replace(part, path)
    except OSError as error:
        raise InputError(f'"{path}" cannot be written: {error.strerror or error}.') from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def whole_folder(
    path: str | os.PathLike[str], force: bool = False, source: str | os.PathLike[str] | None = None
) -> Iterator[Path]:
    """A new folder beside `path` to write into; renamed to `path` on success, removed on failure.

    Missing parents are made. With `force` an existing folder is replaced, once the new one is complete.

    Raises `InputError` where `path` exists (without `force`), is a file, cannot be written, holds `source`
    (the input of this output), or holds what no earlier output can hold, such as hidden files or letters, so
    that nothing else is lost.
    """
    path = Path(os.path.realpath(path))
    _check_replaceable(path, force, source)
    parents = [parent for parent in path.parents if not parent.exists()]  # the innermost first
    part = _part(path)
    try:
        try:
            part.mkdir(parents=True)
        except OSError as error:
            raise InputError(f'"{path}" cannot be written: {error.strerror}.') from error
        yield part
        _swap(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        for parent in parents:
            _remove_if_empty(parent)
        raise


def _part(path: Path) -> Path:
    return path.parent / f".{secrets.token_hex(6)}.part"


def _swap(part: Path, path: Path) -> None:
    """Rename `part` to `path`; what was there is deleted last, and put back if the renaming fails."""
    old = _part(path)
    try:
        if path.exists():
            os.rename(path, old)
        os.rename(part, path)
    except BaseException as error:
        if old.exists() and not path.exists():
            os.rename(old, path)
        if isinstance(error, OSError):
            raise InputError(f'"{path}" cannot be written: {error.strerror}.') from error
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _check_replaceable(path: Path, force: bool, source: str | os.PathLike[str] | None) -> None:
    try:
        exists = path.exists()
    except OSError as error:  # such as a name that is too long
        raise InputError(f'"{path}" cannot be written: {error.strerror}.') from error
    if not exists:
        return
    if not path.is_dir():
        raise InputError(f'"{path}" is a file: give a folder to write to.')
    if not force:
        raise InputError(f'"{path}" exists: choose another folder, or --force to replace it.')
    here = Path.cwd()
    if source is not None and _holds(path, Path(source)):
        raise InputError(f'"{path}" holds the song that was read: choose another folder to write to.')
    if _holds(path, here) or _holds(path, Path.home()):
        raise InputError(f'"{path}" is no folder to replace: choose another one to write to.')
    strange = next((entry for entry in sorted(path.rglob("*")) if _is_strange(entry, path)), None)
    if strange is not None:
        raise InputError(
            f'"{path}" holds more than an earlier output ("{strange.relative_to(path)}"): choose another '
            "folder, or remove this one yourself."
        )


def _holds(folder: Path, inside: Path) -> bool:
    return Path(os.path.realpath(inside)).is_relative_to(os.path.realpath(folder))


def _is_strange(entry: Path, folder: Path) -> bool:
    depth = len(entry.relative_to(folder).parts)
    if entry.name == ".DS_Store":
        return False
    if entry.name.startswith(".") or entry.is_symlink():
        return True
    return depth > DEEPEST if entry.is_dir() else entry.suffix not in SUFFIXES
