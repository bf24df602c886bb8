"""Training as a user runs it: every shipped configuration builds, and a minute of it learns."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from console import Console
from console.data.module import ConsoleData
from console.system import ConsoleSystem

ROOT = Path(__file__).resolve().parent.parent
MUSDB = ("train/A - First", "train/Actions - One Minute Smile", "test/C - Third")
CONFIGS = sorted((ROOT / "configs" / "console").glob("*.yaml"))


def train(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "train.py", *args]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=540, check=False)


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """A folder with the songs that the configurations look for in `data`."""
    base = tmp_path_factory.mktemp("work")
    songs = ("songs/one", "songs/two", *(f"musdb18hq/{name}" for name in MUSDB))
    for seed, song in enumerate(songs):
        folder = base / "data" / song
        folder.mkdir(parents=True)
        for name in ("mixture", "vocals", "drums", "bass", "other"):
            noise = 0.1 * np.random.default_rng(seed).standard_normal((44_100, 2))
            soundfile.write(folder / f"{name}.wav", noise, 44_100)
    return base


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_builds(config, roots, monkeypatch):
    if config.stem == "musdb18hq" and not shutil.which("ffprobe"):
        pytest.skip("musdb needs the ffmpeg binary")
    monkeypatch.chdir(roots)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
    from train import main

    cli = main(["-c", str(config)], run=False)
    assert isinstance(cli.model, ConsoleSystem)
    assert isinstance(cli.datamodule, ConsoleData)
    batch = next(iter(cli.datamodule.val_dataloader()))
    assert cli.model.predict_step(batch, 0).isfinite().all()


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> Path:
    """The run's folder after `fit` with the smoke configuration."""
    folder = tmp_path_factory.mktemp("smoke")
    done = train(
        "fit",
        "-c",
        ROOT / "configs/console/smoke.yaml",
        f"--trainer.logger.init_args.save_dir={folder}",
        "--trainer.enable_progress_bar=false",
    )
    assert done.returncode == 0, done.stderr
    return folder / "console-smoke" / "version_0"


def test_a_minute_of_training_learns(smoke):
    events = EventAccumulator(str(smoke))
    events.Reload()
    losses = [event.value for event in events.Scalars("train/posterior")]
    assert sum(losses[-5:]) / 5 < 0.95 * sum(losses[:5]) / 5
    assert {"train/mix", "val/joint", "val/mae_db", "val/coverage"} <= set(events.Tags()["scalars"])


def test_a_run_leaves_configuration_checkpoints_and_a_console(smoke, small_song):
    config = yaml.safe_load((smoke / "config.yaml").read_text())
    assert config["model"]["class_path"] == "console.system.ConsoleSystem"
    assert (smoke / "checkpoints" / "last.ckpt").is_file()
    console = Console.from_pretrained(smoke / "pretrained")
    assert console.name == "smoke"
    posterior = console.listen(small_song, "drums")
    torch.testing.assert_close(posterior.probability.sum(-1), torch.ones(4))


def test_a_run_is_resumed_where_it_stopped(smoke, tmp_path):
    done = train(
        "fit",
        "-c",
        ROOT / "configs/console/smoke.yaml",
        "--ckpt_path",
        smoke / "checkpoints" / "last.ckpt",
        "--trainer.max_epochs=2",
        "--trainer.limit_train_batches=1",
        "--trainer.limit_val_batches=1",
        "--model.init_args.mix_weight=0",
        f"--trainer.logger.init_args.save_dir={tmp_path}",
        "--trainer.enable_progress_bar=false",
    )
    assert done.returncode == 0, done.stderr
    assert "Restor" in done.stderr + done.stdout
    checkpoint = next((tmp_path / "console-smoke" / "version_0" / "checkpoints").glob("epoch=1*.ckpt"))
    assert checkpoint.is_file()


@pytest.mark.parametrize("command", ["validate", "test", "predict"])
def test_a_checkpoint_is_judged_by_the_other_commands(smoke, tmp_path, command):
    done = train(
        command,
        "-c",
        ROOT / "configs/console/smoke.yaml",
        "--ckpt_path",
        smoke / "checkpoints" / "last.ckpt",
        f"--trainer.limit_{'val' if command == 'validate' else command}_batches=1",
        f"--trainer.logger.init_args.save_dir={tmp_path}",
        "--trainer.enable_progress_bar=false",
    )
    assert done.returncode == 0, done.stderr
    prefix = {"validate": "val", "test": "test"}.get(command)
    assert prefix is None or all(f"{prefix}/{name}" in done.stdout for name in ("joint", "mae_db", "coverage"))


def test_a_missing_checkpoint_is_one_sentence_and_exit_code_2():
    done = train("validate", "-c", ROOT / "configs/console/smoke.yaml", "--ckpt_path", "nope.ckpt")
    assert done.returncode == 2
    assert "nope.ckpt" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_missing_data_is_one_sentence_and_exit_code_2(tmp_path):
    done = train(
        "fit",
        "-c",
        ROOT / "configs/console/folder.yaml",
        f"--data.init_args.train.init_args.root={tmp_path}",
        "--trainer.logger=false",
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"train.py: {tmp_path}: no song for the train split (a song is a folder of stems)"
    )
    assert "Traceback" not in done.stderr
