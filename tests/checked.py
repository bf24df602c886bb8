"""Types checked at each call, in a quarter of the time: with shapes only where an annotation has one.

jaxtyping's import hook puts its decorator on every function and data class. It binds all arguments by name, as it must
to compare axes with one another; where no annotation has axes, beartype alone checks the same.
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial
from types import FunctionType
from typing import Any, get_args

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError

_with_shapes = jaxtyping.jaxtyped
_without = beartype(conf=BeartypeConf(violation_type=TypeCheckError))  # the same TypeError in both cases


def quick_jaxtyped(fn: Any = None, *, typechecker: Callable[..., Any] | None = None) -> Any:
    """In place of `jaxtyping.jaxtyped`."""
    if fn is None:
        return partial(quick_jaxtyped, typechecker=typechecker)
    if isinstance(fn, FunctionType) and not _has_shapes(fn):
        return _without(fn)
    if is_dataclass(fn) and isinstance(fn.__init__, FunctionType) and not _has_shapes(fn.__init__):
        if not hasattr(fn.__init__, "__wrapped__"):  # as one that was written out, or inherited, is already
            fn.__init__ = _without(fn.__init__)
        return fn
    return _with_shapes(fn, typechecker=typechecker)


def _has_shapes(fn: FunctionType) -> bool:
    """Whether it may have one; what a name in quotes stands for is known of its own class only."""
    own = fn.__qualname__.split(".")[:-1]

    def has(annotation: Any) -> bool:
        if isinstance(annotation, str):
            return any(name not in own and name != "None" for name in annotation.split(" | "))
        return (isinstance(annotation, type) and issubclass(annotation, AbstractArray)) or any(
            map(has, get_args(annotation))
        )

    return any(map(has, fn.__annotations__.values()))
