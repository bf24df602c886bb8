"""Advice put into words: the reasons are measured, a text is written and verified, and where it came from is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from console.balance import ROLES
from console.read.song import Song
from explainer.advice.advice import Advice, TextSource
from explainer.language.model import Explainer
from explainer.language.pretrained import from_pretrained
from explainer.measured.figures import measure
from explainer.measured.reasons import reasons
from explainer.measured.report import measurable, song_energies
from explainer.phrasing.conclusion import conclusion, notes
from explainer.phrasing.plan import Style
from explainer.phrasing.usual import with_place
from explainer.speak import Explained, explain

SEED = 0  # the same advice is said in the same words


def with_reasons(advice: Advice, song: Song) -> Advice:
    """The advice with what was measured of its song that speaks for each move."""
    figures = measure(
        song_energies(song, measurable(song))[None],
        torch.tensor([[ROLES.index(role) for role in song.roles]]),
        torch.tensor([[name == advice.anchor for name in song.names]]),
        advice.usual,
    )
    found = reasons(figures, [[stem.move.gain_db for stem in advice.stems]], [song.names])[0]
    pairs = zip(advice.stems, found, strict=True)
    return replace(advice, stems=tuple(replace(stem, reasons=of) for stem, of in pairs))


def in_words(
    advices: Sequence[Advice],
    style: Style = Style.FULL,
    explainer: Explainer | str | Path | None = None,
    embeddings: Sequence[Float[Tensor, "source width"] | None] | None = None,
) -> list[Advice]:
    """The same advice with a text, which was verified against its numbers, and what has to be known beside it.

    Of advice from a reference, and where nothing moves, but a locked stem is off, no explainer is asked: to it what
    moves is wrong, and nothing to move is a mix that is right.

    Args:
        explainer: a trained explainer, or its folder or Hub name; the embedded one by default.
        embeddings: the console's, of each song's stems and mix, where it gave any.

    Raises: InputError for advice on silence, and for what is no explainer.
    """
    # What a reference asks for is no fault of the mix, and nothing that an explainer has learnt to speak of.
    stuck = [advice.reference is not None or (advice.still and bool(advice.held_back)) for advice in advices]
    asked = [at for at in range(len(advices)) if not stuck[at]]
    known = None if embeddings is None else [embeddings[at] for at in asked]
    told: Iterator[Explained] = iter(())
    if asked or explainer is not None:
        model = explainer if isinstance(explainer, Explainer) else from_pretrained(explainer)
        told = iter(explain(model, [advices[at] for at in asked], style, embeddings=known, seed=SEED))

    def with_text(advice: Advice, held: bool) -> Advice:
        aside = notes(advice)
        if held:
            return replace(advice, text=" ".join([conclusion(advice), *aside]), text_source=TextSource.PHRASES)
        said = next(told)
        own = said.text if advice.usual is None else with_place(said.text, advice.usual)
        # The explainer counts what moves: what is locked and off comes before it.
        first, last = (aside[:1], aside[1:]) if advice.held_back else ((), aside)
        text = " ".join([*first, *(["Apart from that:"] if first else []), own, *last])
        return replace(advice, text=text, text_source=said.source)

    return list(map(with_text, advices, stuck))
