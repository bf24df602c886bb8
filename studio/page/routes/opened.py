"""A session from its beginning to its end, and what is known before there is one."""

import asyncio
import shutil
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from studio.page.answers import Refused, answer, told
from studio.page.incoming import opening
from studio.page.incoming.uploads import title_in
from studio.page.routes.endpoints import ONE, Endpoints, number
from studio.page.sessions import Entry

LONGEST_WAIT_S = 30.0
MOST_SEED = 1 << 32


class Opened(Endpoints):
    """Opening, asking after, closing."""

    @property
    def routes(self) -> list[Route]:
        """All of them."""
        return [
            self.route("GET", "/api", self.info),
            self.route("GET", "/api/usual.yaml", self.usual_file),
            self.route("POST", "/api/sessions", self.upload),
            self.route("POST", "/api/sessions/demo", self.demo),
            self.route("GET", ONE, self.session),
            self.route("DELETE", ONE, self.remove),
        ]

    async def info(self, request: Request) -> Response:
        """What the page needs to know before there is a song."""
        await self.work.loaded.wait()
        return answer(await asyncio.to_thread(self._info))

    def _info(self) -> dict[str, Any]:
        from console.balance.genre import Genre
        from console.read.vocabulary import FinerRole, Role
        from studio.session.operations import OPERATIONS

        kinds = OPERATIONS.items()
        return {
            "version": version("mixconsole"),
            "limits": self.limits.told(),
            "genres": list(Genre),
            "roles": {role: [finer for finer in FinerRole if finer.role is role] for role in Role},
            "operations": {
                name: {"description": kind.__doc__, "schema": kind.model_json_schema()} for name, kind in kinds
            },
            "llm": self.work.models.llm is not None,
            "usual_learnt": self.learnt.usual.is_file(),
            "votes": self.learnt.votes,
        }

    async def usual_file(self, request: Request) -> Response:
        """What was learnt, as a file."""
        file = self.learnt.usual
        if not file.is_file():
            raise Refused(404, "Nothing is learnt yet.")
        return FileResponse(file, headers={"Cache-Control": "no-store"}, media_type="text/yaml", filename=file.name)

    async def upload(self, request: Request) -> Response:
        """Files become a session."""
        self.work.jobs.check()  # before anything is sent for nothing
        entry = self.work.create()
        try:
            incoming = entry.folder / "incoming"
            received = await self.received(request, entry, incoming)
            title = title_in(received.fields)
            place = await asyncio.to_thread(opening.settled, incoming, received.files, entry.folder, title)
            entry.place, entry.title = str(place.relative_to(entry.folder)), place.name
            await asyncio.to_thread(entry.write)
            self.work.begin(entry)
        except BaseException:
            self.store.forget(entry)
            shutil.rmtree(entry.folder, ignore_errors=True)
            raise
        return self.shown(entry, 201)

    async def demo(self, request: Request) -> Response:
        """The song of the stempeg package, with a flaw."""
        seed = (await told(request)).get("seed", opening.DEMO_SEED)
        if not isinstance(seed, int) or not 0 <= seed < MOST_SEED:
            raise Refused(422, 'The "seed" is a whole number from 0.')

        def make(entry: Entry) -> None:
            place, entry.demo = opening.demonstrated(entry.folder, seed)
            entry.place = str(place.relative_to(entry.folder))
            entry.write()

        self.work.jobs.check()
        entry = self.work.create()
        self.work.begin(entry, make)
        return self.shown(entry, 201)

    async def session(self, request: Request) -> Response:
        """A session as it is, or as soon as it is another than the browser knows."""
        entry = self.entry(request)
        known = request.query_params.get("revision", "")
        if known.isascii() and known.isdigit() and len(known) < 18 and not self.work.closing.is_set():
            await entry.news(int(known), min(number(request, "wait_s", 0.0), LONGEST_WAIT_S))
            if entry.removed:
                raise self.store.gone()
        return self.shown(entry)

    async def remove(self, request: Request) -> Response:
        """A session is closed, and all that is kept of it removed."""
        await self.work.remove(self.store.get(request.path_params["id"]))
        return answer({"removed": True})
