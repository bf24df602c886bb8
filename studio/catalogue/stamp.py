"""stamp.json beside a song's outputs: what they were made of, so that a finished song is known by it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from console.catalogue.places import files_in, read
from console.correct import rounded
from console.errors import InputError
from console.files.untrusted import parse_json
from studio.mixdown import Mixdown

STAMP = "stamp.json"


@dataclass(frozen=True)
class Stamp:
    """What tells that a song is finished.

    Args:
        settings: `Asked.key`.
        song: a hash of the names, sizes and times of its files.
        files: sizes of the outputs, by name.
        median_db: the middle of what was believed of each stem's correction, decided or not.
    """

    settings: str
    song: str
    files: dict[str, int]
    median_db: tuple[float, ...]


def write_stamp(folder: Path, settings: str, song: str, mixdown: Mixdown) -> None:
    """Into the folder with all other outputs, before it appears."""
    files = {name: size for name, (size, _) in files_in(str(folder)).items()}
    median_db = () if mixdown.believed is None else tuple(map(rounded, mixdown.believed.median_db.tolist()))
    text = json.dumps(asdict(Stamp(settings, song, files, median_db)), indent=1)
    (folder / STAMP).write_text(text + "\n", encoding="utf-8")


def stamp_in(out: str) -> Stamp | None:
    """The stamp in a folder; None where there is none that can be read."""
    text = read(out, STAMP)
    try:
        told: Any = None if text is None else parse_json(text.decode("utf-8", "replace"))
        if not isinstance(told, dict):
            return None
        files, median_db = dict(told["files"]), tuple(map(float, told["median_db"]))
        return Stamp(str(told["settings"]), str(told["song"]), files, median_db)
    except (InputError, ValueError, TypeError, KeyError):
        return None


def is_finished(out: str, settings: str, song: str) -> bool:
    """Whether a song's outputs are all there, as they were written, and made of these settings and this song."""
    stamp = stamp_in(out)
    if stamp is None or (stamp.settings, stamp.song) != (settings, song):
        return False
    there = files_in(out)
    return all(there.get(name, (None,))[0] == size for name, size in stamp.files.items())
