"""What was sent becomes a song in its session's folder: put in its place, held against the limits, read."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.files.names import safe_name
from explainer.advice.shown import shown
from studio.page.incoming.uploads import make_safe
from studio.page.limits import UNPACKED, WORKING, Limits

SONG = "song"  # the folder in a session's folder
UNTITLED = "song"
ONE_FILE = (".stem.mp4", ".stem.m4a", ".mp4", ".m4a", ".zip")
YAML = (".yaml", ".yml")
DEMO_SEED = 0


@dataclass(frozen=True)
class Size:
    """What a song takes, by the headers of its files.

    Args:
        audio_bytes: decoded.
    """

    stems: int
    duration_s: float
    audio_bytes: int


def settled(incoming: Path, files: Sequence[Path], folder: Path, title: str | None) -> Path:
    """Moves what came to where the song lies, under the name that becomes its title.

    Args:
        incoming: the folder that it came into.
        files: all of it.
        folder: the session's.
        title: the song's, where that was told.
    """
    home = folder / SONG
    home.mkdir()
    if len(files) == 1 and files[0].name.casefold().endswith(ONE_FILE):
        place = home / files[0].name
        os.replace(files[0], place)
        shutil.rmtree(incoming)
        return place
    within = list(incoming.iterdir())
    if len(within) == 1 and within[0].is_dir():
        place = home / (title or within[0].name)
        os.replace(within[0], place)
        incoming.rmdir()
    else:
        place = home / (title or UNTITLED)
        os.replace(incoming, place)
    return place


def unpacked(place: Path, limits: Limits) -> Path:
    """The folder with what is in a zip, beside it; of anything else its place. Raises: InputError as of `unpack`."""
    from console.read.archive import is_zip, unpack
    from console.read.stems import title_of

    if place.is_dir() or not is_zip(place):
        return place
    folder = place.with_name(f"{safe_name(title_of(place), UNTITLED)}")
    if folder == place:
        folder = place.with_name(f"{folder.name} (unpacked)")
    shutil.rmtree(folder, ignore_errors=True)  # what a killed server had unpacked of it
    folder.mkdir()
    unpack(place, folder, UNPACKED * limits.upload_bytes, limits.free_bytes)
    make_safe(folder)
    within = list(folder.iterdir())
    if len(within) == 1 and within[0].is_dir() and within[0].name != folder.name:
        return within[0]  # the folder that was packed has the song's name
    return folder


def size_of(place: Path) -> Size:
    """How large a song is. Nothing is decoded whose header tells its length. Raises: InputError for what is none."""
    from console.read.stems import open_stems

    with open_stems(place, {}) as opened:
        parts = [(part.audio, part.start_s) for stem in opened.stems for part in stem.parts]
        sided = any(part.side is not None for stem in opened.stems for part in stem.parts)
        duration_s = max(start_s + audio.frames / audio.sample_rate for audio, start_s in parts)
        rate = max(audio.sample_rate for audio, _ in parts)
        channels = 2 if sided or any(len(audio.speakers) > 1 for audio, _ in parts) else 1
        stems = sum(not stem.mixture for stem in opened.stems)
        return Size(stems, duration_s, int(len(opened.stems) * channels * rate * duration_s * 4))


def check(size: Size, limits: Limits) -> None:
    """Raises: InputError for a song that is more than the studio takes."""
    if size.stems > limits.stems:
        raise InputError(f"The song has {size.stems} stems, and {limits.stems} are the most: export groups of them.")
    check_duration(size.duration_s, limits, "The song")
    if size.audio_bytes > limits.audio_bytes:
        raise InputError(
            f"The song takes {size.audio_bytes / 1e9:.1f} GB when it is decoded, and {limits.audio_bytes / 1e9:.1f} GB "
            "are the most: export groups of stems, or a part of the song."
        )


def check_duration(duration_s: float, limits: Limits, what: str) -> None:
    """Raises: InputError for what is too long."""
    if duration_s > limits.duration_s:
        most = f"{limits.duration_s / 60:g}"
        raise InputError(f"{what} lasts {duration_s / 60:.1f} minutes, and {most} are the most: send a part of it.")


def demonstrated(folder: Path, seed: int = DEMO_SEED) -> tuple[Path, dict[str, Any]]:
    """The song that comes with stempeg, with a flaw on one of its stems, and lowered as a whole so that it does not
    clip, written into a session's folder.

    Returns where it lies, and which stem has what flaw. Raises: InputError where the song is not installed.
    """
    import numpy as np

    from console.read.song import Song
    from studio.trial.example import example_song
    from studio.trial.spoil import draw_flaw_db, draw_stem, softened, spoil

    song = Song.load(example_song())
    rng = np.random.default_rng(seed)
    spoilt = softened(spoil(song, draw_stem(song, rng), draw_flaw_db(rng)), song)
    place = folder / SONG / safe_name(song.title, UNTITLED)
    spoilt.song.save(place)
    return place, {"stem": spoilt.stem, "flaw_db": spoilt.flaw_db}


def held_up(incoming: Path, files: Sequence[Path], limits: Limits, song_bytes: int) -> tuple[Path, int]:
    """Where what came as songs to judge by lies, and what the largest of them takes beside the song, as of `check_mix`.

    They are a file of what is usual, an advice, a song, or a folder of songs. Raises: InputError for a zip that is not
    unpacked, and for songs that are more than the studio takes.
    """
    from console.read.several import songs_in

    if len(files) == 1:
        place = files[0]
        if place.suffix.casefold() in (*YAML, ".json"):
            return place, 0
        place = unpacked(place, limits)
        if place != files[0]:
            files[0].unlink()
    else:
        within = list(incoming.iterdir())
        place = within[0] if len(within) == 1 else incoming
    most = 0
    if not (place / "advice.json").is_file():
        for song in songs_in(place):
            size = size_of(song)
            check(size, limits)
            # The song itself rests in memory meanwhile, of which it takes `WORKING` times as much otherwise.
            beside = max(0, size.audio_bytes - song_bytes + song_bytes // WORKING)
            _check_beside(beside, song_bytes, limits, f'"{shown(song.name)}"')
            most = max(most, beside)
    return place, most


def check_mix(path: Path, limits: Limits, song_bytes: int) -> int:
    """What a mix takes beside its song, decoded.

    Raises: InputError for what cannot be read, is too long or too much.
    """
    from console.audio.io import open_audio

    file = open_audio(path)
    check_duration(file.frames / file.sample_rate, limits, "The mix")
    beside = file.frames * min(len(file.speakers), 2) * 4
    _check_beside(beside, song_bytes, limits, "The mix")
    return beside


def _check_beside(beside: int, song_bytes: int, limits: Limits, what: str) -> None:
    if song_bytes + beside > limits.audio_bytes:
        raise InputError(
            f"{what} takes {beside / 1e9:.1f} GB beside the song's {song_bytes / 1e9:.1f} GB, and "
            f"{limits.audio_bytes / 1e9:.1f} GB are the most together: send a part of it, or at a lower sample rate."
        )
