"""Stems whose names say nothing get the role that they sound like, and what was heard is said of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from console.read.part import Stem
from console.stream.sound import Sound
from console.tracks.sound import Heard, hear_roles


def with_heard_roles(sound: Sound, stems: Sequence[Stem], kept: Collection[int]) -> list[Stem]:
    """The stems, those of `kept` of whose role nothing tells with the role that they sound like, if that is sure."""
    untold = [i for i in kept if not stems[i].told]
    if not untold:
        return list(stems)
    heard = dict(zip(untold, hear_roles(sound, untold), strict=True))
    return [_told(stem, heard.get(i)) for i, stem in enumerate(stems)]


def _told(stem: Stem, heard: Heard | None) -> Stem:
    if heard is None:  # there is no sound to tell of
        return stem
    percent = round(100 * min(heard.chance, 0.99))
    if heard.sure:
        note, role = f"sounds like {heard.role} ({percent} % sure); --role overrules", heard.role
    else:
        note, role = "neither its name nor its sound tells a role, so it is other; --role tells one", stem.role
    parts = tuple(replace(part, notes=(*part.notes, note)) for part in stem.parts)
    return replace(stem, role=role, parts=parts)
