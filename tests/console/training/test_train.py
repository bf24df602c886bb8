"""Training as a user runs it: every shipped configuration builds, and a minute of it learns."""

import contextlib
import io
import logging
import runpy
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny_audio import tiny_encoder

from console import Console
from console.data.examples import Key, collate
from console.data.module import ConsoleData
from console.evaluation.baselines import BASELINES
from console.system import ConsoleSystem

ROOT = Path(__file__).resolve().parents[3]
SMOKE = ROOT / "configs/console/smoke.yaml"
SONGS = ("train/A - First", "train/Actions - One Minute Smile", "valid/B - Second", "test/C - Third")
# As many steps, of songs so few that no processes are started to measure them; some of the validation.
FEWER = ["--data.init_args.repeats=48", "--trainer.limit_val_batches=2"]
FEWER += [f"--data.init_args.{split}.init_args.songs={n}" for split, n in (("train", 3), ("valid", 2), ("test", 2))]
CONFIGS = sorted((ROOT / "configs" / "console").glob("*.yaml"))


def train(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "train.py", *args]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=540, check=False)


def train_here(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has torch and Lightning already: with the types checked, in a third of the time.

    Lightning's own words are logged, to a stream that it chose when it was imported: here they go to stderr too.
    """
    out, err = io.StringIO(), io.StringIO()
    told, status = logging.StreamHandler(err), 0
    loggers = [logging.getLogger(f"lightning.{part}") for part in ("pytorch", "fabric")]
    with (
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.filterwarnings("ignore", "The dirpath has changed")  # a checkpoint from elsewhere
        patch.setattr(sys, "argv", [str(ROOT / "train.py"), *map(str, args)])
        patch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
        for logger in loggers:
            logger.addHandler(told)
        try:
            runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
        except SystemExit as left:
            status = int(left.code or 0)
        finally:
            for logger in loggers:
                logger.removeHandler(told)
    return subprocess.CompletedProcess(args, status, out.getvalue(), err.getvalue())


def sources(config: Path) -> list[dict]:
    """What the configuration says of its sources of songs."""
    told = yaml.safe_load(config.read_text())["data"]["init_args"]
    return [told[split].get("init_args", {}) for split in ("train", "valid", "test") if split in told]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder to work in, with songs where the configurations look for them."""
    base = tmp_path_factory.mktemp("work")
    asked = [source for config in CONFIGS for source in sources(config) if "root" in source]
    finer = {source["root"] for source in asked if source.get("native")}
    for root, song in {(source["root"], song) for source in asked for song in SONGS}:
        assert not Path(root).is_absolute(), "a configuration names a private folder"
        folders = [base / root / song, *([base / root / song / "native"] if root in finer else [])]
        for folder in folders:
            folder.mkdir(parents=True)
            for seed, name in enumerate(("mixture", "vocals", "drums", "bass", "other")):
                noise = 0.1 * np.random.default_rng(seed).standard_normal((44_100, 2))
                soundfile.write(folder / f"{name}.wav", noise, 44_100)
    return base


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than this machine has cores
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_builds(config, place, tmp_path, monkeypatch):
    if "Musdb" in config.read_text() and not shutil.which("ffprobe"):
        pytest.skip("musdb needs the ffmpeg binary")
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
    from train import main

    given = ["-c", str(config), "--trainer.accelerator=cpu"]
    if config.stem == "encoder-hub":
        encoder = "--model.init_args.console.init_args.encoder.init_args"
        given += [f"{encoder}.name={tiny_encoder(tmp_path / 'clap', 'clap')}"]
    if config.stem == "multinode":
        given += ["--trainer.num_nodes=1", "--trainer.devices=1", "--trainer.strategy=auto"]
    cli = main(given, run=False)
    assert isinstance(cli.model, ConsoleSystem)
    assert isinstance(cli.datamodule, ConsoleData)
    for loader in (cli.datamodule.train_dataloader(), cli.datamodule.val_dataloader()):
        batch = collate([loader.dataset[Key(0, 0)]])
        assert cli.model.predict_step(batch, 0).isfinite().all()
    assert len(cli.datamodule.val_dataloader()) > 0


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> Path:
    """The run's folder after `fit` with the smoke configuration."""
    folder = tmp_path_factory.mktemp("smoke")
    done = train("fit", *options(folder, folder))
    assert done.returncode == 0, done.stderr
    assert f"What was trained is in {folder}" in done.stderr
    return folder / "console-smoke" / "version_0"


def options(folder: Path, run: Path) -> list[str | Path]:
    """The smoke configuration, its logs in a folder, its tables with those of a run."""
    return [
        *("-c", SMOKE),
        *FEWER,
        f"--trainer.logger.init_args.save_dir={folder}",
        f"--data.init_args.cache={run / 'tables'}",
        "--trainer.enable_progress_bar=false",
    ]


def test_a_minute_of_training_learns(smoke):
    events = EventAccumulator(str(smoke))
    events.Reload()
    losses = [event.value for event in events.Scalars("train/posterior")]
    assert sum(losses[-20:]) / 20 < 0.95 * sum(losses[:10]) / 10
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
    done = train_here(
        "fit",
        *options(tmp_path, smoke.parent.parent),
        *("--ckpt_path", smoke / "checkpoints" / "last.ckpt"),
        "--trainer.max_epochs=2",
        "--trainer.limit_train_batches=1",
        "--trainer.limit_val_batches=1",
        "--model.init_args.mix_weight=0",
    )
    assert done.returncode == 0, done.stderr
    assert "Restor" in done.stderr + done.stdout
    checkpoint = next((tmp_path / "console-smoke" / "version_0" / "checkpoints").glob("epoch=1*.ckpt"))
    assert checkpoint.is_file()


def test_without_a_logger_nothing_is_left_where_it_was_called(smoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint = smoke / "checkpoints" / "last.ckpt"
    done = train_here(
        "validate",
        *("-c", SMOKE),
        *FEWER,
        f"--data.init_args.cache={smoke.parent.parent / 'tables'}",
        "--trainer.enable_progress_bar=false",
        "--trainer.logger=false",
        *("--ckpt_path", checkpoint),
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["validate", "test", "predict"])
def test_a_checkpoint_is_judged_by_the_other_commands(smoke, tmp_path, command):
    done = train_here(
        command,
        *options(tmp_path, smoke.parent.parent),
        *("--ckpt_path", smoke / "checkpoints" / "last.ckpt"),
        f"--trainer.limit_{'val' if command == 'validate' else command}_batches=1",
    )
    assert done.returncode == 0, done.stderr
    prefix = {"validate": "val", "test": "test"}.get(command)
    assert prefix is None or all(f"{prefix}/{name}" in done.stdout for name in ("joint", "mae_db", "coverage"))
    if command == "test":
        rows = {
            line.split("|")[1].strip() for line in (done.stdout + done.stderr).splitlines() if line.startswith("| ")
        }
        assert {"console", *BASELINES} <= rows


def test_a_missing_checkpoint_is_one_sentence_and_exit_code_2(smoke, tmp_path):
    done = train_here("validate", *options(tmp_path, smoke.parent.parent), "--ckpt_path", "nope.ckpt")
    assert done.returncode == 2
    assert "nope.ckpt" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_missing_data_is_one_sentence_and_exit_code_2(tmp_path):
    done = train_here(
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
