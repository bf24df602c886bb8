"""Lightning data module over any sources of songs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from numpy import ndarray
from torch.utils.data import DataLoader, Dataset

from console.balance import BalancePrior
from console.data.cache import SongTables
from console.data.examples import Example, FlawedExcerpts, SongSampler, collate
from console.data.hybrids import partners_in
from console.data.levels import LevelDraws
from console.data.recipe import Recipe
from console.data.sources.source import Source
from console.errors import InputError
from console.evaluation.items import Asked, Items, Protocol
from console.network.encoders.heard_as import HeardAs
from console.training.order import GoingOn, Order
from console.training.standing import StandingData

VALID_EXCERPTS = 8  # of each song
AS_TESTED: dict[str, Any] = {
    "protocols": {"published": 1.0},
    "windows": 1,
    "mix_only": 0.0,
    "dropped": 0.0,
    "finer": 0.0,
    "more_anchors": 0.0,
    "told": 0.0,
    "equalise_db": 0.0,
}
OF_SOUND = ("equalise_db", "hybrid")  # what a recipe may ask for that levels alone do not have


class ConsoleData(StandingData):
    """Flawed examples for training and validation, the evaluation protocol's items for the test.

    Args:
        train: balanced songs to learn from; `valid` and `test` likewise. `test` may be left out.
        recipe: how training examples are drawn.
        batch_size: examples in a batch, made of `batch_size / recipe.draws` excerpts.
        repeats: excerpts of every song in an epoch.
        relevel: set the stems to levels drawn from the balance prior, in training and validation. For sources that have
            no balance of their own, or few songs.
        levels: train and validate on levels alone, drawn from the balance prior: of the songs only moments are heard.
            For a console that reads levels of seconds and nothing else, and much faster. There is no sound to equalise
            or to put together from two songs, and the prior sets every second whatever `recipe.second_by_second` says.
        relevel_test: bring each test song to one balance drawn from the balance prior.
        mix_only: test with the mixture alone.
        short_songs: test on songs under 10 s too, however faint; the protocol drops them.
        cache: folder in which what was measured of the songs is kept.
        sound: keep the stems' sound there too, for a console that listens through an encoder, as that hears it.
        num_workers: processes that prepare examples beside the training.
        seed: another seed, other excerpts and flaws.

    Raises: InputError for a batch or a number of draws below 1, when the recipe asks for excerpts of two songs and no
        two go together, or for sound where there are levels alone, and when songs to test on are asked for and none
        given.
    """

    def __init__(
        self,
        train: Source,
        valid: Source,
        test: Source | None = None,
        recipe: Recipe | None = None,
        batch_size: int = 128,
        repeats: int = 1,
        relevel: bool = False,
        levels: bool = False,
        relevel_test: bool = False,
        mix_only: bool = False,
        short_songs: bool = False,
        cache: str = "runs/tables",
        sound: HeardAs | None = None,
        num_workers: int = 1,
        seed: int = 0,
    ):
        super().__init__()
        self.recipe = recipe or Recipe()
        if batch_size < 1 or self.recipe.draws < 1:
            draws = self.recipe.draws
            raise InputError(f"A batch has at least one example and an excerpt one draw, not {batch_size} and {draws}.")
        self.excerpts = max(1, batch_size // self.recipe.draws)
        self.repeats, self.num_workers, self.seed = repeats, num_workers, seed
        self.relevel_test, self.mix_only, self.short_songs = relevel_test, mix_only, short_songs
        self.prior = BalancePrior.load() if relevel or levels else None
        self.levels, self.sound = levels, sound
        if sound is not None and (levels or self.recipe.equalise_db > 0):
            raise InputError(
                "An encoder hears songs as they are: set the data's levels to false, recipe.equalise_db to 0."
            )
        for name in OF_SOUND if levels else ():
            if getattr(self.recipe, name) > 0:
                raise InputError(f"Of levels alone there is no sound to change: set recipe.{name} to 0, or levels off.")
        self.partners = partners_in(train) if self.recipe.hybrid > 0 else None
        if self.partners is not None and not any(map(len, self.partners)):
            raise InputError(
                f"No two of the songs to train on go together, as recipe.hybrid = {self.recipe.hybrid:g} asks: their "
                "song.json must tell of like tempo_bpm, key, mode and meter. Set recipe.hybrid to 0."
            )
        self.train, self.valid = SongTables(train, cache, sound), SongTables(valid, cache, sound)
        self.test = None if test is None else SongTables(test, cache, sound)

    def prepare_data(self) -> None:
        """Called by Lightning in one process of a machine, while the others wait: measures songs as `setup` does."""
        if self.trainer is not None and self.trainer.state.fn is not None:
            self.setup(self.trainer.state.fn.value)

    def setup(self, stage: str) -> None:
        """Called by Lightning: measures the songs that no run has measured before."""
        for tables in {"fit": (self.train, self.valid), "validate": (self.valid,)}.get(stage, ()):
            tables.build()
        if stage in ("test", "predict"):
            self._tested().build()

    def train_dataloader(self) -> DataLoader[Example]:
        """Training examples, new ones every epoch."""
        examples = self._examples(self.train, self.recipe, self.seed, self.partners)
        sampler = SongSampler(len(self.train), self.repeats, True, self.seed, self.excerpts, self.standing)
        return self._loader(examples, self.excerpts, sampler)

    def val_dataloader(self) -> DataLoader[Example]:
        """Validation examples, the same ones every epoch, as the protocol has them."""
        recipe = replace(self.recipe, **AS_TESTED)
        examples = self._examples(self.valid, recipe, self.seed + 1)
        sampler = SongSampler(len(self.valid), VALID_EXCERPTS, False, batch=self.excerpts, standing=self.standing)
        return self._loader(examples, self.excerpts, sampler)

    def test_dataloader(self) -> DataLoader[Asked]:
        """The protocol's items of the test songs, those of a chunk together."""
        prior = BalancePrior.load() if self.relevel_test else None
        items = Items(self._tested(), Protocol.SINGLE, self.mix_only, prior, self.short_songs)
        items.check()
        order = _InOrder(len(items), 1, False, self.standing)
        return GoingOn(items, batch_size=None, sampler=order, num_workers=self.num_workers, collate_fn=_as_it_is)

    def predict_dataloader(self) -> DataLoader[Asked]:
        """The test's items."""
        return self.test_dataloader()

    def _examples(
        self, tables: SongTables, recipe: Recipe, seed: int, partners: Sequence[ndarray] | None = None
    ) -> Dataset[Example]:
        if self.levels and self.prior is not None:
            return LevelDraws(tables, recipe, self.prior, seed)
        return FlawedExcerpts(tables, recipe, self.prior, seed, partners)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Called by Lightning; of items only what the console hears goes to its device, and that when it listens."""
        return batch if isinstance(batch, Asked) else super().transfer_batch_to_device(batch, device, dataloader_idx)

    def _tested(self) -> SongTables:
        if self.test is None:
            raise InputError("There are no songs to test on: name their source as data.init_args.test.")
        return self.test

    def _loader(self, examples: Dataset[Example], excerpts: int, sampler: Order) -> DataLoader[Example]:
        return GoingOn(
            examples,
            batch_size=excerpts,
            sampler=sampler,
            num_workers=self.num_workers,
            collate_fn=collate,
            persistent_workers=self.num_workers > 0,
        )


class _InOrder(Order):
    """Plain indices."""

    def __iter__(self) -> Iterator[int]:
        return iter(self.places().tolist())


def _as_it_is(asked: Any) -> Any:
    return asked
