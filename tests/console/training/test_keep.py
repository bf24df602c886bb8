"""What a run keeps: the last checkpoint is the last, the best is the best by what is trained, and its card says so."""

from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader

from console import Console, InputError
from console.system import ConsoleSystem
from console.training.keep import KeepBest, Saving, replaced

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = sorted((ROOT / "configs" / "console").glob("*.yaml")) + sorted(
    (ROOT / "configs" / "explainer").glob("*.yaml")
)


def shipped(config: Path) -> list[Callback]:
    """The callbacks of a configuration, built."""
    built = []
    for asked in yaml.safe_load(config.read_text())["trainer"]["callbacks"]:
        module, _, name = asked["class_path"].rpartition(".")
        built.append(getattr(import_module(module), name)(**asked.get("init_args", {})))
    return built


class Plateau(LightningModule):
    """Validation finds what it is told to; one step an epoch."""

    def __init__(self, values: list[float]):
        super().__init__()
        self.weight, self.values = torch.nn.Parameter(torch.ones(1)), values

    def training_step(self, batch, batch_index):
        return self.weight.square().sum()

    def validation_step(self, batch, batch_index):
        self.log("val/loss", self.values[self.current_epoch])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def desk(folder: Path, callbacks: list[Callback], **options: object) -> Trainer:
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "num_sanity_val_steps": 0}
    return Trainer(accelerator="cpu", default_root_dir=folder, callbacks=callbacks, **quiet, **options)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_last_is_the_last_and_the_best_the_best_in_every_shipped_configuration(config, tmp_path):
    every = yaml.safe_load(config.read_text())["trainer"].get("check_val_every_n_epoch", 1)
    callbacks = [callback for callback in shipped(config) if isinstance(callback, ModelCheckpoint)]
    assert len({callback.state_key for callback in callbacks}) == len(callbacks) == 2
    values = [1.0] * every + [2.0] * every + [3.0]  # it gets worse from the first validation on
    trainer = desk(tmp_path, callbacks, max_epochs=len(values), check_val_every_n_epoch=every)
    one = DataLoader([torch.zeros(1)])
    trainer.fit(Plateau(values), one, one)
    folder = tmp_path / "checkpoints"
    read = trainer.strategy.checkpoint_io.load_checkpoint
    assert read(folder / "last.ckpt", weights_only=True)["epoch"] == len(values) - 1
    (best,) = set(folder.iterdir()) - {folder / "last.ckpt"}
    assert read(best, weights_only=True)["epoch"] == every - 1


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_kept_is_chosen_by_what_the_best_checkpoint_is(config):
    callbacks = shipped(config)
    assert [callback.monitor for callback in callbacks if isinstance(callback, ModelCheckpoint)] == ["val/loss", None]
    assert sum(isinstance(callback, KeepBest) for callback in callbacks) == 1
    module, _, name = yaml.safe_load(config.read_text())["model"]["class_path"].rpartition(".")
    assert issubclass(getattr(import_module(module), name), Saving)


def test_audio_alone_keeps_the_console_of_the_best_mix(fit, tmp_path, monkeypatch):
    """Nothing trains its posterior; the mix is best in the second epoch."""
    loss = ConsoleSystem._loss

    def scripted(system, stage, scores, batch, distance):
        if stage == "val":
            distance = torch.tensor([3.0, 1.0, 2.0][system.current_epoch])
        return loss(system, stage, scores, batch, distance)

    monkeypatch.setattr(ConsoleSystem, "_loss", scripted)
    options = ("--model.init_args.posterior_weight=0", "--model.init_args.mix_weight=2", "--trainer.max_epochs=3")
    cli = fit(tmp_path, *options)
    run = tmp_path / "console-smoke" / "version_0"
    assert "after 2 epochs" in (run / "pretrained" / "README.md").read_text()
    (best,) = (run / "checkpoints").glob("epoch=1-*.ckpt")
    kept = cli.trainer.strategy.checkpoint_io.load_checkpoint(best, weights_only=True)["state_dict"]
    for name, value in Console.from_pretrained(run / "pretrained").state_dict().items():
        assert torch.equal(value, kept[f"console.{name}"])


def test_without_flaws_known_the_mix_is_what_validation_tells(fit, tmp_path):
    cli = fit(tmp_path, "--model.init_args.posterior_weight=0", "--model.init_args.mix_weight=2")
    told = cli.trainer.callback_metrics
    assert float(told["val/loss"]) == pytest.approx(2 * float(told["val/mix"]))
    assert {"val/posterior", "val/mae_db"} <= set(told)


def test_validation_takes_the_loss_that_is_trained(fit, tmp_path):
    cli = fit(tmp_path, "--model.init_args.posterior_weight=0.5", "--model.init_args.mix_weight=2")
    told = {name: float(value) for name, value in cli.trainer.callback_metrics.items()}
    assert told["val/loss"] == pytest.approx(0.5 * told["val/posterior"] + 2 * told["val/mix"], rel=1e-5)
    (keeper,) = (callback for callback in cli.trainer.callbacks if isinstance(callback, KeepBest))
    assert keeper.best == pytest.approx(told["val/loss"])


def test_a_system_that_tells_no_loss_is_one_sentence(tmp_path):
    class Silent(ConsoleSystem):
        def training_step(self, batch, batch_index):
            return self.console.head.bias.square().sum()

        def validation_step(self, batch, batch_index):
            pass

        def on_validation_epoch_end(self):
            pass

    system = Silent(Console(width=16, depth=1, song_depth=1, heads=2))
    one = DataLoader([torch.zeros(1)])
    with pytest.raises(InputError, match='Silent logs no "val/loss"'):
        desk(tmp_path, [KeepBest("console")], max_epochs=1, enable_checkpointing=False).fit(system, one, one)


def test_of_a_module_that_cannot_be_saved_nothing_is_kept(tmp_path):
    one = DataLoader([torch.zeros(1)])
    keeper = KeepBest("plateau")
    desk(tmp_path, [keeper], max_epochs=1, enable_checkpointing=False).fit(Plateau([1.0]), one, one)
    assert not (tmp_path / "pretrained").exists()


def test_the_card_tells_data_command_and_figures(fit, tmp_path):
    cli = fit(tmp_path, "--trainer.max_epochs=1")
    folder = tmp_path / "console-smoke" / "version_0" / "pretrained"
    assert {path.name for path in folder.iterdir()} == {"README.md", "config.json", "model.safetensors"}
    card = ModelCard.load(folder / "README.md")
    head = card.data.to_dict()
    assert head["license"] == "apache-2.0"
    assert head["library_name"] == "mixconsole"
    assert {"music", "mixing"} <= set(head["tags"])
    assert head["datasets"] == ["SyntheticSource"]
    told = {name: float(value) for name, value in cli.trainer.callback_metrics.items()}
    results = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert set(results) == set(head["metrics"]) == {name[4:] for name in told if name.startswith("val/")}
    assert results["mae_db"] == pytest.approx(told["val/mae_db"], abs=1e-4)
    assert f"| `val/mae_db` | {told['val/mae_db']:.4g} |" in card.text
    assert "    python train.py fit -c " in card.text
    assert "--trainer.max_epochs=1" in card.text
    assert "- training: 3 songs of `SyntheticSource(songs=3, seed=1, seconds=4.0)`" in card.text
    assert "after 1 epoch, 3 steps" in card.text


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "pretrained"
    with replaced(folder) as new:
        (new / "weights").write_text("first")
    with pytest.raises(FileNotFoundError), replaced(folder) as new:  # as killed: what was begun lies about
        (new / "gone" / "weights").write_text("second")
    assert (folder / "weights").read_text() == "first"
    with replaced(folder) as new:
        assert not list(new.iterdir())
        (new / "other").write_text("third")
    assert [path.name for path in folder.iterdir()] == ["other"]
    assert [path.name for path in tmp_path.iterdir()] == ["pretrained"]
