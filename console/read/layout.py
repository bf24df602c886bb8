"""Which files under a folder are the stems of one song.

One rule: whatever sounds in the folder or below it is a stem. Left out, and named, are only

- a file or folder whose name says that it is the mixture ("Master.wav", "mixes/"), or that is the song's title;
- another version of the same stems: raw tracks beside stems, a folder `native`, one that repeats the stems' names, and
  what this program wrote;
- what holds no sound.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.audio.file import refused
from console.audio.kind import Kind, kind_of
from console.read.account import NO_SOUND, FileUse
from console.read.metadata import ROLES_FILE, Track, listed_roles, told_by_dataset
from console.read.names import natural, nfc
from console.read.roles import Role, are_mixtures, is_mixture_name, spoken_role, words_of

NATIVE = "native"  # finer stems beside the four, as synthetic songs have them
DEEPEST = 6  # folders in folders
MOST_FILES = 5_000  # a song has some hundreds at most
OURS = frozenset(("advice.json", "flaw.json"))  # in what this program wrote
NOTES = OURS | {"song.json"}  # of ours, beside stems
_LISTINGS = (".yaml", ".json")
_LITTER = frozenset(("desktop.ini", "thumbs.db", "__macosx"))
Way = tuple[str, ...]  # names of folders, the outermost first


@dataclass(frozen=True)
class Found:
    """A file that is to be heard: a stem, or what its name says is the mixture.

    Args:
        path, file: where it lies, and how it is shown: with the folders in the song that it lies in.
        name: of the stem.
        folder: of the folders it lies in, the one whose name tells a role; "" for none.
        role: as a listing beside it tells; None where none does.
        mixture: its name says that it is no stem, but the mixture.
    """

    path: Path
    file: str
    name: str
    folder: str = ""
    role: Role | None = None
    mixture: bool = False


@dataclass
class Layout:
    """What lies under a folder.

    Args:
        found: what is to be heard, mixtures included.
        account: what became of all other files.
        roles, roles_file: what a roles.yaml tells, by name, and how that file is shown.
        title: the song's, where a listing tells it.
        listed: whether a listing tells the stems' names, so that these say nothing of microphones and takes.
    """

    found: list[Found] = field(default_factory=list)
    account: list[FileUse] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    roles_file: str = ROLES_FILE
    title: str | None = None
    listed: bool = False


@dataclass(frozen=True)
class _File:
    path: Path
    folders: Way
    name: str

    @property
    def shown(self) -> str:
        return "/".join((*self.folders, self.name))

    @property
    def base(self) -> str:
        return nfc(Path(self.name).stem)


def arrange(root: Path, shown: Path, given: Collection[str] = ()) -> Layout:
    """The stems of the song in a folder.

    Args:
        root: the folder.
        shown: what people call it: the folder, or the zip that it comes from.
        given: stems or files that a person gave a role: these are stems, whatever their names say.

    Raises: InputError where nothing sounds, or several folders may each be a song.
    """
    files = list(_walk(root, shown))
    sounds = [file for file in files if _sounds(file.path)]
    if not sounds:
        _refuse_silent(root, shown, files)
    # A folder that holds nothing but the one with the song adds nothing to names.
    outer: Way = _shared([file.folders for file in sounds])
    base = root.joinpath(*outer)
    files, sounds = ([_inside(file, len(outer)) for file in some] for some in (files, sounds))
    layout = Layout(account=[FileUse(file.shown, left_out_because=NO_SOUND) for file in files if file not in sounds])
    told = told_by_dataset(base)
    if told is not None:
        layout.title, layout.listed = told.title, bool(told.tracks)
        _use(layout, told.listing.name, "names and roles")
    for name in sorted(NOTES):
        _use(layout, name, "a note of this program")
    kept = _without_other_versions(sounds, files, layout, shown)
    # Roles may be told beside the stems, or in a folder further out.
    inner: Way = _shared([file.folders for file in kept])
    for depth in range(len(inner), -1, -1):
        layout.roles = listed_roles(base.joinpath(*inner[:depth]) / ROLES_FILE)
        if layout.roles:
            layout.roles_file = "/".join((*inner[:depth], ROLES_FILE))
            _use(layout, layout.roles_file, "roles")
            break
    layout.found = _named(kept, told.tracks if told else {}, {*given, *layout.roles})
    return layout


def files_under(root: Path) -> list[Path]:
    """Every file under a folder that its song may be read from, in order: what sounds, and listings.

    Raises: InputError where the folder cannot be read, or holds far more than a song.
    """
    files = [file.path for file in _walk(root, root)]
    return [file for file in files if file.suffix in _LISTINGS or kind_of(file) is not Kind.OTHER]


def _use(layout: Layout, file: str, used_as: str) -> None:
    """Tells a file that holds no sound as used."""
    layout.account = [FileUse(use.file, used_as) if use.file == file else use for use in layout.account]


def _walk(root: Path, shown: Path) -> Iterator[_File]:
    """All files that are not hidden, in natural order, those of a folder before its folders'."""
    count = 0
    waiting: list[tuple[Path, Way]] = [(root, ())]
    seen = {os.path.realpath(root)}
    while waiting:
        folder, way = waiting.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: natural(nfc(entry.name)))
        except OSError as error:
            raise refused(shown if folder == root else folder, f"cannot be read: {error.strerror}") from error
        below = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name.casefold() in _LITTER:
                continue
            count += 1
            if count > MOST_FILES:
                raise refused(shown, f"holds more than {MOST_FILES} files: give the folder of one song")
            if entry.is_dir():
                place = os.path.realpath(entry.path)
                if len(way) == DEEPEST:
                    raise refused(shown, f"holds folders more than {DEEPEST} deep: give the one that the stems are in")
                if place not in seen:  # links may go round
                    seen.add(place)
                    below.append((Path(entry.path), (*way, nfc(entry.name))))
            else:
                yield _File(Path(entry.path), way, nfc(entry.name))
        waiting = below + waiting


def _inside(file: _File, depth: int) -> _File:
    """A file as it is shown from a folder further in; one that lies outside of that stays."""
    return file if len(file.folders) < depth else _File(file.path, file.folders[depth:], file.name)


def _shared(ways: Sequence[Way]) -> Way:
    """The folders that all ways begin with."""
    first, last = min(ways), max(ways)
    depth = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:depth]


def _sounds(path: Path) -> bool:
    """Raises: InputError for a song in one file."""
    kind = kind_of(path)
    if kind is Kind.STEMS:
        raise refused(path.parent, f'holds a song of its own ("{path.name}"): give that file')
    return kind is Kind.AUDIO


def _refuse_silent(root: Path, shown: Path, files: Sequence[_File]) -> None:
    if files:
        listing = ", ".join(file.shown for file in files[:5])
        raise refused(shown, f"holds no audio, only {listing}: give a folder of stems, such as wav or flac")
    raise refused(shown, "holds only empty folders" if any(root.iterdir()) else "is an empty folder")


def _without_other_versions(
    sounds: Sequence[_File], files: Sequence[_File], layout: Layout, shown: Path
) -> list[_File]:
    """The sounds but for those in folders that hold the mixture, or the same stems again."""
    ways = {file.folders for file in sounds}
    ours = {file.folders for file in files if file.name in OURS and file.folders}
    reasons: dict[Way, str] = {}

    def leave_out(wanted: Callable[[Way], bool], because: str) -> None:
        """Leaves out what lies in or below such folders, unless nothing else is there."""
        left = ways - reasons.keys()
        out = {way for way in left if any(wanted(way[: n + 1]) for n in range(len(way)))}
        if left - out:
            reasons.update(dict.fromkeys(out, because))

    leave_out(lambda way: way in ours, "it is what an earlier run wrote")
    leave_out(lambda way: way[-1].casefold() == NATIVE, "native/ holds finer stems of the same song")
    leave_out(lambda way: "raw" in words_of(way[-1]), "it is a raw track of the stems")
    leave_out(lambda way: is_mixture_name(way[-1]) and not holds_stems(way[-1]), "it lies in a folder of mixes")
    kept = [file for file in sounds if file.folders not in reasons]
    reasons |= _repeated(kept, shown)
    for file in sounds:
        if file.folders in reasons:
            layout.account.append(FileUse(file.shown, left_out_because=reasons[file.folders]))
    return [file for file in kept if file.folders not in reasons]


def _repeated(kept: Sequence[_File], shown: Path) -> dict[Way, str]:
    """Folders that only repeat the names of the song's own stems.

    Raises: InputError where two folders hold the same names and neither comes first, or each may be a song.
    """
    names: dict[Way, set[str]] = {}
    for file in kept:
        names.setdefault(file.folders, set()).add(file.base.casefold())
    own = names.get((), set())
    unnamed = [way for way in names if way and spoken_role(way[-1]) is None]  # "Drums/" is part of the song
    repeated = {way: "it is another version of a stem" for way in unnamed if own and names[way] <= own}
    rest = [way for way in unnamed if way not in repeated]
    same = any(names[a] & names[b] for i, a in enumerate(rest) for b in rest[i + 1 :])
    # "Drums/01" and "Vox/01" are one song, "Drum Song/vocals, drums" and "Bass Song/vocals, drums" two.
    named = {way: {name for name in names[way] if spoken_role(name)} for way in names if way and way not in repeated}
    songs = [(a, b) for a in named for b in named if a < b and len(named[a] & named[b]) > 1]
    rest = rest or [way for pair in songs for way in pair]
    if same or songs or (not own and len(rest) > 1 and all(len(names[way]) > 1 for way in rest)):
        listing = ", ".join("/".join(way) for way in rest[:5])
        raise refused(shown, f"holds several folders of sounds ({listing}): give the one that the stems are in")
    return repeated


def holds_stems(folder: str) -> bool:
    """Whether a folder's name says that it holds the stems of the song around it."""
    return not {"stem", "multitrack", "track"}.isdisjoint(words_of(folder))


def _named(kept: Sequence[_File], told: Mapping[Path, Track], given: Collection[str]) -> list[Found]:
    """The stems with their names: a file's own, with its folder's in front where that is not enough."""
    folders = [next(filter(spoken_role, reversed(file.folders)), "") for file in kept]
    places: dict[str, set[Way]] = {}
    for file in kept:
        places.setdefault(file.base.casefold(), set()).add(file.folders)
    names = []
    for file, folder in zip(kept, folders, strict=True):
        way = folder or next(reversed(file.folders), "")
        unclear = len(places[file.base.casefold()]) > 1 or not any(len(word) > 1 for word in _letters(file.base))
        own = f"{way} {file.base}" if way and unclear else file.base
        names.append(told[file.path].name if file.path in told else own)
    forced = {nfc(name) for name in given}
    found = []
    for file, name, folder, mixture in zip(kept, names, folders, are_mixtures(names), strict=True):
        role = told[file.path].role if file.path in told else None
        mixture = mixture and role is None and forced.isdisjoint((name, file.base, file.name, file.shown))
        found.append(Found(file.path, file.shown, name, folder, role, mixture))
    return found


def _letters(name: str) -> list[str]:
    return [word for word in words_of(name) if not word.isdigit()]
