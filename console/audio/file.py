"""An audio file by its header: what is known of it before a sample is decoded."""

import os
from dataclasses import dataclass
from pathlib import Path

from console.audio.view import Part, open_regular
from console.errors import InputError

BLOCK = 1 << 16  # frames read or written at once
LOWEST_HZ, HIGHEST_HZ, MOST_CHANNELS = 8_000, 192_000, 8


@dataclass(frozen=True)
class AudioFile:
    """The audio in a file, not yet decoded.

    Args:
        path: the file.
        sample_rate: in Hz.
        frames: samples per channel.
        speakers: the names of its channels in order.
        stream: which audio stream of the container; None in a file that libsndfile reads.
        notes: what a person should know of how it was read: whole sentences without a capital, a full stop, or
            the file's name in front ("its header was never finished, so it is read to the end (4.0 s)").
        time_reference: where it begins on the session's time line, in samples at its own rate (the `bext` chunk
            of Broadcast Wave); None where it does not tell.
        title: what the file calls this stream; a stem in a .stem.mp4 always has one.
        parts: the parts of the file that are decoded one after the other; none stands for the whole of it.

    Raises `InputError` outside 8 to 192 kHz and 1 to 8 channels.
    """

    path: Path
    sample_rate: int
    frames: int
    speakers: tuple[str, ...]
    stream: int | None = None
    notes: tuple[str, ...] = ()
    time_reference: int | None = None
    title: str | None = None
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if not LOWEST_HZ <= self.sample_rate <= HIGHEST_HZ:
            raise refused(self.path, f"has a sample rate of {self.sample_rate} Hz: 8 to 192 kHz can be read")
        if not 1 <= len(self.speakers) <= MOST_CHANNELS:
            raise refused(self.path, f"has {len(self.speakers)} channels: 1 to {MOST_CHANNELS} can be read")


def refused(path: Path, why: str) -> InputError:
    """The error that a file gives rise to, which calls it by its name."""
    return InputError(f'"{os.path.basename(os.path.abspath(path)) or path}" {why}.')


def check_file(path: Path) -> None:
    """Raise `InputError` where a file is empty, not there, or no regular file, which is never waited for."""
    try:
        with open_regular(path) as file:
            if not file.read(1):
                raise refused(path, "is an empty file")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise refused(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
