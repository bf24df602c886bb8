"""One of two processes that hold the shards of a console; says in JSON what it found. Args: its rank, and a folder."""

import json
import sys
from pathlib import Path

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor

from console.model import Console
from console.network.encoders.hub import HubEncoder
from console.network.encoders.lora import LoraSettings
from console.training.shards import shard, whole

RATE_HZ = 16_000


def console_of(folder: Path) -> Console:
    """The same in both processes: one that hears through wav2vec2, with an adapter."""
    ears = HubEncoder(str(folder / "wav2vec2"), LoraSettings(rank=2, alpha=4), longest_s=1.0)
    console = Console(width=16, depth=1, song_depth=1, heads=2, encoder=ears)
    torch.manual_seed(0)
    for value in console.parameters():
        torch.nn.init.normal_(value, std=0.2)
    return console


def not_in_shards(module: torch.nn.Module) -> int:
    """How many weights this process has whole at the moment."""
    return sum(value.numel() for value in module.parameters() if not isinstance(value, DTensor))


def main(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    meeting = f"file://{folder / 'meeting'}"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    console, alone = console_of(folder), console_of(folder)
    of_all = sum(value.numel() for value in console.parameters())
    shard(console, init_device_mesh("cpu", (2,)))
    held = sum(value.to_local().numel() for value in console.parameters())
    # Four stems of 20 s, in pieces of 1 s: of one process all of them sound, of the other none.
    sound = 0.1 * torch.randn(1, 1, 4, 1, 20 * RATE_HZ, generator=torch.Generator().manual_seed(5))
    heard = console.sound_encoder.hear(sound * (rank == 0))
    expected = alone.sound_encoder.hear(sound)
    expected.square().sum().backward()
    heard.square().sum().backward()
    told = {name: value.grad for name, value in alone.named_parameters()}
    gradients = [
        float((2 * value.grad.full_tensor() - told[name]).abs().max() / told[name].abs().max())
        for name, value in console.named_parameters()
        if "lora_" in name
    ]
    # Then one process has one clip of 1 s to hear, and the other four.
    ears, at_once = console.sound_encoder, []
    ears.tower.base_model.model.encoder.layers[-1].register_forward_pre_hook(
        lambda *_: at_once.append(not_in_shards(ears))
    )
    with torch.no_grad():
        for clip in sound[0, 0, : 4 if rank else 1, :, :RATE_HZ]:
            ears.hear(clip)
        ears.wait()
    left = not_in_shards(ears)
    with whole(console):
        weights = console.state_dict() if rank == 0 else {}  # which are whole in the first process
    kept = {name: torch.equal(value, alone.state_dict()[name]) for name, value in weights.items()}
    apart = float((heard - expected * (rank == 0)).detach().abs().max())
    found = {"of_all": of_all, "held": held, "at_once": at_once, "left": left}
    print(json.dumps({**found, "apart": apart, "gradients": gradients, "kept": kept}))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
