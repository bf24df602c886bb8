"""Runs that torchrun or SLURM has started: what is killed or queued again goes on by the same command."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from training_runs import ROOT, TINY, curves

from console.training.going_on import MARK

EPOCHS = 4
OPTIONS = [
    *TINY,
    *(f"--trainer.max_epochs={EPOCHS}", "--trainer.devices=2", "--trainer.strategy=ddp"),
    *("--data.init_args.num_workers=0", "--data.init_args.batch_size=2", "--data.init_args.train.init_args.songs=4"),
    *("--trainer.limit_val_batches=1.0", "--data.init_args.recipe.draws=1"),
]


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


class Run:
    """A run of two processes in a folder; all runs share their tables, which whoever is first makes."""

    def __init__(self, place: Path, name: str, *more: str):
        self.place, self.name, self.log = place, name, place / f"{name}.log"
        self.command = [str(ROOT / "train.py"), "fit", *OPTIONS, f"--data.init_args.cache={place / 'tables'}"]
        self.command += [f"--trainer.logger.init_args.save_dir={place / name}", *more]
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    @property
    def folder(self) -> Path:
        """The only one that it has made."""
        (folder,) = (self.place / self.name / "console-smoke").iterdir()
        return folder

    def checkpoint(self) -> Path:
        """The last of an epoch."""
        return self.place / self.name / "console-smoke" / "version_0" / "checkpoints" / "last.ckpt"

    def started(self, command: list[str], **environment: str) -> subprocess.Popen:
        with self.log.open("a") as told:
            return subprocess.Popen(
                command, env={**self.environment, **environment}, stdout=told, stderr=told, start_new_session=True
            )

    def by_torchrun(self) -> subprocess.Popen:
        """Both processes, on a port of their own."""
        where = ["--nproc_per_node", "2", "--master_addr", "127.0.0.1", "--master_port", str(free_port())]
        return self.started([sys.executable, "-m", "torch.distributed.run", *where, *self.command])

    def by_slurm(self) -> list[subprocess.Popen]:
        """Both processes as `srun` starts them, with a `scontrol` that notes what it is asked."""
        bin = self.place / "bin"
        bin.mkdir(exist_ok=True)
        asked = self.place / "asked"
        (bin / "scontrol").write_text(f'#!/bin/sh\necho "$@" >> {asked}.part\nmv {asked}.part {asked}\n')
        (bin / "scontrol").chmod(0o755)
        told = {"SLURM_JOB_ID": "4242", "SLURM_JOB_NAME": "mix", "SLURM_NTASKS": "2", "SLURM_NODEID": "0"}
        told |= {"SLURM_NNODES": "1", "SLURM_NTASKS_PER_NODE": "2", "SLURM_NODELIST": "127.0.0.1"}
        told |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "PATH": f"{bin}:{os.environ['PATH']}"}
        return [
            self.started([sys.executable, *self.command], **told, SLURM_PROCID=str(rank), SLURM_LOCALID=str(rank))
            for rank in range(2)
        ]

    def ended(self, *processes: subprocess.Popen) -> None:
        """To their end, which is a good one."""
        for process in processes:
            assert process.wait(300) == 0, self.log.read_text()

    def wait_for(self, path: Path, *processes: subprocess.Popen) -> None:
        """Until a file is there, while the processes run."""
        while not path.exists():
            assert all(process.poll() is None for process in processes), self.log.read_text()
            time.sleep(0.002)


def killed(*processes: subprocess.Popen) -> None:
    """With all that they have started: torchrun's workers have sessions of their own."""
    for pid in [pid for process in processes for pid in family(process.pid)]:
        os.kill(pid, signal.SIGKILL)
    for process in processes:
        process.wait()


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in family(int(child)))]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A run under torchrun that was never stopped."""
    run = Run(tmp_path_factory.mktemp("clusters"), "whole")
    run.ended(run.by_torchrun())
    return run


def weights(run: Run) -> bytes:
    return (run.folder / "pretrained" / "model.safetensors").read_bytes()


@pytest.mark.slow
def test_what_torchrun_had_started_goes_on_by_the_same_command(whole):
    cut = Run(whole.place, "cut")
    process = cut.by_torchrun()
    cut.wait_for(cut.checkpoint(), process)
    killed(process)
    assert (cut.folder / MARK).exists()
    cut.ended(cut.by_torchrun())
    assert not (cut.folder / MARK).exists()
    assert weights(cut) == weights(whole)
    assert curves(cut.folder)["train/loss"] == curves(whole.folder)["train/loss"]


@pytest.mark.slow
def test_in_shards_it_goes_on_as_well_and_comes_to_the_same(whole):
    cut = Run(whole.place, "shards", "--trainer.strategy=sharded")
    process = cut.by_torchrun()
    cut.wait_for(cut.checkpoint(), process)
    killed(process)
    cut.ended(cut.by_torchrun())
    assert f"Restoring states from the checkpoint path at {cut.checkpoint()}" in cut.log.read_text()
    for name in ("train/loss", "val/loss"):
        there, here = (curves(run.folder)[name] for run in (whole, cut))
        assert [step for step, _ in here] == [step for step, _ in there]
        assert [value for _, value in here] == pytest.approx([value for _, value in there], rel=1e-4)
    there, here = (load_file(run.folder / "pretrained" / "model.safetensors") for run in (whole, cut))
    assert there.keys() == here.keys()
    for name in there.keys() - {"familiarity.precision"}:  # an inverse, of few songs
        torch.testing.assert_close(here[name], there[name], atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_a_job_that_slurm_ends_asks_to_be_queued_again_and_goes_on_in_its_own_folder(whole):
    run = Run(whole.place, "job")
    processes = run.by_slurm()
    run.wait_for(run.checkpoint(), *processes)
    for process in processes:
        process.send_signal(signal.SIGUSR1)
    run.wait_for(whole.place / "asked", *processes)
    killed(*processes)
    assert (whole.place / "asked").read_text() == "requeue 4242\n"
    (left,) = run.folder.glob("hpc_ckpt_*.ckpt")
    assert left.stat().st_mtime_ns > run.checkpoint().stat().st_mtime_ns
    run.ended(*run.by_slurm())
    assert f"Restoring states from the checkpoint path at {left}" in run.log.read_text()
    steps = [step for step, _ in curves(run.folder)["train/loss"]]
    assert steps == sorted(set(steps))
    assert steps[-1] == curves(whole.folder)["train/loss"][-1][0]
    assert not list(Path.cwd().glob("hpc_ckpt_*"))
