"""Songs on other machines' processes: a Dask cluster of which a worker is killed, an array of jobs."""

import csv
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from pretended import pretend, processes, tasks

from console.errors import InputError
from studio.catalogue.asked import Asked
from studio.catalogue.on_dask import on_dask
from studio.catalogue.on_slurm import Array, on_slurm
from studio.catalogue.run import correct_each
from studio.catalogue.stamp import STAMP

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent


@pytest.fixture
def paths(monkeypatch):
    """Processes that begin meanwhile find the packages and the tests' helpers."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(HERE))))
    for library in ("OMP", "MKL", "OPENBLAS"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")


@pytest.fixture
def cluster(paths, tmp_path):
    """A scheduler and two workers, each a process on loopback: its address, and the workers."""
    told = tmp_path / "scheduler.json"
    python = [sys.executable, "-m"]
    quiet = {"cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen(
        [*python, "distributed.cli.dask_scheduler", *here, "--scheduler-file", str(told)], **quiet
    )
    worker = [*python, "distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1", "--no-nanny"]
    worker += ["--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path)]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        deadline = time.monotonic() + 60
        while not told.is_file():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        import json

        yield json.loads(told.read_text())["address"], workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_dask_worker_that_is_killed_takes_no_song_along(cluster, small_song, tmp_path):
    address, workers = cluster
    songs = tmp_path / "songs"
    for number in range(8):
        small_song.save(songs / f"song {number}")
    out = tmp_path / "out"
    came, stamps = [], {}

    def tell(tally, outcome):
        if outcome is None:
            return
        came.append(outcome.task.name)
        stamps.update({path.parent.name: path.stat().st_mtime_ns for path in out.glob(f"*/{STAMP}") if len(came) <= 2})
        if len(came) == 2:  # of eight: both are at work, and one dies
            os.kill(workers[0].pid, signal.SIGKILL)

    tally = correct_each(str(songs), str(out), Asked(), partial(on_dask, scheduler=address), tell=tell)
    assert (tally.done, tally.failed) == (8, [])
    assert sorted(came) == [f"song {number}" for number in range(8)]  # none lost, none twice
    assert workers[0].wait() == -signal.SIGKILL
    assert workers[1].poll() is None
    rows = list(csv.DictReader((out / "songs.csv").read_text("utf-8-sig").splitlines()))
    assert [row["song"] for row in rows] == [f"song {number}" for number in range(8) for _ in range(4)]
    # What was finished when it died was not done again.
    assert all((out / name / STAMP).stat().st_mtime_ns == stamp for name, stamp in stamps.items())
    assert len(stamps) >= 2


def test_a_scheduler_that_is_not_there_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.catalogue.on_dask.PATIENCE_S", 0.5)
    with pytest.raises(InputError, match="no Dask scheduler"):
        next(on_dask(pretend, tasks(tmp_path, "a"), "tcp://127.0.0.1:1"))


def test_jobs_share_the_songs_and_a_killed_process_is_told(paths, tmp_path):
    array = Array(cluster="local", jobs=2, processes=1, folder=str(tmp_path / "logs"))
    came = list(on_slurm(pretend, tasks(tmp_path, "a", "b", "killer", "once", "c"), array))
    assert sorted(outcome.task.name for outcome in came) == ["a", "b", "c", "killer", "once"]
    assert [outcome.task.name for outcome in came if outcome.failure] == ["killer"]
    assert len(processes(tmp_path)) >= 2


def test_the_shipped_array_is_read_and_mistakes_are_named(tmp_path):
    import studio.catalogue.on_slurm as module

    shipped = Array.load(Path(module.__file__).with_name("slurm.yaml"))
    assert (shipped.cluster, shipped.jobs) == ("slurm", 16)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("jobs: 0\n")
    with pytest.raises(InputError, match="jobs"):
        Array.load(wrong)
    wrong.write_text("partition: gpu\n")
    with pytest.raises(InputError, match="partition"):
        Array.load(wrong)
