"""A checkpoint as TensorFlow writes it, for tests: a table of blocks with shared keys, and the numbers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

MAGIC = 0xDB4775248B80FB57
IN_BLOCK, WHOLE_KEY_EVERY = 40, 16


def write_checkpoint(tensors: Mapping[str, np.ndarray], index: Path, data: Path) -> None:
    """Writes both files."""
    numbers, entries = b"", [(b"", b"\x08\x01\x1a\x02\x08\x01")]  # the header: one shard, a version
    for name in sorted(tensors):
        array = np.asarray(tensors[name], "<f4")
        dims = b"".join(_message(2, _number(1, length)) for length in array.shape)
        told = _number(1, 1) + _message(2, dims) + _number(4, len(numbers)) + _number(5, array.nbytes)
        entries.append((name.encode(), told + b"\x35" + b"\x01\x02\x03\x04"))
        numbers += array.tobytes()
    table, handles = b"", []
    for first in range(0, len(entries), IN_BLOCK):
        rows = entries[first : first + IN_BLOCK]
        block = _block(rows)
        handles.append((rows[-1][0], _varint(len(table)) + _varint(len(block))))
        table += block + b"\x00crcs"
    meta = _varint(len(table)) + _varint(len(_block([])))
    table += _block([]) + b"\x00crcs"
    place = _varint(len(table)) + _varint(len(_block(handles)))
    table += _block(handles) + b"\x00crcs" + (meta + place).ljust(40, b"\x00") + MAGIC.to_bytes(8, "little")
    index.write_bytes(table)
    data.write_bytes(numbers)


def _block(rows: list[tuple[bytes, bytes]]) -> bytes:
    block, last, whole = b"", b"", []
    for number, (key, value) in enumerate(rows):
        if number % WHOLE_KEY_EVERY == 0:
            whole.append(len(block))
            last = b""
        shared = next(
            (i for i, (one, other) in enumerate(zip(key, last, strict=False)) if one != other), min(len(key), len(last))
        )
        block += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        last = key
    whole = whole or [0]
    return block + b"".join(place.to_bytes(4, "little") for place in [*whole, len(whole)])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    digits = b""
    while value > 127:
        digits += bytes([value & 127 | 128])
        value >>= 7
    return digits + bytes([value])
