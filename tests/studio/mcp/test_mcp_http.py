"""The same over HTTP, mounted in another application: a session is known by its name alone, which nobody can guess."""

import contextlib
import socket
import threading

import pytest
import uvicorn
from clients import Caller, drive, own_server
from ears import LevelEar, levelled
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from studio.mcp.server import http_app


@pytest.fixture
def address(tmp_path):
    """Where an application with the server in it answers, on loopback."""
    levelled({"vocals": 6.0}, title="song").save(tmp_path / "song")
    mounted = http_app(own_server(LevelEar(), tmp_path, guessable=False))

    @contextlib.asynccontextmanager
    async def lifespan(app):
        async with mounted.router.lifespan_context(mounted):
            yield

    page = Route("/", lambda request: PlainTextResponse("page"))
    app = Starlette(routes=[page, *mounted.routes], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


def test_a_correction_over_http_and_a_second_client_that_knows_the_session(address, tmp_path):
    known: list[str] = []

    async def talk(call: Caller) -> None:
        tools = {tool.name: tool for tool in (await call.client.list_tools()).tools}
        assert "songs" not in tools
        assert tools["undo"].input_schema["required"] == ["session"]
        session = (await call("open", path="song"))["session"]
        assert len(session) >= 20
        assert "Reading the stems" in [message for _, message in call.steps]
        assert await call.refused("listen") == "Say which song: give its session, as open named it."
        assert "lies outside" in await call.refused("open", path="/etc")
        assert (await call("apply", session=session))["faders_db"]["vocals"] == -6.0
        assert (await call("export", session=session, folder="out"))["data"]["files"]
        assert (tmp_path / "out" / "mix.wav").is_file()
        known.append(session)

    async def other(call: Caller) -> None:
        assert (await call("undo", session=known[0]))["faders_db"]["vocals"] == 0.0
        assert "no open song" in await call.refused("undo", session="song-1")

    drive(address, talk)
    drive(address, other)
