"""Where a server may read and write: anywhere, or below one folder only."""

import os
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError
from explainer.advice.shown import shown


@dataclass(frozen=True)
class Places:
    """The part of the disk that a server may use.

    Args:
        root: the folder below which all has to lie, and from which paths count; None: anywhere, from where it runs.
    """

    root: Path | None = None

    def find(self, path: str) -> Path:
        """A place that a caller names. Raises: InputError for one that is not to be used."""
        if not path.strip() or "\0" in path:
            raise InputError("Name a file or folder: this is an empty name, or none.")
        if self.root is None:
            return Path(path).expanduser().absolute()
        root = Path(os.path.realpath(self.root))
        place = Path(os.path.realpath(root / path))  # of links, what they lead to
        if place != root and root not in place.parents:
            raise InputError(f'"{shown(path)}" lies outside of "{self.root}", the folder that may be used.')
        return place
