"""A complete folder takes its place: a free one, or that of an earlier folder, which goes if it is as it was."""

import ctypes
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from console.errors import InputError
from console.files.earlier import Earlier
from console.files.part import ASIDE, locked

_HERE, _NOREPLACE, _EXCHANGE = -100, 1, 2  # AT_FDCWD and RENAME_... of Linux


def create(part: Path, path: Path) -> None:
    """Renames a folder to a name that nobody has.

    Raises: InputError where something is there, which stays; OSError.
    """
    number = _renamed(part, path, _NOREPLACE)
    if number == errno.EEXIST:
        raise _taken(path)
    if number == 0:
        return
    try:
        os.mkdir(path)  # renaming alone would replace an empty folder
    except FileExistsError as error:
        raise _taken(path) from error
    try:
        if os.name == "nt":  # renames to nothing that exists
            os.rmdir(path)
        os.rename(part, path)
    except OSError as error:
        with suppress(OSError):
            os.rmdir(path)
        if os.path.lexists(path):  # somebody has written into it already
            raise _taken(path) from error
        raise


def replace(part: Path, path: Path, earlier: Earlier) -> None:
    """Gives a folder the name of an earlier one, which then lies where the folder was.

    Raises: InputError where the earlier one is not as it was, and OSError: then it keeps its name.
    """
    try:
        held = locked(path)  # for others it is in use under its new name too
    except FileNotFoundError:
        create(part, path)
        return
    try:
        _check(earlier, path, path)
        if exchange(part, path):
            try:
                _check(earlier, part, path)
            except BaseException:
                if not exchange(part, path):
                    os.rename(part, part.with_suffix(ASIDE))  # not to be removed with the part
                raise
        else:
            _replace_in_steps(part, path, earlier)
    finally:
        if held is not None:
            os.close(held)


def exchange(one: Path, other: Path) -> bool:
    """Two folders take each other's names at once; False where the system cannot do that."""
    return _renamed(one, other, _EXCHANGE) == 0


def _renamed(one: Path, other: Path, how: int) -> int:
    """Renames as `os.rename` cannot; the number of the error, or 0."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return errno.ENOSYS
    failed = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), how)
    return ctypes.get_errno() if failed else 0


def _replace_in_steps(part: Path, path: Path, earlier: Earlier) -> None:
    aside = part.with_suffix(ASIDE)
    os.rename(path, aside)
    try:
        _check(earlier, aside, path)
        create(part, path)
    except BaseException:
        if not os.path.lexists(path):
            os.rename(aside, path)
        raise
    os.rename(aside, part)


def _check(earlier: Earlier, folder: Path, path: Path) -> None:
    new = earlier.news(folder)
    if new is not None:
        what = f' ("{new}")' if new else ""
        raise InputError(f'"{path}" was changed while this ran{what}, and stays as it is: choose another folder.')


def _taken(path: Path) -> InputError:
    return InputError(f'"{path}" appeared while this ran, and stays as it is: choose another folder, or --force.')
