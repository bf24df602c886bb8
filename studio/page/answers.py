"""What goes back to the browser: JSON that every parser takes, and errors of one sentence."""

import asyncio
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES, LONGEST_S = 100_000, 30.0  # of a request that is JSON
NOT_JSON = "This is no JSON object."


class Refused(Exception):
    """What is not done, with the status of HTTP and the sentence that says why.

    Args:
        again_s: when to try again, where that may help.
    """

    def __init__(self, status: int, said: str, again_s: int | None = None) -> None:
        super().__init__(said)
        self.status, self.said, self.again_s = status, said, again_s


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON; it is nobody else's, and not kept."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.encode("utf-8", "backslashreplace")  # lone surrogates, as \udcff
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def refusal(error: Refused) -> Response:
    """An error as JSON."""
    headers = {} if error.again_s is None else {"Retry-After": str(error.again_s)}
    return answer({"error": error.said}, error.status, headers)


def plain(value: Any) -> Any:
    """A value of what JSON has: silence (-inf) and what is no number become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return str(value)  # of an enumeration, its value
    return value if value is None or isinstance(value, bool | int) else str(value)


def without_places(value: Any, folder: Path) -> Any:
    """A value in which files that lie in a folder of ours have their names only."""
    place = re.compile(re.escape(f"{folder}/") + r"(?:[^\"”“\n/]*/)*")

    def shortened(each: Any) -> Any:
        if isinstance(each, Mapping):
            return {key: shortened(one) for key, one in each.items()}
        if isinstance(each, list | tuple):
            return [shortened(one) for one in each]
        return place.sub("", each) if isinstance(each, str) else each

    return shortened(value)


async def told(request: Request) -> dict[str, Any]:
    """What a request says in JSON, an object.

    Raises: Refused for anything else, for a long one, and for one that does not come to its end.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Refused(413, f"This is too long: a request has {MOST_BYTES} bytes at most.")
    except TimeoutError as error:
        raise Refused(408, "The request did not come to its end: try again.") from error
    try:
        value = json.loads(bytes(body)) if body else {}
    except (ValueError, RecursionError) as error:
        raise Refused(400, NOT_JSON) from error
    if not isinstance(value, dict):
        raise Refused(400, NOT_JSON)
    return value


def text_in(said: Mapping[str, Any], name: str, most: int = 1000) -> str:
    """A text that a request has to give. Raises: Refused where there is none."""
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, f'The request needs "{name}", a text.')
    if len(value) > most:
        raise Refused(422, f'"{name}" is too long: it has {len(value):,} letters, and {most:,} are the most.')
    return value
