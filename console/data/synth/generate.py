"""Many songs, in parallel processes: each appears whole or not at all, and a second run goes on where one ended."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import floor
from pathlib import Path

from console.errors import InputError
from console.files.untrusted import load_json
from console.files.whole import whole_file
from console.spawned import end_with_parent, one_thread_each

SETTINGS = "synth.json"
SONGS = "songs"  # where the folders are; train and test hold links, beyond which musdb takes no `native` for a song
PART = ".{}.part"
Renderer = Callable[[Path, int, int, float, bool], None]


@dataclass(frozen=True)
class Settings:
    """What makes songs the same: seed, length (s), share of test songs, whether native stems are kept."""

    seed: int
    seconds: float
    test_share: float
    native: bool = True
    version: int = 1


def place_of(index: int, settings: Settings) -> Path:
    """Where song `index` lies; which split it is in does not depend on how many songs there are."""
    test = floor((index + 1) * settings.test_share + 1e-9) > floor(index * settings.test_share + 1e-9)
    return Path("test" if test else "train", f"Synth {settings.seed} - {index:05d}")


def prepare(out: Path, settings: Settings) -> None:
    """Make the folder or recognise it.

    Raises `InputError` where it holds other songs, or anything else.
    """
    told = out / SETTINGS
    if told.is_file():
        found = load_json(told, f"a {SETTINGS}")
        if found != asdict(settings):
            found = found if isinstance(found, dict) else {}
            differing = [name for name, value in asdict(settings).items() if found.get(name) != value]
            had = ", ".join(f"{name} {found.get(name)}" for name in differing)
            raise InputError(f'"{out}" holds songs made with {had}: choose the same again, or another folder.')
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f'"{out}" is there already and holds no synthetic songs: choose another folder.')
    for name in (SONGS, "train", "test"):
        (out / name).mkdir(parents=True, exist_ok=True)
    if not told.is_file():
        with whole_file(told) as part:
            part.write_text(json.dumps(asdict(settings)) + "\n")


def sweep(out: Path) -> None:
    """Remove the half songs that a killed run left."""
    for left in out.glob(PART.format("*")):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keeps other runs off a prepared folder; raises `InputError` where one is at work there."""
    import fcntl  # not on Windows, where no soundfont is found either

    with (out / SETTINGS).open() as told:
        try:
            fcntl.flock(told, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back by the system however the run ends
        except OSError as error:
            raise InputError(
                f'Another run is making songs in "{out}": wait for it, or choose another folder.'
            ) from error
        yield


def make_song(out: Path, index: int, settings: Settings, renderer: Renderer) -> None:
    """One song, rendered into a hidden folder and moved into place when complete."""
    link = out / place_of(index, settings)
    where = out / SONGS / link.name
    if not where.is_dir():
        part = out / PART.format(where.name)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        renderer(part, settings.seed, index, settings.seconds, settings.native)
        os.replace(part, where)
    link.symlink_to(Path("..", SONGS, link.name), target_is_directory=True)


def generate(out: Path, songs: int, settings: Settings, jobs: int) -> Iterator[int]:
    """Songs 0 to `songs`, missing ones only, in that many processes; yields how many there are, each time one more.

    Raises `InputError` for a folder of other songs, missing programs, or an instrument that cannot be played.
    """
    from console.data.synth.needs import check_needs

    check_needs()
    prepare(out, settings)
    with alone(out):
        sweep(out)
        yield from _generate(out, songs, settings, jobs)


def _generate(out: Path, songs: int, settings: Settings, jobs: int) -> Iterator[int]:
    missing = [index for index in range(songs) if not (out / place_of(index, settings)).is_dir()]
    yield songs - len(missing)
    if not missing:
        return
    pool = ProcessPoolExecutor(min(jobs, len(missing)), multiprocessing.get_context("spawn"), end_with_parent)
    try:
        with one_thread_each():
            tasks = [pool.submit(_render, out, index, settings) for index in missing]
        for done, task in enumerate(as_completed(tasks), songs - len(missing) + 1):
            task.result()
            yield done
    except BrokenProcessPool as error:
        raise InputError("A process ended without a word, perhaps for want of memory: try fewer --jobs.") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
            process.join()
        sweep(out)


def _render(out: Path, index: int, settings: Settings) -> None:
    """In a process of its own."""
    import torch

    from console.data.synth.render import render_song

    torch.set_num_threads(1)
    make_song(out, index, settings, render_song)
