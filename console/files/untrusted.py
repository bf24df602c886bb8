"""Small text files that nobody vouches for: read within bounds, and what is wrong is one sentence that names the file.

The bounds are on bytes before anything is read, on nesting before anything is built, and on what YAML's aliases add up
to when each is put in its place. So a file cannot take much more memory or time than its limit in bytes tells.
"""

import csv
import io
import os
import re
import stat
from collections.abc import Iterator
from typing import Any

from console.errors import InputError

MB = 1_000_000
MOST_BYTES = MB
DEEPEST = 64  # brackets within brackets; what we and others write has about ten
MOST_ENTRIES = 100_000  # of a YAML file with every alias put in its place
MOST_DIGITS = 300  # of a whole number in JSON; no float holds more
MOST_ROWS = 1_000_000
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)  # whole strings, so that brackets in them are none


def read_text(
    path: str | os.PathLike[str],
    what: str,
    most_bytes: int = MOST_BYTES,
    form: str = "text",
    shown: str | None = None,
    replace: bool = False,
) -> str:
    """The text of an ordinary file, in UTF-8 with or without a mark at its beginning.

    Args:
        what: such a file is, as the sentence is to say it: "a roles.yaml".
        most_bytes: a larger file is not read.
        form: that it should have: "YAML".
        shown: what the file is called in the sentence, by default its path.
        replace: whether bytes that are no UTF-8 are read as "�", not refused.

    Raises: InputError for a file that cannot be read, is too large, is a pipe or device, or is not in UTF-8.
    """
    shown = shown or os.fspath(path)
    try:
        data = _bytes(path, most_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f'"{shown}" cannot be read: {reason}.') from error
    if data is None:
        raise InputError(f'"{shown}" is no ordinary file: give {what}.')
    if len(data) > most_bytes:
        raise InputError(f'"{shown}" is over {_size(most_bytes)}, and {what} is smaller.')
    try:
        return data.decode("utf-8-sig", "replace" if replace else "strict")
    except UnicodeDecodeError as error:
        raise InputError(f'"{shown}" cannot be read as {form}: it is not in UTF-8.') from error


def load_yaml(
    path: str | os.PathLike[str],
    what: str,
    most_bytes: int = MOST_BYTES,
    shown: str | None = None,
    words: bool = False,
) -> Any:
    """What a YAML file holds.

    Args:
        what, most_bytes, shown: as of `read_text`.
        words: whether every scalar stays as it is written ("01" stays "01", "no" stays "no").

    Raises: InputError, as `read_text` does, for what is no YAML, is nested too deeply, grows by its aliases beyond
        bounds, or has a key twice.
    """
    import yaml

    named = shown or os.fspath(path)
    text = read_text(path, what, most_bytes, "YAML", shown)
    _check_yaml(text, named, once=True)
    kind = "BaseLoader" if words else "SafeLoader"
    try:
        return yaml.load(text, Loader=getattr(yaml, f"C{kind}", getattr(yaml, kind)))
    except Exception as error:  # dates and numbers that are none raise many kinds
        raise _no_yaml(named, error) from error


def compose_yaml(text: str, shown: str) -> Any:
    """The nodes of a YAML document, `yaml.Node`, for those who tell lines; None for an empty one.

    Raises: InputError, as `load_yaml` does; keys are not compared.
    """
    import yaml

    _check_yaml(text, shown)
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as error:
        raise _no_yaml(shown, error) from error


def load_json(
    path: str | os.PathLike[str],
    what: str,
    most_bytes: int = MOST_BYTES,
    shown: str | None = None,
    replace: bool = False,
) -> Any:
    """What a JSON file holds.

    Args:
        what, most_bytes, shown, replace: as of `read_text`.

    Raises: InputError, as `read_text` and `parse_json` do.
    """
    text = read_text(path, what, most_bytes, "JSON", shown, replace)
    try:
        return parse_json(text)
    except ValueError as error:
        raise InputError(f'"{shown or os.fspath(path)}" cannot be read as JSON: {error}.') from error


def parse_json(text: str | bytes) -> Any:
    """What a text in JSON holds.

    Raises: ValueError, in a few words, for what is none, is nested too deeply, has a name twice in one object, or a
        whole number of hundreds of digits.
    """
    import json

    text = text if isinstance(text, str) else text.decode("utf-8-sig")
    check_depth(text)
    return json.loads(text, object_pairs_hook=_once, parse_int=_whole)


def check_depth(text: str) -> None:
    """Raises ValueError for a text in JSON that is nested too deeply, before anything is built."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        sign = bracket[0][0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > DEEPEST:
            raise ValueError(f"nested more than {DEEPEST} deep")


def csv_rows(
    path: str | os.PathLike[str], text: str, most_rows: int = MOST_ROWS, skip_spaces: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table in CSV, each with the line of the file that it ends on; empty lines are passed over.

    Args:
        path: that the text is from, for the sentence.
        most_rows: more are refused.
        skip_spaces: whether spaces that follow a comma belong to no cell.

    Raises: InputError, naming the line, for what is no CSV, a cell longer than `csv.field_size_limit`, and too many
        rows.
    """
    lines = csv.reader(io.StringIO(text, newline=""), skipinitialspace=skip_spaces)
    if "\0" in text:
        raise InputError(f'"{path}" is no CSV: it holds zero bytes (save it as CSV in UTF-8).')
    count = 0
    try:
        for cells in lines:
            count += 1
            if count > most_rows:
                raise InputError(f'"{path}" has more than {most_rows:,} rows.')
            if cells:
                yield lines.line_num, cells
    except csv.Error as error:
        raise InputError(f'"{path}", line {lines.line_num}, is no CSV: {error}.') from error


def _bytes(path: str | os.PathLike[str], most: int) -> bytes | None:
    """At most so many bytes of a file; None for what is no ordinary file, which might never end or never begin."""
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        return None
    with os.fdopen(opened, "rb") as file:
        return file.read(most)


def _size(size: int) -> str:
    return f"{size / MB:g} MB" if size >= MB else f"{size / 1000:g} kB"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f'it has "{twice}" twice')
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(digits)} digits")
    return int(digits)


def _no_yaml(shown: str, error: Exception) -> InputError:
    return InputError(f'"{shown}" cannot be read as YAML: {" ".join(str(error).split())}.')


class _Open:
    """A collection of a YAML file while its entries come."""

    def __init__(self, mapping: bool, anchor: str | None):
        self.anchor = anchor
        self.keys: set[str] | None = set() if mapping else None
        self.size, self.depth, self.at_key = 1, 1, True

    def add(self, size: int = 1, depth: int = 0) -> None:
        self.size += size
        self.depth = max(self.depth, depth + 1)
        self.at_key = not self.at_key


def _check_yaml(text: str, shown: str, once: bool = False) -> None:
    """Goes through a YAML file without building anything of it.

    Raises: InputError for nesting or aliases beyond bounds, and with `once` for a key that a mapping has twice.
    """
    import yaml

    ends = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
    known: dict[str, tuple[int, int]] = {}  # size and depth of what has an anchor, with its own aliases in place
    around: list[_Open] = [_Open(False, None)]

    def put(size: int, depth: int, anchor: str | None = None) -> None:
        around[-1].add(size, depth)
        if anchor is not None:
            known[anchor] = (size, depth)
        if sum(each.size for each in around) > MOST_ENTRIES:
            raise InputError(f'"{shown}" comes to more than {MOST_ENTRIES:,} entries.')
        if len(around) + depth - 1 > DEEPEST:
            raise InputError(f'"{shown}" is nested more than {DEEPEST} deep.')

    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            if isinstance(event, yaml.ScalarEvent):
                keys = around[-1].keys if once and around[-1].at_key else None
                if keys is not None and event.value in keys:
                    line = event.start_mark.line + 1  # type: ignore[union-attr]
                    raise InputError(f'"{shown}", line {line}: "{event.value}" is there twice.')
                if keys is not None:
                    keys.add(event.value)
                put(1, 0, event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in known and any(each.anchor == event.anchor for each in around):
                    raise InputError(f'"{shown}" holds itself by an alias, "*{event.anchor}".')
                put(*known.get(str(event.anchor), (1, 0)))
            elif isinstance(event, yaml.CollectionStartEvent):
                around.append(_Open(isinstance(event, yaml.MappingStartEvent), event.anchor))
                if len(around) - 1 > DEEPEST:
                    raise InputError(f'"{shown}" is nested more than {DEEPEST} deep.')
            elif isinstance(event, ends):
                done = around.pop()
                put(done.size, done.depth, done.anchor)
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _no_yaml(shown, error) from error
