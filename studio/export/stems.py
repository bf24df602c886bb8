"""The stems of a mix as files: with their gains on them, or as they were, for projects that put them on."""

from collections.abc import Sequence

import yaml
from jaxtyping import Float32
from torch import Tensor

from console.read.roles import are_mixtures, read_roles
from console.read.song import Song
from studio.export.desk import Desk
from studio.export.names import file_names
from studio.export.places import Place
from studio.export.stages import amplitude


def write_stems(desk: Desk, place: Place) -> None:
    """Every stem as it is in the mix: their sum is the mix, and they can be read again.

    Where the names of the files do not tell the roles, a roles.yaml does.
    """
    song = desk.song
    files = file_names(song.names)
    for file, stem, gain_db in zip(files, song.audio, desk.sums_db, strict=True):
        place.sound(f"{file}.wav", stem * amplitude(gain_db), song.sample_rate)
    told = _roles(song, files)
    if told:
        place.text("roles.yaml", told)


def write_sound(desk: Desk, place: Place, folder: str, gains_db: Sequence[float]) -> tuple[str, ...]:
    """Every stem for a project, and where each of them lies.

    All have two channels: so a DAW has no mono track to put its pan law on, and none of them is softer there.

    Args:
        folder: to write into.
        gains_db: what is put on the sound itself.
    """
    paths = tuple(f"{folder}/{file}.wav" for file in file_names(desk.song.names))
    for path, stem, gain_db in zip(paths, desk.song.audio, gains_db, strict=True):
        place.sound(path, _stereo(stem) * amplitude(gain_db) if gain_db else _stereo(stem), desk.song.sample_rate)
    return paths


def _stereo(stem: Float32[Tensor, "channel time"]) -> Float32[Tensor, "2 time"]:
    return stem.expand(2, -1)


def _roles(song: Song, files: Sequence[str]) -> str:
    """What a roles.yaml has to say of these files; nothing where their names say it."""
    both = tuple(zip(song.roles, song.finer_roles, strict=True))
    if read_roles(files) == both and not any(are_mixtures(files)):
        return ""
    listed = {file: str(finer or role) for file, (role, finer) in zip(files, both, strict=True)}
    return yaml.safe_dump(listed, allow_unicode=True, sort_keys=False)
