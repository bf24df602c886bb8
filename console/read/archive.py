"""A .zip of stems, unpacked into a folder that goes away again; nothing in it is trusted."""

import io
import lzma
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from console.audio.file import refused
from console.errors import InputError

MOST_BYTES = 16 << 30  # unpacked: hours of many stems
# Silence packs a thousandfold, so that one stem says nothing; a whole song of this size never packs so well.
MOST_RATIO, RATIO_COUNTS_FROM_BYTES = 100, 512 << 20
MOST_ENTRIES = 5_000
# Of the list of entries, some 800 bytes each: it is read whole, by whichever of the records that tell its size.
MOST_DIRECTORY_BYTES = 4 << 20
LONGEST_NAME = 4_000  # bytes, of an entry with all its folders
_PIECE = 1 << 20
# What zipfile raises for what it cannot read: its own error, and those of what is inside.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError, IndexError, MemoryError)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its name or by how it begins."""
    if path.name.casefold().endswith(".zip"):
        return True
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(4) == b"PK\3\4"
    except OSError:
        return False


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A temporary folder with what is in a zip, as `unpack` puts it there."""
    with tempfile.TemporaryDirectory(prefix="stems-") as folder:
        unpack(path, Path(folder))
        yield Path(folder)


def unpack(path: Path, folder: Path, most_bytes: int | None = None, free_bytes: int = 0) -> None:
    """Puts what is in a zip into an empty folder, in the folders that it has there.

    Hidden files and __MACOSX are left out. Raises `InputError` for a broken or encrypted zip, for paths that lead
    outside, links, zips inside the zip, two files of one name, more than `MOST_ENTRIES`, and more than `most_bytes`
    (`MOST_BYTES` where None) or `MOST_RATIO`, which are counted on what really comes out; and where less than
    `free_bytes` would be left on the disk.
    """
    if not path.is_file():
        raise refused(path, "is no file that could be unpacked")
    try:
        with _Bounded(path) as file, zipfile.ZipFile(file) as archive:
            _unpack(archive, path, folder, MOST_BYTES if most_bytes is None else most_bytes, free_bytes)
    except InputError:
        raise
    except _BROKEN as error:
        raise refused(path, "cannot be unpacked: it is damaged, or of an unknown kind") from error
    except OSError as error:
        raise refused(path, f"cannot be unpacked: {error.strerror or error}") from error


class _Bounded(io.BufferedReader):
    """A file of which no more is read at once than a song's list of entries takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._path = path

    def read(self, size: int | None = -1, /) -> bytes:
        most = MOST_DIRECTORY_BYTES
        wanted = most + 1 if size is None or not 0 <= size <= most else size
        data = super().read(wanted)
        if len(data) > most:
            raise refused(self._path, f"holds more than {MOST_ENTRIES} files: pack the stems of one song")
        return data


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path, most_bytes: int, free_bytes: int) -> None:
    entries = [(_name(entry), entry) for entry in archive.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MOST_ENTRIES:
        raise refused(path, f"holds more than {MOST_ENTRIES} files: pack the stems of one song")
    for name, entry in entries:
        _check_entry(path, name, entry)
    wanted = [(name, entry) for name, entry in entries if not _is_hidden(name)]
    if not wanted:
        raise refused(path, "holds no audio")
    budget = min(most_bytes, max(RATIO_COUNTS_FROM_BYTES, MOST_RATIO * path.stat().st_size))
    _check_size(path, sum(entry.file_size for _, entry in wanted), budget)
    written = 0
    for name, entry in wanted:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise refused(path, f'holds "{name}" twice')
        with archive.open(entry) as packed, target.open("wb") as file:
            while piece := packed.read(_PIECE):
                written += len(piece)
                _check_size(path, written, budget)
                if free_bytes and shutil.disk_usage(folder).free - len(piece) < free_bytes:
                    raise refused(path, "does not fit on the disk when it is unpacked: make room, or pack less")
                file.write(piece)


def _check_size(path: Path, size: int, budget: int) -> None:
    if size > budget:
        raise refused(path, "unpacks to far more than a song can be, so it is left packed")


def _check_entry(path: Path, name: PurePosixPath, entry: zipfile.ZipInfo) -> None:
    if not name.name or "\0" in str(name):
        raise refused(path, "holds a file without a name: pack it again")
    if len(str(name).encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise refused(path, f'holds a file whose name is too long ("{str(name)[:40]}...")')
    if name.is_absolute() or ".." in name.parts or re.match("[A-Za-z]:/", str(name)):
        raise refused(path, f'holds a path that leads outside of it ("{name}")')
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise refused(path, f'holds a link ("{name}")')
    if _is_hidden(name):
        return
    if name.suffix.casefold() == ".zip":
        raise refused(path, f'holds another zip ("{name.name}"): unpack that first')
    if entry.flag_bits & 1:
        raise refused(path, "is encrypted: unpack it, and give the folder")


def _name(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's name; UTF-8 that is not marked as such, as the Finder writes it, is read as UTF-8."""
    name = entry.orig_filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")))  # old Windows tools write \


def _is_hidden(name: PurePosixPath) -> bool:
    return name.parts[:1] == ("__MACOSX",) or any(part.startswith(".") for part in name.parts)
