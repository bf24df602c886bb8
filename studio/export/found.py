"""The stems that an advice is on: where they lie, and whether these are the ones."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from console.errors import InputError
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.advice.shown import listed, quoted
from studio.export.desk import Desk
from studio.mixdown import loudness

SUFFIXES = ("", ".zip", ".stem.mp4", ".mp4")
DONE = ("-corrected", "-matched")  # what a command adds to the name of a song's folder
SAME_S, SAME_LU = 0.002, 0.05  # rounding
MOST_NAMED = 6
JOINED = " + "  # between the files of one stem


def desk_of(advice: Advice, path: Path, stems: Path | None = None) -> Desk:
    """The song of an advice with its gains.

    Args:
        path: of the advice.json; the stems are looked for beside its folder, where they lay when it was written.
        stems: where they lie, if elsewhere.

    Raises: InputError where they are not found, cannot be read, or are others.
    """
    if stems is not None:
        return Desk.of_advice(_read(advice, stems), advice)
    first: InputError | None = None
    for place in _places(advice, path):
        try:
            return Desk.of_advice(_read(advice, place), advice)
        except InputError as error:
            first = first or error
    if first is not None:
        raise first
    raise InputError(
        f'The stems of "{advice.song}" do not lie beside "{path.parent}": say where they are with --stems SONG.'
    )


def _places(advice: Advice, path: Path) -> Iterator[Path]:
    """Where the stems may lie: beside the advice's folder by its name or the song's title, or in it."""
    folder = path.resolve().parent
    names = [folder.name.removesuffix(done) for done in DONE if folder.name.endswith(done)]
    if advice.song.strip(".") and not set(advice.song) & set("/\\"):  # a title that leads nowhere else
        names.append(advice.song)
    for around in (folder.parent, folder.parent.parent):  # of several songs each has a folder in one
        for name in dict.fromkeys(names):
            for suffix in SUFFIXES:
                place = around / f"{name}{suffix}"
                if place.exists() and place != folder:
                    yield place
    there = {file.name for file in folder.iterdir()}
    if any(file.split("/")[0] in there for stem in advice.stems for file in (stem.file or "").split(JOINED)):
        yield folder


def _read(advice: Advice, place: Path) -> Song:
    """The song there, with the roles that the advice has. Raises: InputError where it is another one."""
    song = Song.load(place)
    missing = set(advice.names) - set(song.names)
    if missing and set(song.names) - missing <= set(advice.names):
        song = _with_asked(song, place, missing)
    _check_names(song, advice, place)
    if song.sample_rate != advice.sample_rate or abs(song.duration_s - advice.duration_s) > SAME_S:
        raise InputError(
            f'The stems in "{place}" are not those of the advice: {song.duration_s:.3f} s at {song.sample_rate} Hz, '
            f"not {advice.duration_s:.3f} s at {advice.sample_rate} Hz."
        )
    role_of = {stem.name: stem.role for stem in advice.stems}
    roles = tuple(role_of[name] for name in song.names)
    song = song if roles == song.roles else replace(song, roles=roles, finer_roles=None)  # type: ignore[arg-type]
    _check_levels(song, advice, place)
    return song


def _with_asked(song: Song, place: Path, missing: set[str]) -> Song:
    """The song with the stems that somebody gave a role, without which they would be left out as a mixture."""
    try:
        return Song.load(place, dict.fromkeys(missing, "other"))
    except InputError:  # they are not there
        return song


def _check_names(song: Song, advice: Advice, place: Path) -> None:
    missing = [name for name in advice.names if name not in song.names]
    more = [name for name in song.names if name not in advice.names]
    if missing or more:
        said = [f"{_some(names)} {what}" for names, what in ((missing, "not there"), (more, "not in it")) if names]
        raise InputError(f'The stems in "{place}" are not those of the advice: {", and ".join(said)}.')


def _check_levels(song: Song, advice: Advice, place: Path) -> None:
    """That no stem is louder or softer than it was: a stem that is corrected already would be corrected twice."""
    known_lufs = {stem.name: stem.loudness_lufs for stem in advice.stems}
    for name, now_lufs in zip(song.names, loudness(song), strict=False):  # which ends with that of their sum
        if now_lufs == known_lufs[name] or abs(now_lufs - known_lufs[name]) <= SAME_LU:
            continue
        raise InputError(
            f'The stems in "{place}" are not as they were: {quoted(name)} is at {_level(now_lufs)}, and was at '
            f"{_level(known_lufs[name])}. Give the stems that the advice is on, not those that came of it."
        )


def _level(level_lufs: float) -> str:
    return f"{level_lufs:.2f} LUFS" if math.isfinite(level_lufs) else "silence"


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    shown = [quoted(name) for name in names[:MOST_NAMED]]
    return f"{listed([*shown, f'{more} more'] if more > 0 else shown)} {'is' if len(names) == 1 else 'are'}"
