"""Weights of models that nobody vouches for: held against what is expected before they are read, and finite."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode


def read_weights(path: Path, like: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """The tensors in a safetensors file, by name.

    Args:
        like: what they have to be like in name and shape; these may be on the device "meta", which takes no memory.

    Raises: ValueError, in a few words, for others than `like`, and where a number is not finite; what safetensors does
        for a file that is none.
    """
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        names = list(file.keys())
        if like is not None:
            odd = next(iter(sorted(like.keys() ^ set(names))), None)
            if odd is not None:
                raise ValueError(f'"{odd}" is {"missing" if odd in like else "one part too many"} in {path.name}')
            for name in names:
                shape, wanted = list(file.get_slice(name).get_shape()), list(like[name].shape)
                if shape != wanted:
                    raise ValueError(f'"{name}" has the shape {shape}, not {wanted}')
        weights = {name: file.get_tensor(name) for name in names}
    check_finite(weights)
    return weights


class undrawn(TorchFunctionMode):  # a context, in which layers are made
    """Layers that are made within keep their weights as they come: nobody draws what is not there, or not needed.

    To draw on the device "meta" torch imports its compiler, which takes longer than everything else that is read.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def check_finite(weights: Mapping[str, Tensor]) -> None:
    """Raises ValueError for weights among which one is NaN or infinite."""
    for name, tensor in weights.items():
        # The ends of its range: NaN lies at both, and they are found in a tenth of the time that all numbers take.
        if tensor.is_floating_point() and tensor.numel() and not all(map(math.isfinite, tensor.aminmax())):
            raise ValueError(f'"{name}" holds what is no finite number')


def check_size(name: str, value: object, most: int, least: int = 0) -> int:
    """A size that a configuration names. Raises: ValueError for what is none, or out of range."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        told = str(value)
        raise ValueError(f"{name} is from {least} to {most:,}, not {told if len(told) < 30 else told[:30] + '...'}")
    return value
