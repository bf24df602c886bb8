"""What an output folder holds when a run begins that is to replace it: that goes, and nothing else."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUFFIXES = frozenset(".json .wav .flac .png .yaml".split())  # of the files in our outputs
DEEPEST = 2  # an output holds folders at most this deep; what lies deeper was not written here
ICONS = ".DS_Store"  # which the Finder writes when it likes


class Earlier(NamedTuple):
    """A folder's identity, and of each of its entries what tells that it is the same.

    Args:
        folder: device and inode.
        entries: by path within the folder; None for folders, else inode, size and time of change.
        strange: the first entry that no output of ours holds.
    """

    folder: tuple[int, int]
    entries: dict[str, tuple[int, int, int] | None]
    strange: str | None

    @classmethod
    def seen(cls, folder: Path) -> "Earlier":
        """As it is now; no further than to the first strange entry. Raises: OSError where it cannot be read."""
        entries: dict[str, tuple[int, int, int] | None] = {}
        about = os.lstat(folder)
        for name, found in _walk(folder):
            if _is_strange(name, found):
                return cls((about.st_dev, about.st_ino), entries, name)
            if not name.endswith(ICONS):
                same = (found.st_ino, found.st_size, found.st_mtime_ns)
                entries[name] = None if stat.S_ISDIR(found.st_mode) else same
        return cls((about.st_dev, about.st_ino), entries, None)

    def news(self, folder: Path) -> str | None:
        """The first thing in `folder` that was not there when this was seen, or was another; "" for the folder."""
        now = Earlier.seen(folder)
        if now.folder != self.folder:
            return ""
        fresh = [name for name, same in now.entries.items() if self.entries.get(name, ()) != same]
        return next(iter(fresh), now.strange)


def _walk(folder: Path, within: str = "") -> Iterator[tuple[str, os.stat_result]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = os.path.join(within, entry.name)
        found = entry.stat(follow_symlinks=False)
        yield name, found
        if stat.S_ISDIR(found.st_mode):
            yield from _walk(folder / entry.name, name)


def _is_strange(name: str, found: os.stat_result) -> bool:
    path = Path(name)
    if path.name == ICONS:
        return False
    if path.name.startswith(".") or stat.S_ISLNK(found.st_mode):
        return True
    return len(path.parts) > DEEPEST if stat.S_ISDIR(found.st_mode) else path.suffix not in SUFFIXES
