"""What all requests share: how a session is found, how errors are told, and what is told after a change."""

import math
import secrets
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from console.errors import InputError
from studio.page.answers import Refused, answer, refusal, without_places
from studio.page.incoming.uploads import Received, receive
from studio.page.learnt import Learnt
from studio.page.sessions import Entry
from studio.page.work import READING, Work
from studio.page.working.doing import said_of

if TYPE_CHECKING:
    from studio.session.session import Session

ONE = "/api/sessions/{id}"
Endpoint = Callable[[Request], Awaitable[Response]]


class Endpoints:
    """Some of the API.

    Args:
        work: the sessions, and who works on them.
        learnt: what users prefer.
    """

    def __init__(self, work: Work, learnt: Learnt) -> None:
        self.work, self.learnt = work, learnt
        self.store, self.limits = work.store, work.limits

    def route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        """A route whose errors are sentences."""

        async def guarded(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Refused as error:
                return refusal(error)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it
            except InputError as error:
                return refusal(Refused(422, without_places(str(error), self.store.folder)))
            except Exception as error:
                return refusal(Refused(500, without_places(said_of(error), self.store.folder)))

        return Route(path, guarded, methods=[method])

    def entry(self, request: Request) -> Entry:
        """The session that is asked for. Raises: Refused where there is none."""
        entry = self.store.get(request.path_params["id"])
        self.work.needed(entry)
        return entry

    def opened(self, request: Request) -> Entry:
        """The same, once its song is read. Raises: Refused before."""
        entry = self.entry(request)
        if entry.table is None:
            raise Refused(409, entry.failed or READING)
        return entry

    def shown(self, entry: Entry, status: int = 200) -> Response:
        """All that is shown of a session."""
        return answer(entry.shown() | {"job": self.work.job_of(entry)}, status)

    def told(self, entry: Entry, what: dict[str, Any]) -> Response:
        """What came of a change, and the session afterwards."""
        shown = entry.shown()
        after = {"revision": shown["revision"], "table": shown["table"], "job": self.work.job_of(entry)}
        return answer(without_places(what, entry.folder) | after)

    async def changed(
        self, entry: Entry, operation: str, act: "Callable[[Session], Any]", quick: bool = False
    ) -> Response:
        """Does something with a session, and tells what came of it."""
        outcome = await self.work.change(entry, operation, act, quick)
        return self.told(entry, {"outcome": asdict(outcome)})

    def file(self, path: Path, **told: Any) -> Response:
        """A file of a session, which may be closed before it is sent; arguments as of `FileResponse`."""
        return _OfSession(self.store.gone(), path, **told)

    async def received(self, request: Request, entry: Entry, folder: Path) -> Received:
        """The files of a request, in a new folder of a session.

        Raises: Refused, also where too many come in already, and where the session is closed meanwhile.
        """

        def check() -> None:
            if entry.removed:
                raise self.store.gone()

        if self.work.uploads >= self.limits.uploads:
            raise Refused(503, "Too much is being sent at the moment. Try again in a minute.")
        self.work.uploads += 1
        try:
            received = await receive(request, folder, self.limits, check)
            check()
            return received
        except OSError:
            check()  # which it may come from
            raise
        finally:
            self.work.uploads -= 1

    @contextmanager
    def place(self, entry: Entry, kind: str) -> Iterator[Path]:
        """A place for another folder in a session's own; it goes again where what it is for fails."""
        folder = entry.folder / kind / secrets.token_hex(8)
        try:
            yield folder
            if entry.removed:
                raise self.store.gone()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            for above in (folder.parent, entry.folder) if entry.removed else ():  # which it may have made again
                with suppress(OSError):
                    above.rmdir()
            raise


class _OfSession(FileResponse):
    """A file, or that its session is gone."""

    def __init__(self, gone: Refused, path: Path, **told: Any) -> None:
        super().__init__(path, **told)
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        begun = False

        async def once_open(message: Message) -> None:
            nonlocal start, begun
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None and not begun:
                begun = True
                await send(start)
            await send(message)

        try:
            await super().__call__(scope, receive, once_open)
        except (FileNotFoundError, RuntimeError):  # which Starlette makes of the other
            if begun or Path(self.path).is_file():
                raise
            await refusal(self._gone)(scope, receive, send)


def number(request: Request, name: str, otherwise: float) -> float:
    """A number from 0 in a request's query. Raises: Refused for what is none."""
    told = request.query_params.get(name)
    try:
        value = otherwise if told is None else float(told)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise Refused(422, f'"{name}" is a number from 0.')
    return value
