"""Strict reading of advice from JSON: an object has exactly the fields it should, each of its kind.

A reader gives a JSON value back as what it has to be, or raises ValueError saying what that is.
"""

import math
import reprlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from console.errors import InputError


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def text_or_null(value: object) -> str | None:
    """A string, or nothing."""
    return None if value is None else text(value)


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise ValueError("a number")
    return float(value)


def between(low: float, high: float) -> Callable[[object], float]:
    """A number from `low` to `high`, both included."""

    def read(value: object) -> float:
        if not low <= number(value) <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return number(value)

    return read


def positive_integer(value: object) -> int:
    """A whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number above 0")
    return value


def level(value: object) -> float:
    """A level in dB; null is silence, -inf."""
    return -math.inf if value is None else number(value)


def truth(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def one_of(kind: type[StrEnum]) -> Callable[[object], StrEnum]:
    """A word of an enumeration."""

    def read(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in list(kind):
            raise ValueError(f"one of {', '.join(kind)}")
        return kind(value)

    return read


def read_object(data: object, readers: Mapping[str, Callable[[object], Any]], where: str = "") -> dict[str, Any]:
    """The values of a JSON object that has exactly the fields in `readers`; `where` says which object it is.

    Raises: InputError naming the field that is missing, unknown or wrong.
    """
    if not isinstance(data, dict):
        raise InputError(f"This is no advice: {where or 'the whole'} is not a JSON object.")
    prefix = where and f"{where}."
    if missing := [key for key in readers if key not in data]:
        raise InputError(f"This advice is incomplete: {prefix}{missing[0]} is missing.")
    if unknown := [key for key in data if key not in readers]:
        raise InputError(f"This advice has an unknown field: {prefix}{unknown[0]}.")
    values = {}
    for key, read in readers.items():
        try:
            values[key] = read(data[key])
        except (ValueError, OverflowError) as error:
            said = reprlib.repr(data[key])
            raise InputError(f"This advice is wrong: {prefix}{key} must be {error}, not {said}.") from None
    return values
