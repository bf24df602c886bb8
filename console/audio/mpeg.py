"""MPEG audio (MP3) by its first frames: whether it is any, and whether it tells what its encoder put before it."""

import io
from enum import Enum
from pathlib import Path

from console.audio.view import open_regular

# What is to be said of a file whose encoder and decoder put silence before the sound, and about how much.
LATE = "it does not tell how much its encoder put before the sound, so it may be some {ms} ms late beside others"

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


LATE_MS = {Mpeg.UNTIMED: 25, Mpeg.LAYER_2: 11}


def read_mpeg(path: Path) -> Mpeg:
    """What a file's first two frames say, behind any ID3 tags. Raises `OSError`."""
    with open_regular(path) as raw:
        file = io.BufferedReader(raw)
        at = skip_id3(file)
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or not head[1] & 0x06:
            return Mpeg.OTHER  # without a layer it is AAC
        length = _frame_bytes(head)
        if not length:
            return Mpeg.BROKEN
        first = head + file.read(length - 4)
        second = file.read(4)
        if len(first) < length or not (_frame_bytes(second) or second[:3] == b"TAG" or not second):
            return Mpeg.BROKEN
    if head[1] >> 1 & 3 != 1:
        return Mpeg.LAYER_2
    return Mpeg.TIMED if _tells_delay(first) else Mpeg.UNTIMED


def skip_id3(file: io.BufferedIOBase) -> int:
    """Where a file goes on behind the ID3v2 tags that it begins with."""
    at = 0
    for _ in range(16):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return at


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


def _tells_delay(frame: bytes) -> bool:
    """Whether the first frame is a Xing or Info header with a LAME tag behind it."""
    mono = frame[3] >> 6 == 3
    side = (17 if mono else 32) if frame[1] >> 3 & 3 == 3 else (9 if mono else 17)
    for at in (4 + side, 6 + side):  # with a checksum before it
        if frame[at : at + 4] in (b"Xing", b"Info"):
            flags = frame[at + 7] if len(frame) > at + 7 else 0
            tag = at + 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
            return any(frame[tag + 21 : tag + 23])
    return False
