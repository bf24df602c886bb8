"""Stems found in a folder, a .zip or a .stem.mp4, with their names and roles."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from console.audio.file import refused
from console.audio.io import open_audio, open_stem_mp4
from console.audio.kind import Kind, kind_of
from console.errors import InputError
from console.read.account import FileUse
from console.read.archive import is_zip, unpacked
from console.read.layout import Found, arrange
from console.read.names import natural, nfc, side_pairs
from console.read.origin import placed
from console.read.part import Opened, Part, Stem
from console.read.roles import FinerRole, Role, finer_role, parse_role, read_roles

_Roles = tuple[Role | None, FinerRole | None]
WHAT = "a folder of stems, a .stem.mp4 or a .zip of stems"


@contextmanager
def open_stems(path: Path, roles: Mapping[str, str], apart: Collection[str] = ()) -> Iterator[Opened]:
    """The stems of a song, in natural order of their names; a zip stays unpacked meanwhile.

    `roles` (stem name to role) goes before roles.yaml, and that before the names. `apart` names stems whose left and
    right files stay two stems. Raises `InputError` for whatever is not a song: see `Song.load`.
    """
    try:
        path.stat()
    except (OSError, ValueError) as error:
        raise InputError(f'"{path}" is not there: give {WHAT}.') from error
    if path.is_dir():
        yield _in_folder(path, path, roles, apart)
    elif is_zip(path):
        with unpacked(path) as folder:
            yield _in_folder(folder, path, roles, apart)
    elif kind_of(path) is Kind.STEMS or path.name.casefold().endswith(".mp4"):
        yield _in_container(path, roles)
    else:
        raise refused(path, f"is not a song: give {WHAT}")


def title_of(path: Path) -> str:
    """The song's title: the name of its folder or file."""
    name = os.path.basename(os.path.abspath(path))
    return nfc(re.sub(r"(\.stem)?\.(mp4|m4a)$|\.zip$", "", name, flags=re.IGNORECASE) or name)


def _in_container(path: Path, roles: Mapping[str, str]) -> Opened:
    streams = open_stem_mp4(path)
    names = [nfc(stream.title or f"stem {number}") for number, stream in enumerate(streams, 1)]
    given = _given_roles({name: name for name in names}, roles, "--role")
    stems = [
        _stem(name, (Part(nfc(path.name), stream, notes=stream.notes),), given.get(name), read)
        for name, read, stream in zip(names, read_roles(names), streams, strict=True)
    ]
    return Opened(stems, [], title_of(path))


def _in_folder(folder: Path, shown: Path, roles: Mapping[str, str], apart: Collection[str]) -> Opened:
    layout = arrange(folder, shown, roles)
    _check_distinct([each for each in layout.found if not each.mixture], shown)
    account = list(layout.account)
    mixtures, found = [], []
    for each in sorted(layout.found, key=lambda each: natural(each.name)):
        if not each.mixture:
            found.append((each, _part(each)))
            continue
        try:
            mixtures.append(Stem(each.name, Role.OTHER, (_part(each),), mixture=True))
        except InputError:  # it is not needed
            account.append(FileUse(each.file, left_out_because="its name says that it is the mixture"))
    if len(found) < 2:
        taken = [each for each in layout.found if each.mixture]
        aside = f' ("{taken[0].file}" was taken for the mixture; if it is a stem, give it a role)' if taken else ""
        raise refused(shown, f"holds {len(found) or 'no'} stem{aside}: a song needs at least two stems")
    aliases = {alias: each.name for each, _ in found for alias in (nfc(each.path.stem), each.path.name, each.file)}
    aliases |= {each.name: each.name for each, _ in found}
    asked = _given_roles(aliases, layout.roles, layout.roles_file) | _given_roles(aliases, roles, "--role")
    names = [each.name for each, _ in found]
    guessed = read_roles(names, [each.folder for each, _ in found])
    parts = placed([part for _, part in found])
    stems = [
        _stem(each.name, (part,), asked.get(each.name), _listed(each, read))
        for (each, _), read, part in zip(found, guessed, parts, strict=True)
    ]
    return Opened([*_joined(stems, apart), *mixtures], account, layout.title or title_of(shown), layout.listed)


def _stem(name: str, parts: tuple[Part, ...], asked: _Roles | None, read: _Roles) -> Stem:
    """A stem of the role that a person asked for, or else of the one that was read."""
    role, finer = asked or read
    if asked and not finer:  # what its name says more exactly, if that is no other role
        finer = finer_role(name, role)
    return Stem(name, role or Role.OTHER, parts, asked is not None, finer=finer, told=role is not None)


def _listed(found: Found, read: _Roles) -> _Roles:
    """The role that a listing tells of a file, or else what was read."""
    return read if found.role is None else (found.role, finer_role(found.name, found.role))


def _part(found: Found) -> Part:
    audio = open_audio(found.path)
    return Part(found.file, audio, notes=audio.notes)


def _joined(stems: Sequence[Stem], apart: Collection[str]) -> list[Stem]:
    """The stems, with left and right in one where they are mono files apart, and nobody speaks of the one alone."""
    kept: list[Stem | None] = list(stems)
    alone = {nfc(name) for name in apart}
    for left, right, base in side_pairs([stem.name for stem in stems]):
        pair = (stems[left], stems[right])
        mono = all(len(stem.parts[0].audio.speakers) == 1 for stem in pair)
        spoken_of = any(stem.asked for stem in pair) or not alone.isdisjoint((base, *(stem.name for stem in pair)))
        if mono and not spoken_of and base not in [stem.name for stem in stems]:
            note = f'left and right of one stem, "{base}"'
            sides = tuple(
                replace(stem.parts[0], side=side, notes=(*stem.parts[0].notes, note)) for side, stem in enumerate(pair)
            )
            kept[left], kept[right] = replace(pair[0], name=base, parts=sides), None
    return [stem for stem in kept if stem is not None]


def _check_distinct(found: Sequence[Found], shown: Path) -> None:
    seen: dict[str, str] = {}
    for each in found:
        other = seen.setdefault(nfc(each.name.casefold()), each.file)
        if other is not each.file:
            raise refused(shown, f'holds two files for one stem ("{other}", "{each.file}"): rename one')


def _given_roles(aliases: Mapping[str, str], given: Mapping[str, str], where: str) -> dict[str, _Roles]:
    """Roles, and finer ones, by the stems' names; a stem may be called by its file, too."""
    unknown = [name for name in given if nfc(name) not in aliases]
    if unknown:
        names = ", ".join(dict.fromkeys(aliases.values()))
        raise InputError(f'There is no stem "{unknown[0]}" ({where}): the stems are {names}.')
    return {
        aliases[nfc(name)]: (parse_role(role, f' for "{name}" ({where})'), finer_role(role))
        for name, role in given.items()
    }
