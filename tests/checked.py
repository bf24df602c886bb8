"""Types checked at each call, in a quarter of the time: with shapes only where an annotation has one.

jaxtyping's import hook puts its decorator on every function. It binds all arguments by name, as it must to compare
axes with one another; where no annotation has axes, beartype alone checks the same.
"""

from collections.abc import Callable
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
    if isinstance(fn, FunctionType) and not any(map(_may_have_shapes, fn.__annotations__.values())):
        return _without(fn)
    return _with_shapes(fn, typechecker=typechecker)


def _may_have_shapes(annotation: Any) -> bool:
    if isinstance(annotation, str):  # the name of something defined further down
        return True
    return (isinstance(annotation, type) and issubclass(annotation, AbstractArray)) or any(
        map(_may_have_shapes, get_args(annotation))
    )
