"""The server: an address of this machine, a folder for the sessions, and an end that leaves nothing behind."""

import errno
import gc
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from platformdirs import user_cache_path, user_data_path
from starlette.applications import Starlette

from console.errors import InputError
from console.files.part import locked
from studio.page.app import page
from studio.page.guard import Names, is_loopback
from studio.page.limits import Limits
from studio.page.models import Models

NAME = "mixconsole"
GRACE_S = 2  # for answers on their way, when it is to end
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
BACKLOG = 256
GARBAGE = (700, 10, 10)  # as Python has it


@dataclass(frozen=True)
class Settings:
    """How the page is served.

    Args:
        host, port: to bind to; port 0 is any that is free.
        names: more names that it is called by, as behind a proxy.
        auth: USER:PASSWORD that every request has to tell.
        to_all: whether others may reach it without that.
        keep: where sessions, votes and what is learnt are kept; None: sessions only until it ends.
        llm: "URL#MODEL" of a language model that plans.
        mcp: whether language models reach the sessions at /mcp.
        limits: of what it takes on.
    """

    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    auth: str | None = None
    to_all: bool = False
    keep: Path | None = None
    llm: str | None = None
    mcp: bool = False
    limits: Limits = field(default_factory=Limits)


def serve(settings: Settings, tell: Callable[[str], None], open_browser: bool = False) -> None:
    """Serves until a signal ends it, which is raised again once everything is tidy.

    Args:
        tell: is told the address, as soon as it answers.

    Raises: InputError for an address that cannot be had, or that others reach while nothing guards it, and for a
        language model that cannot be had.
    """
    if not is_loopback(settings.host) and settings.auth is None and not settings.to_all:
        raise InputError(
            f"At {settings.host} anybody on the network could use the studio: give --auth USER:PASSWORD, or say "
            "--without-auth."
        )
    llm = None if settings.llm is None else _endpoint(settings.llm)
    gc.set_threshold(*GARBAGE)  # a command is short, and looks for garbage seldom; a server is not
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what goes wrong is told by the application
    with _bound(settings.host, settings.port) as listening, _kept(settings.keep) as folder:
        home = settings.keep or user_data_path(NAME, appauthor=False)
        names = Names.served(settings.host, settings.names)
        app = page(folder, home, names, settings.limits, settings.auth, Models(llm=llm), settings.mcp)
        address = _address(settings.host, listening.getsockname()[1])

        def ready() -> None:
            tell(address)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        server = _Server(app, ready)
        server.run(sockets=[listening])
        busy = server.started and app.state.work.busy
    if server.signal and busy:  # a thread that listens cannot be told to stop, and Python would wait for it
        if server.signal == signal.SIGINT:  # as every command says it
            print("Stopped.", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(128 + server.signal)
    if server.signal:
        signal.raise_signal(server.signal)


class _Server(uvicorn.Server):
    """One that tells when it answers, and lets nobody wait for news when it ends."""

    def __init__(self, app: Starlette, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config)
        self._app, self._ready = app, ready
        self.signal = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.work.stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heeded = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]  # as nohup leaves it
        before = {number: signal.signal(number, self.handle_exit) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # asked for twice
        self.should_exit = True
        self.signal = sig


def _endpoint(address: str) -> Any:
    from explainer.language.endpoint.address import endpoint_at

    return endpoint_at(address)


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens, so that nobody is refused while the rest begins."""
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise InputError(f'"{host}" is no address of this machine: 127.0.0.1 is, for this machine alone.') from error
    with socket.socket(family, kind, protocol) as listening:
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError as error:
            raise InputError(_unbound(host, port, error)) from error
        yield listening


def _unbound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: give another one with --port, or --port 0 for any that is free."
    if error.errno == errno.EACCES:
        return f"Port {port} is not for everybody: give one from 1024 with --port."
    return f'"{host}" cannot be had: {error.strerror or error}.'


@contextmanager
def _kept(keep: Path | None) -> Iterator[Path]:
    """The folder of the sessions, which nobody else uses; where nothing is to be kept, it goes in the end.

    One that a killed server left is used again, so that its sessions come back.
    """
    if keep is not None:
        folder = keep / "sessions"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = locked(folder)
        except BlockingIOError as error:
            raise InputError(f'"{keep}" is in use by another mixconsole serve: give another folder.') from error
        except OSError as error:
            raise InputError(f'"{keep}" cannot be used: {error.strerror or error}.') from error
        try:
            yield folder
        finally:
            if lock is not None:
                os.close(lock)
        return
    folder, lock = _free(user_cache_path(NAME, appauthor=False) / "serve")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _free(base: Path) -> tuple[Path, int | None]:
    """The first folder of several that no server uses, locked."""
    number = 1
    try:
        while True:
            folder = base / str(number)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                lock = locked(folder)
            except BlockingIOError:
                number += 1
                continue
            except FileNotFoundError:
                continue
            if lock is None or (folder.exists() and os.path.samestat(folder.stat(), os.fstat(lock))):
                return folder, lock
            os.close(lock)  # another one removed it at this moment
    except OSError:  # such as a home that cannot be written
        return Path(tempfile.mkdtemp(prefix=f"{NAME}-")), None


def _address(host: str, port: int) -> str:
    plain = host.strip("[]")
    if plain in ("0.0.0.0", "::", ""):
        plain = socket.gethostname()
    return f"http://{f'[{plain}]' if ':' in plain else plain}:{port}/"
