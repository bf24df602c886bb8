"""The application: the page, its API, and the guard before both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from studio.page.answers import Refused, refusal
from studio.page.guard import Guard, Names
from studio.page.learnt import Learnt
from studio.page.limits import Limits
from studio.page.models import Models
from studio.page.routes import routes
from studio.page.sessions import Store
from studio.page.work import Work
from studio.page.working.doing import said_of

STATIC = Path(__file__).parent / "static"
FRESH = {"Cache-Control": "no-cache"}  # asked for again after an update
NO_PAGE = "There is nothing at this address."


class Static(StaticFiles):
    """Files of the page, each asked for anew, which costs nothing where it is the same."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """With the header that says so."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(FRESH)
        return response


def page(
    folder: Path,
    home: Path,
    names: Names,
    limits: Limits | None = None,
    auth: str | None = None,
    models: Models | None = None,
    mcp: bool = False,
) -> Starlette:
    """The page as an ASGI application. It begins to load the models when it is started.

    Args:
        folder: where the sessions are kept.
        home: where votes and what is learnt are kept.
        names: that the studio is called by.
        auth: USER:PASSWORD that every request has to tell.
        models: who listens and writes; the embedded ones where None.
        mcp: whether language models reach the sessions, too, at /mcp.
    """

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        work = Work(Store(folder, limits or Limits()), models or Models())
        app.state.work = work
        served = routes(work, Learnt(home))
        app.router.routes[:0] = served
        if mcp:
            work.spawn(_served_to_models(app, work))
        try:
            yield
        finally:
            await work.close()
            app.router.routes[:] = [route for route in app.router.routes if route not in served]

    return Starlette(
        routes=[
            Route("/", _index),
            Mount("/static", Static(directory=STATIC, check_dir=False)),
        ],
        middleware=[Middleware(Guard, names=names, auth=auth)],
        exception_handlers={HTTPException: _no_such_place, Exception: _fault},
        lifespan=running,
    )


async def _served_to_models(app: Starlette, work: Work) -> None:
    """An MCP server beside the page, as long as it is served; what it takes is loaded after all else."""
    await work.loaded.wait()
    of_page = await asyncio.to_thread(import_module, "studio.mcp.of_page")
    async with of_page.beside(app, work):
        await work.closing.wait()


async def _index(request: Request) -> Response:
    path = STATIC / "index.html"
    if not path.is_file():
        return refusal(Refused(404, NO_PAGE))
    return FileResponse(path, headers=FRESH)


async def _fault(request: Request, error: Exception) -> Response:
    return refusal(Refused(500, said_of(error)))


async def _no_such_place(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {404: NO_PAGE, 405: "That cannot be done at this address."}.get(status, "That cannot be done.")
    return refusal(Refused(status, said))
