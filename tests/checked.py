"""Types checked at each call, in a fraction of the time: what jaxtyping's import hook decorates, beartype checks.

jaxtyping's decorator binds all arguments by name, and checks them a second time with what is given back. Where no
annotation has axes, beartype alone checks the same; where some have, it does within a context of their own, in which
axes are compared with one another. What neither can do is left to jaxtyping: axes that an argument counts, names in
quotes, which may be defined further down, and what is not done when it has given something back.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import partial, wraps
from types import FunctionType
from typing import Any, Literal, get_args, get_origin

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError

_jaxtyped = jaxtyping.jaxtyped
_axes = _jaxtyped("context")  # it keeps nothing: one serves all
_beartyped = beartype(conf=BeartypeConf(violation_type=TypeCheckError))  # the same TypeError in all cases


def quick_jaxtyped(fn: Any = None, *, typechecker: Callable[..., Any] | None = None) -> Any:
    """In place of `jaxtyping.jaxtyped`."""
    if fn is None:
        return partial(quick_jaxtyped, typechecker=typechecker)
    if isinstance(fn, FunctionType):
        return _checked(fn, typechecker)
    if is_dataclass(fn) and isinstance(fn.__init__, FunctionType):
        if not hasattr(fn.__init__, "__wrapped__"):  # as one that was written out, or inherited, is already
            fn.__init__ = _checked(fn.__init__, typechecker)
        return fn
    return _jaxtyped(fn, typechecker=typechecker)


def _checked(fn: FunctionType, typechecker: Callable[..., Any] | None) -> Any:
    parts = [part for annotation in fn.__annotations__.values() for part in _parts(annotation)]
    unknown = any(isinstance(part, str) for part in parts)
    shapes = [part.dim_str for part in parts if isinstance(part, type) and issubclass(part, AbstractArray)]
    if not shapes and not unknown:
        return _beartyped(fn)
    later = inspect.isgeneratorfunction(fn) or inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn)
    if unknown or later or any("{" in shape for shape in shapes):
        return _jaxtyped(fn, typechecker=typechecker)
    checked = _beartyped(fn)

    @wraps(fn)
    def within(*args: Any, **kwargs: Any) -> Any:
        with _axes:
            return checked(*args, **kwargs)

    return within


def _parts(annotation: Any) -> Iterator[Any]:
    """The annotation and those within it."""
    yield annotation
    for part in () if get_origin(annotation) is Literal else get_args(annotation):
        yield from _parts(part)
