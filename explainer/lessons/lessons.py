"""Lessons: questions about mixes with the answers that are right, as many as are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from explainer.advice.advice import Advice
from explainer.advice.versions import changes_of, way_back
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import MOST_REASONS
from explainer.language.told.origin import Origin
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import Task, compare, instruction, respond
from explainer.phrasing.plan import Style

OPEN = 0.8  # share of the questions that fit any answer


@runtime_checkable
class Lessons(Protocol):
    """A source of lessons, without end, or of as many as there are."""

    def asks(self, seed: int) -> Iterator[Ask]:
        """The lessons that go with that seed, in their order."""
        ...


@dataclass(frozen=True)
class ImaginedLessons:
    """Lessons on songs that do not exist.

    Args:
        compared: share of those on two versions of a song.
        short: share of those that ask for a short answer.
    """

    compared: float = 0.1
    short: float = 0.4

    def asks(self, seed: int) -> Iterator[Ask]:
        """Without end."""
        rng = np.random.default_rng(seed)
        while True:
            style = Style.SHORT if rng.random() < self.short else Style.FULL
            if rng.random() < self.compared:
                yield comparison(imagine(rng), style, rng)
            else:
                yield lesson(imagine(rng), style, rng)


@dataclass(frozen=True)
class MixedLessons:
    """Lessons of several kinds.

    Args:
        shares: how many of each kind come in turn; one of each by default.
    """

    kinds: list[Lessons]
    shares: list[int] | None = None

    def asks(self, seed: int) -> Iterator[Ask]:
        """Of each kind in turn, until one has no more."""
        kinds = [lessons.asks(seed) for lessons in self.kinds]
        shares = [1] * len(kinds) if self.shares is None else self.shares
        while True:
            together = [list(islice(kind, share)) for kind, share in zip(kinds, shares, strict=True)]
            if any(len(some) < share for some, share in zip(together, shares, strict=True)):
                return
            for some in together:
                yield from some


def lesson(
    advice: Advice,
    style: Style,
    rng: np.random.Generator,
    embedding: Float[Tensor, "source width"] | None = None,
    origin: Origin | None = None,
    mix_only: bool = False,
) -> Ask:
    """A question about a mix and its answer, from the phrase bank; it gives no reason that is not told.

    Args:
        mix_only: of the stems nothing was heard, and the question says so.
    """
    stems = tuple(replace(stem, reasons=stem.reasons[:MOST_REASONS]) for stem in advice.stems)
    advice = replace(advice, stems=stems)
    kind = Task.MIX_ONLY if mix_only else kind_of(advice)
    asked = question(advice, style, rng, mix_only)
    return Ask(advice, asked, embedding, response=respond(advice, style, rng), style=style, task=kind, origin=origin)


def kind_of(advice: Advice) -> Task:
    """Whether one stem is off, many are, or none."""
    return (Task.BALANCED, Task.SINGLE, Task.MANY)[min(len(advice.moving), 2)]


def question(advice: Advice, style: Style, rng: np.random.Generator, mix_only: bool = False) -> str:
    """A question about a mix, mostly one that does not give the answer away."""
    # Where the anchor is not said in the question, it is in the prompt all the same.
    anchor = None if advice.anchor is None or rng.random() < 0.5 else advice.alias_by_name[advice.anchor]
    if mix_only:
        return instruction(Task.MIX_ONLY, rng, anchor, style)
    return instruction(Task.ANY if rng.random() < OPEN else kind_of(advice), rng, anchor, style)


def comparison(advice: Advice, style: Style, rng: np.random.Generator) -> Ask:
    """A question about two versions of a song, B being what the advice's moves undo, and its answer."""
    return compared(way_back(advice, {stem.name: -round(stem.move.gain_db, 1) for stem in advice.stems}), style, rng)


def compared(
    back: Advice,
    style: Style,
    rng: np.random.Generator,
    embedding: Float[Tensor, "source width"] | None = None,
    origin: Origin | None = None,
) -> Ask:
    """A question about two versions of a song, and its answer.

    Args:
        back: as `explainer.advice.versions.way_back` gives it.
        embedding: the console's, of version B.
    """
    asked, told = instruction(Task.COMPARE, rng, style=style), compare(changes_of(back), style, rng)
    return Ask(back, asked, embedding, True, response=told, style=style, task=Task.COMPARE, origin=origin)
