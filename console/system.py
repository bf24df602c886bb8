"""The console as a Lightning module: losses, metrics, optimiser, and the folder a trained console is saved to."""

import math
from pathlib import Path

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from console.data.examples import Example
from console.desk.losses import mix_loss, posterior_loss
from console.desk.stem_spectra import StemSpectra
from console.evaluation.baselines import BASELINES, Heard
from console.evaluation.metrics import CorrectionMetrics, ProtocolMetrics
from console.evaluation.table import breakdown, table
from console.features import Features
from console.model import Console

WARM_UP = 0.05  # of the run
CONSOLE = "console"  # its row in the table


class ConsoleSystem(LightningModule):
    """Trains a console end to end: flawed stems -> posterior -> expected correction -> desk -> mix.

    Args:
        console: the network.
        learning_rate: the schedule's peak.
        posterior_weight: of the log-likelihood of the true corrections.
        mix_weight: of the spectral distance between the corrected mix and the reference, on half a second of the
            song: a flaw is constant over the song, so a moment tells the same, cheaper.
        mix_draws: how many draws of one excerpt of a batch that distance is taken from.
    """

    def __init__(
        self,
        console: Console,
        learning_rate: float = 1e-3,
        posterior_weight: float = 1.0,
        mix_weight: float = 0.1,
        mix_draws: int = 4,
    ):
        super().__init__()
        self.console = console
        self.learning_rate = learning_rate
        self.posterior_weight, self.mix_weight = posterior_weight, mix_weight
        self.mix_draws = mix_draws
        self.val_metrics = CorrectionMetrics()
        tested = {CONSOLE: ProtocolMetrics()} | {name: ProtocolMetrics(independent=0.0) for name in BASELINES}
        self.test_metrics: dict[str, ProtocolMetrics] = nn.ModuleDict(tested)  # type: ignore[assignment]

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """One batch: both loss terms, each logged."""
        scores = self._listen(batch)
        loss = scores.new_zeros(())
        if self.posterior_weight:
            nll = posterior_loss(scores, -batch.flaw_db, batch.free)
            self.log("train/posterior", nll)
            loss = loss + self.posterior_weight * nll
        if self.mix_weight:
            distance = self._mix_loss(scores, batch)
            self.log("train/mix", distance)
            loss = loss + self.mix_weight * distance
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Example, batch_index: int) -> None:
        """Metrics and the posterior's log-likelihood on songs not trained on."""
        scores = self._listen(batch)
        self.val_metrics.update(scores, -batch.flaw_db, batch.free)
        self.log("val/posterior", posterior_loss(scores, -batch.flaw_db, batch.free), batch_size=len(scores))

    def test_step(self, batch: Example, batch_index: int) -> None:
        """The protocol's figures of the console and of the baselines, which read levels from stems."""
        truth = (-batch.flaw_db, batch.free, batch.anchor, batch.role, batch.song)
        self.test_metrics[CONSOLE].update(self._listen(batch), *truth)
        window = Features(*(part[:, 0] for part in batch.features))
        heard = Heard.of(window, batch.role, batch.anchor, batch.free, batch.flaw_db)
        for name, baseline in BASELINES.items():
            self.test_metrics[name].update(baseline(heard), *truth)

    def predict_step(self, batch: Example, batch_index: int) -> Tensor:
        """Log-probabilities, "batch stem bin"."""
        return self._listen(batch)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics."""
        self.log_dict({f"val/{name}": value for name, value in self.val_metrics.compute().items()}, prog_bar=True)
        self.val_metrics.reset()

    def on_test_epoch_end(self) -> None:
        """Log the console's figures and print the protocol's tables."""
        results = {name: metrics.compute() for name, metrics in self.test_metrics.items()}
        told = results[CONSOLE]
        self.log_dict({f"test/{name}": figure.value for name, figure in told.items() if not math.isnan(figure.value)})
        for metrics in self.test_metrics.values():
            metrics.reset()
        items, songs = (int(told[name].value) for name in ("items", "songs"))
        rank_zero_info(f"\n{items} items, {songs} songs\n\n{table(results)}\n{breakdown(told)}")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW; the learning rate rises over the first twentieth of the run and falls along a cosine.

        The schedule is a function of the step and the length of the run, so that a run may be resumed for longer.
        """
        optimizer = torch.optim.AdamW(self.console.parameters(), self.learning_rate, weight_decay=0.01)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rise_and_fall(step / max(steps, 1)))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _listen(self, batch: Example) -> Tensor:
        return self.console(batch.features, batch.role, batch.anchor, batch.heard, batch.genre)

    def _mix_loss(self, scores: Tensor, batch: Example) -> Tensor:
        few = slice(0, min(self.mix_draws, len(scores) // len(batch.moment)))
        return mix_loss(scores[few], StemSpectra.of(batch.moment[0]), batch.flaw_db[few], batch.balance[few])


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
