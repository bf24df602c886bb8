"""How a whole file becomes a damaged one, each time the same for the same generator."""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

_SIZES = (0, 1, 7, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 8)
_VALUES = (None, True, "", "x" * 5000, -1, 0, 1, 1e308, 10**400, [], {}, [[]], "\ud800", "nan", "-0")
_JUNK = (
    b"TAG" + b"x" * 125,
    b"LIST\xff\xff\xff\x7fINFO",
    bytes(4096),
    b"\n" * 100,
    b"OggS",
    b"ID3\4\0\0\x7f\x7f\x7f\x7f",
)


def damaged(data: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """The data with one to three damages done to it; `others` is what may be spliced in."""
    for _ in range(rng.integers(1, 4)):
        damage = _DAMAGES[rng.integers(len(_DAMAGES))]
        data = damage(data, others[rng.integers(len(others))], rng) or data
    return data


def damaged_json(data: bytes, rng: np.random.Generator) -> bytes:
    """JSON with one of its values replaced, removed, or buried; now and then no JSON any more."""
    tree = json.loads(data)
    for _ in range(rng.integers(1, 4)):
        _replace_one(tree, rng)
    text = json.dumps(tree)
    way = rng.integers(8)
    if way == 0:
        text = text.replace("44100", ("NaN", "Infinity", "1e999", "-0.0", "9" * 5000)[rng.integers(5)])
    elif way == 1:
        depth = int(10 ** rng.uniform(1, 5))
        text = text.replace('"Night Drive"', ("[" * depth, "[" * depth + "]" * depth)[rng.integers(2)])
    return text.encode("utf-8", "surrogatepass")


def damaged_yaml(data: bytes, rng: np.random.Generator) -> bytes:
    """YAML with something in it that YAML can and roles cannot."""
    depth = int(10 ** rng.uniform(1, 4))
    odd = (
        b"[" * depth,
        b"{" * depth,
        b"? " * min(depth, 2000),
        b"- " * min(depth, 2000),
        b"!!python/object/apply:os.getcwd []\n",
        b"kick: [a, &b [*b]]\n",
        b"<<: *a\n",
        b"kick: !!binary x\n",
        b"\t",
        b"%YAML 9.9\n---\n",
        b"---\n---\n",
        b"kick: *none\n",
        b"\xff\xfe",
        b"kick:\n" * depth,
        b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 60)),
    )
    piece = odd[rng.integers(len(odd))]
    at = (0, len(data), int(rng.integers(len(data) + 1)))[rng.integers(3)]
    return data[:at] + piece + data[at:]


def _replace_one(tree: Any, rng: np.random.Generator) -> None:
    places = list(_places(tree))
    holder, key = places[rng.integers(len(places))]
    way = rng.integers(4)
    if way == 0 and isinstance(holder, dict):
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.extend([holder[key]] * int(rng.integers(1, 300)))
    else:
        holder[key] = _VALUES[rng.integers(len(_VALUES))]


def _places(tree: Any) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(items):
        yield tree, key
        if isinstance(value, dict | list) and value:
            yield from _places(value)


def _flip(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    bent = bytearray(data)
    reach = len(bent) if rng.integers(2) else min(len(bent), 256)  # the header as often as all the rest
    for at in rng.integers(0, max(reach, 1), rng.integers(1, 33)):
        if bent:
            bent[at] ^= 1 << int(rng.integers(8))
    return bytes(bent)


def _lie(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """Another number in the header, or behind one of the names of chunks."""
    marks = (b"data", b"fmt ", b"LIST", b"SSND", b"COMM", b"ds64", b"moov", b"stsz", b"stts", b"mdhd", b"OggS", b"fLaC")
    found = [at for mark in marks if (at := data.find(mark)) >= 0]
    at = (
        found[rng.integers(len(found))] + 4 * int(rng.integers(1, 6))
        if found and rng.integers(2)
        else rng.integers(200)
    )
    size = _SIZES[rng.integers(len(_SIZES))]
    packed = struct.pack(("<", ">")[rng.integers(2)] + ("Q" if rng.integers(4) == 0 else "I"), size)
    return data[: int(at)] + packed + data[int(at) + len(packed) :]


def _cut(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(len(data) * rng.random() ** 2)] if rng.integers(2) else data[: -int(rng.integers(1, 64))]


def _splice(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data) + 1))] + other[int(rng.integers(len(other) + 1)) :]


def _append(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    junk = (*_JUNK, rng.bytes(int(rng.integers(1, 5000))), other)
    return data + junk[rng.integers(len(junk))]


def _prepend(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    return _JUNK[rng.integers(len(_JUNK))] + data


def _drop(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(len(data) + 1)), int(rng.integers(1, 600))
    return data[:at] + data[at + size :]


def _repeat(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(len(data) + 1)), int(rng.integers(1, 600))
    return data[: at + size] + data[at:]


def _blank(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(len(data) + 1)), int(rng.integers(1, 3000))
    return data[:at] + (b"\0", b"\xff")[rng.integers(2)] * min(size, len(data) - at) + data[at + size :]


_DAMAGES: tuple[Callable[[bytes, bytes, np.random.Generator], bytes], ...] = (
    *(_flip, _flip, _lie, _lie, _lie, _cut, _cut, _splice, _append, _prepend, _drop, _repeat, _blank),
)
