"""What an advice, or a song with faders, can be exported to: the one front door of every command, page and session."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.errors import InputError
from console.files.whole import whole_file, whole_folder
from explainer.advice.advice import Advice
from studio.export.dawproject import write_dawproject
from studio.export.desk import Desk
from studio.export.markdown import as_markdown
from studio.export.places import Folder, Place, zipped
from studio.export.put import Put
from studio.export.reaper import write_reaper
from studio.export.table import as_csv


@dataclass(frozen=True)
class Text:
    """A format that says what is advised, and needs no stems.

    Args:
        suffix: of its files.
        text: of an advice.
    """

    suffix: str
    text: Callable[[Advice], str]


@dataclass(frozen=True)
class Project:
    """A format that a DAW opens, with the sound in it.

    Args:
        suffix: of its files; "" for a folder.
        put: where it puts the gains, unless told otherwise.
        write: writes it.
    """

    suffix: str
    put: Put
    write: Callable[[Desk, Place, Put], None]


FORMATS: dict[str, Text | Project] = {
    "reaper": Project("", Put.TRIM, write_reaper),
    "dawproject": Project(".dawproject", Put.FADER, write_dawproject),
    "csv": Text(".csv", as_csv),
    "md": Text(".md", as_markdown),
}


def export(what: Desk | Advice, to: str, out: Path, put: Put | None = None, force: bool = False) -> None:
    """Writes one file, or one folder, whole or not at all.

    Args:
        what: an advice, or for a project a song with its gains.
        to: one of `FORMATS`.
        out: where to.
        put: where a project puts the gains; by default where its format does.
        force: whether a file that is there is replaced; a folder never is, as somebody may have worked in it.

    Raises: InputError for another format, a place that is taken or cannot be written, and what the format cannot hold.
    """
    kind = FORMATS.get(to)
    if kind is None:
        raise InputError(f'There is no format "{to}": there are {", ".join(FORMATS)}.')
    if isinstance(kind, Text):
        if put is not None:
            raise InputError(f"{to} has no faders: trim or fader are for projects.")
        advice = what if isinstance(what, Advice) else what.advice
        if advice is None:
            raise InputError("Nobody has listened to the song yet: there is no advice to write.")
        _free(out, force)
        with whole_file(out) as part:
            part.write_text(kind.text(advice), "utf-8", newline="")
        return
    if isinstance(what, Advice):
        raise InputError(f"{to} holds the sound, too: give the stems.")
    if not kind.suffix:
        if os.path.lexists(out):
            raise InputError(f'"{out}" exists, and somebody may have worked in it: choose another folder.')
        with whole_folder(out) as folder:
            kind.write(what, Folder(folder), put or kind.put)
        return
    _free(out, force)
    with zipped(out) as place:
        kind.write(what, place, put or kind.put)


def _free(out: Path, force: bool) -> None:
    """Raises: InputError where a file is in the way, or a folder."""
    if out.is_dir():
        raise InputError(f'"{out}" is a folder: give a file to write to.')
    if os.path.lexists(out) and not force:
        raise InputError(f'"{out}" exists: choose another file, or --force to replace it.')
    if not out.parent.is_dir():
        raise InputError(f'"{out.parent}" is not there: give a file in a folder that is.')
