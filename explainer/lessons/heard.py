"""Lessons on real songs: their balance spoilt, heard by a trained console, and put into words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from console.balance import BalancePrior
from console.correct import RANGE_LEVEL
from console.data.cache import SongTables
from console.data.examples import Flawed, FlawedExcerpts, Key
from console.data.recipe import Recipe
from console.data.sources.source import Source
from console.errors import InputError
from console.model import Console
from console.network.features import STEP_S, WINDOW_S
from console.network.posterior import GainPosterior
from explainer.advice.advice import Advice, ModelStamp
from explainer.advice.versions import way_back
from explainer.language.told.ask import Ask
from explainer.language.told.origin import Origin, StemOrigin
from explainer.lessons.lessons import compared, lesson
from explainer.measured.excerpt import advise_on, posteriors, reasoned
from explainer.measured.figures import measure
from explainer.phrasing.plan import Style

LEAST_GAIN = 1e-6  # a factor: a second that is to be silent


class Heard(NamedTuple):
    """A flawed excerpt of a song, and what a console hears in it.

    Args:
        embedding: the console's, of the stems and last of the mix.
        groups: which of the song's own stems each stem sums.
        gain: factors on the stems in the first step, flaws included.
        flaw_db: what is wrong with each stem.
        heard: False for a stem of which the console knew only the role.
        start_s: where the first of the excerpt's windows begins in its song.
        origin: all of that for people, and what the console believed.
    """

    advice: Advice
    embedding: Float[Tensor, "source width"]
    groups: Float[Tensor, "stem native"]
    gain: Float[Tensor, " stem"]
    flaw_db: Float[Tensor, " stem"]
    heard: Bool[Tensor, " stem"]
    start_s: float
    origin: Origin


class HeardLessons:
    """Lessons whose numbers and embeddings are a console's, on flawed excerpts of songs.

    Args:
        source: balanced songs.
        console: a folder or Hub id of the console that listens; the embedded one by default.
        relevel: set the stems to levels drawn from the balance prior.
        recipe: how examples are drawn: as in the training of a console by default, but with fewer draws, and each
            stem's own dynamics.
        compared: share of the lessons on a flawed mix that are about two versions, the balanced one and it.
        short: share of those that ask for a short answer.
        cache: folder in which what was measured of the songs is kept.

    Raises: InputError for a recipe that equalises stems or joins two songs: a lesson names the sound it is about.
    """

    def __init__(
        self,
        source: Source,
        console: str | None = None,
        relevel: bool = True,
        recipe: Recipe | None = None,
        compared: float = 0.1,
        short: float = 0.4,
        cache: str = "runs/tables",
    ):
        recipe = recipe or Recipe(draws=8, windows=3, no_anchor=0.4, second_by_second=0.0)
        if recipe.equalise_db or recipe.hybrid:
            raise InputError(
                "A lesson names the song that it is about, and the gains on its stems: set recipe.equalise_db and "
                "recipe.hybrid to 0."
            )
        self.console = Console.from_pretrained(console).requires_grad_(False)
        self.tables = SongTables(source, cache, self.console.hears)
        # Advice knows of one anchor, and its reasons compare with all music.
        recipe = replace(recipe, told=0.0, more_anchors=0.0)
        self.examples = FlawedExcerpts(self.tables, recipe, BalancePrior.load() if relevel else None)
        self.compared, self.short = compared, short

    def asks(self, seed: int) -> Iterator[Ask]:
        """Without end, all songs in turn."""
        rng = np.random.default_rng(seed)
        while True:
            for song in rng.permutation(len(self.tables)).tolist():
                yield from self.of_song(song, rng)

    def of_song(self, song: int, rng: np.random.Generator) -> Iterator[Ask]:
        """The lessons on one excerpt of a song."""
        for heard in self.heard(song, rng):
            style = Style.SHORT if rng.random() < self.short else Style.FULL
            flaws = zip((stem.name for stem in heard.advice.stems), heard.flaw_db.tolist(), strict=True)
            if heard.heard.all() and heard.flaw_db.any() and rng.random() < self.compared:
                back = way_back(heard.advice, dict(flaws))
                yield compared(back, style, rng, heard.embedding, heard.origin)
            else:
                mix_only = not bool(heard.heard.any())
                yield lesson(heard.advice, style, rng, heard.embedding, heard.origin, mix_only)

    @torch.no_grad()
    def heard(self, song: int, rng: np.random.Generator) -> Iterator[Heard]:
        """Draws of balance, anchor and flaw on one excerpt of a song."""
        flawed = self.examples.flawed(Key(int(rng.integers(1 << 31)), song, int(rng.integers(1 << 31))))
        example, share = flawed.example, flawed.shares[0]
        features = self.console.with_sound(example.features, example.sound)
        log_probability, embedding = self.console.embed(
            features, example.role, example.anchor, example.heard, example.usual
        )
        believed = posteriors(example, log_probability)
        stamp = ModelStamp(self.console.name, self.console.version, self.console.checksum)
        advices = advise_on(believed, example, share.table.title, len(share.at) * WINDOW_S, stamp)
        figures = measure(flawed.energy.transpose(1, 2).flatten(2, 3), example.role, example.anchor)
        for draw, advice in enumerate(reasoned(advices, figures, example.heard)):
            yield Heard(
                advice,
                embedding[draw],
                share.groups,
                flawed.gain[draw, 0, :, 0],
                example.flaw_db[draw],
                example.heard[draw],
                share.at[0] * STEP_S,
                _origin(flawed, draw, believed[draw], self.tables.identities[song]),
            )


def _origin(flawed: Flawed, draw: int, posterior: GainPosterior, identity: str) -> Origin:
    share, example = flawed.shares[0], flawed.example
    gains_db = 20 * flawed.gain[draw].clamp_min(LEAST_GAIN).log10()  # "window stem step"
    columns = [
        [tuple(row.nonzero().flatten().tolist()) for row in share.groups],
        example.heard[draw].tolist(),
        [tuple(_in_time(window) for window in of_stem) for of_stem in gains_db.transpose(0, 1)],
    ]
    figures = [example.flaw_db[draw], posterior.median_db, *posterior.interval_db(RANGE_LEVEL)]
    columns += [[round(db, 2) + 0.0 for db in figure.tolist()] for figure in figures]
    columns += [[round(chance, 3) for chance in posterior.flaw_probability.tolist()]]
    stems = tuple(StemOrigin(*row) for row in zip(*columns, strict=True))
    start_s = tuple(round(at * STEP_S, 3) for at in share.at)
    return Origin(share.table.title, identity, start_s, WINDOW_S, stems)


def _in_time(gain_db: Float[Tensor, " step"]) -> tuple[float, ...]:
    """One gain where it stays the same, else all."""
    rounded = [round(db, 3) + 0.0 for db in gain_db.tolist()]
    return tuple(rounded) if len(set(rounded)) > 1 else (rounded[0],)
