"""Which process takes which example: none twice, and together what one process would take in a larger batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from console import InputError
from console.data.examples import SongSampler
from console.training.order import Order, share
from console.training.standing import Standing
from explainer.language.told.ask import Ask
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.module import POOL, ExplainerData

some = st.integers(1, 40)


def batches(sampler: SongSampler, size: int) -> list[list]:
    keys = list(sampler)
    return [keys[start : start + size] for start in range(0, len(keys), size)]


@given(count=some, batch=st.integers(1, 6), processes=st.integers(1, 5), even=st.booleans())
def test_no_place_is_taken_twice_and_none_is_left_out(count, batch, processes, even):
    shares = [share(count, batch, Standing(processes, rank), even) for rank in range(processes)]
    taken = sorted(np.concatenate(shares).tolist())
    rest = count % (batch * processes)
    left_out = rest if even and rest < processes else 0
    assert taken == list(range(count - left_out))
    if even:  # otherwise one process would wait for ever for another
        assert len({-(-len(mine) // batch) for mine in shares}) == 1
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(songs=some, repeats=st.integers(1, 4), batch=st.integers(1, 4), epoch=st.integers(0, 3))
def test_two_processes_take_together_what_one_takes_in_a_batch_of_double_size(songs, repeats, batch, epoch):
    assume(songs * repeats > 1)
    one = SongSampler(songs, repeats, True, 7, 2 * batch)
    two = [SongSampler(songs, repeats, True, 7, batch, Standing(2, rank)) for rank in range(2)]
    for sampler in (one, *two):
        sampler.set_epoch(epoch)
    together = [a + b for a, b in zip(*(batches(sampler, batch) for sampler in two), strict=True)]
    for apart, whole in zip(together, batches(one, 2 * batch), strict=False):
        assert sorted(apart) == sorted(whole)
        assert len({key.batch for key in apart}) == 1  # of one shape
    assert all(len(sampler) == len(list(sampler)) for sampler in two)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_that_stands_within_an_epoch_takes_what_is_left_of_it_and_then_whole_ones(processes):
    def sampler(standing: Standing) -> SongSampler:
        return SongSampler(6, 3, True, 1, 3, standing)

    for rank in range(processes):
        whole, rest = sampler(Standing(processes, rank)), sampler(Standing(processes, rank, 4, 2))
        assert rest.epoch == 4  # before anybody has told it
        for epoch in (4, 5):
            whole.set_epoch(epoch)
            rest.set_epoch(epoch)
            assert list(rest) == list(whole)[6 if epoch == 4 else 0 :]


def test_what_is_judged_by_is_the_same_every_epoch_and_for_any_number_of_processes():
    one = list(Order(7, training=False))
    parts = [Order(7, training=False, standing=Standing(3, rank, 5, 2)) for rank in range(3)]
    for part in parts:
        part.set_epoch(9)
    assert sorted(place for part in parts for place in part) == one


@pytest.mark.parametrize(("training", "to"), [(True, "train"), (False, "validate or test")])
def test_processes_without_an_example_each_are_refused_in_all_of_them(training, to):
    for rank in range(3):
        with pytest.raises(InputError, match=f"3 processes cannot share 2 to {to} on: use 2 of them at most"):
            Order(2, training=training, standing=Standing(3, rank))


def test_lessons_go_on_where_they_stood():
    whole = ExplainerData(batch_size=2, steps=5).train_dataloader()
    whole.sampler.set_epoch(2)
    data = ExplainerData(batch_size=2, steps=5)
    data.load_state_dict({"epoch": 2, "batches": 3})
    told, rest = ([[ask.response for ask in batch] for batch in loader] for loader in (whole, data.train_dataloader()))
    assert rest == told[3:]
    whole.sampler.set_epoch(3)
    assert [[ask.response for ask in batch] for batch in whole] != told


@dataclass
class Noted:
    """Imagined lessons that note in a file each time that some are drawn, and how many."""

    notes: Path

    def asks(self, seed: int) -> Iterator[Ask]:
        drawn = self.notes / str(seed)
        drawn.touch(exist_ok=False)  # nobody draws the same twice
        with drawn.open("a") as note:
            for ask in ImaginedLessons().asks(seed):
                note.write("x")
                note.flush()
                yield ask


class Placed(ExplainerData):
    """One of several processes, in the midst of an epoch."""

    standing = Standing()


@pytest.mark.parametrize(("workers", "processes"), [(0, 1), (2, 1), (0, 3), (2, 2)])
@pytest.mark.parametrize("done", [0, 5])
def test_no_lesson_is_drawn_that_nobody_takes_nor_by_two(workers, processes, done, tmp_path):
    steps, told = 2 * POOL + 4, []
    for rank in range(processes):
        data = Placed(Noted(tmp_path), batch_size=2, steps=steps, num_workers=workers)
        data.standing = Standing(processes, rank, 1, done)
        told += [ask.response for batch in data.train_dataloader() for ask in batch]
    drawn = sum(len(note.read_text()) for note in tmp_path.iterdir())
    assert len(told) == 2 * (steps - done * processes)
    assert drawn == 2 * steps if done < POOL // max(workers, 1) else drawn <= 2 * steps
    assert len(set(told)) > 0.9 * len(told)  # two imagined mixes can be balanced in the same words


class Listener(LightningModule):
    """Notes the lessons of each epoch, and learns nothing."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.told: dict[int, list[list[str]]] = {}

    def training_step(self, batch, batch_index):
        self.told.setdefault(self.current_epoch, []).append([ask.response for ask in batch])
        return self.weight.square().sum()

    def validation_step(self, batch, batch_index):
        pass

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


@pytest.mark.filterwarnings("ignore:The dirpath has changed:UserWarning")
@pytest.mark.parametrize("workers", [0, 2])
def test_every_epoch_has_lessons_of_its_own_whatever_the_configuration_and_a_run_goes_on_with_them(workers, tmp_path):
    def run(folder: Path, start: Path | None = None) -> dict[int, list[list[str]]]:
        listener = Listener()
        data = ExplainerData(batch_size=2, steps=5, num_workers=workers)
        quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
        keep = ModelCheckpoint(folder, "at-{step}", save_top_k=-1, every_n_train_steps=1)
        options = {"max_epochs": 3, "limit_val_batches": 0, "callbacks": [keep]}
        Trainer(accelerator="cpu", default_root_dir=folder, **quiet, **options).fit(listener, data, ckpt_path=start)
        return listener.told

    whole = run(tmp_path / "whole")
    assert [len(whole[epoch]) for epoch in range(3)] == [5] * 3
    batches = [tuple(batch) for epoch in range(3) for batch in whole[epoch]]
    assert len(set(batches)) == 15
    assert run(tmp_path / "rest", tmp_path / "whole" / "at-step=7.ckpt") == {1: whole[1][2:], 2: whole[2]}
