"""Several songs in one command: where each goes, and what came of each."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError
from console.read.stems import title_of
from explainer.advice.advice import Advice
from explainer.advice.shown import shown
from explainer.phrasing.conclusion import conclusion
from studio.export.folder import default_folder


@dataclass(frozen=True)
class Told:
    """What came of one of several songs: advice, or the sentence that says why not."""

    song: Path
    advice: Advice | None = None
    failure: str = ""


def chosen(paths: Sequence[Path]) -> tuple[tuple[Path, ...], list[Path]]:
    """The songs to correct, and what is left out: of several paths, as `album/*` gives them, our own outputs."""
    outputs = [path for path in paths if all(os.path.isfile(path / file) for file in ("advice.json", "faders.png"))]
    if len(outputs) == len(paths) or len(paths) == 1:
        return tuple(paths), []
    return tuple(path for path in paths if path not in outputs), outputs


def places(songs: Sequence[Path], out: Path | None, write: bool, alone: bool) -> list[Path | None]:
    """The folder to write for each song: `out` for one alone, else one in `out`, or beside the song.

    Args:
        write: whether anything is written where no `out` is given.
        alone: whether one song was asked for.

    Raises: InputError for two songs with one place.
    """
    if out is None and not write:
        return [None] * len(songs)
    if alone:
        return [out or default_folder(songs[0])]
    beside = list(map(default_folder, songs))
    folders = beside if out is None else [out / folder.name for folder in beside]
    taken: dict[str, Path] = {}
    for song, folder in zip(songs, folders, strict=True):
        other = taken.setdefault(str(folder).casefold(), song)
        if other is not song:
            raise InputError(f'"{other}" and "{song}" would both go to "{folder}": give one of them by itself.')
    return list(folders)


def called(song: Path) -> str:
    """A song's name as it can be shown."""
    return shown(title_of(song))


def summary(outcomes: Sequence[Told]) -> str:
    """A line for each song, below how many there are."""
    failed = sum(told.advice is None for told in outcomes)
    lines = [
        f"{len(outcomes)} song{'' if len(outcomes) == 1 else 's'}: {len(outcomes) - failed} done, {failed} failed."
    ]
    for told in outcomes:
        lines.append(f"{called(told.song)}: {conclusion(told.advice) if told.advice else told.failure}")
    return "\n".join(lines)


def as_json(outcomes: Sequence[Told], alone: bool) -> str:
    """The advice on one song as JSON; of several a list, in which a song that failed has its path and an `error`."""
    rows = [
        told.advice.to_json().rstrip() if told.advice else json.dumps({"song": str(told.song), "error": told.failure})
        for told in outcomes
    ]
    if alone:
        return rows[0] + "\n"
    return "[\n" + ",\n".join(rows) + "\n]\n"
