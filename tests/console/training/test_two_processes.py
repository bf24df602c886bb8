"""Two processes train as one does with a batch of double size: same loss, one export, nothing waits for ever."""

import os
import subprocess
import sys

import pytest
from tiny_audio import tiny_encoder
from training_runs import ROOT, STEPS, TINY, curves

from console import Console

OPTIONS = [
    *TINY,
    *("--data.init_args.num_workers=0", "--trainer.max_epochs=2", "--model.init_args.console.init_args.dropout=0"),
    "--data.init_args.train.init_args.songs=4",
    *("--trainer.limit_val_batches=1.0", "--data.init_args.recipe.no_anchor=0"),
    "--data.init_args.recipe.more_anchors=0",  # as many free stems in each process
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "encoder"), [("ddp", False), ("sharded", False), ("sharded", True)], ids=["ddp", "sharded", "encoder"]
)
def test_two_processes_train_as_one_with_double_batches(tmp_path, strategy, encoder):
    ear = "--model.init_args.console.init_args.encoder"
    hears = [
        *(f"{ear}=console.network.encoders.hub.HubEncoder", f"{ear}.init_args.name={tmp_path / 'wav2vec2'}"),
        *(f"{ear}.init_args.lora.rank=2", f"{ear}.init_args.lora.alpha=4", "--data.init_args.sound.rate_hz=16000"),
        "--model.init_args.console.init_args.content=true",
    ]
    if encoder:
        tiny_encoder(tmp_path / "wav2vec2", "wav2vec2")

    def run(name: str, *options: str) -> subprocess.CompletedProcess[str]:
        places = [f"--data.init_args.cache={tmp_path / name / 'tables'}"]
        places += [f"--trainer.logger.init_args.save_dir={tmp_path / name}"]
        more = hears if encoder else []
        command = [sys.executable, str(ROOT / "train.py"), "fit", *OPTIONS, *more, *places, *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)

    said = run("two", f"--trainer.strategy={strategy}", "--trainer.devices=2", "--data.init_args.batch_size=2")
    run("one", "--data.init_args.batch_size=4")
    two, one = (curves(tmp_path / name / "console-smoke" / "version_0") for name in ("two", "one"))
    assert [step for step, _ in one["train/loss"]] == [step for step, _ in two["train/loss"]]
    assert len(one["train/loss"]) > STEPS
    for name in ("train/loss", "val/loss", "val/mae_db", "val/joint", "val/coverage"):
        for (_, apart), (_, together) in zip(two[name], one[name], strict=True):
            assert apart == pytest.approx(together, rel=0.02), name
    (run_folder,) = (tmp_path / "two" / "console-smoke").iterdir()
    assert Console.from_pretrained(run_folder / "pretrained").name == "smoke"
    assert (run_folder / "checkpoints" / "last.ckpt").is_file()
    assert said.stderr.count("What was trained is in") == 1
