"""The shipped configurations of explainers that hear, each trained for two steps on tiny models as a user runs it."""

import sys
from pathlib import Path

import pytest
import torch
from tiny import tiny_base
from tiny_audio import tiny_encoder, tiny_qwen2_audio

from explainer.hearing.system import read_hearing

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(path.stem for path in (ROOT / "configs" / "explainer").glob("*audio*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_each_configuration_is_trained_for_two_steps(name, place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
    from train import main

    if name == "qwen2-audio":
        options = [f"--model.init_args.base={tiny_qwen2_audio(tmp_path / 'base')}"]
    else:
        encoder = tiny_encoder(tmp_path / "encoder", "whisper")
        options = [f"--model.init_args.base={tiny_base(tmp_path / 'base', 'qwen2')}"]
        options += [f"--model.init_args.encoder={encoder}"]
    cli = main(
        [
            "fit",
            *("-c", str(ROOT / "configs" / "explainer" / f"{name}.yaml")),
            *options,
            "--trainer.accelerator=cpu",
            "--trainer.max_epochs=1",
            "--trainer.limit_train_batches=2",
            "--trainer.num_sanity_val_steps=0",
            "--trainer.enable_progress_bar=false",
            "--trainer.log_every_n_steps=1",
            f"--trainer.logger.init_args.save_dir={tmp_path}",
            "--data.init_args.batch_size=2",
            "--data.init_args.steps=2",
            "--data.init_args.valid_size=2",
        ]
    )
    assert cli.trainer.global_step == 2
    assert torch.isfinite(cli.trainer.callback_metrics["train/loss"])
    assert torch.isfinite(cli.trainer.callback_metrics["val/loss"])
    folder = next(tmp_path.glob("*/version_0/pretrained"))
    assert "`ClipLessons` on 1 song of `FolderSource(synth, valid)`" in (folder / "README.md").read_text()
    ask = next(cli.datamodule.valid.asks(0))
    assert len(read_hearing(folder).write([ask], most_tokens=3)) == 1
