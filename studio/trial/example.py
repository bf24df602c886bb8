"""The real song that comes with the stempeg package."""

from importlib.util import find_spec
from pathlib import Path

from console.errors import InputError

EXAMPLE = Path("data") / "The Easton Ellises - Falcon 69.stem.mp4"


def example_song() -> Path:
    """Where it lies.

    Raises: InputError where there is none.
    """
    # stempeg is not imported: it wants the ffmpeg program, which reading the file does not need.
    spec = find_spec("stempeg")
    song = Path(spec.origin).parent / EXAMPLE if spec and spec.origin else None
    if song is None or not song.is_file():
        raise InputError(
            "The example song comes with the package stempeg, which is not here: run pip install stempeg, or "
            "give a song of your own with --song."
        )
    return song
