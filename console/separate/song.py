"""A mix as a song: of estimated stems, which sum to it, or of one stem, the mixture."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float32
from torch import Tensor

from console.audio._torchaudio import resampler
from console.errors import InputError
from console.music.music import Music
from console.read.roles import Role
from console.read.song import Song
from console.separate.pieces import in_pieces
from console.separate.separator import RATE_HZ, Separator

MIXTURE, REST = "mixture", "other"
Audio = Float32[Tensor, "channel time"]


@dataclass(frozen=True)
class Separated:
    """A mix taken apart.

    Args:
        song: its stems sum to the mix.
        left_db: the energy of what the separator left over, against the mix's; it lies in the stem "other". None where
            nothing is left.
    """

    song: Song
    left_db: float | None


def mixture(mix: Audio, sample_rate: int, title: str) -> Song:
    """The mix as a song of one stem. Raises: InputError for silence."""
    song = Song(mix[None], (MIXTURE,), sample_rate, roles=(Role.OTHER,), title=title)
    if not bool(mix.any()):
        raise InputError(f'"{title}" is silent: there is nothing to criticise.')
    return song


def separated(
    mix: Audio, sample_rate: int, title: str, separator: Separator, tell: Callable[[str], None] = lambda step: None
) -> Separated:
    """The stems that a separator estimates, at the rate and in the channels of the mix.

    Raises: InputError for silence, a rate that cannot be converted, and where the separator fails.
    """
    mixture(mix, sample_rate, title)
    forth, back = resampler(sample_rate, RATE_HZ), resampler(RATE_HZ, sample_rate)
    if forth is None or back is None:
        raise InputError(f"A mix at {sample_rate} Hz cannot be brought to {RATE_HZ} Hz: convert it first.")
    same = sample_rate == RATE_HZ
    heard = mix.expand(2, -1)
    heard = heard if same else forth(heard)
    # As loud as what separators were trained on.
    loud = float(heard.mean(0).std(correction=0)) or float(heard.abs().max())
    of_s = heard.shape[-1] / RATE_HZ

    def step(done: int) -> None:
        tell(f"Taking the mix apart ({done / RATE_HZ:.0f} of {of_s:.0f} s)")

    step(0)
    piece, overlap = round(separator.piece_s * RATE_HZ), round(separator.overlap_s * RATE_HZ)
    try:
        found = in_pieces(separator.apply, heard / loud, len(separator.sources), piece, overlap, step)
    except (ValueError, RuntimeError) as error:
        if "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise InputError(f"The separator {separator.called} failed: {str(error).splitlines()[0]}.") from error
    if not bool(found.isfinite().all()):
        raise InputError(f"The separator {separator.called} gives what is no sound: its weights may be damaged.")
    stems = {}
    for name, stem in zip(separator.sources, found, strict=True):
        stem = loud * (stem if same else back(stem)[:, : mix.shape[-1]])
        stems[name] = stem.mean(0, keepdim=True) if len(mix) == 1 else stem
    del found
    return _summing(stems, mix, sample_rate, title)


def _summing(stems: dict[str, Tensor], mix: Audio, sample_rate: int, title: str) -> Separated:
    """With what was left over in the stem of the rest, which comes last, so that the sum is rounded once."""
    rest = next((name for name in stems if name.casefold() == REST), REST)
    of_rest = stems.pop(rest, torch.zeros_like(mix))
    others = sum(stems.values(), torch.zeros_like(mix))
    left = mix - others - of_rest
    stems[rest] = mix - others
    ratio = float(left.double().square().sum() / mix.double().square().sum())
    song = Song(torch.stack(list(stems.values())), tuple(stems), sample_rate, title=title)
    return Separated(song, 10 * math.log10(ratio) if ratio > 0 else None)


def without_stems(music: Music) -> Music:
    """The analysis of a mixture, without what would speak of it as of a stem."""
    form, tags, course = music.form, music.tags, music.course
    if form is not None:
        bare = [replace(each, enters=(), rests=(), stem_level_lufs={}) for each in form.sections]
        form = replace(form, sections=tuple(bare))
    return replace(
        music,
        stems={},
        form=form,
        tags=None if tags is None else replace(tags, of_stems={}),
        course=None if course is None else replace(course, stems_lufs={}),
    )
