"""Posting to a server that may be slow, busy or broken: patience with bounds."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from httpx2 import Client

BUSY = frozenset((408, 409, 425, 429))  # and from 500 on: the same request may well be answered later
LONGEST_BODY = 2**20  # bytes
NO_CONNECTION = "no connection"


class Unanswered(Exception):
    """No answer came. The message says why in a few words.

    Args:
        status: of HTTP, where the server replied at all; `body` is what it said.
    """

    def __init__(self, why: str, status: int | None = None, body: bytes = b""):
        super().__init__(why)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Patience:
    """How long and how often to try.

    Args:
        timeout_s: for one answer, from the request to the last byte of its body.
        tries: requests in all.
        first_wait_s: before the second try; each further wait is twice as long, and up to half as long again by chance,
            so that many clients do not come back all at once. Where the server names a longer wait, that counts.
        longest_wait_s: between two tries. A server that asks for more is not waited for.
    """

    timeout_s: float = 60.0
    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0

    def wait_s(self, attempt: int, asked_s: float | None) -> float:
        """How long to wait after the `attempt`-th try (from 1), of which the server asked for `asked_s`."""
        doubled_s = self.first_wait_s * 2.0 ** min(attempt - 1, 64) * SystemRandom().uniform(1.0, 1.5)
        return min(max(doubled_s, asked_s or 0.0), self.longest_wait_s)


class _Came(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def post(client: "Client", url: str, body: bytes, patience: Patience, sleep: Callable[[float], object]) -> bytes:
    """What a server answers to a JSON body.

    Time-outs, broken connections, and answers that the server is busy (408, 409, 425, 429, from 500 on) are tried
    again; redirections are not followed.

    Args:
        sleep: waits for so many seconds.

    Raises: Unanswered after the last try, and at once for what another try cannot mend.
    """
    import httpx2  # only those who ask a server need it

    for attempt in range(1, patience.tries + 1):
        asked_s = None
        try:
            came = _sent(client, url, body, patience.timeout_s)
            if 200 <= came.status < 300:
                return came.body
            failure = Unanswered(f"HTTP {came.status}", came.status, came.body)
            if came.status not in BUSY and came.status < 500:
                raise failure
            asked_s = asked_wait_s(came.headers, datetime.now(UTC))
        except (httpx2.TimeoutException, TimeoutError):
            failure = Unanswered("time-out")
        except httpx2.ConnectError:
            failure = Unanswered(NO_CONNECTION)
        except httpx2.RequestError:
            failure = Unanswered("broken connection")
        if attempt == patience.tries or (asked_s or 0.0) > patience.longest_wait_s:
            break
        sleep(patience.wait_s(attempt, asked_s))
    raise failure


def asked_wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The wait that a server asks for in Retry-After (RFC 9110, 10.2.3), in seconds or as a date; None for none.

    Args:
        headers: by name in lower case, or in any where the mapping does not mind.
    """
    said = headers.get("retry-after", "").strip()
    try:
        wait_s = float(said)
    except ValueError:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        wait_s = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return max(wait_s, 0.0) if math.isfinite(wait_s) else None


def _sent(client: "Client", url: str, body: bytes, timeout_s: float) -> _Came:
    """One request and its whole answer.

    Raises: TimeoutError where the answer takes longer, though single bytes keep coming; errors of httpx2.
    """
    started_s = monotonic()
    with client.stream("POST", url, content=body, timeout=timeout_s) as response:
        came = bytearray()
        for part in response.iter_bytes():
            came += part
            if len(came) > LONGEST_BODY:
                raise Unanswered("too long an answer", response.status_code)
            if monotonic() - started_s > timeout_s:
                raise TimeoutError
        return _Came(response.status_code, response.headers, bytes(came))
