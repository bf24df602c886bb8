"""What changes a session: operations, what is said to it, what it is judged by; and what is learnt from it."""

import asyncio
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from studio.page.answers import Refused, answer, text_in, told
from studio.page.incoming import opening
from studio.page.learnt import decided_in
from studio.page.routes.endpoints import ONE, Endpoints
from studio.page.work import QUICK
from studio.page.working.doing import remember

if TYPE_CHECKING:
    from studio.session.session import Session


class Changes(Endpoints):
    """Every change is kept on the disk before it is told."""

    @property
    def routes(self) -> list[Route]:
        """All of them."""
        return [
            self.route("POST", f"{ONE}/operations", self.operate),
            self.route("POST", f"{ONE}/chat", self.chat),
            self.route("POST", f"{ONE}/reference", self.match),
            self.route("DELETE", f"{ONE}/reference", self.unmatch),
            self.route("POST", f"{ONE}/like", self.like),
            self.route("POST", f"{ONE}/usual", self.usual),
            self.route("POST", f"{ONE}/votes", self.vote),
            self.route("POST", f"{ONE}/learn", self.learn),
        ]

    async def operate(self, request: Request) -> Response:
        """One of the session's operations."""
        entry, said = self.opened(request), await told(request)
        operation, arguments = text_in(said, "operation", 100), said.get("arguments", {})
        if not isinstance(arguments, dict):
            raise Refused(400, 'The "arguments" are an object.')

        def act(session: "Session") -> Any:
            outcome = session.do(operation, arguments)
            if operation == "explain":
                entry.style = str(arguments.get("style", "full"))
                remember(entry, session)
            return outcome

        return await self.changed(entry, operation, act, operation in QUICK)

    async def chat(self, request: Request) -> Response:
        """Something is said to the mix."""
        entry = self.opened(request)
        text = text_in(await told(request), "text")
        reply = await self.work.talk(entry, text)
        return self.told(entry, {"reply": asdict(reply)})

    async def match(self, request: Request) -> Response:
        """A mix of the song becomes the aim."""
        entry = self.opened(request)
        with self.place(entry, "reference") as folder:
            files = (await self.received(request, entry, folder)).files
            if len(files) != 1:
                raise Refused(422, "A reference is one sound file.")
            beside = await asyncio.to_thread(opening.check_mix, files[0], self.limits, entry.audio_bytes)
            entry.beside_bytes = max(entry.beside_bytes, beside)
            return await self.changed(entry, "match", lambda session: session.match(files[0]))

    async def unmatch(self, request: Request) -> Response:
        """The console's own ears tell the aim again."""
        return await self.changed(self.opened(request), "unmatch", lambda session: session.unmatch(), quick=True)

    async def like(self, request: Request) -> Response:
        """Songs are held up, beside those that are already; a file of what is usual takes the place of all."""
        entry = self.opened(request)
        with self.place(entry, "like") as folder:
            files = (await self.received(request, entry, folder)).files

            def act(session: "Session") -> Any:
                place, beside = opening.held_up(folder, files, self.limits, entry.audio_bytes)
                entry.beside_bytes, usual = max(entry.beside_bytes, beside), session.state.usual
                self.work.make_room(entry)
                if place.suffix.casefold() in opening.YAML:
                    return session.usual(file=place)
                return session.usual(usual.genre, usual.file, (*usual.like, str(place)))

            return await self.changed(entry, "like", act)

    async def usual(self, request: Request) -> Response:
        """What was learnt from the user tells what is usual."""
        entry = self.opened(request)
        if (await told(request)).get("learnt") is not True:
            raise Refused(400, 'The request needs {"learnt": true}.')
        if not self.learnt.usual.is_file():
            raise Refused(409, "Nothing is learnt yet: move faders, and let the studio learn them.")
        with self.place(entry, "usual") as folder:  # a copy, so that what this song is judged by stays as it is
            folder.mkdir(parents=True)
            file = Path(shutil.copy(self.learnt.usual, folder))
            return await self.changed(entry, "usual", lambda session: session.usual(file=file))

    async def vote(self, request: Request) -> Response:
        """Which of two mixes was preferred."""
        self.opened(request)
        preferred = text_in(await told(request), "preferred", 20)
        return answer({"votes": await asyncio.to_thread(self.learnt.vote, preferred)})

    async def learn(self, request: Request) -> Response:
        """What the user did to the faders is learnt."""
        entry = self.opened(request)

        def act(session: "Session") -> str:
            return self.learnt.learn(entry.id, entry.title, decided_in(session))

        return answer({"said": await self.work.read(entry, "learn", act), "file": self.learnt.usual.name})
