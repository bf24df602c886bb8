"""A .zip of stems, unpacked into a folder that goes away again; nothing in it is trusted."""

import lzma
import re
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from console.audio.file import refused
from console.audio.io import AUDIO_SUFFIXES
from console.errors import InputError

ROLES_FILE = "roles.yaml"
MOST_BYTES = 16 << 30  # unpacked: hours of many stems
# Silence packs a thousandfold, so that one stem says nothing; a whole song of this size never packs so well.
MOST_RATIO, RATIO_COUNTS_FROM_BYTES = 100, 512 << 20
_PIECE = 1 << 20
# What zipfile raises for what it cannot read: its own error, and those of what is inside.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A temporary folder with the stems (and roles.yaml) of a zip, which may sit in one folder inside it.

    Files that are no audio, hidden files and __MACOSX are left out. Raises `InputError` for a broken or
    encrypted zip, for paths that lead outside, links, zips inside the zip, stems in several folders, two
    files of one name, and more than `MOST_BYTES` or `MOST_RATIO`, which are counted on what really comes out.
    """
    with tempfile.TemporaryDirectory(prefix="stems-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, path, Path(folder))
        except InputError:
            raise
        except _BROKEN as error:
            raise refused(path, "cannot be unpacked: it is damaged, or of an unknown kind") from error
        except OSError as error:
            raise refused(path, f"cannot be unpacked: {error.strerror or error}") from error
        yield Path(folder)


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path) -> None:
    entries = [(_name(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
    for name, entry in entries:
        _check_entry(path, name, entry)
    wanted = [(name, entry) for name, entry in entries if _is_wanted(name)]
    folders = sorted({str(name.parent) for name, _ in wanted if name.name != ROLES_FILE})
    if len(folders) > 1:
        raise refused(path, f"holds stems in several folders ({', '.join(folders)}): pack one of them")
    if not folders:
        raise refused(path, "holds no audio")
    wanted = [(name, entry) for name, entry in wanted if str(name.parent) in folders]
    budget = min(MOST_BYTES, max(RATIO_COUNTS_FROM_BYTES, MOST_RATIO * path.stat().st_size))
    _check_size(path, sum(entry.file_size for _, entry in wanted), budget)
    written = 0
    for name, entry in wanted:
        target = folder / name.name
        if target.exists():
            raise refused(path, f'holds "{name.name}" twice')
        with archive.open(entry) as packed, target.open("wb") as file:
            while piece := packed.read(_PIECE):
                written += len(piece)
                _check_size(path, written, budget)
                file.write(piece)


def _check_size(path: Path, size: int, budget: int) -> None:
    if size > budget:
        raise refused(path, "unpacks to far more than a song can be, so it is left packed")


def _check_entry(path: Path, name: PurePosixPath, entry: zipfile.ZipInfo) -> None:
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


def _is_wanted(name: PurePosixPath) -> bool:
    return not _is_hidden(name) and (name.suffix.casefold() in AUDIO_SUFFIXES or name.name == ROLES_FILE)
