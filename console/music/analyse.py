"""A song is analysed: all parts of it, in processes beside this one, each part by itself."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields as fields_of
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from console.errors import plain_words
from console.music.music import Form, Key, Music, Section
from console.music.parts import PARTS, Heard, Part, unfetched
from console.music.sound import Sound
from console.network.threads import one_thread
from console.read.song import Song
from console.spawned import lean_pool

JOBS = 2
SMALL_S = 45.0  # of all stems together: less is heard sooner than processes are begun
MOST_S = 900.0  # of a song: the rest is not listened to
SILENT = "Nothing sounds: there is no music to hear."
ENDED = "a process was ended, perhaps for want of memory"
Tell = Callable[[str], None]
_FIELDS = {field.name for field in fields_of(Music)}
AUDIO, MONO = "audio.npy", "mono.npy"


def analyse(song: Song, tell: Tell = lambda step: None, before: Music | None = None, jobs: int = JOBS) -> Music:
    """What the music of a song is. A part that fails is told in `missing`, and the others stand.

    Args:
        tell: is told what is being listened to.
        before: the analysis of the same song with its faders elsewhere: only what they change is heard anew.
        jobs: how many processes.
    """
    missing = []
    whole_s = song.duration_s
    if whole_s > MOST_S:
        song = replace(song, audio=song.audio[..., : round(MOST_S * song.sample_rate)])
        missing.append(f"Only the first {MOST_S / 60:.0f} minutes were listened to.")
    named = dict(zip(song.names, map(str, song.roles), strict=True))
    if bool(song.silent.all()):
        return Music(song.title, round(whole_s, 3), named, missing=(SILENT,))
    if said := unfetched():
        missing.append(said)
    kept = () if before is None else [part.name for part in PARTS if not part.at_faders]
    known = {name: found for name in kept if (found := getattr(before, name)) is not None}
    todo = [part for part in PARTS if part.name not in known]
    small = song.duration_s * len(song.names) <= SMALL_S
    failed = (_here if small or jobs < 2 else _beside)(song, todo, known, tell, jobs)
    for part in PARTS:
        if part.name in failed:
            missing.append(f"{part.said[0].upper()}{part.said[1:]} could not be heard: {failed[part.name]}.")
        elif known.get(part.name) is None and (said := part.none(song)):
            missing.append(said)
    fields: dict[str, Any] = {part.name: known.get(part.name) for part in PARTS if part.name in _FIELDS}
    form = _with_sections(known.get("form"), known.get("section_timbre"), known.get("section_tags"))
    fields["form"] = _with_keys(form, known.get("key"))
    return Music(song.title, round(whole_s, 3), named, **fields, missing=tuple(missing))


def _with_sections(form: Form | None, timbres: Sequence[Any] | None, tags: Sequence[Any] | None) -> Form | None:
    if form is None:
        return None
    count = len(form.sections)
    rows = zip(form.sections, timbres or [None] * count, tags or [()] * count, strict=True)
    return replace(form, sections=tuple(replace(one, timbre=timbre, tags=tags) for one, timbre, tags in rows))


def _with_keys(form: Form | None, key: Key | None) -> Form | None:
    """The sections with the key that most of each is in, where it changes."""
    if form is None or key is None or not key.stretches:
        return form

    def of(section: Section) -> str:
        return max(
            key.stretches, key=lambda one: min(one.end_s, section.end_s) - max(one.start_s, section.start_s)
        ).name

    return replace(form, sections=tuple(replace(section, key=of(section)) for section in form.sections))


def _here(song: Song, todo: Sequence[Part], known: dict[str, Any], tell: Tell, jobs: int) -> dict[str, str]:
    """Listens part by part, fills `known`, and gives why parts failed."""
    failed = {}
    heard = Heard(lambda: song, lambda: Sound.of(song))
    with one_thread():
        for number, part in enumerate(todo):
            if not _can(part, known):
                continue
            tell(_step([part], number, len(todo)))
            try:
                known[part.name] = _quietly(part, heard, known)
            except Exception as error:
                failed[part.name] = _why(error)
    return failed


def _beside(song: Song, todo: Sequence[Part], known: dict[str, Any], tell: Tell, jobs: int) -> dict[str, str]:
    """The same in processes. Where one is killed, all that it and the others were at is heard once more, one by one."""
    failed: dict[str, str] = {}
    with TemporaryDirectory(prefix="mixconsole-") as folder:
        tell("Preparing to listen")
        _put_down(song, Path(folder))
        plain = replace(song, audio=song.audio[..., :1], files=None, source=None, account=())

        def listen(parts: Sequence[Part], jobs: int) -> list[Part]:
            def step(parts: Sequence[Part], left: int) -> None:
                tell(_step(parts, len(todo) - left - len(parts), len(todo)))

            with lean_pool(jobs, _open, folder, plain) as pool:
                return _in_pool(pool, parts, known, failed, step, jobs)

        for part in listen(todo, jobs):
            if _can(part, known) and listen([part], 1):
                failed[part.name] = ENDED
    return failed


def _in_pool(
    pool: ProcessPoolExecutor,
    todo: Sequence[Part],
    known: dict[str, Any],
    failed: dict[str, str],
    tell: Callable[[Sequence[Part], int], None],
    jobs: int,
) -> list[Part]:
    """Listens, and gives the parts that are left, in their order, where a process was killed."""
    waiting, running, left = list(todo), dict[Future[Any], Part](), list[Part]()
    while waiting or running:
        try:
            _begin(pool, waiting, running, known, jobs)
        except BrokenProcessPool:
            left += waiting
            waiting.clear()
        if not running:
            break
        tell(list(running.values()), len(waiting))
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            part = running.pop(future)
            try:
                known[part.name] = future.result()
            except BrokenProcessPool:
                left.append(part)
            except Exception as error:
                failed[part.name] = _why(error)
    return [part for part in todo if part in left]


def _begin(
    pool: ProcessPoolExecutor,
    waiting: list[Part],
    running: dict[Future[Any], Part],
    known: Mapping[str, Any],
    jobs: int,
) -> None:
    """Begins what can be begun. Raises: BrokenProcessPool where a process was killed."""
    for part in list(waiting):
        free = len(running) < jobs
        if not free or any(need in {each.name for each in (*waiting, *running.values())} for need in part.needs):
            continue
        if _can(part, known):
            running[pool.submit(_listen, part.name, {need: known.get(need) for need in part.needs})] = part
        waiting.remove(part)


def _quietly(part: Part, heard: Heard, known: Mapping[str, Any]) -> Any:
    """Libraries warn of sounds that are short for their windows: nothing that a user can mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return part.listen(heard, known)


def _can(part: Part, known: Mapping[str, Any]) -> bool:
    return not part.only_of or all(known.get(need) is not None for need in part.needs)


def _step(parts: Any, done: int, of: int) -> str:
    return f"Listening to {' and '.join(part.said for part in parts)} ({done} of {of} done)"


def _why(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there was not enough memory"
    said = plain_words(error)
    return (said or f"{type(error).__name__}: {error}").rstrip(".")[:300]


# In a process: its song, read from the disk, which both processes and the system's cache share.


def _put_down(song: Song, folder: Path) -> None:
    np.save(folder / AUDIO, song.audio.numpy())
    shape = (len(song.names), song.audio.shape[-1])
    mono = np.lib.format.open_memmap(folder / MONO, "w+", np.float32, shape)
    for row, stem in zip(mono, song.audio, strict=True):
        row[:] = stem.mean(0).numpy()
    mono.flush()


_opened: list[tuple[Path, Song]] = []


def _open(folder: str, plain: Song) -> None:
    torch.set_num_threads(1)
    _opened.append((Path(folder), plain))


def _listen(name: str, known: Mapping[str, Any]) -> Any:
    part = next(part for part in PARTS if part.name == name)
    folder, plain = _opened[0]

    def read() -> Song:
        return replace(plain, audio=torch.from_numpy(np.load(folder / AUDIO, mmap_mode="c")))

    def read_mono() -> Sound:
        return Sound(plain.names, plain.roles, np.load(folder / MONO, mmap_mode="c"), plain.sample_rate)

    return _quietly(part, Heard(read, read_mono), known)  # anew for each part, so that nothing is kept of others
