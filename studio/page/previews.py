"""What a browser hears and draws: stems as it can hold them, and their peaks; each made once, as a file."""

import json
import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

LOWER_HZ = 24_000
LEAST_COMMON_HZ = 100  # divisor of two rates, below which a resampler takes long
POINTS = 2000  # of a stem's picture
SCALE = 127
BLOCK_S = 10.0  # that is resampled at once
MARGIN = 1024  # samples on both sides of it, which the resampler's filter reaches into
SAMPLE_BYTES = 4
PEAKS = "peaks.json"


@dataclass(frozen=True)
class Preview:
    """What is heard of a song.

    Args:
        start_s, seconds: the stretch.
        sample_rate, channels: of each stem.
        whole: whether it is the song, sample by sample.
        said: what is heard of how much, where it is not.
    """

    start_s: float
    seconds: float
    sample_rate: int
    channels: int
    whole: bool
    said: str = ""

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.sample_rate}-{self.channels}-{self.start_s:.0f}"


def planned(
    stems: int, duration_s: float, sample_rate: int, channels: int, most_bytes: int, start_s: float = 0.0
) -> Preview:
    """The best that fits: all of it; at 24 kHz; in mono, too; a stretch of that.

    Args:
        most_bytes: of all stems together, decoded.
        start_s: where a stretch is to begin, in whole seconds.
    """

    def fits(rate: int, heard: int) -> bool:
        return stems * heard * rate * duration_s * SAMPLE_BYTES <= most_bytes

    if fits(sample_rate, channels):
        return Preview(0.0, duration_s, sample_rate, channels, whole=True)
    handy = gcd(sample_rate, LOWER_HZ) >= LEAST_COMMON_HZ
    lower = LOWER_HZ if sample_rate > LOWER_HZ and handy else sample_rate
    at = f"at {lower / 1000:g} kHz" if lower < sample_rate else ""
    if lower < sample_rate and fits(lower, channels):
        return Preview(0.0, duration_s, lower, channels, False, f"You hear the song {at}: downloads are whole.")
    how = " and ".join(filter(None, (at, "in mono" if channels > 1 else "")))
    if fits(lower, 1):
        return Preview(0.0, duration_s, lower, 1, False, f"You hear the song {how}: downloads are whole.")
    seconds = max(1.0, float(most_bytes // (stems * lower * SAMPLE_BYTES)))
    start_s = float(int(min(max(0.0, start_s), max(0.0, duration_s - seconds))))
    stretch = f"{seconds:g} s of {duration_s:.0f} s"
    said = f"You hear {stretch}{f', {how}' if how else ''}: downloads are whole."
    return Preview(start_s, min(seconds, duration_s), lower, 1, False, said)


def write_stem(path: Path, audio: Any, sample_rate: int, preview: Preview) -> None:
    """Writes what is heard of a stem as 32-bit float WAV. The file appears whole; no more than a block is copied.

    Args:
        audio: the stem, a tensor "channel time".
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.urandom(4).hex()}.part")
    try:
        with part.open("xb") as file:
            file.write(_header(0, preview))
            for block in _blocks(audio, sample_rate, preview):
                file.write(block.T.astype("<f4", order="C").data)
            size = file.tell() - len(_header(0, preview))
            file.seek(0)
            file.write(_header(size, preview))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def tidy(path: Path) -> None:
    """Removes what was made to be heard of the song before this, where that was another stretch."""
    for other in path.parent.parent.iterdir() if path.parent.parent.is_dir() else ():
        if other != path.parent:
            shutil.rmtree(other, ignore_errors=True)


def _blocks(audio: Any, sample_rate: int, preview: Preview) -> "Iterator[np.ndarray]":
    """The stretch, block by block, "channel time"."""
    begin = round(preview.start_s * sample_rate)
    end = min(audio.shape[1], begin + round(preview.seconds * sample_rate))
    common = gcd(sample_rate, preview.sample_rate)
    unit, made = sample_rate // common, preview.sample_rate // common  # so many samples become so many
    step = max(1, round(BLOCK_S * sample_rate / unit)) * unit
    margin = -(-MARGIN // unit) * unit if made != unit else 0
    for at in range(begin, end, step):
        low, high = max(begin, at - margin), min(end, at + step + margin)
        block = audio[:, low:high]
        if preview.channels < len(block):
            block = block.mean(0, keepdim=True)
        if made != unit:
            first = (at - low) // unit * made
            last = first + -(-(min(end, at + step) - at) * made // unit)
            block = _resampled(block, sample_rate, preview.sample_rate)[:, first:last]
        yield block.numpy()


def _resampled(block: Any, sample_rate: int, to_hz: int) -> Any:
    from console.audio._torchaudio import resampler

    resample = resampler(sample_rate, to_hz)
    assert resample is not None  # as the rates have a common divisor
    return resample(block)


def _header(size: int, preview: Preview) -> bytes:
    rate, channels = preview.sample_rate, preview.channels
    layout = (3, channels, rate, rate * channels * SAMPLE_BYTES, channels * SAMPLE_BYTES, 32, 0)  # 3: IEEE float
    fact = struct.pack("<4sII", b"fact", 4, size // (channels * SAMPLE_BYTES))
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, *layout)
    return struct.pack("<4sI4s", b"RIFF", size + 50, b"WAVE") + form + fact + struct.pack("<4sI", b"data", size)


def write_peaks(path: Path, audio: Any, duration_s: float) -> None:
    """Writes `peaks` as JSON. The file appears whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(peaks(audio, duration_s), separators=(",", ":")), "utf-8")
    os.replace(part, path)


def peaks(audio: Any, duration_s: float) -> dict[str, Any]:
    """The lowest and the highest sample of each stem in as many stretches as a picture has points.

    Args:
        audio: a tensor "stem channel time".
    """
    import numpy as np

    frames = audio.shape[-1]
    points = min(POINTS, frames)
    edges = np.arange(points) * frames // points
    rows, tops = [], []
    for stem in audio:
        samples = stem.numpy()
        low = np.minimum.reduceat(samples, edges, axis=1).min(0)
        high = np.maximum.reduceat(samples, edges, axis=1).max(0)
        top = float(max(-low.min(), high.max(), 0.0))
        both = np.stack([low, high], 1) * (SCALE / top if top else 0.0)
        rows.append(np.rint(both).astype(int).ravel().tolist())
        tops.append(top)
    return {"points": points, "duration_s": duration_s, "stems": rows, "peak": tops}
