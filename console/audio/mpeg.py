"""MPEG audio (MP3) by its first frames: whether it is any, and whether it tells what its encoder put before it."""

import io
import os
from enum import Enum
from pathlib import Path

from console.audio.view import Part, open_regular

_MOST_LINKS = 1000
_KBPS = {  # by version (MPEG 1, or 2 and 2.5) and layer
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_KBPS[2, 3] = _KBPS[2, 2]
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


class Mpeg(Enum):
    """What a file's first frames say."""

    OTHER = "begins as another format does"
    BROKEN = "begins like a frame, but no second one follows"
    TIMED = "tells how many samples its encoder put before the sound"
    UNTIMED = "does not tell"
    LAYER_2 = "never tells"


LATE_S = {Mpeg.UNTIMED: 0.025, Mpeg.LAYER_2: 0.011}  # about what encoder and decoder put before the sound


def late(by_s: float) -> str:
    """What is to be said of a file that may begin with silence of its encoder's, about so long."""
    told = f"some {1000 * by_s:.0f} ms late beside others"
    return f"it does not tell how much its encoder put before the sound, so it may be {told}"


def read_mpeg(path: Path) -> Mpeg:
    """What a file's first two frames say, behind any ID3 tags. Raises `OSError`."""
    with open_regular(path) as raw, io.BufferedReader(raw) as file:
        return _frames(file, 0)[0]


def read_links(path: Path) -> tuple[Part, ...]:
    """The files that were written one behind the other into this one, as far as each tells its length; often one.

    Raises `OSError`.
    """
    with open_regular(path) as raw, io.BufferedReader(raw) as file:
        end = os.fstat(raw.fileno()).st_size
        starts, at = [0], 0
        while len(starts) < _MOST_LINKS:
            says, begin, frame = _frames(file, at)
            tag = _find_tag(frame)
            if says is not Mpeg.TIMED or tag is None or not (size := _told_bytes(frame, tag)):
                break
            at = begin + size
            file.seek(at)
            at += 128 if file.read(3) == b"TAG" else 0
            if _frames(file, at)[0] is not Mpeg.TIMED:
                break
            starts.append(at)
    return tuple(Part(start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True))


def skip_id3(file: io.BufferedIOBase, at: int = 0) -> int:
    """Where a file goes on behind the ID3v2 tags that begin at an offset."""
    for _ in range(16):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return at


def _frames(file: io.BufferedIOBase, at: int) -> tuple[Mpeg, int, bytes]:
    """What two frames at an offset say, where they begin behind any tags, and the first one."""
    at = skip_id3(file, at)
    file.seek(at)
    head = file.read(4)
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or not head[1] & 0x06:
        return Mpeg.OTHER, at, b""  # without a layer it is AAC
    length = _frame_bytes(head)
    first = head + file.read(length - 4) if length else b""
    second = file.read(4)
    if not length or len(first) < length or not (_frame_bytes(second) or second[:3] == b"TAG" or not second):
        return Mpeg.BROKEN, at, first
    if head[1] >> 1 & 3 != 1:
        return Mpeg.LAYER_2, at, first
    tag = _find_tag(first)
    return (Mpeg.TIMED if tag is not None and _tells_delay(first, tag) else Mpeg.UNTIMED), at, first


def _frame_bytes(head: bytes) -> int:
    """How long the frame is that begins so; 0 where none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
    step, padding = head[2] >> 4, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate == 3 or step in (0, 15):
        return 0
    bits = _KBPS[1 if version == 3 else 2, layer][step - 1] * 1000
    rate_hz = _RATES_HZ[version][rate]
    if layer == 1:
        return (12 * bits // rate_hz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // rate_hz + padding


def _find_tag(frame: bytes) -> int | None:
    """Where in a file's first frame the Xing or Info header is that many encoders put there."""
    if len(frame) < 4:
        return None
    mono = frame[3] >> 6 == 3
    side = (17 if mono else 32) if frame[1] >> 3 & 3 == 3 else (9 if mono else 17)
    return next((at for at in (4 + side, 6 + side) if frame[at : at + 4] in (b"Xing", b"Info")), None)


def _tells_delay(frame: bytes, tag: int) -> bool:
    """Whether a LAME tag, which tells the encoder's delay, is behind that header."""
    flags = frame[tag + 7] if len(frame) > tag + 7 else 0
    lame = tag + 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    return any(frame[lame + 21 : lame + 23])


def _told_bytes(frame: bytes, tag: int) -> int:
    """How long the file is by that header; 0 where it does not tell."""
    if len(frame) < tag + 16 or not frame[tag + 7] & 2:
        return 0
    at = tag + 8 + 4 * (frame[tag + 7] & 1)
    return int.from_bytes(frame[at : at + 4], "big")
