"""What of a session is heard, seen and taken home."""

import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.files.names import safe_name
from studio.page import previews
from studio.page.answers import Refused, answer
from studio.page.routes.endpoints import ONE, Endpoints, number
from studio.page.sessions import EXPORT, Entry

if TYPE_CHECKING:
    from studio.session.session import Session

EXPORTS = "mix.wav mix.flac stems.zip advice.json advice.csv advice.md faders.png reaper.zip project.dawproject".split()
KEPT = {"Cache-Control": "private, max-age=86400, immutable"}  # a session's stems never change
VIEWS = "studio.page.views"


class Outputs(Endpoints):
    """What is made of the stems lies in the session's folder: made once, and there after a restart."""

    @property
    def routes(self) -> list[Route]:
        """All of them."""
        return [
            self.route("GET", f"{ONE}/preview", self.preview),
            self.route("GET", ONE + "/audio/{stem:int}", self.audio),
            self.route("GET", f"{ONE}/peaks", self.peaks),
            *([self.route("GET", f"{ONE}/views", self.views)] if find_spec(VIEWS) else []),
            self.route("GET", f"{ONE}/music", self.music),
            self.route("GET", f"{ONE}/examples", self.examples),
            self.route("GET", ONE + "/export/{what}", self.export),
        ]

    async def preview(self, request: Request) -> Response:
        """What a browser is given to hear."""
        return answer(vars(self._planned(request)))

    async def audio(self, request: Request) -> Response:
        """A stem to be heard."""
        entry, stem, preview = self.opened(request), request.path_params["stem"], self._planned(request)
        if stem >= len(_table(entry)["stems"]):
            raise Refused(404, f"There is no stem {stem}: they are counted from 0.")
        path = entry.folder / "preview" / preview.name / f"{stem}.wav"

        def make(session: "Session") -> None:
            previews.tidy(path)
            previews.write_stem(path, session.song.audio[stem], session.song.sample_rate, preview)

        await self._made(entry, path, "preview", make)
        return self.file(path, headers=KEPT, media_type="audio/wav")

    async def peaks(self, request: Request) -> Response:
        """The stems' pictures."""
        entry = self.opened(request)
        path = entry.folder / previews.PEAKS

        def make(session: "Session") -> None:
            previews.write_peaks(path, session.song.audio, session.song.duration_s)

        await self._made(entry, path, "peaks", make)
        return self.file(path, headers=KEPT, media_type="application/json")

    async def views(self, request: Request) -> Response:
        """Levels over time, spectrum, and who covers whom."""
        from studio.page.views import views

        def act(session: "Session") -> Any:
            return views(session.song, session.state.gains_db)

        return answer(await self.work.read(self.opened(request), "views", act))

    async def music(self, request: Request) -> Response:
        """What was analysed of the music."""
        from studio.page.music import shown

        found = await self.work.read(self.opened(request), "music", shown)
        if found is None:
            raise Refused(404, "The music is not analysed yet.")
        return answer(found)

    async def examples(self, request: Request) -> Response:
        """What can be said and asked."""
        return answer(await self.work.read(self.opened(request), "examples", _examples))

    async def export(self, request: Request) -> Response:
        """A file to keep."""
        entry, what = self.opened(request), request.path_params["what"]
        if what not in EXPORTS:
            raise Refused(404, f"There is no such download: there are {', '.join(EXPORTS)}.")
        with self.place(entry, EXPORT) as folder:

            def act(session: "Session") -> None:
                from studio.export.downloads import write

                folder.mkdir(parents=True)
                write(session, what, folder / what)

            await self.work.read(entry, "export", act)
        from studio.export.downloads import DOWNLOADS

        return self.file(
            folder / what,
            headers={"Cache-Control": "no-store"},
            media_type=DOWNLOADS[what].media_type,
            filename=f"{safe_name(entry.title, 'song')} {what}",
            background=BackgroundTask(partial(shutil.rmtree, folder, ignore_errors=True)),
        )

    def _planned(self, request: Request) -> previews.Preview:
        entry = self.opened(request)
        table = _table(entry)
        song, start_s = table["song"], number(request, "start_s", 0.0)
        duration_s = entry.frames / song["sample_rate"]
        return previews.planned(
            len(table["stems"]), duration_s, song["sample_rate"], song["channels"], self.limits.preview_bytes, start_s
        )

    async def _made(self, entry: Entry, path: Path, operation: str, make: "Callable[[Session], None]") -> None:
        """A file that is made where it is not there yet: at once, unless the song has to be read again for it."""
        async with entry.making:
            if entry.removed:
                raise self.store.gone()
            if path.is_file():
                return
            session = entry.session
            if session is None:
                await self.work.read(entry, operation, make)
            else:
                await self.work.on(self.work.media, partial(make, session))


def _examples(session: "Session") -> list[str]:
    from studio.chat.examples import examples

    return examples(session)


def _table(entry: Entry) -> dict[str, Any]:
    return entry.table or {}
