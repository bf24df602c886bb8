"""The songs that are open on the page, for language models: what a model does is seen there, and vice versa."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from console.errors import InputError
from studio.mcp.server import Server, http_app
from studio.mcp.songs import Result, Songs, Tell, while_told
from studio.page.answers import Refused
from studio.page.work import Work
from studio.session import Session


class PageSongs(Songs):
    """The page's songs, each by the session that stands behind the # in its address.

    Args:
        work: the page's sessions, in whose queue a model waits as everybody does.
    """

    guessable = False

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def listed(self) -> dict[str, str]:
        """None: whose they are is not known."""
        return {}

    async def work(self, name: str | None, do: Callable[[str, Session], Result], tell: Tell) -> Result:
        """As of `Songs`; what comes of it is kept and shown on the page."""
        if name is None:
            raise InputError("Say which song: give the session that stands behind the # in the page's address.")

        def told(session: Session) -> Result:
            on_page = session.tell

            def both(step: str) -> None:
                on_page(step)
                tell(step)

            return while_told(session, both, lambda: do(name, session))

        try:
            return await self._work.change(self._work.store.get(name), "mcp", told)
        except Refused as error:
            raise InputError(error.said) from error


@asynccontextmanager
async def beside(app: Starlette, work: Work, path: str = "/mcp") -> AsyncIterator[None]:
    """While it is held, an MCP server over the page's songs answers at `path` of the page, behind the page's guard.

    Args:
        app: the page, that is just being started.
    """
    mounted = http_app(Server(PageSongs(work), places=None), path)
    async with mounted.router.lifespan_context(mounted):
        app.router.routes[:0] = mounted.routes
        try:
            yield
        finally:
            del app.router.routes[: len(mounted.routes)]
