"""Where songs and outputs lie: in a folder, or at a URL that fsspec reads (s3://, gs://, memory://, file://)."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from console.errors import InputError
from console.files.whole import whole_file

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/+(.*)", re.DOTALL)
MARKS = ("ETag", "etag", "md5Hash", "crc32c", "mtime", "LastModified", "created")  # what tells versions of a file apart


def place_of(given: Path | str) -> str:
    """A place as it was typed: of a URL, a path has lost a slash."""
    text = str(given)
    found = _URL.fullmatch(text)
    if found is None:
        return text
    scheme, rest = found.groups()
    return f"{scheme}:///{rest}" if scheme == "file" else f"{scheme}://{rest}"


def is_url(place: str) -> bool:
    """Whether a place is not simply a path."""
    return "://" in place


def joined(place: str, name: str) -> str:
    """A place in another one."""
    return f"{place.rstrip('/')}/{name}" if is_url(place) else str(Path(place) / name)


def files_in(place: str) -> dict[str, tuple[int, str]]:
    """Of every file in a folder that is not hidden, by its path there: its size and a mark that changes with it.

    A file by itself has the path ""; of what is not there, there is none.
    """
    if is_url(place):
        system, root = _opened(place)
        try:
            found = system.find(root, detail=True)
        except FileNotFoundError:
            return {}
        rows = ((name[len(root) :].strip("/"), about) for name, about in found.items())
        return {name: (int(about["size"] or 0), _mark(about)) for name, about in rows if not _hidden(name)}
    if os.path.isfile(place):
        return {"": _of_file(place)}
    files = {}
    for folder, _, names in os.walk(place):
        for path in (os.path.join(folder, name) for name in names):
            name = os.path.relpath(path, place).replace(os.sep, "/")
            if not _hidden(name):
                files[name] = _of_file(path)
    return files


def state_of(song: str) -> str:
    """A hash that changes with the song's files, by their names, sizes and times; nothing in them is read."""
    told = json.dumps(sorted(files_in(song).items()))
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def read(place: str, name: str) -> bytes | None:
    """What a file in a folder holds; None where it is not there."""
    try:
        if is_url(place):
            system, root = _opened(place)
            held: bytes = system.cat_file(f"{root}/{name}")
            return held
        return (Path(place) / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def songs_at(url: str) -> list[str]:
    """Names of the songs of a catalogue at a URL: what lies directly in it, a folder or a file each.

    Raises: InputError where there is none.
    """
    from console.read.several import ONE_FILE

    system, root = _opened(url)
    try:
        entries = system.ls(root, detail=True)
    except FileNotFoundError as error:
        raise InputError(f'"{url}" is not there: give a catalogue of songs.') from error
    names = [
        PurePosixPath(entry["name"].rstrip("/")).name
        for entry in entries
        if entry["type"] == "directory" or entry["name"].casefold().endswith((*ONE_FILE, ".zip"))
    ]
    if not names:
        raise InputError(f'"{url}" holds no songs: each lies directly in it, in a folder or a file of its own.')
    return sorted(name for name in names if not _hidden(name))


@contextmanager
def fetched(place: str) -> Iterator[Path]:
    """A song where it can be read: as it lies, or fetched into a temporary folder that goes away again."""
    if not is_url(place):
        yield Path(place)
        return
    system, root = _opened(place)
    with TemporaryDirectory(prefix="song-") as scratch:
        target = Path(scratch) / PurePosixPath(root).name
        for name in files_in(place):  # none of which leads out of it: ".." counts as hidden
            to = target / name if name else target
            to.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(f"{root}/{name}" if name else root, str(to))
        yield target


def put(folder: Path, place: str, last: str) -> None:
    """Brings a folder to a URL in place of what is there; `last`, a file that tells that all is there, at the end."""
    system, root = _opened(place)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if system.exists(f"{root}/{last}"):
        system.rm_file(f"{root}/{last}")
    for old in files_in(place).keys() - set(files):
        system.rm_file(f"{root}/{old}")
    for name in sorted(files, key=lambda name: name == last):
        system.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
        system.put_file(str(folder / name), f"{root}/{name}")


@contextmanager
def written(place: str, name: str) -> Iterator[Path]:
    """A path to write a file to that then appears whole in a folder, or at a URL."""
    if not is_url(place):
        with whole_file(Path(place) / name) as part:
            yield part
        return
    system, root = _opened(place)
    with TemporaryDirectory(prefix="table-") as scratch:
        yield Path(scratch) / name
        system.makedirs(root, exist_ok=True)
        system.put_file(str(Path(scratch) / name), f"{root}/{name}")


def removed(place: str, name: str) -> None:
    """Removes a file that is of no more use, where it is there."""
    if is_url(place):
        system, root = _opened(place)
        if system.exists(f"{root}/{name}"):
            system.rm_file(f"{root}/{name}")
    else:
        (Path(place) / name).unlink(missing_ok=True)


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it. Raises: InputError where there is none for it."""
    import fsspec

    try:
        system, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f'"{url}" cannot be opened: {error}') from error
    system.invalidate_cache()
    return system, str(root).rstrip("/")


def _mark(about: dict[str, Any]) -> str:
    return next((str(about[name]) for name in MARKS if about.get(name)), "")


def _of_file(path: str) -> tuple[int, str]:
    try:
        about = os.stat(path)
    except FileNotFoundError:  # a link that leads nowhere
        return 0, ""
    return about.st_size, str(about.st_mtime_ns)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
