"""One of two processes that train together is killed: the other ends soon, and says so; the run goes on from there."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from training_runs import ROOT, TINY

from console.errors import GONE
from console.training.lost import OBSERVER, end_together

BOUND_S = 60


@pytest.mark.parametrize("rank", ["0", "1"])
def test_what_the_observer_says_is_one_sentence(caplog, monkeypatch, rank):
    monkeypatch.setenv("LOCAL_RANK", rank)
    logger = logging.getLogger(OBSERVER)
    before = list(logger.filters)
    end_together()
    with caplog.at_level("INFO", OBSERVER):
        logger.info("[rank: 1] Child process with PID 1 terminated with code -9. Forcefully terminating all other ...")
        logger.info("something else")
    logger.filters[:] = before
    assert [record.getMessage() for record in caplog.records] == [f"train.py: {GONE}", "something else"]


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["first", "second"])
def test_a_process_of_two_that_is_killed_takes_the_other_along_and_the_run_goes_on(tmp_path, victim):
    options = ["--trainer.strategy=ddp", "--trainer.devices=2", "--data.init_args.num_workers=0"]
    options += [f"--data.init_args.cache={tmp_path / 'tables'}", f"--trainer.logger.init_args.save_dir={tmp_path}"]
    options += ["--data.init_args.train.init_args.songs=4", "--trainer.max_epochs=40"]
    command = [sys.executable, str(ROOT / "train.py"), "fit", *TINY, *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    checkpoint = tmp_path / "console-smoke" / "version_0" / "checkpoints" / "last.ckpt"
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not checkpoint.is_file():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        second = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        os.kill(second if victim == "second" else process.pid, signal.SIGKILL)
        said = process.communicate(timeout=BOUND_S)[1]  # until both have closed it
        assert process.returncode != 0
    assert GONE in said
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Goes on in" in done.stderr
