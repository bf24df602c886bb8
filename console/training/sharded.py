"""Training with every weight cut into shards, one a process (FSDP2), for encoders that one GPU does not hold."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import torch
from lightning.fabric.plugins.collectives.torch_collective import default_pg_timeout
from lightning.pytorch.strategies import ModelParallelStrategy, StrategyRegistry
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor

from console.model import Console

SHARDED = "sharded"  # what the strategy is called in a configuration
LARGE = 0.01  # of an encoder's weights: a layer with less is brought together with what it lies in


class Sharded(ModelParallelStrategy):
    """Fully sharded data parallelism over all processes; checkpoints are whole, in one file, as those of others.

    Args:
        timeout: how long processes wait for each other.
    """

    def __init__(self, timeout: timedelta | None = default_pg_timeout):
        super().__init__(tensor_parallel_size=1, save_distributed_checkpoint=False, timeout=timeout)

    def setup_environment(self) -> None:
        """Called by Lightning."""
        self._data_parallel_size = self.num_nodes * self.num_processes
        super().setup_environment()


StrategyRegistry.register(SHARDED, Sharded, "Weights cut into shards, one a process (FSDP2)")


def shard(console: Console, mesh: DeviceMesh) -> None:
    """Cuts a console into shards, one for each process of a mesh.

    An encoder is brought together layer by layer as it listens, and taken apart again; the console's own networks,
    which are small, as a whole, and until their gradients are known: processes may ask them different things.
    """
    encoder = console.sound_encoder
    if encoder is not None:
        of_all = sum(weight.numel() for weight in encoder.parameters())
        layers = [layer for part in encoder.modules() if isinstance(part, nn.ModuleList) for layer in part]
        for layer in reversed(layers):  # those within others first
            if sum(weight.numel() for weight in layer.parameters()) > LARGE * of_all:
                fully_shard(layer, mesh=mesh)
        fully_shard(encoder, mesh=mesh)
        encoder.agreed = most_of_all
    for part in (console.encoder, console.within, console.evidence, console.across, console.head):
        fully_shard(part, mesh=mesh, reshard_after_forward=False)


def is_sharded(module: nn.Module) -> bool:
    """Whether it was cut into shards, together as they may be now."""
    return any(isinstance(part, FSDPModule) for part in module.modules())


def most_of_all(count: int) -> int:
    """The largest of what all processes count. To be called in all processes together."""
    told = torch.tensor(count)
    if torch.distributed.get_backend() == "nccl":
        told = told.cuda()
    torch.distributed.all_reduce(told, torch.distributed.ReduceOp.MAX)
    return int(told)


@contextmanager
def whole(module: nn.Module) -> Iterator[None]:
    """Within it, `state_dict` of a module that is sharded, and of its parts, gives all weights in the first process.

    To be entered in all processes together.
    """
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    if not is_sharded(module):
        yield
        return
    weights = get_model_state_dict(module, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    with ExitStack() as stack:
        for name, part in module.named_modules():
            hook = part.register_state_dict_post_hook(partial(_filled, weights, f"{name}." if name else ""))
            stack.callback(hook.remove)
        yield


def _filled(
    weights: Mapping[str, Any], name: str, part: nn.Module, told: dict[str, Any], prefix: str, *_: object
) -> None:
    """Puts the whole in place of each shard."""
    for key, value in told.items():
        if key.startswith(prefix) and isinstance(value, DTensor):
            full = weights.get(name + key.removeprefix(prefix))
            if isinstance(full, Tensor):
                told[key] = full
