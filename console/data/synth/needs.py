"""What only those need who generate songs: programs and soundfonts of the system, and the extra `synth`."""

import shutil
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType

from console.errors import InputError

PROGRAMS = {"fluidsynth": "fluidsynth", "espeak-ng": "espeak-ng"}  # and the Debian package each comes with
FOLDERS = [Path("/usr/share", folder) for folder in ("sounds/sf2", "sounds/sf3", "soundfonts")]
SOUNDFONTS = {  # General MIDI, the file and its Debian package
    "FluidR3_GM.sf2": "fluid-soundfont-gm",
    "TimGM6mb.sf2": "timgm6mb-soundfont",
    "MuseScore_General_Lite.sf3": "musescore-general-soundfont-small",
}


def check_needs() -> None:
    """Raises `InputError`, naming the command that installs it, where something to generate songs with is missing."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    missing += [package for file, package in SOUNDFONTS.items() if _find(file) is None]
    if missing:
        every = " ".join([*PROGRAMS.values(), *SOUNDFONTS.values()])
        raise InputError(f"{' and '.join(missing)} must be installed to generate songs: apt-get install {every}")
    mido()
    pyworld()


def soundfont(file: str) -> Path:
    """Where a soundfont is; raises `InputError` where it is missing."""
    path = _find(file)
    if path is None:
        raise InputError(f"{file} must be installed to generate songs: apt-get install {SOUNDFONTS[file]}")
    return path


@cache
def mido() -> ModuleType:
    """The package mido; raises `InputError` where it is missing."""
    try:
        return import_module("mido")
    except ImportError as error:
        raise _without("mido") from error


@cache
def pyworld() -> ModuleType:
    """The package pyworld; raises `InputError` where it is missing.

    Its compiled module is loaded by itself: pyworld 0.3.5 asks pkg_resources for its own version number, which
    setuptools no longer has.
    """
    package = find_spec("pyworld")
    inner = PathFinder.find_spec("pyworld", list(package.submodule_search_locations or ())) if package else None
    if inner is None or inner.loader is None:
        raise _without("pyworld")
    module = module_from_spec(inner)
    inner.loader.exec_module(module)
    return module


def _find(file: str) -> Path | None:
    return next((folder / file for folder in FOLDERS if (folder / file).is_file()), None)


def _without(package: str) -> InputError:
    return InputError(f'The package {package} must be installed to generate songs: pip install "mixconsole[synth]"')
