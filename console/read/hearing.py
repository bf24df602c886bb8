"""Stems whose names say nothing get the role that they sound like, and what was heard is said of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from jaxtyping import Float32
from torch import Tensor

from console.read.part import Stem


def with_heard_roles(
    audio: Float32[Tensor, "stem channel time"], sample_rate: int, stems: Sequence[Stem], kept: Collection[int]
) -> list[Stem]:
    """The stems, those of `kept` of whose role nothing tells with the role that they sound like, if that is sure."""
    return [
        _heard(audio[i], sample_rate, stem) if i in kept and not stem.told else stem for i, stem in enumerate(stems)
    ]


def _heard(audio: Float32[Tensor, "channel time"], sample_rate: int, stem: Stem) -> Stem:
    from console.tracks.sound import hear_role

    heard = hear_role(audio, sample_rate) if bool(audio.isfinite().all()) else None
    if heard is None:  # there is no sound to tell of
        return stem
    percent = round(100 * min(heard.chance, 0.99))
    if heard.sure:
        note, role = f"sounds like {heard.role} ({percent} % sure); --role overrules", heard.role
    else:
        note, role = "neither its name nor its sound tells a role, so it is other; --role tells one", stem.role
    parts = tuple(replace(part, notes=(*part.notes, note)) for part in stem.parts)
    return replace(stem, role=role, parts=parts)
