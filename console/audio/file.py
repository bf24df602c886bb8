"""An audio file by its header: what is known of it before a sample is decoded."""

import os
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError

BLOCK = 1 << 16  # frames read or written at once
LOWEST_HZ, HIGHEST_HZ, MOST_CHANNELS = 8_000, 192_000, 8


@dataclass(frozen=True)
class AudioFile:
    """The audio in a file, not yet decoded.

    `frames` are samples per channel, `speakers` names its channels in order; `stream` counts the audio
    streams of a container, and is None in a file that libsndfile reads. Raises `InputError` outside 8 to 192
    kHz and 1 to 8 channels.
    """

    path: Path
    sample_rate: int
    frames: int
    speakers: tuple[str, ...]
    stream: int | None = None

    def __post_init__(self) -> None:
        if not LOWEST_HZ <= self.sample_rate <= HIGHEST_HZ:
            raise refused(self.path, f"has a sample rate of {self.sample_rate} Hz: 8 to 192 kHz can be read")
        if not 1 <= len(self.speakers) <= MOST_CHANNELS:
            raise refused(self.path, f"has {len(self.speakers)} channels: 1 to {MOST_CHANNELS} can be read")


def refused(path: Path, why: str) -> InputError:
    """The error that a file gives rise to, which calls it by its name."""
    return InputError(f'"{os.path.basename(os.path.abspath(path)) or path}" {why}.')
