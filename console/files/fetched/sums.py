"""Sums of the files of a fetched model, kept beside them: by which it is known that they are as they were written."""

import zlib
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.files.untrusted import load_json

KEPT = "kept"  # in origin.json
BLOCK = 2**20  # bytes
QUICK = (
    64_000_000  # bytes of a file that is read through whenever the model is used; of longer ones only the size counts
)


def sums_of(folder: Path) -> dict[str, list[int]]:
    """Size and CRC-32 of every file in a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, _sum(path)] for path in files}


def damaged(origin: Path, thorough: bool = False) -> Path | None:
    """The first file of a model that is not as it was written; None where all are, or nothing is known of them.

    Args:
        origin: the file that holds the sums, in the model's folder.
        thorough: whether long files are read through, too.
    """
    try:
        told: Any = load_json(origin, "what is known of a model")
        kept = {str(name): (int(size), int(total)) for name, (size, total) in dict(told.get(KEPT, {})).items()}
    except (InputError, OSError, ValueError, TypeError, AttributeError):
        return origin
    for name, (size, total) in kept.items():
        path = origin.parent / name
        try:
            if path.stat().st_size != size or ((thorough or size <= QUICK) and _sum(path) != total):
                return path
        except OSError:
            return path
    return None


def _sum(path: Path) -> int:
    total = 0
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            total = zlib.crc32(block, total)
    return total
