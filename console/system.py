"""The console as a Lightning module: losses, metrics, optimiser, and the folder a trained console is saved to."""

import math
from collections import deque
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.utilities import rank_zero_info
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from console.catalogue.believed import Believed
from console.catalogue.listen import Opened
from console.catalogue.task import Outcome
from console.data.examples import Example
from console.desk.losses import mix_loss, posterior_loss, rendered_mix_loss
from console.desk.stem_spectra import StemSpectra
from console.errors import InputError
from console.evaluation.figures.summary import summarise
from console.evaluation.figures.tables import as_page, number_tables
from console.evaluation.items import Asked
from console.evaluation.listeners import CONSOLE, console_listener, listeners
from console.evaluation.metrics import CorrectionMetrics
from console.evaluation.numbers import Row, numbers
from console.model import Console
from console.network.encoders.licence import warning
from console.network.features import Features
from console.training.card import Part, Subject
from console.training.chance import SteadyChance
from console.training.schedule import adamw
from console.training.sharded import Sharded, check_strategy
from console.training.shards import is_sharded, shard

REMEMBERED = 20  # batches, by which a song is familiar or not
HEARD = "heard"  # its name in a checkpoint
GROUPS = ("category", "target", "anchor")  # whose figures are logged, too
ABOUT = (
    "A console of mixconsole: stems of a mix in, a probability over dB corrections per stem out. "
    "`Console.from_pretrained` reads it, and so does `mixconsole correct --console`."
)


class ConsoleSystem(SteadyChance):
    """Trains a console end to end: flawed stems -> posterior -> expected correction -> desk -> mix.

    Validation takes the same loss, `val/loss`, of which both terms are logged where they have a weight; the spectral
    one twice, as it is trained on and of mixes that the desk renders (`val/mix_rendered`). The test is
    `evaluate.py`'s: the same items, listeners, figures and tables.

    Args:
        console: the network.
        learning_rate: the schedule's peak.
        posterior_weight: of the log-likelihood of the true corrections.
        mix_weight: of the spectral distance between the corrected mix and the reference, on half a second of the
            song: a flaw is constant over the song, so a moment tells the same, cheaper.
        mix_draws: how many draws of one excerpt of a batch that distance is taken from.
        mix_every: of how many training batches one has that term: it costs as much as all else of a small console.
    """

    def __init__(
        self,
        console: Console,
        learning_rate: float = 1e-3,
        posterior_weight: float = 1.0,
        mix_weight: float = 0.1,
        mix_draws: int = 4,
        mix_every: int = 1,
    ):
        super().__init__()
        self.console = console
        self.learning_rate = learning_rate
        self.posterior_weight, self.mix_weight = posterior_weight, mix_weight
        self.mix_draws, self.mix_every = mix_draws, mix_every
        self.val_metrics = CorrectionMetrics()
        self.test_rows: list[Row] = []
        self.heard: deque[Tensor] = deque(maxlen=REMEMBERED)

    def setup(self, stage: str) -> None:
        """Called by Lightning.

        Raises: InputError for a console that would be trained on levels alone and reads more, for one with an encoder
            for which the data keep no sound, and for one that would be cut into shards.
        """
        check_strategy(self.trainer.strategy, stage)
        config, data = self.console.config, getattr(self.trainer, "datamodule", None)
        encoder = self.console.sound_encoder
        if encoder is not None:
            if getattr(data, "sound", encoder.heard_as) != encoder.heard_as:
                hears = encoder.heard_as
                raise InputError(
                    f"The encoder {encoder.name} hears sound at {hears.rate_hz} Hz: set data.init_args.sound to "
                    f"{{rate_hz: {hears.rate_hz}, channels: {hears.channels}}}."
                )
            told = warning(encoder.name, encoder.licence)
            if told and stage == "fit":
                rank_zero_info(told)
        if stage in ("fit", "validate") and getattr(data, "levels", False) and (config["content"] or config["bands"]):
            raise InputError(
                "With levels alone there are no bands and no sound to learn from: set the console's bands and content "
                "to false, or the data's levels."
            )

    def configure_model(self) -> None:
        """Called by Lightning: cuts the console into shards, where that is the strategy."""
        strategy = None if self._trainer is None else self.trainer.strategy  # none where a checkpoint is only read
        if isinstance(strategy, Sharded) and not is_sharded(self):
            shard(self.console, strategy.device_mesh["data_parallel"])

    @property
    def elsewhere(self) -> frozenset[str]:
        """The names of weights that no checkpoint holds: they are where they came from, and may be many."""
        return frozenset(f"console.{name}" for name in self.console.elsewhere)

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """One batch: both loss terms, each logged."""
        batch = self._with_sound(batch)
        scores = self._listen(batch)
        self._remember(batch)
        mixes = self.mix_weight and batch_index % self.mix_every == 0
        distance = self._mix_loss(scores, batch, 1)[0] if mixes else None
        return self._loss("train", scores, batch, distance)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """With what was lately heard, so that a run goes on as if it had not been stopped."""
        checkpoint[HEARD] = list(self.heard)
        for name in self.elsewhere:
            checkpoint["state_dict"].pop(name, None)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """And back."""
        self.heard = deque(checkpoint.get(HEARD, ()), maxlen=REMEMBERED)
        here = self.state_dict() if self.elsewhere else {}
        checkpoint["state_dict"] |= {name: here[name] for name in self.elsewhere}

    def on_validation_epoch_start(self) -> None:
        """The console learns what is familiar to it, from what it lately heard."""
        if self.heard:
            self.console.familiarity.fit(torch.cat(list(self.heard)))

    def validation_step(self, batch: Example, batch_index: int) -> None:
        """Metrics and the loss on songs not trained on; the mix's distance is taken from every excerpt."""
        batch = self._with_sound(batch)
        scores = self._listen(batch)
        self.val_metrics.update(scores, -batch.flaw_db, batch.free)
        distance = None
        if self.mix_weight:
            distance, rendered = self._mix_loss(scores, batch, len(batch.moment), render=True)
            self._tell("val/mix_rendered", rendered, batch)
        self._loss("val", scores, batch, distance)

    def on_validation_batch_end(self, outputs: Any, batch: object, batch_idx: int, dataloader_idx: int = 0) -> None:
        """After the last one: other processes may have one more."""
        encoder, loop = self.console.sound_encoder, self.trainer.fit_loop.epoch_loop.val_loop
        if encoder is not None and loop.batch_progress.is_last_batch:
            encoder.wait()

    def test_step(self, batch: Asked, batch_index: int) -> None:
        """What the console and the baselines say of a chunk's items."""
        self.test_rows += numbers(batch, listeners(self.console, batch.protocol))

    def predict_step(
        self, batch: Asked | Example | Opened, batch_index: int
    ) -> Tensor | tuple[Outcome, Believed | None]:
        """Log-probabilities, "item stem bin"; of a catalogue's song what came of it, and what is believed."""
        if isinstance(batch, Opened):
            return batch.heard_by(self.console)
        if isinstance(batch, Asked):
            return console_listener(self.console).believe(batch).log_probability
        return self._listen(self._with_sound(batch))

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics."""
        told = {f"val/{name}": value for name, value in self.val_metrics.compute().items()}
        self.log_dict(told, prog_bar=True, sync_dist=True)
        self.val_metrics.reset()

    def on_test_epoch_end(self) -> None:
        """Log the console's figures and print the tables of all listeners."""
        rows, self.test_rows = _of_all_processes(self.test_rows), []
        told = summarise(rows)
        whole, *groups = [summary for summary in told if summary.listener == CONSOLE]
        figures = {f"test/{name}": figure.value for name, figure in whole.figures.items()}
        for summary in groups:
            if summary.group in GROUPS:
                place = f"test/{summary.group}/{summary.member}"
                figures |= {f"{place}/{name}": summary.figures[name].value for name in ("joint", "mae_db", "coverage")}
        figures |= {"test/items": whole.items, "test/songs": whole.songs}
        self.log_dict({name: float(value) for name, value in figures.items() if not math.isnan(value)}, sync_dist=True)
        tables = as_page(number_tables(told, CONSOLE))
        rank_zero_info(f"\n{whole.items} items, {whole.songs} songs\n\n{tables}")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW, whose learning rate rises and falls."""
        return adamw(self, self.learning_rate)

    def save(self, folder: Path, name: str, version: str) -> None:
        """As `Console.from_pretrained` reads it."""
        self.console.save_pretrained(folder, name, version)

    def subject(self) -> Subject:
        """What the card of any console says."""
        encoder = self.console.sound_encoder
        return Subject(ABOUT, "mixconsole", part=None if encoder is None else Part(encoder.name, encoder.licence))

    def _with_sound(self, batch: Example) -> Example:
        """With what an encoder hears among the features."""
        return batch._replace(features=self.console.with_sound(batch.features, batch.sound))

    def _listen(self, batch: Example) -> Tensor:
        return self.console(batch.features, batch.role, batch.anchor, batch.heard, batch.usual)

    @torch.no_grad()
    def _remember(self, batch: Example) -> None:
        """Where windows lie of songs that are heard whole, for what is familiar."""
        heard = batch.heard.all(-1)
        if batch.features.present.shape[1] == 1 and heard.any():
            of = Features(*(part[heard] for part in batch.features))
            self.heard.append(self.console.place(of, batch.role[heard], batch.heard[heard])[:, 0])

    def _loss(self, stage: str, scores: Tensor, batch: Example, distance: Tensor | None) -> Tensor:
        """The weighted sum of the terms, each logged."""
        validates = stage == "val"
        loss = scores.new_zeros(())
        if self.posterior_weight or validates:
            nll = posterior_loss(scores, -batch.flaw_db, batch.free)
            self._tell(f"{stage}/posterior", nll, batch)
            if self.posterior_weight:
                loss = loss + self.posterior_weight * nll
        if distance is not None:
            self._tell(f"{stage}/mix", distance, batch)
            loss = loss + self.mix_weight * distance
        self._tell(f"{stage}/loss", loss, batch, prog_bar=not validates)
        return loss

    def _tell(self, name: str, value: Tensor, batch: Example, prog_bar: bool = False) -> None:
        self.log(name, value, prog_bar=prog_bar, batch_size=len(batch.role), sync_dist=True)

    def _mix_loss(self, scores: Tensor, batch: Example, excerpts: int, render: bool = False) -> tuple[Tensor, Tensor]:
        """Of the first excerpts of a batch, `mix_draws` of each: from spectra, and rendered (else nothing)."""
        draws = len(scores) // len(batch.moment)
        distances, rendered = [], []
        for excerpt in range(excerpts):
            first = excerpt * draws
            few = slice(first, first + min(self.mix_draws, draws))
            moment = batch.moment[excerpt]
            rows = scores[few], batch.flaw_db[few], batch.balance[few]
            distances.append(mix_loss(rows[0], StemSpectra.of(moment), *rows[1:]))
            rendered.append(rendered_mix_loss(rows[0], moment, *rows[1:]) if render else scores.new_zeros(()))
        return torch.stack(distances).mean(), torch.stack(rendered).mean()


def _of_all_processes(rows: list[Row]) -> list[Row]:
    """The rows of a test on several processes, of each the whole."""
    if _processes() == 1:
        return rows
    gathered: list[list[Row]] = [[]] * _processes()
    torch.distributed.all_gather_object(gathered, rows)
    return [row for of_one in gathered for row in of_one]


def _processes() -> int:
    run = torch.distributed
    return run.get_world_size() if run.is_available() and run.is_initialized() else 1
