"""What listings beside the stems tell of them: roles.yaml, MedleyDB's metadata, MoisesDB's data.json."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.files.untrusted import load_json, load_yaml
from console.read.names import natural, nfc
from console.read.roles import Role, guess_role

ROLES_FILE = "roles.yaml"
MOISES = "data.json"
MOST_BYTES = 256_000  # of a roles.yaml; a thousand stems fill a fifth of it
_MEDLEY = "_METADATA.yaml"


@dataclass(frozen=True)
class Track:
    """What a listing tells of one file: the stem's name in people's words, and what it plays."""

    name: str
    role: Role


@dataclass(frozen=True)
class Told:
    """What a dataset's listing tells of a song: its title, and its stems by their files."""

    listing: Path
    title: str | None
    tracks: dict[Path, Track]


def listed_roles(path: Path) -> dict[str, str]:
    """What a roles.yaml says, every word as it is written there ("01" stays "01", "no" stays "no"); {} where it is not.

    Raises: InputError for anything but one line "stem name: role" for each stem.
    """
    if not path.exists():
        return {}
    listed = load_yaml(path, "a roles.yaml", MOST_BYTES, shown=path.name, words=True)
    if not listed:
        return {}
    words = [word for pair in listed.items() for word in pair] if isinstance(listed, dict) else [None]
    if not all(isinstance(word, str) for word in words):
        raise InputError(f'"{path.name}" needs one line "stem name: role" for each stem.')
    return {nfc(name): role for name, role in listed.items()}


def told_by_dataset(folder: Path) -> Told | None:
    """What MedleyDB's `SONG_METADATA.yaml` or MoisesDB's `data.json` in a song's folder tells; None where neither is.

    Raises: InputError for one that cannot be read.
    """
    for listing in sorted(folder.glob(f"*{_MEDLEY}"), key=lambda path: natural(path.name)):
        data = load_yaml(listing, "the metadata of a song", shown=listing.name, words=True)
        if isinstance(data, dict) and isinstance(data.get("stems"), dict):
            return Told(listing, _text(data.get("title")), _distinct(_medley(folder, listing, data)))
    listing = folder / MOISES
    if listing.is_file():
        data = load_json(listing, "the listing of a song", shown=listing.name)
        if isinstance(data, dict) and isinstance(data.get("stems"), list):
            return Told(listing, _text(data.get("song")), _distinct(_moises(folder, data)))
    return None


def _medley(folder: Path, listing: Path, data: dict[str, Any]) -> Iterator[tuple[Path, Track]]:
    stems = folder / (_text(data.get("stem_dir")) or listing.name.removesuffix(_MEDLEY) + "_STEMS")
    for told in data["stems"].values():
        if isinstance(told, dict) and (file := _text(told.get("filename"))):
            instrument = told.get("instrument")
            names = instrument if isinstance(instrument, list) else [instrument]
            name = " and ".join(filter(None, map(_text, names))) or Path(file).stem
            yield stems / Path(file).name, Track(name, guess_role(name))


def _moises(folder: Path, data: dict[str, Any]) -> Iterator[tuple[Path, Track]]:
    for stem in data["stems"]:
        group = _text(stem.get("stemName")) if isinstance(stem, dict) else None
        tracks = stem.get("tracks") if group else None
        for told in tracks if isinstance(tracks, list) else ():
            if isinstance(told, dict) and (file := _text(told.get("id"))):
                suffix = _text(told.get("extension")) or "wav"
                path = folder / Path(group or "").name / f"{Path(file).name}.{suffix}"
                yield path, Track(_text(told.get("trackType")) or group or file, guess_role(group or ""))


def _distinct(told: Iterator[tuple[Path, Track]]) -> dict[Path, Track]:
    """Each with a name of its own: the second "electric guitar" is "electric guitar 2"."""
    tracks: dict[Path, Track] = {}
    taken: set[str] = set()
    for path, track in told:
        count, name = 1, nfc(track.name)
        while name.casefold() in taken:
            count += 1
            name = nfc(f"{track.name} {count}")
        taken.add(name.casefold())
        tracks[path] = Track(name, track.role)
    return tracks


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
