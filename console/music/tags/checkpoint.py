"""TensorFlow's checkpoints, read without TensorFlow.

The index is a sorted string table as LevelDB has it (`doc/table_format.md` there), of a `BundleEntryProto` for every
tensor (`tensor_bundle.proto` in TensorFlow); the other file holds the numbers. What is here reads what TensorFlow
writes for float32 in one shard, and refuses the rest.
"""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from struct import error as StructError
from struct import unpack_from

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from console.errors import InputError

FOOTER, MAGIC, UNCOMPRESSED = 48, 0xDB4775248B80FB57, 0  # bytes, last bytes, byte after a block
FIXED = {1: 8, 5: 4}  # bytes of values of these kinds
FLOAT32 = 1  # DT_FLOAT
MOST_INDEX, MOST_DATA = 1_000_000, 100_000_000  # bytes; musicnn's have 5 thousand and 10 million
DTYPE, SHAPE, SHARD, OFFSET, SIZE, SLICES = 1, 2, 3, 4, 5, 7  # fields of an entry


class _BrokenError(Exception):
    """Not as TensorFlow writes it."""


def read_checkpoint(index: Path, data: Path) -> dict[str, Float32[ndarray, "..."]]:
    """The float32 tensors of a checkpoint, by name.

    Raises: InputError where a file is missing, or is no such checkpoint.
    """
    try:
        table, numbers = _read(index, MOST_INDEX), _read(data, MOST_DATA)
        return {name.decode(): _tensor(entry, numbers) for name, entry in _entries(table) if name}
    except OSError as error:
        raise InputError(f'"{error.filename}" cannot be read: {error.strerror}.') from error
    except (_BrokenError, StructError, UnicodeDecodeError) as error:
        raise InputError(f'"{index}" and "{data.name}" are no checkpoint of TensorFlow that can be read.') from error


def _read(path: Path, most: int) -> bytes:
    if path.stat().st_size > most:
        raise _BrokenError
    return path.read_bytes()


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """All of a table: its footer holds the place of the index, which holds those of the blocks."""
    at = len(table) - FOOTER
    if at < 0 or unpack_from("<Q", table, len(table) - 8)[0] != MAGIC:
        raise _BrokenError
    _, _, at = _place(table, at)  # of meta data, which are not needed
    start, size, _ = _place(table, at)
    for _, place in _block(table, start, size):
        start, size, _ = _place(place, 0)
        yield from _block(table, start, size)


def _place(data: bytes, at: int) -> tuple[int, int, int]:
    """Where a block begins, how long it is, and where one reads on."""
    start, at = _varint(data, at)
    size, at = _varint(data, at)
    return start, size, at


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block. A key is told by how much of the last one it begins with, and the rest."""
    stop = start + size
    if size < 4 or stop >= len(table) or table[stop] != UNCOMPRESSED:
        raise _BrokenError
    end = stop - 4 - 4 * unpack_from("<I", table, stop - 4)[0]  # places of whole keys follow the entries
    at, key = start, b""
    while at < end:
        shared, at = _varint(table, at)
        rest, at = _varint(table, at)
        length, at = _varint(table, at)
        if shared > len(key) or at + rest + length > end:
            raise _BrokenError
        key = key[:shared] + table[at : at + rest]
        at += rest + length
        yield key, table[at - length : at]


def _tensor(entry: bytes, numbers: bytes) -> Float32[ndarray, "..."]:
    told = dict(_fields(entry))
    dims = [dict(_fields(_message(dim))) for _, dim in _fields(_message(told.get(SHAPE, b"")))]
    shape = [_number(dim.get(1, 0)) for dim in dims]
    dtype, shard, offset, size = (_number(told.get(field, 0)) for field in (DTYPE, SHARD, OFFSET, SIZE))
    if dtype != FLOAT32 or shard or SLICES in told or size != 4 * prod(shape) or offset + size > len(numbers):
        raise _BrokenError
    return np.frombuffer(numbers, "<f4", prod(shape), offset).astype(np.float32).reshape(shape)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer's message, in their order: number and value."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            number, at = _varint(message, at)
            yield field, number
            continue
        length, at = _varint(message, at) if kind == 2 else (FIXED.get(kind, len(message)), at)
        if at + length > len(message):
            raise _BrokenError
        at += length
        yield field, message[at - length : at]


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise _BrokenError
    return value


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise _BrokenError
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where one reads on."""
    number = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            raise _BrokenError
        number |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return number, at
    raise _BrokenError
