"""A run that was stopped goes on by the same command, as if it had never been stopped."""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch
import yaml
from training_runs import ROOT, STEPS, TINY, Stopped, curves

from console import InputError
from console.training.checkpoints import WholeCheckpoints
from console.training.going_on import MARK

EPOCHS = "--trainer.max_epochs=3"


def last(run: Path) -> dict:
    return WholeCheckpoints().load_checkpoint(run / "checkpoints" / "last.ckpt", weights_only=True)


def weights(run: Path) -> bytes:
    return (run / "pretrained" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(fit, tmp_path_factory) -> Path:
    """The folder of a run that was never stopped."""
    place = tmp_path_factory.mktemp("whole")
    fit(place, EPOCHS)
    return place / "console-smoke" / "version_0"


def test_the_same_command_goes_on_with_the_same_loss_wherever_it_was_stopped(fit, tmp_path, whole):
    stops = [1, STEPS + 2, STEPS]  # before there is a checkpoint, in the midst of an epoch, at its end
    for stop in stops:
        with pytest.raises(Stopped):
            fit(tmp_path / "cut", EPOCHS, stop=stop)
    fit(tmp_path / "cut", EPOCHS)
    (run,) = (tmp_path / "cut" / "console-smoke").iterdir()
    assert curves(run) == curves(whole)
    assert [step for step, _ in curves(run)["train/loss"]] == list(range(3 * STEPS))
    assert weights(run) == weights(whole)
    assert last(run)["epoch"] == 2
    assert not (run / MARK).exists()


def test_what_is_prefetched_by_other_processes_is_right_too(fit, tmp_path, whole):
    with pytest.raises(Stopped):
        fit(tmp_path / "cut", EPOCHS, stop=STEPS + 1, workers=1)
    fit(tmp_path / "cut", EPOCHS, workers=1)
    assert curves(tmp_path / "cut" / "console-smoke" / "version_0") == curves(whole)


def test_a_checkpoint_in_the_midst_of_an_epoch_is_gone_on_from(fit, tmp_path, whole):
    config = yaml.safe_load((whole / "config.yaml").read_text())
    callbacks = config["trainer"]["callbacks"]
    callbacks[1]["init_args"] |= {"every_n_train_steps": 2, "every_n_epochs": None, "save_on_train_epoch_end": None}
    overlay = tmp_path / "often.yaml"
    overlay.write_text(yaml.safe_dump({"trainer": {"callbacks": callbacks}}))
    with pytest.raises(Stopped):
        fit(tmp_path / "cut", EPOCHS, "-c", str(overlay), stop=STEPS + 2)
    run = tmp_path / "cut" / "console-smoke" / "version_0"
    assert last(run)["global_step"] == 4
    fit(tmp_path / "cut", EPOCHS, "-c", str(overlay))
    assert [step for step, _ in curves(run)["train/loss"]] == list(range(3 * STEPS))
    assert curves(run)["train/loss"] == curves(whole)["train/loss"]


def test_a_checkpoint_is_whole_or_the_one_before(tmp_path, monkeypatch):
    path, save = tmp_path / "deep" / "last.ckpt", torch.save
    WholeCheckpoints().save_checkpoint({"step": 1}, path)

    def half(checkpoint, file):
        file.write(b"half a checkpoint")
        raise Stopped

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(Stopped):
        WholeCheckpoints().save_checkpoint({"step": 2}, path)
    monkeypatch.setattr(torch, "save", save)
    assert WholeCheckpoints().load_checkpoint(path, weights_only=True) == {"step": 1}
    with pytest.raises(InputError, match="cannot be written"):
        WholeCheckpoints().save_checkpoint({"step": 2}, tmp_path / "deep")


def test_what_is_finished_or_asked_in_other_words_begins_anew(fit, tmp_path):
    runs = tmp_path / "console-smoke"
    with pytest.raises(Stopped):
        fit(tmp_path, stop=1)
    fit(tmp_path, "--model.init_args.learning_rate=1e-3")
    assert (runs / "version_0" / MARK).exists()
    assert last(runs / "version_1")["epoch"] == 0
    fit(tmp_path)  # goes on in the first
    fit(tmp_path)  # which is finished
    assert sorted(path.name for path in runs.iterdir()) == [f"version_{number}" for number in range(3)]
    assert all(len(curves(run)["train/loss"]) == STEPS for run in runs.iterdir())


def test_last_goes_on_with_the_newest_run_for_longer_and_begins_where_there_is_none(fit, tmp_path):
    run = tmp_path / "console-smoke" / "version_0"
    fit(tmp_path, "--ckpt_path=last")
    assert last(run)["epoch"] == 0
    fit(tmp_path, "--ckpt_path=last", "--trainer.max_epochs=2")
    assert last(run)["epoch"] == 1
    assert [step for step, _ in curves(run)["train/loss"]] == list(range(2 * STEPS))
    assert len(list(run.parent.iterdir())) == 1


def test_two_processes_never_train_in_one_folder(fit, tmp_path):
    run = tmp_path / "console-smoke" / "version_0"
    with pytest.raises(Stopped):
        fit(tmp_path, EPOCHS, stop=STEPS + 1)
    with open(run / MARK) as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        fit(tmp_path, EPOCHS)
        assert last(run)["epoch"] == 0
        assert last(run.with_name("version_1"))["epoch"] == 2
        with pytest.raises(InputError, match="Another process trains in"):
            fit(tmp_path, EPOCHS, "--trainer.logger.init_args.version=0")


def damage(path, how):
    whole = path.read_bytes()
    if how == "cut off":
        path.write_bytes(whole[: len(whole) // 2])
    else:  # a bit of a weight, which torch reads without a word
        with zipfile.ZipFile(path) as archive:
            largest = max(archive.infolist(), key=lambda each: each.file_size)
        at = whole.index(largest.filename.encode()) + len(largest.filename) + largest.file_size // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


@pytest.mark.parametrize("how", ["cut off", "a bit"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before_it(fit, tmp_path, how, capfd, caplog):
    with pytest.raises(Stopped):
        fit(tmp_path, "--trainer.max_epochs=4", stop=3 * STEPS + 1)
    run = tmp_path / "console-smoke" / "version_0"
    checkpoint = run / "checkpoints" / "last.ckpt"
    before = checkpoint.with_name("before-last.ckpt")
    reads = WholeCheckpoints()
    assert [reads.load_checkpoint(path, weights_only=True)["epoch"] for path in (checkpoint, before)] == [2, 1]
    damage(checkpoint, how)
    with pytest.raises(InputError, match="is no whole checkpoint"):
        reads.load_checkpoint(checkpoint)
    with caplog.at_level("INFO", "lightning.pytorch.utilities.rank_zero"):
        fit(tmp_path, "--trainer.max_epochs=4")
    assert f'"{checkpoint}" is damaged: the run goes on from "before-last.ckpt"' in caplog.text + capfd.readouterr().err
    assert last(run)["epoch"] == 3
    fit(tmp_path / "whole", "--trainer.max_epochs=4")
    assert weights(run) == weights(tmp_path / "whole" / "console-smoke" / "version_0")


def test_where_no_checkpoint_is_whole_it_is_one_sentence(fit, tmp_path):
    with pytest.raises(Stopped):
        fit(tmp_path, EPOCHS, stop=STEPS + 1)
    for path in (tmp_path / "console-smoke" / "version_0" / "checkpoints").glob("*.ckpt"):
        damage(path, "cut off")
    with pytest.raises(InputError, match=r'last.ckpt" is no whole checkpoint: give another one, or remove it'):
        fit(tmp_path, EPOCHS)


def test_a_damaged_checkpoint_of_a_requeued_job_is_passed_over(fit, tmp_path, whole):
    with pytest.raises(Stopped):
        fit(tmp_path, EPOCHS, stop=STEPS + 1)
    run = tmp_path / "console-smoke" / "version_0"
    (run / "hpc_ckpt_1.ckpt").write_bytes((run / "checkpoints" / "last.ckpt").read_bytes()[:1000])
    fit(tmp_path, EPOCHS)
    assert weights(run) == weights(whole)


def test_a_run_that_fails_at_once_leaves_no_folder(fit, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made, to keep tables in"):
        fit(tmp_path, f"--data.init_args.cache={tmp_path / 'file' / 'tables'}")
    assert not list(tmp_path.glob("*/*"))


def _await(moment: str, run: Path, rng: random.Random, process: subprocess.Popen) -> None:
    """Until a run that has just been started is to be killed."""

    def seen() -> object:
        """What changes when that moment has come."""
        if moment == "writing":
            return any((run / "checkpoints").glob(".*.part"))
        if moment == "keeping":
            return (run / ".pretrained.new").exists()
        last = run / "checkpoints" / "last.ckpt"
        return (
            (last.stat().st_mtime_ns if last.is_file() else 0) if moment == "epoch" else len(list(run.glob("events*")))
        )

    checkpoint = run / "checkpoints" / "last.ckpt"

    def written_ns() -> int:
        return checkpoint.stat().st_mtime_ns if checkpoint.is_file() else 0

    before, written = seen(), {written_ns()}
    # A run that gets no better any more keeps nothing: three epochs are waited for, not its end.
    while process.poll() is None and seen() == before and len(written) <= 3:
        time.sleep(0.0005)
        written.add(written_ns())
    if moment in ("epoch", "begun"):
        time.sleep(0.3 * rng.random())


@pytest.mark.slow
def test_killed_twenty_times_it_goes_on_as_if_nothing_had_been(fit, tmp_path):
    """SIGKILL at random moments, also while a checkpoint is written, and while the best is kept."""
    options = [
        "--trainer.max_epochs=100",
        f"--data.init_args.cache={tmp_path / 'tables'}",
        "--data.init_args.num_workers=0",
    ]
    command = [sys.executable, str(ROOT / "train.py"), "fit", *TINY, *options]
    command += [f"--trainer.logger.init_args.save_dir={tmp_path / 'cut'}"]
    run = tmp_path / "cut" / "console-smoke" / "version_0"
    rng, log, reached = random.Random(0), tmp_path / "log", []
    for moment in ["begun", "writing", "epoch", "keeping"] * 5:
        with open(log, "w") as told, subprocess.Popen(command, stderr=told, stdout=told) as process:
            _await(moment, run, rng, process)
            assert process.poll() is None, log.read_text()
            os.kill(process.pid, signal.SIGKILL)
        reached.append(last(run)["epoch"] if (run / "checkpoints" / "last.ckpt").is_file() else -1)
    print(reached)
    assert reached == sorted(reached)  # nothing that was reached is lost
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    fit(tmp_path / "whole", *options)
    whole = tmp_path / "whole" / "console-smoke" / "version_0"
    assert json.dumps(curves(run)) == json.dumps(curves(whole))
    assert weights(run) == weights(whole)
    assert not [path for path in run.rglob(".*") if path.suffix in (".part", ".new", ".old")]
