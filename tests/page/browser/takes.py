"""What was taken home, and how far it is from what it should be."""

import math
from pathlib import Path

import numpy as np
import soundfile

from console import Song


def audio(path: Path) -> tuple[np.ndarray, int]:
    """A file's sound, "channel time", and its rate."""
    samples, rate_hz = soundfile.read(path, always_2d=True)
    return samples.T, rate_hz


def level_db(samples: np.ndarray) -> float:
    """The RMS of all channels."""
    return 10 * math.log10(float((samples.astype(np.float64) ** 2).mean()) or 1e-30)


def off_db(samples: np.ndarray, right: np.ndarray) -> float:
    """The level of what differs, against what is right."""
    assert samples.shape == right.shape
    return level_db(samples.astype(np.float64) - right) - level_db(right)


def summed(song: Song, gains_db: dict[str, float]) -> np.ndarray:
    """The stems with these gains, summed with double precision by nothing of ours."""
    stems = zip(song.names, song.audio.double().numpy(), strict=True)
    return sum(stem * 10 ** (gains_db[name] / 20) for name, stem in stems)
