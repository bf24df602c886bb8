"""Files of chunks (WAV, RF64, W64, AIFF, CAF, AU): where their samples really end, and when they began.

A recorder that dies leaves a header that was never finished: its size is 0, a placeholder, or what it was some
minutes before. The samples are all there, so the header is put right as the decoder reads it.
"""

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.audio.view import Part, open_regular

UNFINISHED = "its header was never finished, so it is read to the end of the file ({there_s:.1f} s)"
STALE = "its header stops at {told_s:.1f} s, but the sound goes on: it is read to the end of the file ({there_s:.1f} s)"
FOLLOWED = "another recording begins in it behind the first one ({there_s:.1f} s), and is left out"
CUT = "it breaks off: its header says {told_s:.1f} s, and the {there_s:.1f} s that are there are read"

_MOST_CHUNKS = 4096  # only a hostile file has more
_MOST_IN_TAIL = 64
_PADDING = 16 << 20  # bytes of zeros that no recording begins with where another one stops
_TAIL = 1 << 20  # bytes at the end in which chunks behind samples of unknown length are looked for
_LEAST_LOST_S = 0.05  # a shorter rest behind the samples is padding
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICS", b"<?xml")
_FILES = (b"RIFF", b"RF64", b"FORM", b"riff", b"caff", b".snd")
_BEHIND = b"LIST bext id3 ID3 iXML cue  smpl inst fact PEAK _PMX axml chna umid LGWV acid COMT MARK NAME ANNO APPL"
_PLAIN_WAVE = (1, 3, 6, 7, 0xFFFE)  # no packets: integers, floats, A-law, mu-law, and one of them by its long name
_PLAIN_AIFF = b"NONE twos sowt fl32 FL32 fl64 FL64 raw  in24 in32 42ni 23ni alaw ulaw ALAW ULAW"
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_W64_DATA = bytes.fromhex("64617461f3acd3118cd100c04f8edb8a")
_W64_FORMAT = bytes.fromhex("666d7420f3acd3118cd100c04f8edb8a")
_W64_BEXT = bytes.fromhex("62657874f3acd3118cd100c04f8edb8a")
_TIME_REFERENCE_AT = 338  # in a bext chunk (EBU Tech 3285)


@dataclass(frozen=True)
class Chunks:
    """What a file's chunks tell.

    `part` is what to decode where the header lies, and `lie` the sentence on it, which is to be filled with
    the seconds that are there and those that the header told, `told` times as many.
    """

    part: Part | None = None
    lie: str = ""
    told: float = 1.0
    time_reference: int | None = None


@dataclass(frozen=True)
class _Chunk:
    id: bytes
    body: int  # where in the file
    size: int


@dataclass(frozen=True)
class _Dialect:
    """How chunks are written: their header (name and size), what a size counts, and where the next one begins."""

    header: struct.Struct
    data: bytes
    format: bytes
    align: int = 2
    counts_header: bool = False

    def chunks(self, file: io.FileIO, at: int, end: int, most: int = _MOST_CHUNKS) -> Iterator[_Chunk]:
        """The chunks from an offset on; the last one may be longer than the file."""
        for _ in range(most):
            if at + self.header.size > end:
                return
            name, size = self.header.unpack(_read(file, at, self.header.size))
            body = at + self.header.size
            size -= self.header.size if self.counts_header else 0
            yield _Chunk(name, body, size)
            if not 0 <= size <= end - body:
                return
            at = body + size
            at += -at % self.align


_WAVE = _Dialect(struct.Struct("<4sI"), b"data", b"fmt ")
_WAVE64 = _Dialect(struct.Struct("<16sQ"), _W64_DATA, _W64_FORMAT, align=8, counts_header=True)
_AIFF = _Dialect(struct.Struct(">4sI"), b"SSND", b"COMM")
_CAF = _Dialect(struct.Struct(">4sq"), b"data", b"desc", align=1)


def read_chunks(path: Path) -> Chunks:
    """What a file's chunks tell of it; nothing where it has none. Raises `OSError`."""
    with open_regular(path) as file:
        end = os.fstat(file.fileno()).st_size
        start = _read(file, 0, 40)
        if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:12] == b"WAVE":
            return _wave(file, end, wide=start[:4] != b"RIFF")
        if start[:16] == _W64_RIFF:
            return _wave64(file, end)
        if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
            return _aiff(file, end)
        if start[:4] == b"caff":
            return _caf(file, end)
        if start[:4] == b".snd" and len(start) >= 24:
            return _au(file, start, end)
    return Chunks()


def _wave(file: io.FileIO, end: int, wide: bool) -> Chunks:
    found, reference = _find(file, _WAVE, 12, end, b"bext")
    if _WAVE.data not in found or _WAVE.format not in found:
        return Chunks(time_reference=reference)
    data = found[_WAVE.data]
    sizes = found.get(b"ds64")
    if wide and sizes and data.size == 0xFFFFFFFF:
        data = _Chunk(data.id, data.body, *struct.unpack("<Q", _read(file, sizes.body + 8, 8).ljust(8, b"\0")))
    layout = _read(file, found[_WAVE.format].body, 16)
    if len(layout) < 16:
        return Chunks(time_reference=reference)
    tag, _, rate, rate_bytes, block, _ = struct.unpack("<HHIIHH", layout)
    stop, lie = _true_end(file, end, _WAVE, data, block * rate if tag in _PLAIN_WAVE else rate_bytes)
    if _is_true(data, stop, lie) or (lie == CUT and tag not in _PLAIN_WAVE):
        return Chunks(time_reference=reference)
    size = stop - data.body
    patches = [(data.body - 4, struct.pack("<I", size)), (4, struct.pack("<I", stop - 8))] if stop < 2**32 else []
    if wide and sizes:
        samples = size // max(block, 1)
        patches = [(data.body - 4, b"\xff" * 4), (sizes.body, struct.pack("<QQQ", stop - 8, size, samples))]
    elif not patches:  # longer than a WAV can say: libsndfile reads one that was never closed to its end
        patches = [(data.body - 4, bytes(4)), (4, struct.pack("<I", 8))]
    return Chunks(Part(0, stop, tuple(patches)), lie, _ratio(data, stop), reference)


def _wave64(file: io.FileIO, end: int) -> Chunks:
    found, reference = _find(file, _WAVE64, 40, end, _W64_BEXT)
    if _W64_DATA not in found or _W64_FORMAT not in found:
        return Chunks(time_reference=reference)
    data = found[_W64_DATA]
    _, _, rate, _, block, _ = struct.unpack("<HHIIHH", _read(file, found[_W64_FORMAT].body, 16).ljust(16, b"\0"))
    stop, lie = _true_end(file, end, _WAVE64, data, block * rate)
    if _is_true(data, stop, lie):
        return Chunks(time_reference=reference)
    patches = ((16, struct.pack("<Q", stop)), (data.body - 8, struct.pack("<Q", stop - data.body + 24)))
    return Chunks(Part(0, stop, patches), lie, _ratio(data, stop), reference)


def _aiff(file: io.FileIO, end: int) -> Chunks:
    found, _ = _find(file, _AIFF, 12, end)
    if not {b"COMM", b"SSND"} <= found.keys():
        return Chunks()
    common = _read(file, found[b"COMM"].body, 22)
    if len(common) < 18 or (len(common) == 22 and found[b"COMM"].size >= 22 and common[18:] not in _PLAIN_AIFF):
        return Chunks()
    channels, _, bits, exponent, mantissa = struct.unpack(">HIHHQ", common[:18])
    rate = mantissa / 2.0**63 * 2.0 ** min((exponent & 0x7FFF) - 16383, 64)  # an 80-bit float
    block = channels * -(-bits // 8)
    data = found[b"SSND"]  # its body begins with 8 bytes that are no samples
    stop, lie = _true_end(file, end, _AIFF, data, int(block * rate), inside=8)
    if _is_true(data, stop, lie) or stop >= 2**32:
        return Chunks()
    patches = (
        (4, struct.pack(">I", stop - 8)),
        (data.body - 4, struct.pack(">I", stop - data.body)),
        (found[b"COMM"].body + 2, struct.pack(">I", max(stop - data.body - 8, 0) // max(block, 1))),
    )
    return Chunks(Part(0, stop, patches), lie, _ratio(data, stop))


def _caf(file: io.FileIO, end: int) -> Chunks:
    found, _ = _find(file, _CAF, 8, end)
    layout = _read(file, found[b"desc"].body, 32) if b"desc" in found else b""
    if b"data" not in found or len(layout) < 32 or layout[8:12] != b"lpcm":
        return Chunks()
    rate, packet_bytes = struct.unpack(">d", layout[:8])[0], struct.unpack(">I", layout[16:20])[0]
    data = found[b"data"]
    rate_bytes = int(packet_bytes * rate) if 0 < rate < 1e9 else 0
    stop, lie = _true_end(file, end, _CAF, data, rate_bytes, inside=4)
    lie = "" if data.size == -1 else lie  # which is how the format says "to the end of the file"
    if _is_true(data, stop, lie):
        return Chunks()
    patch = (data.body - 8, struct.pack(">q", stop - data.body))
    return Chunks(Part(0, stop, (patch,)), lie, _ratio(data, stop))


def _au(file: io.FileIO, start: bytes, end: int) -> Chunks:
    body, size, coding, rate, channels = struct.unpack(">IIIII", start[4:24])
    widths = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}
    if size == 0xFFFFFFFF or coding not in widths or not 24 <= body < end:
        return Chunks()
    data = _Chunk(b".snd", body, size)
    stop, lie = _true_end(file, end, _AIFF, data, widths[coding] * rate * channels)
    if _is_true(data, stop, lie):
        return Chunks()
    return Chunks(Part(0, stop, ((8, b"\xff" * 4),)), lie, _ratio(data, stop))


def _find(
    file: io.FileIO, dialect: _Dialect, at: int, end: int, bext: bytes | None = None
) -> tuple[dict[bytes, _Chunk], int | None]:
    """The first chunk of each name, and what a bext chunk says of the time."""
    found: dict[bytes, _Chunk] = {}
    for chunk in dialect.chunks(file, at, end):
        found.setdefault(chunk.id, chunk)
    reference = None
    if bext in found and found[bext].size >= _TIME_REFERENCE_AT + 8:
        told = _read(file, found[bext].body + _TIME_REFERENCE_AT, 8)
        reference = int.from_bytes(told, "little") if len(told) == 8 else None
    return found, reference


def _true_end(
    file: io.FileIO, end: int, dialect: _Dialect, data: _Chunk, rate_bytes: int, inside: int = 0
) -> tuple[int, str]:
    """Where the samples end, and what there is to say of that, if anything.

    `inside` is how many bytes of the chunk come before its samples.
    """
    told_end = data.body + data.size
    if data.size < 0 or told_end > end:
        if data.size < 0 or _is_placeholder(data.size):
            return _before_tail(file, dialect, data.body, end), UNFINISHED
        return end, CUT if told_end - end >= _LEAST_LOST_S * rate_bytes else ""
    rest = end - told_end
    begun = data.size > inside
    if _read(file, told_end, 4) in _FILES:
        return told_end, FOLLOWED
    if rest < max(_LEAST_LOST_S * rate_bytes, 8) or _are_chunks(file, dialect, told_end, end):
        return told_end, ""
    if begun and (_read(file, told_end, 8).lstrip(b"\0").startswith(_TAGS) or _is_zero(file, told_end, end)):
        return told_end, ""
    return _before_tail(file, dialect, data.body, end), STALE if begun else UNFINISHED


def _is_true(data: _Chunk, stop: int, lie: str) -> bool:
    return not lie and stop == data.body + data.size


def _is_placeholder(size: int) -> bool:
    """Whether a size is one of those that recorders write as long as they do not know it."""
    return any(abs(size - limit) <= 1 << 13 for limit in (2**31, 2**32, 2**63, 2**64))


def _are_chunks(file: io.FileIO, dialect: _Dialect, at: int, end: int) -> bool:
    """Whether at least one chunk with a readable name that fits into the file begins here (padded or not)."""
    for begin in {at + -at % dialect.align, at}:
        chunk = next(dialect.chunks(file, begin, end), None)
        if chunk and chunk.id[:4].isascii() and chunk.id[:4].decode().isprintable() and _fits(chunk, end):
            return True
    return False


def _fits(chunk: _Chunk, end: int) -> bool:
    return 0 <= chunk.size <= end - chunk.body


def _before_tail(file: io.FileIO, dialect: _Dialect, begin: int, end: int) -> int:
    """Where chunks that reach to the very end of the file begin, behind samples whose length is not known."""
    base = max(begin, end - _TAIL)
    tail = _read(file, base, end - base)
    starts = sorted({at for i in range(0, len(_BEHIND), 5) for at in _all(tail, _BEHIND[i : i + 4])})
    for at in starts[:_MOST_IN_TAIL]:
        *_, last = (None, *dialect.chunks(file, base + at, end, _MOST_IN_TAIL))
        if last and _fits(last, end) and end - (last.body + last.size) <= dialect.align:
            return base + at
    return end


def _all(text: bytes, word: bytes) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _is_zero(file: io.FileIO, at: int, end: int) -> bool:
    """Whether the file goes on with nothing than zeros, as one does whose space was taken beforehand."""
    piece = _read(file, at, min(_PADDING, end - at))
    return piece.count(0) == len(piece)


def _ratio(data: _Chunk, stop: int) -> float:
    return max(data.size, 0) / max(stop - data.body, 1)


def _read(file: io.FileIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
