"""Advice put into words: the reasons are measured, a text is written and verified, and where it came from is kept."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.read.song import Song
from explainer.advice import Advice
from explainer.figures import measure
from explainer.phrases import Style
from explainer.reasons import reasons
from explainer.report import measurable, song_energies

SEED = 0  # the same advice is said in the same words


def with_reasons(advice: Advice, song: Song) -> Advice:
    """The advice with what was measured of its song that speaks for each move."""
    figures = measure(
        song_energies(song, measurable(song))[None],
        torch.tensor([[ROLES.index(role) for role in song.roles]]),
        torch.tensor([[name == advice.anchor for name in song.names]]),
    )
    found = reasons(figures, [[stem.move.gain_db for stem in advice.stems]], [song.names])[0]
    pairs = zip(advice.stems, found, strict=True)
    return replace(advice, stems=tuple(replace(stem, reasons=of) for stem, of in pairs))


def in_words(
    advices: Sequence[Advice],
    style: Style = Style.FULL,
    explainer: str | Path | None = None,
    embeddings: Sequence[Float[Tensor, "source width"] | None] | None = None,
) -> list[Advice]:
    """The same advice with a text, which was verified against its numbers.

    Args:
        explainer: folder or Hub name of a trained explainer; the embedded one by default.
        embeddings: the console's, of each song's stems and mix, where it gave any.

    Raises: InputError for advice on silence, and for what is no explainer.
    """
    from explainer.pretrained import from_pretrained
    from explainer.verify import explain

    told = explain(from_pretrained(explainer), advices, style, embeddings=embeddings, seed=SEED)
    pairs = zip(advices, told, strict=True)
    return [replace(advice, text=said.text, text_source=said.source) for advice, said in pairs]
