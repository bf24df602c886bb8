"""Lightning data module over any sources of songs."""

from lightning import LightningDataModule
from torch.utils.data import DataLoader

from console.balance import BalancePrior
from console.data.examples import Example, FlawedExcerpts, SongSampler, collate
from console.data.source import Source
from console.errors import InputError

TEST_PROTOCOL = {"one": 0.8, "none": 0.2}  # as the evaluation protocol weighs them: four flawed categories of five


class ConsoleData(LightningDataModule):
    """Flawed examples for training, validation and test.

    Args:
        train: balanced songs to learn from; `valid` and `test` likewise. `test` may be left out.
        batch_size: examples in a batch.
        draws: examples made from each excerpt (balance, anchor and flaw drawn anew, sound the same).
        protocols: flaw protocols and how often each is drawn in training.
        relevel: set the stems to levels drawn from the balance prior. For sources without a balance of their own.
        num_workers: processes that prepare examples beside the training.
        seed: another seed, other excerpts and flaws.

    Raises: InputError for a batch or a number of draws below 1, and when songs to test on are asked for and none given.
    """

    def __init__(
        self,
        train: Source,
        valid: Source,
        test: Source | None = None,
        batch_size: int = 16,
        draws: int = 4,
        protocols: dict[str, float] | None = None,
        relevel: bool = False,
        num_workers: int = 1,
        seed: int = 0,
    ):
        super().__init__()
        if batch_size < 1 or draws < 1:
            raise InputError(f"A batch has at least one example and an excerpt one draw, not {batch_size} and {draws}.")
        self.train, self.valid, self.test = train, valid, test
        self.batch_size, self.draws, self.num_workers, self.seed = batch_size, draws, num_workers, seed
        self.protocols = protocols or {"none": 1.0, "one": 3.0, "many": 3.0, "raw": 1.0}
        self.prior = BalancePrior.load() if relevel else None

    def _loader(self, source: Source, protocols: dict[str, float], shuffle: bool, seed: int) -> DataLoader[Example]:
        examples = FlawedExcerpts(source, protocols, self.prior, seed=seed)
        return DataLoader(
            examples,
            batch_size=self.batch_size,
            sampler=SongSampler(len(source), self.draws, shuffle, seed),
            num_workers=self.num_workers,
            collate_fn=collate,
            persistent_workers=self.num_workers > 0,
        )

    def train_dataloader(self) -> DataLoader[Example]:
        """Training examples, new ones every epoch."""
        return self._loader(self.train, self.protocols, shuffle=True, seed=self.seed)

    def val_dataloader(self) -> DataLoader[Example]:
        """Validation examples, the same ones every epoch, under the protocol of the test."""
        return self._loader(self.valid, TEST_PROTOCOL, shuffle=False, seed=self.seed + 1)

    def test_dataloader(self) -> DataLoader[Example]:
        """Test examples: one flaw in four of five, none in the fifth."""
        if self.test is None:
            raise InputError("There are no songs to test on: name their source as data.init_args.test.")
        return self._loader(self.test, TEST_PROTOCOL, shuffle=False, seed=self.seed + 2)

    def predict_dataloader(self) -> DataLoader[Example]:
        """The test examples."""
        return self.test_dataloader()
