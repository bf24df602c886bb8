"""Who may drive the studio: nobody but the page that it serves itself, and whoever was told the password."""

import asyncio
import base64
import binascii
import hmac
import ipaddress
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.errors import InputError
from studio.page.answers import Refused, refusal

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD", "OPTIONS")
HTTP_PORTS = {"http": 80, "https": 443}
CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.25, 4.0  # after the first wrong password from an address, and after many
FORGOTTEN_S = 600.0  # after the last one
ADDRESSES = 10_000  # that are remembered
ASK = {"WWW-Authenticate": 'Basic realm="mixconsole", charset="UTF-8"'}


@dataclass(frozen=True)
class Names:
    """The names that a browser may call the studio by, so that no other site's name leads here (DNS rebinding).

    Args:
        names: of hosts, in small letters, an IPv6 address in brackets.
        addresses: whether any IP address is one, too, as no site can have it for a name.
    """

    names: frozenset[str]
    addresses: bool = False

    @classmethod
    def served(cls, host: str, more: Iterable[str] = ()) -> "Names":
        """Those of a server that binds to `host`, and more that were told."""
        told = {_bracketed(name.strip().casefold()) for name in more}
        if is_loopback(host):
            return cls(frozenset((*LOOPBACK, _bracketed(host.casefold()), *told)))
        own = {_bracketed(host.casefold()), socket.gethostname().casefold()}
        return cls(frozenset(own | told | set(LOOPBACK)), addresses=True)

    def have(self, host: str) -> bool:
        """Whether what a request calls the studio, with or without a port, is one of them."""
        name = _split(host)[0]
        return name in self.names or (self.addresses and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches that address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def password(told: str | None, variable: str = "MIXCONSOLE_AUTH") -> str | None:
    """The user and password that were told, or else those in the environment.

    Raises: InputError where that is not of the form USER:PASSWORD.
    """
    auth = told or os.environ.get(variable) or None
    if auth is not None and not all(auth.partition(":")):
        raise InputError("The password is given as USER:PASSWORD, neither of them empty.")
    return auth


class Guesses:
    """Wrong passwords, by the address that they came from: each is answered later than the one before."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and when the last one came
        self._known: OrderedDict[str, None] = OrderedDict()  # who told the right one, as others behind one proxy do

    def wait_s(self, address: str, right: bool) -> float:
        """How long it takes to answer, so that the right one cannot be told from wrong ones any sooner."""
        now_s = time.monotonic()
        count, last_s = self._wrong.get(address, (0, now_s))
        count = count if now_s - last_s < FORGOTTEN_S else 0
        if right and address in self._known:
            return 0.0
        if right:
            _put(self._known, address, None)
        else:
            count += 1
            _put(self._wrong, address, (count, now_s))
        return min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2.0 ** min(count - 1, 30)) if count else 0.0


class Guard:
    """Goes before the application: what does not come from the page itself is refused.

    Args:
        app: what is guarded.
        names: that the studio is called by.
        auth: USER:PASSWORD, which every request has to tell; None: nothing has to be told.
    """

    def __init__(self, app: ASGIApp, names: Names, auth: str | None = None) -> None:
        self.app, self.names = app, names
        self._auth = None if auth is None else auth.encode()
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no socket is served
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope["method"], scope["path"], Headers(scope=scope))
            await self._ask(scope, Headers(scope=scope))
        except Refused as error:
            response = refusal(error)
            response.headers.update(ASK if error.status == 401 else {})
            await response(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.names.have(hosts[0]):
            raise Refused(421, "The studio is not called by this name: open it by the address that it printed.")
        site = headers.get("sec-fetch-site")
        visited = method in READING and path == "/" and headers.get("sec-fetch-mode") == "navigate"  # by a link
        if site not in (None, "same-origin", "none") and not visited:
            raise Refused(403, "Another site may not use the studio.")
        origins = headers.getlist("origin")
        if method not in READING and any(not _same(origin, hosts[0]) for origin in origins):
            raise Refused(403, "Another site may not change anything in the studio.")

    async def _ask(self, scope: Scope, headers: Headers) -> None:
        if self._auth is None:
            return
        told = headers.get("authorization")
        right = _knows(told or "", self._auth)
        if told is not None:  # a browser's first request tells none, and guesses nothing
            address = (scope.get("client") or ("",))[0]
            wait_s = self._guesses.wait_s(address, right)
            if wait_s:
                await asyncio.sleep(wait_s)
        if not right:
            raise Refused(401, "The studio wants its user and password.")


def _same(origin: str, host: str) -> bool:
    """Whether an origin is that of the host that is spoken to, whatever stands between that speaks HTTPS."""
    try:
        parts = urlsplit(origin)
        port = parts.port or HTTP_PORTS.get(parts.scheme)
    except ValueError:
        return False
    name, to = _split(host)
    own = {to} if to is not None else set(HTTP_PORTS.values())
    return parts.scheme in HTTP_PORTS and _split(parts.netloc)[0] == name and port in own


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of "name:port"."""
    name, colon, port = host.strip().casefold().rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return name.rstrip("."), int(port)
    return host.strip().casefold().rstrip("."), None


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _put(of: OrderedDict[str, Any], address: str, value: Any) -> None:
    of[address] = value
    of.move_to_end(address)
    if len(of) > ADDRESSES:
        of.popitem(last=False)


def _knows(authorization: str, auth: bytes) -> bool:
    """Whether the user and password are right, which takes as long where they are wrong."""
    kind, _, token = authorization.partition(" ")
    try:
        told = base64.b64decode(token.strip(), validate=True) if kind.casefold() == "basic" else b""
    except (binascii.Error, ValueError):
        told = b""
    return hmac.compare_digest(told, auth)
