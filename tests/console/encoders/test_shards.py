"""Consoles in shards believe, learn and are kept as whole ones."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from consoles import make_song, random_console
from lightning.pytorch.plugins import MixedPrecision
from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy
from tiny_audio import tiny_encoder
from torch.distributed.device_mesh import init_device_mesh
from training_runs import ROOT

from console import Console, InputError
from console.network.encoders.hub import HubEncoder
from console.network.encoders.lora import LoraSettings
from console.network.features import Features, measure
from console.system import ConsoleSystem
from console.training.sharded import Sharded
from console.training.shards import is_sharded, shard, whole

PIECES_S = 1.0
LORA = LoraSettings(rank=2, alpha=4)


@pytest.fixture(scope="module")
def ears(tmp_path_factory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("ears") / "wav2vec2", "wav2vec2", layers=4)


@pytest.fixture
def mesh(tmp_path):
    """Of one process: all that is done with shards is done, but nobody is waited for."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


def believes(console: Console) -> torch.Tensor:
    """As in validation."""
    song, ear = make_song(4, seconds=4.0), console.sound_encoder
    features = Features(*(part[None, None] for part in measure(song.audio, song.sample_rate)))
    sound = torch.zeros(1, 1, 4, 1, 0) if ear is None else ear.heard_as.of(song.audio, song.sample_rate)[None, None]
    heard = torch.ones(1, 4, dtype=torch.bool)
    with torch.no_grad():
        return console(console.with_sound(features, sound), torch.arange(4)[None], ~heard, heard)


@pytest.mark.parametrize("through", [False, True], ids=["own", "wav2vec2"])
def test_in_shards_it_believes_the_same_and_is_kept_whole(ears, mesh, tmp_path, through):
    encoder = HubEncoder(str(ears), LORA, longest_s=PIECES_S) if through else None
    console = random_console(encoder=encoder).eval()
    before = believes(console)
    console.save_pretrained(tmp_path / "before", "ear", "1")
    assert not is_sharded(console)
    shard(console, mesh)
    assert is_sharded(console)
    assert torch.equal(believes(console), before)
    assert is_sharded(console)
    with whole(console):
        console.save_pretrained(tmp_path / "after", "ear", "1")
    assert torch.equal(believes(Console.from_pretrained(tmp_path / "after")), before)
    for file in (tmp_path / "before").rglob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "after" / file.relative_to(tmp_path / "before")).read_bytes()


def test_what_is_heard_for_the_sake_of_others_changes_nothing(ears):
    encoder = HubEncoder(str(ears), longest_s=PIECES_S)
    sound = 0.1 * torch.randn(3, 1, 40_000, generator=torch.Generator().manual_seed(1))
    sound[1] = 0
    alone, counted = encoder.hear(sound), []
    encoder.agreed = lambda count: counted.append(count) or count + 2
    assert torch.equal(encoder.hear(sound), alone)
    assert not encoder.hear(0 * sound).any()
    assert counted == [1, 0]


def test_who_has_no_more_to_hear_takes_part_until_all_wait(ears):
    encoder, told, asked, pieces = HubEncoder(str(ears), longest_s=0.5), iter([2, 0, 1, -1]), [], []
    encoder.register_forward_pre_hook(lambda _, given: pieces.append(given[0].shape))
    encoder.wait()  # alone there is nobody to wait for
    assert pieces == []
    encoder.agreed = lambda count: asked.append(count) or next(told)
    encoder.wait()
    assert pieces == [(1, 1, 8_000)] * 3
    assert asked == [-1] * 4


def stepped(system: ConsoleSystem, optimizer: torch.optim.Optimizer) -> None:
    """One step towards 0."""
    optimizer.zero_grad()
    for value in optimizer.param_groups[0]["params"]:
        value.grad = value.detach().clone()
    optimizer.step()


def of(system: ConsoleSystem) -> torch.optim.Optimizer:
    return torch.optim.AdamW([value for value in system.parameters() if value.requires_grad], 0.1)


def test_checkpoints_are_those_of_any_run(ears, mesh):
    """The weights of an encoder that is frozen stand between those that are trained, and are in no checkpoint."""

    def new(scale: float) -> tuple[ConsoleSystem, Sharded]:
        system, strategy = ConsoleSystem(random_console(encoder=HubEncoder(str(ears), LORA))), Sharded()
        for value in system.parameters():
            if value.requires_grad:
                value.data.mul_(scale)
        strategy._lightning_module = system
        return system, strategy

    (plain, _), (cut, strategy) = new(1.0), new(2.0)
    optimizer = of(plain)
    stepped(plain, optimizer)
    shard(cut.console, mesh)
    strategy.optimizers = [of(cut)]
    checkpoint = {"state_dict": plain.state_dict(), "optimizer_states": [optimizer.state_dict()]}
    plain.on_save_checkpoint(checkpoint)
    assert len(plain.elsewhere) > 10
    assert not plain.elsewhere & checkpoint["state_dict"].keys()
    kept, checkpoint = checkpoint, copy.deepcopy(checkpoint)  # as from a file
    cut.on_load_checkpoint(checkpoint)
    strategy.load_model_state_dict(checkpoint)
    strategy.load_optimizer_state_dict(checkpoint)
    for _ in range(2):
        told = strategy.optimizer_state(strategy.optimizers[0])
        torch.testing.assert_close(strategy.lightning_module_state_dict(), dict(kept["state_dict"]), rtol=0, atol=0)
        torch.testing.assert_close(told["state"], optimizer.state_dict()["state"], rtol=0, atol=0)
        assert told["param_groups"] == optimizer.state_dict()["param_groups"]
        stepped(plain, optimizer)
        stepped(cut, strategy.optimizers[0])
        kept = {"state_dict": plain.state_dict()}
        plain.on_save_checkpoint(kept)
    del checkpoint["state_dict"]["console.head.bias"]
    with pytest.raises(RuntimeError, match=r"Missing key.*console\.head\.bias"):
        strategy.load_model_state_dict(checkpoint)


def test_a_folder_of_shards_is_no_checkpoint(tmp_path):
    with pytest.raises(InputError, match="is a folder of shards: a run goes on from a checkpoint in one file"):
        Sharded().load_checkpoint(tmp_path)


def test_gradients_that_are_scaled_are_refused():
    strategy = Sharded()
    strategy.precision_plugin = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu"))
    with pytest.raises(InputError, match="at 16-mixed: set trainer"):
        strategy.setup_environment()


def test_weights_whose_gradients_nobody_would_sum_are_refused(mesh):
    console = random_console()
    console.own = torch.nn.Parameter(torch.zeros(2))
    with pytest.raises(InputError, match="belong to no part of a console are not cut into shards: own"):
        shard(console, mesh)


@pytest.mark.parametrize("strategy", [FSDPStrategy, DeepSpeedStrategy, ModelParallelStrategy])
def test_other_ways_to_cut_a_console_are_refused(strategy):
    system = ConsoleSystem(random_console())
    system.trainer = SimpleNamespace(strategy=strategy.__new__(strategy))
    with pytest.raises(
        InputError, match="is cut into shards by the strategy sharded, which is Lightning's ModelParallelStrategy"
    ):
        system.setup("fit")
    system.trainer.strategy = Sharded.__new__(Sharded)
    with pytest.raises(InputError, match="in shards while it is trained: to test it"):
        system.setup("test")


@pytest.mark.slow
def test_two_processes_hold_half_each_and_learn_what_one_would(ears, tmp_path):
    (tmp_path / "wav2vec2").symlink_to(ears)
    script, paths = Path(__file__).with_name("shards.py"), os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    processes = [
        subprocess.Popen(
            [sys.executable, script, str(rank), tmp_path],
            env=os.environ | {"PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    one, other = (json.loads(process.communicate(timeout=120)[0].splitlines()[-1]) for process in processes)
    assert one["held"] + other["held"] == one["of_all"]
    assert abs(one["held"] - other["held"]) < 0.02 * one["of_all"]
    assert len(one["gradients"]) > 4
    for found in (one, other):
        assert len(found["at_once"]) == 4
        assert max(found["at_once"]) < 0.6 * one["of_all"]
        assert found["left"] == 0
        assert found["apart"] < 1e-5
        assert max(found["gradients"]) < 1e-4
    assert all(one["kept"].values())
