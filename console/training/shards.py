"""Weights in shards, one a process: a console cut into them, and whole again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from console.errors import InputError
from console.model import Console

LARGE = 0.01  # of an encoder's weights: a layer with less is brought together with what it lies in


def shard(console: Console, mesh: DeviceMesh) -> None:
    """Cuts a console into shards, one for each process of a mesh.

    An encoder is brought together layer by layer as it listens, and taken apart again; the console's own networks,
    which are small, as a whole, and until their gradients are known: processes may ask them different things.

    Raises: InputError for a class of one's own with weights that belong to none of its parts.
    """
    encoder = console.sound_encoder
    if encoder is not None:
        of_all = sum(weight.numel() for weight in encoder.parameters())
        layers = [layer for part in encoder.modules() if isinstance(part, nn.ModuleList) for layer in part]
        for layer in reversed(layers):  # those within others first
            if sum(weight.numel() for weight in layer.parameters()) > LARGE * of_all:
                fully_shard(layer, mesh=mesh)
        fully_shard(encoder, mesh=mesh, reshard_after_forward=True)
        encoder.agreed = most_of_all
    for part in console.children():
        if part is not encoder and any(True for _ in part.parameters()):
            fully_shard(part, mesh=mesh, reshard_after_forward=False)
    left = [name for name, weight in console.named_parameters() if not isinstance(weight, DTensor)]
    if left:  # nobody would sum their gradients
        raise InputError(f"Weights that belong to no part of a console are not cut into shards: {', '.join(left)}.")


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


def whole_of(value: Any) -> Any:
    """Of a shard the whole, and anything else as it is, in the memory of the processor. In all processes together."""
    if not isinstance(value, Tensor):
        return value
    return (value.full_tensor() if isinstance(value, DTensor) else value).detach().cpu()


def shard_of(value: Any, like: Tensor) -> Any:
    """Of the whole the part that this process has of another tensor; where that is no shard, the whole."""
    if not isinstance(like, DTensor) or not isinstance(value, Tensor) or value.shape != like.shape:
        return value
    here = value.to(like.device)
    return distribute_tensor(here, like.device_mesh, like.placements, src_data_rank=None)  # each has it all


def whole_state(module: nn.Module, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What `state_dict` gives of a module that is whole, in the first process; nothing in the others.

    To be called in all processes together.

    Args:
        without: names that are left out.
    """
    first, told = torch.distributed.get_rank() == 0, {}
    for name, value in module.state_dict().items():
        if name not in without:
            full = whole_of(value)  # one after the other: no process but the first holds more than one
            if first:
                told[name] = full
    return told


@contextmanager
def whole(module: nn.Module) -> Iterator[None]:
    """Within it, `state_dict` of a module that is sharded, and of its parts, gives all weights in the first process.

    To be entered in all processes together.
    """
    if not is_sharded(module):
        yield
        return
    weights = whole_state(module)
    with ExitStack() as stack:
        for name, part in module.named_modules():
            hook = part.register_state_dict_post_hook(partial(_filled, weights, f"{name}." if name else ""))
            stack.callback(hook.remove)
        yield


def _filled(weights: dict[str, Any], name: str, part: nn.Module, told: dict[str, Any], prefix: str, *_: object) -> None:
    """Puts the whole in place of each shard."""
    for key in dict(part.named_parameters(recurse=False)):
        if isinstance(told.get(prefix + key), DTensor) and name + key in weights:
            told[prefix + key] = weights[name + key]
