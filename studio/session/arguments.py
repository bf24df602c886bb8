"""What a caller asks for, held against the operations: typed arguments, or one sentence that says what is wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from console.errors import InputError
from explainer.advice.shown import listed, quoted
from studio.session.operations import OPERATIONS, Operation

Kind = TypeVar("Kind", bound=Operation)


def checked(operation: str, arguments: Mapping[str, Any]) -> Operation:
    """An operation of a session with its arguments.

    Raises: InputError for an unknown operation, and for arguments that are none of it.
    """
    kind = OPERATIONS.get(operation)
    if kind is None:
        raise InputError(f"There is no operation {quoted(operation)}: there are {listed(list(OPERATIONS))}.")
    return read(kind, operation, arguments)


def read(kind: type[Kind], name: str, arguments: Mapping[str, Any]) -> Kind:
    """Arguments as an operation takes them. Raises: InputError for others."""
    try:
        return kind.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise InputError(f'"{name}" {_wrong(kind, field, first)}') from error


def _wrong(kind: type[Operation], field: str, error: Mapping[str, Any]) -> str:
    """What is wrong with one argument."""
    takes = list(kind.model_fields)
    match error["type"]:
        case "missing":
            return f"needs {field}."
        case "extra_forbidden":
            return f"takes no {quoted(field)}: it takes {listed(takes) if takes else 'nothing'}."
        case "greater_than_equal" | "less_than_equal":
            return f"takes a {field} {_bounds(kind, field)}, not {error['input']:g}."
        case "literal_error":
            return f"takes as {field} {error['ctx']['expected']}."
        case "float_type" | "float_parsing" | "finite_number" | "int_type" | "int_parsing" | "int_from_float":
            return f"takes a number as {field}."
        case "too_short" | "string_too_short":
            least = error["ctx"]["min_length"]
            what = "stem" if error["type"] == "too_short" else "character"
            return f"needs at least {least} {what}{'' if least == 1 else 's'} in {field}."
        case "string_too_long":
            return f"takes at most {error['ctx']['max_length']:,} characters as {field}."
    return f"does not understand its {field or 'arguments'}: {error['msg'].removeprefix('Input ')}."


def _bounds(kind: type[Operation], field: str) -> str:
    """Between which numbers a field may lie."""
    about = kind.model_json_schema()["properties"][field]
    low, high = about.get("minimum"), about.get("maximum")
    return f"of at least {low:g}" if high is None else f"from {low:g} to {high:g}"
