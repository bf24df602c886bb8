"""The console as a Lightning module: losses, metrics, optimiser, and the folder a trained console is saved to."""

import math
from pathlib import Path

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from console.data.examples import Example
from console.losses import mix_loss, posterior_loss, spectral_loss
from console.metrics import CorrectionMetrics
from console.mixer import db_to_amplitude
from console.model import Console

WARM_UP = 0.05  # of the run


class ConsoleSystem(LightningModule):
    """Trains a console end to end: flawed stems -> posterior -> expected correction -> desk -> mix.

    Args:
        console: the network.
        learning_rate: the schedule's peak.
        posterior_weight: of the log-likelihood of the true corrections.
        mix_weight: of the spectral distance between the corrected mix and the reference, on half a second of the
            window: a gain is constant over the window, so a moment tells the same, cheaper.
        mix_examples: about how many examples of a batch are rendered for it, at least one; rendering costs far more
            than all the rest.
    """

    def __init__(
        self,
        console: Console,
        learning_rate: float = 1e-3,
        posterior_weight: float = 1.0,
        mix_weight: float = 0.1,
        mix_examples: int = 8,
    ):
        super().__init__()
        self.console = console
        self.learning_rate = learning_rate
        self.posterior_weight, self.mix_weight = posterior_weight, mix_weight
        self.mix_examples = mix_examples
        self.distance = spectral_loss()
        self.val_metrics, self.test_metrics = CorrectionMetrics(), CorrectionMetrics()

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """One batch: both loss terms, each logged."""
        scores = self._listen(batch)
        loss = scores.new_zeros(())
        if self.posterior_weight:
            nll = posterior_loss(scores, -batch.flaw_db, batch.free)
            self.log("train/posterior", nll)
            loss = loss + self.posterior_weight * nll
        if self.mix_weight:
            few = slice(None, None, max(1, len(scores) // max(1, self.mix_examples)))
            flawed = batch.moment[few] * db_to_amplitude(batch.flaw_db[few])[..., None, None]
            distance = mix_loss(scores[few], flawed, batch.moment[few].sum(1), self.distance)
            self.log("train/mix", distance)
            loss = loss + self.mix_weight * distance
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Example, batch_index: int) -> None:
        """Metrics and the posterior's log-likelihood on songs not trained on."""
        scores = self._judge(self.val_metrics, batch)
        self.log("val/posterior", posterior_loss(scores, -batch.flaw_db, batch.free), batch_size=len(scores))

    def test_step(self, batch: Example, batch_index: int) -> None:
        """Metrics on the test songs."""
        self._judge(self.test_metrics, batch)

    def predict_step(self, batch: Example, batch_index: int) -> Tensor:
        """Log-probabilities, "batch stem bin"."""
        return self._listen(batch)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics."""
        self._report("val", self.val_metrics)

    def on_test_epoch_end(self) -> None:
        """Log the test metrics."""
        self._report("test", self.test_metrics)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW; the learning rate rises over the first twentieth of the run and falls along a cosine.

        The schedule is a function of the step and the length of the run, so that a run may be resumed for longer.
        """
        optimizer = torch.optim.AdamW(self.console.parameters(), self.learning_rate, weight_decay=0.01)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rise_and_fall(step / max(steps, 1)))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _listen(self, batch: Example) -> Tensor:
        return self.console(batch.features, batch.role, batch.anchor)

    def _judge(self, metrics: CorrectionMetrics, batch: Example) -> Tensor:
        scores = self._listen(batch)
        metrics.update(scores, -batch.flaw_db, batch.free)
        return scores

    def _report(self, stage: str, metrics: CorrectionMetrics) -> None:
        self.log_dict({f"{stage}/{name}": value for name, value in metrics.compute().items()}, prog_bar=True)
        metrics.reset()


def _rise_and_fall(done: float) -> float:
    """Share of the peak learning rate after that share of the run."""
    rising = min(1.0, done / WARM_UP)
    return rising * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class SavePretrained(Callback):
    """Keeps the best console so far for `Console.from_pretrained`, in `pretrained` under the run's folder.

    The best is the one with the lowest `val/posterior`.

    Args:
        name: what the model is called in advice.json.
        version: likewise.
    """

    def __init__(self, name: str = "console", version: str = "0"):
        self.name, self.version = name, version
        self.best = math.inf

    def state_dict(self) -> dict[str, float]:
        """The best value so far, for a run that is resumed."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        """What `state_dict` gave."""
        self.best = state_dict["best"]

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning after each validation; a rehearsal before training does not count."""
        if trainer.sanity_checking or trainer.state.fn != "fit" or not isinstance(pl_module, ConsoleSystem):
            return
        value = float(trainer.callback_metrics["val/posterior"])
        if value < self.best and trainer.is_global_zero:
            pl_module.console.save_pretrained(_folder(trainer), self.name, self.version)
        self.best = min(self.best, value)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Called by Lightning; a run without validation keeps what it ends with."""
        if self.best == math.inf and trainer.is_global_zero and isinstance(pl_module, ConsoleSystem):
            pl_module.console.save_pretrained(_folder(trainer), self.name, self.version)
        if _folder(trainer).is_dir():
            rank_zero_info(f"The trained console is in {_folder(trainer)}")


def _folder(trainer: Trainer) -> Path:
    return Path(trainer.log_dir or trainer.default_root_dir) / "pretrained"
