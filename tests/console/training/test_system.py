"""The Lightning module: each loss trains alone, the test's tables, the schedule, the console that is kept."""

from pathlib import Path

import pytest
import torch
from consoles import random_console
from lightning import Callback, Trainer
from songs import noise_song
from torch.utils.data import DataLoader

from console import Console
from console.data.examples import Example, FlawedExcerpts, Key, collate
from console.data.recipe import Recipe
from console.data.table import SongTable, tabulate
from console.desk.losses import spectral_distance
from console.desk.mixer import db_to_amplitude
from console.evaluation.baselines import BASELINES
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import CONSOLE
from console.network.posterior import BINS_DB, ZERO_BIN, bin_of
from console.system import ConsoleSystem
from console.training.keep import KeepBest

RECIPE = Recipe(draws=4, windows=1, mix_only=0.0, dropped=0.0, finer=0.0, protocols={"one": 1.0}, no_anchor=0.0)


class Recorder(Callback):
    """What was logged, step by step, and the learning rates."""

    def __init__(self):
        self.logged: dict[str, list[float]] = {}
        self.rates: list[float] = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        for name, value in trainer.callback_metrics.items():
            self.logged.setdefault(name, []).append(float(value))
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])


@pytest.fixture(scope="module")
def tables() -> list[SongTable]:
    return [tabulate(noise_song(seconds=10.0, seed=seed, title=f"song {seed}")) for seed in range(2)]


@pytest.fixture(scope="module")
def batch(tables) -> Example:
    """Two excerpts, of four draws each."""
    examples = FlawedExcerpts(tables, RECIPE)
    return collate([examples[Key(0, song)] for song in range(2)])


def loader(batches: list[Example]) -> DataLoader:
    return DataLoader(batches, batch_size=None)


def trainer(folder: Path, *callbacks: Callback, **options: object) -> Trainer:
    return Trainer(
        accelerator="cpu",
        logger=False,
        default_root_dir=folder,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
        **{"max_epochs": 1, "limit_val_batches": 0, **options},
    )


def small() -> Console:
    torch.manual_seed(0)
    return Console(width=32, depth=1, song_depth=1, heads=2, dropout=0.0)


def fitted(folder: Path, batch: Example, steps: int, **options: float) -> tuple[Recorder, ConsoleSystem]:
    recorder, system = Recorder(), ConsoleSystem(small(), **{"learning_rate": 3e-3, **options})
    trainer(folder, recorder).fit(system, loader([batch] * steps), loader([batch]))
    return recorder, system


def test_audio_alone_trains(tmp_path, batch):
    """No label is seen: the corrected mix comes nearer to the reference."""
    recorder, _ = fitted(tmp_path, batch, 30, posterior_weight=0.0, mix_weight=1.0)
    mix = recorder.logged["train/mix"]
    assert sum(mix[-3:]) < 0.8 * sum(mix[:3])
    assert "train/posterior" not in recorder.logged
    assert recorder.logged["train/loss"] == mix


def test_labels_alone_train(tmp_path, batch):
    recorder, _ = fitted(tmp_path, batch, 30, mix_weight=0.0)
    posterior = recorder.logged["train/posterior"]
    assert sum(posterior[-3:]) < 0.8 * sum(posterior[:3])
    assert "train/mix" not in recorder.logged


def test_the_loss_is_the_weighted_sum_of_both(tmp_path, batch):
    recorder, _ = fitted(tmp_path, batch, 2, posterior_weight=0.5, mix_weight=2.0)
    logged = [recorder.logged[f"train/{name}"] for name in ("loss", "posterior", "mix")]
    for loss, posterior, mix in zip(*logged, strict=True):
        assert loss == pytest.approx(0.5 * posterior + 2.0 * mix, rel=1e-5)


def test_the_losses_are_those_of_the_true_corrections(tmp_path, batch):
    """The likelihood of what undoes the flaws, and the distance of the rendered mixes."""
    console = random_console(seed=1, dropout=0.0)
    with torch.no_grad():
        scores = console(batch.features, batch.role, batch.anchor, batch.heard, batch.usual)
    likelihood = scores.gather(-1, bin_of(-batch.flaw_db)[..., None])[batch.free].mean()
    expected_db = (scores.exp() * BINS_DB).sum(-1)
    gain = batch.balance * db_to_amplitude(batch.flaw_db + expected_db)
    distances = []
    for draw in range(3):
        corrected, reference = ((batch.moment[0] * row[draw, :, None, None]).sum(0) for row in (gain, batch.balance))
        distances.append(spectral_distance(corrected, reference))
    recorder, system = Recorder(), ConsoleSystem(console.train(), mix_draws=3)
    trainer(tmp_path, recorder).fit(system, loader([batch]), loader([batch]))
    assert recorder.logged["train/posterior"][0] == pytest.approx(-float(likelihood), rel=1e-5)
    assert recorder.logged["train/mix"][0] == pytest.approx(sum(distances) / len(distances), rel=1e-3)


def test_validation_renders_what_training_takes_from_spectra(tmp_path, batch):
    for weight in (0.1, 0.0):
        desk = trainer(tmp_path, limit_val_batches=1)
        (logged,) = desk.validate(ConsoleSystem(random_console(), mix_weight=weight), loader([batch]), verbose=False)
        if weight:
            assert logged["val/mix_rendered"] == pytest.approx(logged["val/mix"], rel=1e-3)
            assert logged["val/mix"] > 0.01
        else:
            assert not {"val/mix", "val/mix_rendered"} & set(logged)


def test_the_mix_loss_is_taken_from_as_many_draws_of_one_excerpt_as_asked(tmp_path, batch):
    def first(batch: Example, draws: int) -> float:
        return fitted(tmp_path, batch, 1, mix_draws=draws)[0].logged["train/mix"][0]

    flaw_db = batch.flaw_db.clone()
    flaw_db[2:] *= -1  # from the third draw of the first excerpt on
    changed = batch._replace(flaw_db=flaw_db)
    assert first(changed, 2) == first(batch, 2)
    assert first(changed, 3) != first(batch, 3)
    assert first(batch, 4) == first(batch, 99)  # there are no more of one excerpt


def test_a_batch_in_which_nothing_is_free_trains(tmp_path, batch):
    nothing = batch._replace(free=torch.zeros_like(batch.free), flaw_db=torch.zeros_like(batch.flaw_db))
    recorder, system = fitted(tmp_path, nothing, 2)
    assert recorder.logged["train/posterior"] == [0, 0]
    assert all(value.isfinite().all() for value in system.state_dict().values())


def test_the_learning_rate_rises_and_falls(tmp_path, batch):
    rates = fitted(tmp_path, batch, 40, mix_weight=0.0)[0].rates
    assert max(rates) == pytest.approx(3e-3, rel=0.02)
    top = rates.index(max(rates))
    assert top <= 3
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 1e-5


def test_the_test_tells_of_the_console_and_of_every_baseline(tmp_path, tables, monkeypatch):
    system, desk = ConsoleSystem(small()), trainer(tmp_path)
    items = Items(tables, Protocol.SINGLE)
    batches = [items[index] for index in range(2)]
    said: list[str] = []
    monkeypatch.setattr("console.system.rank_zero_info", said.append)
    (logged,) = desk.test(system, loader(batches), verbose=False)
    told = "\n".join(said)
    assert "60 items, 2 songs" in told
    rows = {line.split("|")[1].strip(): line.split("|")[3:] for line in told.splitlines() if line.startswith("| ")}
    assert {CONSOLE, *BASELINES} <= set(rows)
    assert {"very_loud", "bass", "song 1"} <= set(rows)  # by category, target and anchor, song
    answers = told.split("### Corrections")[0]
    assert "| oracle | stems | 100.0 [" in answers
    assert "| do nothing | stems | 20.0 [" in answers
    # An untrained console leaves everything alone.
    assert logged["test/joint_by_median"] == pytest.approx(0.2)
    assert logged["test/no_error_by_median"] == 1
    assert (logged["test/items"], logged["test/songs"]) == (60, 2)
    again = desk.test(system, loader(batches), verbose=False)
    assert again == [logged]  # nothing is left over from the first time


def test_the_rows_of_all_processes_are_counted(tmp_path, tables, monkeypatch):
    """Of two processes, each of which has asked about one chunk."""
    items, other = Items(tables, Protocol.SINGLE), []

    def gather(gathered: list, rows: list) -> None:
        gathered[:] = [rows, other]

    single = ConsoleSystem(small())
    single.test_step(items[1], 0)
    other += single.test_rows
    system, desk = ConsoleSystem(small()), trainer(tmp_path)
    (alone,) = desk.test(system, loader([items[0]]), verbose=False)
    monkeypatch.setattr("console.system._processes", lambda: 2)
    monkeypatch.setattr("torch.distributed.all_gather_object", gather)
    (logged,) = desk.test(system, loader([items[0]]), verbose=False)
    assert (alone["test/items"], alone["test/songs"]) == (30, 1)
    assert (logged["test/items"], logged["test/songs"]) == (60, 2)


def test_the_mix_alone_is_tested(tmp_path, tables):
    items = Items(tables, Protocol.SINGLE, mix_only=True)
    batches = [items[index] for index in range(2)]
    (logged,) = trainer(tmp_path).test(ConsoleSystem(small()), loader(batches), verbose=False)
    assert logged["test/joint_by_median"] == pytest.approx(0.2)


def test_predictions_are_the_consoles_log_probabilities(tmp_path, tables):
    asked = Items(tables, Protocol.SINGLE)[0]
    system, batch = ConsoleSystem(small()), asked.example
    (scores,) = trainer(tmp_path).predict(system, loader([asked]))
    assert scores.shape[:2] == batch.role.shape
    torch.testing.assert_close(scores.exp().sum(-1), torch.ones(scores.shape[:2]))
    assert (scores[batch.anchor].exp()[:, ZERO_BIN] == 1).all()


class Scripted(ConsoleSystem):
    """Validation finds what it is told to; training marks the epoch in the weights."""

    def __init__(self, values: list[float]):
        super().__init__(small())
        self.values = values

    def validation_step(self, batch, batch_index):
        pass

    def on_validation_epoch_end(self):
        rehearsed = self.trainer.sanity_checking
        self.log("val/loss", -1.0 if rehearsed else self.values[self.current_epoch])

    def on_train_epoch_end(self):
        with torch.no_grad():
            self.console.encoder.unheard.fill_(10.0 + self.current_epoch)


def test_the_best_console_is_kept(tmp_path, batch):
    keeper = KeepBest("kept", "7")
    desk = trainer(tmp_path, keeper, max_epochs=3, limit_val_batches=1)
    desk.fit(Scripted([3.0, 1.0, 2.0]), loader([batch]), loader([batch]))
    kept = Console.from_pretrained(tmp_path / "pretrained")
    assert (kept.name, kept.version) == ("kept", "7")
    assert keeper.best == 1.0
    # Validation comes before the end of its epoch: the weights still bear the mark of epoch 0.
    torch.testing.assert_close(kept.encoder.unheard, torch.full_like(kept.encoder.unheard, 10.0), atol=0.1, rtol=0)
    resumed = KeepBest("again")
    resumed.load_state_dict(keeper.state_dict())
    assert resumed.best == 1.0


def test_without_validation_the_last_console_is_kept(tmp_path, batch):
    system = ConsoleSystem(small())
    trainer(tmp_path, KeepBest("last")).fit(system, loader([batch]), loader([batch]))
    kept = Console.from_pretrained(tmp_path / "pretrained")
    assert all(torch.equal(value, kept.state_dict()[name]) for name, value in system.console.state_dict().items())
