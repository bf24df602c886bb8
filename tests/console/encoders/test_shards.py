"""Consoles in shards believe, learn and are kept as whole ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from consoles import make_song, random_console
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


@pytest.fixture(scope="module")
def ears(tmp_path_factory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("ears") / "wav2vec2", "wav2vec2")


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
    encoder = HubEncoder(str(ears), LoraSettings(rank=2, alpha=4), longest_s=PIECES_S) if through else None
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


@pytest.mark.parametrize("strategy", [FSDPStrategy, DeepSpeedStrategy, ModelParallelStrategy])
def test_other_ways_to_cut_a_console_are_refused(strategy):
    system = ConsoleSystem(random_console())
    system.trainer = SimpleNamespace(strategy=strategy.__new__(strategy))
    with pytest.raises(InputError, match="is cut into shards by the strategy sharded"):
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
        assert found["apart"] < 1e-5
        assert max(found["gradients"]) < 1e-4
    assert all(one["kept"].values())
