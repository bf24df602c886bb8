"""Small training runs as a user starts them, within this process: the smoke configuration, made tiny."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SMOKE = ROOT / "configs" / "console" / "smoke.yaml"
STEPS = 3  # in an epoch
TINY = [
    *("-c", str(SMOKE)),
    *(f"--data.init_args.{split}.init_args.seconds=4" for split in ("train", "valid")),
    *("--data.init_args.train.init_args.songs=3", "--data.init_args.valid.init_args.songs=1"),
    *("--data.init_args.recipe.draws=2", "--data.init_args.batch_size=4", "--data.init_args.repeats=2"),
    *(f"--model.init_args.console.init_args.{name}" for name in ("width=16", "heads=2", "content=false")),
    *("--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false"),
    *("--trainer.num_sanity_val_steps=0", "--trainer.limit_val_batches=1", "--model.init_args.mix_weight=0"),
]


class Stopped(BaseException):
    """Ends a run as suddenly as an exception can."""


def tiny_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Runs `train.py fit` on a tiny configuration and gives what `main` gives.

    Args of the function: `where` the runs are kept; `options` of the command line; `stop` after so many steps; workers.
    """
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair
    tables = tmp_path_factory.getbasetemp() / "tables-of-tiny-runs"
    from console.system import ConsoleSystem
    from train import main

    step = ConsoleSystem.training_step

    def run(where: Path, *options: str, stop: int | None = None, workers: int = 0) -> Any:
        steps = 0

        def stopping(system: Any, batch: Any, index: int) -> Any:
            nonlocal steps
            if steps == stop:
                raise Stopped
            steps += 1
            return step(system, batch, index)

        monkeypatch.setattr(ConsoleSystem, "training_step", stopping)
        places = [f"--data.init_args.cache={tables}", f"--trainer.logger.init_args.save_dir={where}"]
        return main(["fit", *TINY, *places, f"--data.init_args.num_workers={workers}", *options])

    yield run
    monkeypatch.undo()


def curves(run: Path) -> dict[str, list[tuple[int, float]]]:
    """What a run's folder tells TensorBoard."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run))
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
