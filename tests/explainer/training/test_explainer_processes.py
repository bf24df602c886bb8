"""An explainer, and its base, in two processes: no lesson is learnt twice or lost, and a kill changes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny import tiny_base
from training_runs import ROOT, curves

STEPS, EPOCHS, BATCH = 6, 2, 4  # batches in an epoch, of both processes together; epochs; conversations in a batch
OPTIONS = [
    *("--trainer.accelerator=cpu", "--trainer.strategy=ddp", "--trainer.devices=2", "--trainer.precision=32-true"),
    *(f"--trainer.max_epochs={EPOCHS}", "--trainer.num_sanity_val_steps=0", "--trainer.log_every_n_steps=1"),
    *("--trainer.enable_progress_bar=false", f"--data.init_args.batch_size={BATCH}", "--data.init_args.valid_size=10"),
    *(f"--data.init_args.steps={STEPS}", "--data.init_args.num_workers=0"),
    *("--data.init_args.train=explainer.lessons.lessons.ImaginedLessons", "--data.init_args.valid=null"),
]
KINDS = {
    "base": [
        *(f"--model.init_args.size.init_args.{name}" for name in ("width=32", "depth=1", "words=1200", "hidden=64")),
        "--model.init_args.lessons=explainer.lessons.lessons.ImaginedLessons",
    ],
    "embedded": ["--model.init_args.carry_base=false", "--model.init_args.learning_rate=1e-2"],
}


class Run:
    """`train.py fit` of one kind, in a folder."""

    def __init__(self, kind: str, folder: Path, base: Path):
        self.folder, self.notes = folder, folder / "notes"
        options = [*OPTIONS, *KINDS[kind], f"--trainer.logger.init_args.save_dir={folder}"]
        if kind == "embedded":
            options.append(f"--model.init_args.base={base}")
        self.command = [sys.executable, str(ROOT / "train.py"), "fit", "-c", f"{ROOT}/configs/explainer/{kind}.yaml"]
        self.command += [*options, "--trainer.callbacks+=witness.Witness", f"--trainer.callbacks.folder={self.notes}"]
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}

    def whole(self) -> None:
        """To its end."""
        done = subprocess.run(self.command, env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    def killed(self, batches: int) -> None:
        """Both processes, once so many batches have been begun by the first one."""
        log = self.folder.parent / f"{self.folder.name}.log"
        with log.open("w") as told:
            process = subprocess.Popen(
                self.command, env=self.environment, stdout=told, stderr=told, start_new_session=True
            )
        try:
            while len(self.shown(0)) < batches:
                assert process.poll() is None, log.read_text()
                time.sleep(0.001)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def shown(self, rank: int) -> list[tuple[int, int, list[str]]]:
        """Epoch, number and responses of every batch that a process was given."""
        notes = self.notes / f"shown-{rank}.jsonl"
        lines = notes.read_text().splitlines(keepends=True) if notes.is_file() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    @property
    def place(self) -> Path:
        """What it left."""
        (place,) = self.folder.glob("explainer-*/version_0")
        return place


def lessons(run: Run, epoch: int) -> list[str]:
    return [told for rank in (0, 1) for at, _, batch in run.shown(rank) if at == epoch for told in batch]


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_two_processes_share_the_lessons_end_with_one_model_and_go_on_after_a_kill(kind, tmp_path):
    base = tiny_base(tmp_path / "base")
    run = Run(kind, tmp_path / "whole", base)
    run.whole()
    for epoch in range(EPOCHS):
        told = lessons(run, epoch)
        assert len(told) == STEPS * BATCH
        assert max(Counter(told).values()) <= 2  # two imagined mixes can be balanced in the same words
        assert len(set(told)) > 0.9 * len(told)
        for other in range(epoch):
            assert len(set(told) & set(lessons(run, other))) < 0.2 * len(told)
    first, second = ((run.notes / f"weights-{rank}").read_text() for rank in (0, 1))
    assert first == second
    losses = [value for _, value in curves(run.place)["train/loss"]]
    assert losses[-1] < losses[0]

    cut = Run(kind, tmp_path / "cut", base)
    cut.killed(STEPS // 2 + 2)  # in the midst of the second epoch
    cut.whole()
    assert [(cut.notes / f"weights-{rank}").read_text() for rank in (0, 1)] == [first, first]
    assert curves(cut.place)["train/loss"] == curves(run.place)["train/loss"]
    kept, kept_cut = (next((place / "pretrained").glob("*.safetensors")) for place in (run.place, cut.place))
    whole = load_file(kept)
    assert all(value.equal(whole[name]) for name, value in load_file(kept_cut).items())
