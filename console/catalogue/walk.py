"""The songs of a catalogue, where their outputs go, and who may write there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from console.catalogue.places import is_url, joined, songs_at
from console.catalogue.task import Task
from console.errors import InputError
from console.files.part import locked
from console.read.several import catalogue as songs_below
from console.read.stems import title_of


def tasks_of(catalogue: str, out: str, force: bool = False, kind: str = "-corrected") -> list[Task]:
    """The songs of a catalogue, and where the outputs of each go: places within `out` as the songs lie in it.

    Args:
        force: as of `Task`.
        kind: at the end of the places' names.

    Raises: InputError where there are none.
    """
    at_url = is_url(catalogue)
    songs = {name: joined(catalogue, name) for name in songs_at(catalogue)} if at_url else _below(catalogue, out)
    if not songs:
        raise InputError(f'"{catalogue}" holds no songs: give a folder of song folders.')
    taken: set[str] = set()
    tasks = []
    for name, song in songs.items():
        above, _, own = name.rpartition("/")
        wanted = chain((title_of(Path(own)), own), (f"{own}-{number}" for number in count(2)))
        places = (f"{above}/{each}{kind}" if above else f"{each}{kind}" for each in wanted)
        place = next(each for each in places if each.casefold() not in taken)  # "a" and "a.zip" go to two places
        taken.add(place.casefold())
        tasks.append(Task(name, song, joined(out, place), force, again=force))
    return tasks


@contextmanager
def alone(out: str) -> Iterator[None]:
    """Keeps other runs off. Raises: InputError where one is at work there, or nothing can be written."""
    if is_url(out):
        yield
        return
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        lock = locked(Path(out))
    except BlockingIOError as error:
        raise InputError(f'Another run is writing to "{out}": wait for it, or choose another --out.') from error
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error.strerror or error}.') from error
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _below(catalogue: str, out: str) -> dict[str, str]:
    without = None if is_url(out) else Path(out)
    root = Path(catalogue)
    found = songs_below(root, without)
    return {(song.name if song == root else song.relative_to(root).as_posix()): str(song) for song in found}
