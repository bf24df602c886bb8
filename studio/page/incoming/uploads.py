"""Files that a browser sends: written to a folder as they come, under names that lead nowhere else."""

import asyncio
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from console.files.names import safe_name, suffixed
from studio.page.answers import Refused
from studio.page.limits import MB, Limits

AT_ONCE = 1 << 20  # bytes that are parsed and written in one go
LONGEST_HEADER = 1 << 15  # bytes; a name of 5,000 letters passes, and is shortened
LONGEST_FIELD = 10_000  # bytes of a text beside the files
MOST_FIELDS = 100  # beside as many files as there may be, hidden ones included
DEEPEST = 8  # folders; the reader of songs takes fewer
ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # as browsers write them in a name
NO_FORM = "Files are sent as multipart/form-data."
BROKEN = "What was sent is no complete form: send the files again."


@dataclass
class Received:
    """What came.

    Args:
        files: where each lies.
        fields: texts beside them, by name.
    """

    files: list[Path] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


async def receive(request: Request, folder: Path, limits: Limits, check: Callable[[], None] = lambda: None) -> Received:
    """Writes the files of a form into a new folder, with the folders in it that their names have.

    What is hidden (".DS_Store") is not kept. The folder goes where anything is wrong.

    Args:
        check: is called before more is written; what it raises ends all.

    Raises: Refused for what is no form, holds no file, is over a limit, or stops coming.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refused(415, NO_FORM)
    told = request.headers.get("content-length", "")
    size = int(told) if told.isascii() and told.isdigit() else 0
    check_size(size, limits)
    folder.parent.mkdir(parents=True, exist_ok=True)
    check_space(folder.parent, size, limits)
    folder.mkdir()
    form = _Form(folder, limits)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks, max_header_size=LONGEST_HEADER)
        await _feed(request, parser, folder, limits, check)
        if not form.ended:
            raise Refused(400, BROKEN)
    except BaseException as error:
        form.close()
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, FormParserError):
            raise Refused(400, BROKEN) from error
        raise
    if not form.received.files:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refused(400, "No file came: choose stems, a folder of them, a .zip or a .stem.mp4.")
    return form.received


def check_size(size: int, limits: Limits) -> None:
    """Raises: Refused for more than an upload may be."""
    if size > limits.upload_bytes:
        most = f"{limits.upload_bytes / MB:,.0f} MB"
        raise Refused(413, f"This is too much at once: {most} can be sent. FLAC takes half of what WAV does.")


def check_space(folder: Path, size: int, limits: Limits) -> None:
    """Raises: Refused where the disk has no room for that many bytes."""
    if shutil.disk_usage(folder).free - size < limits.free_bytes:
        raise Refused(507, "The disk of the studio is full: close other songs, or send less.")


async def _feed(
    request: Request, parser: MultipartParser, folder: Path, limits: Limits, check: Callable[[], None]
) -> None:
    """Gives the parser the body in large pieces, on a thread, as it writes to the disk."""
    stream, begun_s = request.stream(), time.monotonic()
    total, waiting = 0, bytearray()
    while True:
        try:
            async with asyncio.timeout(limits.stalled_s):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise Refused(408, "Nothing came any more: send the files again.") from error
        check()
        total += len(chunk or b"")
        taken_s = time.monotonic() - begun_s
        if taken_s > limits.stalled_s and total < limits.least_bytes_s * taken_s:
            raise Refused(408, "This comes too slowly: send less at once, or by a faster line.")
        check_size(total, limits)
        waiting += chunk or b""
        if len(waiting) >= AT_ONCE or chunk is None:
            await asyncio.to_thread(_parse, parser, bytes(waiting), folder, limits)
            waiting.clear()
        if chunk is None:
            return


def _parse(parser: MultipartParser, data: bytes, folder: Path, limits: Limits) -> None:
    if data:
        check_space(folder, len(data), limits)  # as nobody has to tell the size before, and others write, too
        parser.write(data)


class _Form:
    """What the parser calls while it reads a form."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.received, self.ended = Received(), False
        self._names, self._parts = Names(), 0
        self._header, self._value = b"", b""
        self._disposition = b""
        self._file: BinaryIO | None = None
        self._field: str | None = None
        self._text = b""

    @property
    def callbacks(self) -> Any:
        """By the names that the parser has for them."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": partial(self._add, "_header"),
            "on_header_value": partial(self._add, "_value"),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self.close,
            "on_end": self._end,
        }

    def close(self) -> None:
        """Ends a part."""
        if self._file is not None:
            self._file.close()
        if self._field is not None:
            self.received.fields[self._field] = self._text.decode("utf-8", "replace")
        self._file = self._field = None

    def _begin(self) -> None:
        self._parts += 1  # also of what is hidden, and of what comes twice
        if self._parts > self.limits.files + MOST_FIELDS:
            raise Refused(413, f"These are too many files: {self.limits.files} can be sent at once.")
        self._header = self._value = self._disposition = self._text = b""

    def _add(self, to: str, data: bytes, start: int, end: int) -> None:
        setattr(self, to, getattr(self, to) + data[start:end])

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename")
        if name is None:
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            return
        if len(self.received.files) >= self.limits.files:
            raise Refused(413, f"These are too many files: {self.limits.files} can be sent at once.")
        place = self._names.free(decoded(name)) if name.strip() else None
        if place is None:
            return  # its data goes nowhere
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self.received.files.append(path)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
        elif self._field is not None:
            self._text += data[start:end]
            if len(self._text) > LONGEST_FIELD:
                raise Refused(413, f'"{self._field[:40]}" is too long.')

    def _end(self) -> None:
        self.ended = True


class Names:
    """Gives each file a place of its own, also on disks where "Kick.wav" and "kick.wav" are one file."""

    def __init__(self) -> None:
        self._taken: dict[str, bool] = {}  # by the place in small letters, whether it is a folder

    def free(self, name: str) -> PurePosixPath | None:
        """Where a file of that name goes; None for one that is hidden."""
        safe = safe_parts(name)
        if safe is None:
            return None
        at = PurePosixPath()
        for part in safe[:-1]:
            at = self._unlike(at, part, folder=True)
        return self._unlike(at, safe[-1], folder=False)

    def _unlike(self, above: PurePosixPath, name: str, folder: bool) -> PurePosixPath:
        count, path = 1, above / name
        while (is_folder := self._taken.get(str(path).casefold())) is not None and not (folder and is_folder):
            count += 1
            base, suffix = suffixed(name)
            path = above / f"{base} ({count}){suffix}"
        self._taken[str(path).casefold()] = folder
        return path


def safe_parts(name: str) -> tuple[str, ...] | None:
    """The folders and the file of a path as somebody sent it, each a name that any disk takes; None where one is
    hidden. Nothing of it leads upwards or to a root."""
    parts = [part.strip() for part in re.split(r"[/\\]", unicodedata.normalize("NFC", name))]
    parts = [part for part in parts if part not in ("", ".", "..")]
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return None
    return tuple(safe_name(part) for part in parts[-DEEPEST:]) or ("file",)


def make_safe(folder: Path) -> None:
    """Gives what lies in a folder, and came by another way, names as `safe_name` makes them."""
    for above, folders, files in os.walk(folder, topdown=False):
        taken = {name.casefold() for name in (*folders, *files)}
        for name in (*folders, *files):
            count, safe = 1, safe_name(name)
            base, suffix = suffixed(safe)
            while safe != name and safe.casefold() in taken:
                count += 1
                safe = f"{base} ({count}){suffix}"
            taken.add(safe.casefold())
            os.rename(Path(above, name), Path(above, safe))


def decoded(name: bytes) -> str:
    """A file's name as a browser writes it into a form."""
    text = name.decode("utf-8", "replace")
    for code, letter in ESCAPED.items():
        text = text.replace(code, letter)
    return text


def title_in(fields: Mapping[str, str]) -> str | None:
    """The title that came with the files, if it is one."""
    title = safe_name(fields.get("title", "").strip(), "")
    return title or None
