"""The page's HTTP API, request by request; docs/page.md tells it."""

from starlette.routing import Route

from studio.page.learnt import Learnt
from studio.page.routes.changes import Changes
from studio.page.routes.opened import Opened
from studio.page.routes.outputs import Outputs
from studio.page.work import Work


def routes(work: Work, learnt: Learnt) -> list[Route]:
    """All of them."""
    return [route for kind in (Opened, Changes, Outputs) for route in kind(work, learnt).routes]
