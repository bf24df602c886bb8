"""Train, validate, test or predict: `python train.py fit -c configs/console/embedded.yaml` (see `--help`)."""

import sys

from lightning import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.cli import LightningCLI, SaveConfigCallback

from console.errors import plain_words


class SaveConfig(SaveConfigCallback):
    """Keeps the configuration beside what was logged; without a logger nothing is written where it was called."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Called by Lightning."""
        if trainer.loggers:
            super().setup(trainer, pl_module, stage)


def main(args: list[str] | None = None, run: bool = True) -> LightningCLI:
    """Run the Lightning CLI; model and data are chosen by `class_path` in the configuration.

    Args:
        args: the command line; the process's own where None.
        run: False only builds what the configuration names.
    """
    return LightningCLI(
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
    try:
        main()
    except Exception as error:
        sentence = str(error) if isinstance(error, FileNotFoundError) else plain_words(error)
        if sentence is None:
            raise
        print(f"train.py: {sentence}", file=sys.stderr)
        sys.exit(2)
