"""A run's folder: of one process at a time, of one set of settings, and left whole by a run that is killed."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.errors import InputError
from console.files.home import expanded
from console.files.untrusted import load_json
from console.files.whole import whole_file
from explainer.evaluation.tables.ledger import Ledger

SETTINGS, SUMMARY, LOCK, JOURNALS = "settings.json", "summary.json", ".lock", ".done"
MOST_NAMED = 3  # settings in which two runs differ


class RunFolder:
    """Where one evaluation is kept: its settings, its tables as they grow, and what is made of them.

    Args:
        path: of the folder, which `opened` has locked.
    """

    def __init__(self, path: Path):
        self.path = path

    def ledger(self, name: str) -> Ledger:
        """The table `name`.csv, with what an earlier run with these settings has put into it.

        Raises: InputError where somebody has cut it short since.
        """
        return Ledger(self.path / f"{name}.csv", self.path / JOURNALS / f"{name}.jsonl")

    def write(self, name: str, text: str) -> None:
        """A file of that name, whole or not at all; folders in its name are made."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(text, encoding="utf-8")


@contextmanager
def opened(path: str | os.PathLike[str], settings: Mapping[str, Any]) -> Iterator[RunFolder]:
    """A run's folder, new or continued, until the block ends; the system unlocks it when the process dies.

    Args:
        settings: all that the results depend on, as JSON has it.

    Raises: InputError where the folder cannot be written, is used by another run, holds a run with other settings or
        something else.
    """
    path = expanded(path)
    try:
        (path / JOURNALS).mkdir(parents=True, exist_ok=True) if _is_ours(path) else None
        lock = open(path / LOCK, "a")  # noqa: SIM115 (held to the end)
    except OSError as error:
        raise InputError(f'"{path}" cannot be written: {error.strerror}.') from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f'"{path}" is in use by another run: wait until it is done, or choose another folder with out=.'
            ) from error
        _agree(path, json.loads(json.dumps(settings)))
        yield RunFolder(path)


def _is_ours(path: Path) -> bool:
    """Whether a folder is new, empty, or holds a run.

    Raises: InputError where it is not.
    """
    if not path.exists() or (path / SETTINGS).is_file():
        return True
    if not path.is_dir():
        raise InputError(f'"{path}" is a file: give a folder with out=.')
    if {entry.name for entry in path.iterdir()} - {LOCK, JOURNALS}:
        raise InputError(f'"{path}" holds something else than a run: choose another folder with out=.')
    return True


def _agree(path: Path, settings: dict[str, Any]) -> None:
    """Writes the settings, or holds them against those of the run that is there."""
    if not (path / SETTINGS).exists():
        with whole_file(path / SETTINGS) as part:
            part.write_text(json.dumps(settings, indent=2) + "\n")
        return
    try:
        there = load_json(path / SETTINGS, f"the {SETTINGS} of a run")
    except InputError as error:
        raise InputError(f'"{path / SETTINGS}" cannot be read: choose another folder with out=.') from error
    here, there = _flat(settings), _flat(there)
    other = [key for key in sorted(here.keys() | there.keys()) if here.get(key) != there.get(key)]
    if other:
        told = [f"{key} {_shown(there.get(key))}, not {_shown(here.get(key))}" for key in other[:MOST_NAMED]]
        more = f", and {len(other) - MOST_NAMED} more" if len(other) > MOST_NAMED else ""
        raise InputError(
            f'"{path}" holds a run with other settings ({"; ".join(told)}{more}): choose another folder with out=, '
            "or remove this one."
        )


def _flat(settings: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(settings, dict):
        return {name: settings}
    parts = [_flat(value, f"{name}.{key}" if name else str(key)) for key, value in settings.items()]
    return {key: value for part in parts for key, value in part.items()}


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
