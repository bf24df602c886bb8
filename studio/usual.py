"""What the songs of a command are judged against: a genre, a file, songs that the user holds up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.balance.genre import Genre, usual_in
from console.balance.learn import ALIKE_DB, VERSION_DB, learn_songs
from console.balance.measured import Measured, measure_song
from console.balance.usual import USUAL, Usual
from console.balance.version import another_version
from console.errors import InputError
from console.read.roles import Role
from console.read.several import songs_in
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.advice.shown import listed, quoted

ADVICE = "advice.json"
YAML = (".yaml", ".yml")
MOST_NAMED = 3
SAME_S, SAME_DB = 0.002, 0.05  # rounding


@dataclass(frozen=True)
class HeldUp:
    """A song that the user holds up.

    Args:
        level_db: of its roles.
        measured: the song itself; None where only its levels are known.
        advice: what tells its levels, where that is an advice.json.
    """

    title: str
    level_db: Mapping[Role, float]
    measured: Measured | None = None
    advice: Advice | None = None

    def is_version_of(self, song: Song, measured: Measured) -> bool:
        """By its sound; or, by its advice, of the same name and stems, and just as long."""
        if self.measured is not None:
            return another_version(self.measured, measured)
        if self.advice is None or self.title != song.title:
            return False
        same_length = abs(self.advice.duration_s - song.duration_s) < SAME_S
        return same_length and {stem.name for stem in self.advice.stems} == set(song.names)

    def is_balanced_as(self, measured: Measured) -> bool:
        """Whether its roles have the same levels, but for one gain on all."""
        own_db = measured.level_db
        if own_db.keys() != self.level_db.keys():
            return False
        off_db = [self.level_db[role] - db for role, db in own_db.items()]
        return max(off_db) - min(off_db) < SAME_DB


@dataclass(frozen=True)
class Told:
    """What was told of what is usual.

    Args:
        base: of a genre or by a file; None: all music.
        held_up: songs, which go before it.
    """

    base: Usual | None = None
    held_up: tuple[HeldUp, ...] = ()

    def of(self, song: Song) -> Usual | None:
        """What that song is judged against; None: all music, as the console learnt it.

        Where another version of the song itself is held up, that alone. The song as it is, among others (of an album
        that is judged by itself), tells nothing, and is passed over.
        """
        if not self.held_up:
            return self.base
        own = measure_song(song)
        versions = [each for each in self.held_up if each.is_version_of(song, own)]
        itself = [each for each in versions if each.is_balanced_as(own)]
        others = [each for each in self.held_up if each not in itself]
        if others:
            versions = [each for each in versions if each in others]
        told_by = versions or others
        of = "song" if len(told_by) == 1 else f"{len(told_by)} songs"
        where = "another version of this song" if versions else f"the {of} you gave"
        named = [quoted(each.title) for each in told_by[:MOST_NAMED]]
        titles = listed([*named, "others"] if len(told_by) > MOST_NAMED else named)
        among = f", among {self.base.source}" if self.base else ""
        levels_db = [each.level_db for each in told_by]
        spread_db = VERSION_DB if versions else ALIKE_DB
        return learn_songs(levels_db, f"{USUAL}in {where} ({titles}{among})", self.base, spread_db).usual


def told(
    genre: str | None = None,
    like: Sequence[Path] = (),
    usual_file: Path | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Told:
    """Reads what a command was told; songs are read one after the other, and only their levels are kept.

    Raises: InputError for a genre that there is none of, two of what there may be one of, and what cannot be read.
    """
    bases = [path for path in like if path.suffix.casefold() in YAML]
    files = bases if usual_file is None else [usual_file, *bases]
    if genre is not None and files:
        raise InputError(f'Give --genre {genre} or "{files[0]}", not both: each says what is usual.')
    if len(files) > 1:
        raise InputError(f'"{files[0]}" and "{files[1]}" both say what is usual: give one of them.')
    base = _in_genre(genre) if genre is not None else Usual.load(files[0]) if files else None
    held_up: list[HeldUp] = []
    for path in like:
        if path not in bases:
            held_up += _held_up(path, tell)
    for song in held_up:
        if len(song.level_db) < 2:
            raise InputError(f'In "{song.title}" only one role sounds: what is held up has a balance of two or more.')
    return Told(base, tuple(held_up))


def _in_genre(name: str) -> Usual:
    if name.casefold() not in set(Genre):
        raise InputError(f'There is no genre "{name}": choose {", ".join(Genre)}.')
    return usual_in(Genre(name.casefold()))


def _held_up(path: Path, tell: Callable[[str], None]) -> list[HeldUp]:
    """The songs in a place, or the one that an advice.json tells of."""
    advice = path / ADVICE if path.is_dir() else path
    if (path / "stems").is_dir() and advice.is_file():
        path = path / "stems"
    elif advice.suffix.casefold() == ".json" and (advice.is_file() or not path.is_dir()) and not _has_stems(path):
        return [_of_advice(advice)]
    songs = []
    for at in songs_in(path):
        tell(f"Measuring {at.name}")
        measured = measure_song(Song.load(at))
        songs.append(HeldUp(measured.title, measured.level_db, measured))
    return songs


def _has_stems(path: Path) -> bool:
    """Whether a folder with an advice.json holds a song, too, and not only the mix that came of one."""
    return path.is_dir() and not (path / "faders.png").is_file()


def _of_advice(path: Path) -> HeldUp:
    from explainer.advice.json import load  # with pydantic, which only readers need

    advice = load(path)
    if not advice.balance:
        raise InputError(
            f'"{path}" does not tell its song\'s balance, as it is of an earlier version: give the stems, or correct '
            "the song again."
        )
    return HeldUp(advice.song, advice.balance, advice=advice)
