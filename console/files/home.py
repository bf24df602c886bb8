"""Paths that begin with ~, the user's home or somebody's."""

import os
from pathlib import Path

from console.errors import InputError


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with the home in the place of ~.

    Raises: InputError where nothing tells where that is, as for a user who is not known to the system.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(
            f'"{os.fspath(path)}" cannot be found, as that home is not known: give the whole path.'
        ) from error
