"""Train, validate, test or predict: `python train.py fit -c configs/console/embedded.yaml` (see `--help`).

A run that was stopped, in whatever way, goes on when the same command is given again. With `--ckpt_path last` the
newest run goes on even where it is finished or its settings have changed, such as for more epochs.
"""

import sys
from typing import Any

from lightning import LightningDataModule, LightningModule, Trainer
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.cli import LightningCLI, SaveConfigCallback

from console.data.catalogue import CatalogueData
from console.errors import InputError, sentence
from console.training.believing import KeepBelieved
from console.training.card import as_given
from console.training.checkpoints import WholeCheckpoints
from console.training.going_on import going_on
from console.training.lost import end_together


class SaveConfig(SaveConfigCallback):
    """Keeps the configuration beside what was logged; without a logger nothing is written where it was called."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Called by Lightning."""
        if trainer.loggers:
            super().setup(trainer, pl_module, stage)


class CLI(LightningCLI):
    """Lightning's, whose runs can be stopped at any moment and go on."""

    def _run_subcommand(self, subcommand: str) -> None:
        """Called by Lightning."""
        strategy = self.trainer.strategy
        if type(strategy.checkpoint_io) is TorchCheckpointIO:
            strategy.checkpoint_io = WholeCheckpoints()
        super()._run_subcommand(subcommand)

    def fit(self, model: LightningModule, ckpt_path: str | None = None, **options: Any) -> None:
        """Called by Lightning in place of the trainer's own."""
        with going_on(self.trainer, self.config.as_dict(), ckpt_path) as found:
            self.trainer.fit(model, ckpt_path=found, **options)

    def predict(self, model: LightningModule, **options: Any) -> None:
        """Called by Lightning in place of the trainer's own. What is believed of a catalogue is kept on disk alone."""
        if not isinstance(self.datamodule, CatalogueData):
            self.trainer.predict(model, **options)
            return
        trainer: Any = self.trainer
        trainer.callbacks.append(KeepBelieved())
        trainer.predict(model, **{**options, "return_predictions": False})
        if self.datamodule.failed:
            raise InputError(self.datamodule.failures)


def as_lightning_reads(args: list[str]) -> list[str]:
    """A command line whose predictions are of a catalogue, whatever data the configuration names to train on."""
    given = {arg.partition("=")[0] for arg in args}
    if args[:1] != ["predict"] or "--data.root" not in given or given & {"--data", "--data.class_path"}:
        return args
    at = min(index for index, arg in enumerate(args) if arg.startswith("--data.root"))
    of_catalogues = [f"--data={CatalogueData.__module__}.{CatalogueData.__qualname__}", "--trainer.logger=false"]
    return [*args[:at], *of_catalogues, *args[at:]]


def main(args: list[str] | None = None, run: bool = True) -> LightningCLI:
    """Run the Lightning CLI; model and data are chosen by `class_path` in the configuration.

    Args:
        args: the command line; the process's own where None.
        run: False only builds what the configuration names.
    """
    with as_given("train.py", args):
        if args is None:
            sys.argv[1:] = as_lightning_reads(sys.argv[1:])
        else:
            args = as_lightning_reads(args)
        return CLI(
            LightningModule,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            save_config_callback=SaveConfig,
            save_config_kwargs={"overwrite": True},
            args=args,
            run=run,
        )


if __name__ == "__main__":
    end_together()
    try:
        main()
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        print(f"train.py: {said}", file=sys.stderr)
        sys.exit(2)
