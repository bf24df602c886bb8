"""Stems found in a folder, a .zip or a .stem.mp4, with their names and roles, and read into one array."""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from console.audio._torchaudio import resampler
from console.audio.downmix import fold
from console.audio.file import AudioFile, refused
from console.audio.io import AUDIO_SUFFIXES, STEM_NAMES, open_audio, open_stem_mp4, read_blocks
from console.errors import InputError
from console.files.untrusted import load_yaml
from console.read.archive import ROLES_FILE, unpacked
from console.read.roles import Role, are_mixtures, guess_roles, parse_role

WHAT = "a folder of stems, a .stem.mp4 or a .zip of stems"
READ = "wav, flac, mp3, ogg, m4a and aiff"
MOST_BYTES = 256_000  # of a roles.yaml; a thousand stems fill a fifth of it
_STEM_MP4 = ".stem.mp4"


@dataclass(frozen=True)
class Stem:
    """One stem of a song that is not read yet: its name, role, and its file as shown to people."""

    name: str
    role: Role
    file: str
    audio: AudioFile


@contextmanager
def open_stems(path: Path, roles: Mapping[str, str]) -> Iterator[list[Stem]]:
    """The stems of a song, in natural order of their names; a zip stays unpacked meanwhile.

    `roles` (stem name to role) goes before roles.yaml, and that before the names. Raises `InputError` for
    whatever is not a song: see `Song.load`.
    """
    try:
        path.stat()
    except (OSError, ValueError) as error:
        raise InputError(f'"{path}" is not there: give {WHAT}.') from error
    kind = path.name.casefold()
    if path.is_dir():
        yield _in_folder(path, path, roles)
    elif kind.endswith(".zip"):
        with unpacked(path) as folder:
            yield _in_folder(folder, path, roles)
    elif kind.endswith(".mp4"):
        given = _given_roles(STEM_NAMES, roles, "--role")
        streams = zip(STEM_NAMES, open_stem_mp4(path), strict=True)
        yield [Stem(name, given.get(name, Role(name)), path.name, audio) for name, audio in streams]
    else:
        raise refused(path, f"is not a song: give {WHAT}")


def title_of(path: Path) -> str:
    """The song's title: the name of its folder or file."""
    name = os.path.basename(os.path.abspath(path))
    return nfc(re.sub(r"(\.stem)?\.mp4$|\.zip$", "", name, flags=re.IGNORECASE) or name)


def nfc(text: str) -> str:
    """Text in its composed form, as people type it; file systems may hold another."""
    return unicodedata.normalize("NFC", text)


def natural(name: str) -> tuple[list[str | int], str]:
    """A key that sorts "stem 2" before "stem 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _in_folder(folder: Path, shown: Path, roles: Mapping[str, str]) -> list[Stem]:
    files = _audio_files(folder, shown)
    names = [nfc(file.stem) for file in files]
    listed = _listed_roles(folder / ROLES_FILE)
    # What is given a role is a stem, whatever its name says.
    mixtures = [m and n not in {*listed, *roles} for n, m in zip(names, are_mixtures(names), strict=True)]
    kept = [(n, file) for n, file, mixture in zip(names, files, mixtures, strict=True) if not mixture]
    if len(kept) < 2:
        taken = [nfc(file.name) for file, mixture in zip(files, mixtures, strict=True) if mixture]
        aside = f' ("{taken[0]}" was taken for the mixture; if it is a stem, give it a role)' if taken else ""
        raise refused(shown, f"holds {len(kept) or 'no'} stem{aside}: a song needs at least two stems")
    _check_distinct(kept, shown)
    names = [name for name, _ in kept]
    given = _given_roles(names, listed, ROLES_FILE) | _given_roles(names, roles, "--role")
    guessed = guess_roles(names)
    return [
        Stem(name, given.get(name, role), nfc(file.name), open_audio(file))
        for (name, file), role in zip(kept, guessed, strict=True)
    ]


def _audio_files(folder: Path, shown: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: natural(nfc(entry.name)))
    except OSError as error:
        raise refused(shown, f"cannot be read: {error.strerror}") from error
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    files = [
        entry
        for entry in visible
        if entry.suffix.casefold() in AUDIO_SUFFIXES and (entry.is_file() or entry.is_symlink())
    ]
    songs = [file.name for file in files if file.name.casefold().endswith(_STEM_MP4)]
    if songs:
        raise refused(shown, f'holds a song of its own ("{songs[0]}"): give that file')
    folders = [entry.name for entry in visible if entry.is_dir()]
    if not files and folders:
        listing = ", ".join(folders[:5])
        raise refused(shown, f"holds no audio, only folders ({listing}): give the one that the stems are in")
    if not files:
        raise refused(shown, f"holds no audio: {READ} are read" if visible else "is an empty folder")
    return files


def _check_distinct(kept: Sequence[tuple[str, Path]], shown: Path) -> None:
    seen: dict[str, Path] = {}
    for name, file in kept:
        other = seen.setdefault(nfc(name.casefold()), file)
        if other is not file:
            raise refused(shown, f'holds two files for one stem ("{other.name}", "{file.name}"): rename one')


def _listed_roles(path: Path) -> dict[str, str]:
    """What roles.yaml says, every word as it is written there ("01" stays "01", "no" stays "no")."""
    if not path.exists():
        return {}
    listed = load_yaml(path, f"a {ROLES_FILE}", MOST_BYTES, shown=path.name, words=True)
    if not listed:
        return {}
    words = [word for pair in listed.items() for word in pair] if isinstance(listed, dict) else [None]
    if not all(isinstance(word, str) for word in words):
        raise refused(path, 'needs one line "stem name: role" for each stem')
    return {nfc(name): role for name, role in listed.items()}


def _given_roles(names: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, Role]:
    unknown = [name for name in given if nfc(name) not in names]
    if unknown:
        raise InputError(f'There is no stem "{unknown[0]}" ({where}): the stems are {", ".join(names)}.')
    return {nfc(name): parse_role(role, f' for "{name}" ({where})') for name, role in given.items()}


def read_stems(files: Sequence[AudioFile]) -> tuple[Float32[np.ndarray, "stem channel time"], int]:
    """The files' audio in one array, and its rate (Hz), the highest among them.

    One channel if all are mono, else two; shorter files end in silence. The array is made once and filled in
    blocks, so that a song takes little more memory than its own size. Raises `InputError` as `read_blocks`
    does.
    """
    rate = max(file.sample_rate for file in files)
    channels = min(2, max(len(file.speakers) for file in files))
    frames = max(_frames_at(file, rate) for file in files)
    try:
        audio = np.zeros((len(files), channels, frames), dtype=np.float32)
    except (MemoryError, ValueError) as error:
        size_gb = len(files) * channels * frames * 4 / 1e9
        raise InputError(f"The song does not fit into memory: it takes {size_gb:.0f} GB.") from error
    with ThreadPoolExecutor(2) as pool:  # decoding runs outside of Python's lock
        list(pool.map(lambda out, file: _fill(out, file, rate), audio, files))
    return audio, rate


def _frames_at(file: AudioFile, rate: int) -> int:
    return -(-file.frames * rate // file.sample_rate)


def _fill(out: Float32[np.ndarray, "channel time"], file: AudioFile, rate: int) -> None:
    if file.sample_rate == rate:
        _decode(out, file)
        return
    resample = resampler(file.sample_rate, rate)
    if resample is None:
        raise refused(file.path, f"has a rate of {file.sample_rate} Hz beside {rate} Hz: convert it first")
    native = np.zeros((len(out), file.frames), dtype=np.float32)
    _decode(native, file)
    for channel, row in zip(native, out, strict=True):
        resampled = resample(torch.from_numpy(channel)).numpy()[: row.size]
        row[: resampled.size] = resampled


def _decode(out: Float32[np.ndarray, "channel time"], file: AudioFile) -> None:
    done = 0
    for block in read_blocks(file):
        out[:, done : done + len(block)] = fold(block, file.speakers, len(out)).T
        done += len(block)
