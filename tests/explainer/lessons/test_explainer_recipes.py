"""The explainer's training as a user runs it: every shipped configuration, on a tiny base, learns for two steps."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from tiny import tiny_base

from explainer.language.pretrained import from_pretrained
from explainer.language.told.ask import Ask
from explainer.language.told.conditioning import Conditioning
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.module import ExplainerData
from explainer.lessons.steps import StepLessons
from explainer.system import BaseSystem, ExplainerSystem

ROOT = Path(__file__).resolve().parents[3]
EVERY = sorted((ROOT / "configs" / "explainer").glob("*.yaml"))
CONFIGS = [path for path in EVERY if "audio" not in path.stem]  # what hears is in test_audio_recipes.py
KIND = {"embedded": "llama", "smollm2": "llama", "written": "llama"}  # of the tiny base; the others are Qwen2


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_is_trained_for_two_steps(config, place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
    monkeypatch.setattr("explainer.system.TEXTS", 400)  # enough for a tokenizer that tells nothing
    from train import main

    told = yaml.safe_load(config.read_text())["model"]["init_args"]
    options = [f"--model.init_args.base={tiny_base(tmp_path / 'base', KIND.get(config.stem, 'qwen2'))}"]
    if "size" in told:
        options = ["--model.init_args.size.init_args.width=32", "--model.init_args.size.init_args.depth=1"]
    cli = main(
        [
            "fit",
            *("-c", str(config)),
            *options,
            "--trainer.accelerator=cpu",
            "--trainer.max_epochs=1",
            "--trainer.limit_train_batches=2",
            "--trainer.num_sanity_val_steps=0",
            "--trainer.enable_progress_bar=false",
            "--trainer.log_every_n_steps=1",
            f"--trainer.logger.init_args.save_dir={tmp_path}",
            "--data.init_args.batch_size=2",
            "--data.init_args.valid_size=2",
        ]
    )
    assert cli.trainer.global_step == 2 * len(cli.trainer.optimizers)  # Lightning counts the steps of each
    assert torch.isfinite(cli.trainer.callback_metrics["train/loss"])
    folder = next(tmp_path.glob("*/version_0/pretrained"))
    card = ModelCard.load(folder / "README.md")
    assert (card.data.pipeline_tag, "val/loss" in card.text, "Lessons`" in card.text) == ("text-generation", True, True)
    if "size" in told:
        assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in folder.iterdir()}
        ExplainerSystem(str(folder))  # what was pretrained is a base
        again = BaseSystem(start=str(folder))  # and can be pretrained longer
        assert again.tokenizer.get_vocab() == cli.model.tokenizer.get_vocab()
        assert all(value.requires_grad for value in again.parameters())
        for old, new in zip(cli.model.parameters(), again.parameters(), strict=True):
            torch.testing.assert_close(new, old.to(torch.bfloat16).float())
    else:
        assert from_pretrained(folder).write([next(StepLessons(ImaginedLessons()).asks(0))], most_tokens=3)


def test_a_small_base_learns_its_text(monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr("explainer.system.TEXTS", 400)
    from explainer.language.networks.tokenizer import BaseSize

    system = BaseSystem(BaseSize(width=64, depth=1, heads=2, hidden=96, words=1200))
    asks = [ask for ask, _ in zip(ImaginedLessons(short=1.0).asks(0), range(8), strict=False)]
    optimizer = torch.optim.AdamW(system.parameters(), 5e-3)
    losses = []
    for _ in range(12):
        loss = system.explainer(system.explainer.batch(asks))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]


@dataclass
class Noted:
    """Lessons that remember which ones were asked for."""

    told: list[Ask] = field(default_factory=list)

    def asks(self, seed: int) -> Iterator[Ask]:
        for ask in ImaginedLessons().asks(seed):
            self.told.append(ask)
            yield ask


def test_answers_of_one_length_are_side_by_side_and_none_is_lost():
    lessons = Noted()
    batches = list(ExplainerData(lessons, batch_size=4, steps=20, seed=3).train_dataloader())
    assert [len(batch) for batch in batches] == [4] * 20
    asked = [ask for batch in batches for ask in batch]
    spread = np.mean([np.std([len(ask.response) for ask in batch]) for batch in batches])
    assert spread < 0.6 * np.std([len(ask.response) for ask in asked])
    assert sorted(map(id, asked)) == sorted(map(id, lessons.told))  # each once, and nothing else


def test_validation_asks_the_same_every_epoch_and_what_training_never_sees():
    data = ExplainerData(batch_size=4, steps=5, valid_size=10, seed=3)
    first, again, train = (
        [(ask.advice, ask.response) for batch in loader for ask in batch]
        for loader in (data.val_dataloader(), data.val_dataloader(), data.train_dataloader())
    )
    assert len(first) == 12  # whole batches
    assert first == again
    assert not [pair for pair in first if pair in train]


def test_validation_tells_how_many_answers_agree(tmp_path):
    system = ExplainerSystem(str(tiny_base(tmp_path)), conditioning=Conditioning.PREDICTIONS)
    logged = {}
    system.log = lambda name, value, **_: logged.update({name: float(value)})
    asks = [ask for ask, _ in zip(StepLessons(ImaginedLessons()).asks(0), range(3), strict=False)]
    with torch.no_grad():
        system.validation_step(asks, 0)
    assert logged["val/agreement"] == 0.0  # nothing is learnt yet
    assert logged["val/loss"] > 4
