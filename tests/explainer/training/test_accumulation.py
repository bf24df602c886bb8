"""Two batches whose gradients are taken together train as one of double size."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import LightningDataModule, Trainer
from tiny import tiny_base
from torch.utils.data import DataLoader

from console.errors import InputError
from explainer.language.networks.base import LoraSettings
from explainer.language.networks.tokenizer import BaseSize
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.steps import StepLessons
from explainer.system import BaseSystem, ExplainerSystem


def pairs(system: BaseSystem | ExplainerSystem, count: int) -> list[tuple[Ask, Ask]]:
    """Two lessons each, other ones with as many tokens to learn: the mean of their losses is the loss of both."""
    waiting: dict[int, Ask] = {}
    found: list[tuple[Ask, Ask]] = []
    for ask in islice(StepLessons(ImaginedLessons()).asks(0), 1000):
        size = int((system.explainer.batch([ask]).labels != -100).sum())
        if size in waiting and waiting[size].response != ask.response:
            found.append((waiting.pop(size), ask))
        else:
            waiting[size] = ask
        if len(found) == count:
            return found
    raise AssertionError("too few lessons")


class Given(LightningDataModule):
    """These batches, as they are."""

    def __init__(self, batches: list[list[Ask]]):
        super().__init__()
        self.batches = batches

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.batches, batch_size=None, collate_fn=lambda batch: batch)

    val_dataloader = train_dataloader

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        return batch


def trained(folder: Path, system: BaseSystem | ExplainerSystem, batches: list[list[Ask]], **options: object) -> Trainer:
    quiet = dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary", "enable_checkpointing"), False)
    few = {"max_epochs": 2, "limit_val_batches": 0}
    trainer = Trainer(accelerator="cpu", default_root_dir=folder, **few, **quiet, **options)
    trainer.fit(system, Given(batches))
    return trainer


def assert_alike(one: torch.nn.Module, two: torch.nn.Module, start: dict[str, torch.Tensor]) -> None:
    """After training the weights differ by far less than they have moved."""
    moved = [(value - start[name]).norm() for name, value in one.named_parameters() if value.requires_grad]
    apart = [
        (value - dict(two.named_parameters())[name]).norm()
        for name, value in one.named_parameters()
        if value.requires_grad
    ]
    assert torch.stack(moved).norm() > 0
    assert torch.stack(apart).norm() < 0.01 * torch.stack(moved).norm()


def start_of(system: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in system.named_parameters()}


def test_an_explainer_that_accumulates_two_batches_learns_as_from_one_of_double_size(tmp_path):
    base = str(tiny_base(tmp_path / "base"))

    def new() -> ExplainerSystem:
        return ExplainerSystem(base, LoraSettings(4, 8), conditioning=Conditioning.REPORT)

    one, two = new(), new()
    start, lessons = start_of(one), pairs(one, 3)
    trained(tmp_path, one, [list(pair) for pair in lessons])
    trained(tmp_path, two, [[ask] for pair in lessons for ask in pair], accumulate_grad_batches=2)
    assert_alike(one, two, start)


def test_a_base_that_accumulates_two_batches_learns_as_from_one_of_double_size(tmp_path, monkeypatch):
    monkeypatch.setattr("explainer.system.TEXTS", 400)

    def new(accumulate: int = 1) -> BaseSystem:
        torch.manual_seed(0)
        return BaseSystem(BaseSize(width=32, depth=1, heads=2, hidden=64, words=1200), accumulate=accumulate)

    one, two, odd = new(), new(2), new(2)
    start, lessons = start_of(one), pairs(one, 3)
    batches = [[ask] for pair in lessons for ask in pair]
    whole = trained(tmp_path, one, [list(pair) for pair in lessons])
    parts = trained(tmp_path, two, batches)
    assert whole.global_step == parts.global_step == 2 * 2 * 3  # of two optimisers in two epochs
    assert_alike(one, two, start)
    assert one.lr_schedulers()[0].last_epoch == two.lr_schedulers()[0].last_epoch
    assert one.lr_schedulers()[0].get_last_lr() == two.lr_schedulers()[0].get_last_lr()
    assert trained(tmp_path, odd, batches[:5]).global_step == 2 * 2 * 3  # the rest of an epoch is a step, too
    with pytest.raises(InputError, match="one batch at least, not of 0"):
        new(0)
