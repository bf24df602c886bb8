"""A song that is open on the page is corrected by a language model over HTTP, and both see the same."""

import contextlib
import socket
import threading
import time

import httpx2
import pytest
import uvicorn
from clients import Caller, drive
from ears import levelled

from studio.mcp.of_page import beside
from studio.page.app import page
from studio.page.guard import Names
from studio.page.models import Models

PATIENCE_S = 60


class Ready(Models):
    """The embedded models, not warmed."""

    def warm(self) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a page with the server in it answers, on loopback."""
    place = tmp_path_factory.mktemp("page")
    (place / "sessions").mkdir()
    app = page(place / "sessions", place, Names.served("127.0.0.1"), models=Ready())
    begun = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def with_mcp(of):
        async with begun(of) as state, beside(app, app.state.work):
            yield state

    app.router.lifespan_context = with_mcp
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def browser(address):
    with httpx2.Client(base_url=address, timeout=PATIENCE_S) as client:
        yield client


def opened(browser: httpx2.Client, folder) -> str:
    """A session whose song was listened to."""
    files = [("file", (f"song/{file.name}", file.read_bytes())) for file in sorted(folder.iterdir())]
    id = browser.post("/api/sessions", files=files).json()["id"]
    end_s = time.monotonic() + PATIENCE_S
    while (said := browser.get(f"/api/sessions/{id}").json())["job"] is not None:
        assert time.monotonic() < end_s, said["job"]
        time.sleep(0.05)
    assert said["failed"] is None
    return id


def faders(browser: httpx2.Client, id: str) -> dict[str, float]:
    table = browser.get(f"/api/sessions/{id}").json()["table"]
    return {row["name"]: row["fader_db"] for row in table["stems"]}


def test_what_a_model_does_is_seen_on_the_page_and_the_other_way_round(address, browser, tmp_path):
    levelled({"vocals": 9.0}, seconds=6.0).save(tmp_path / "song")
    id = opened(browser, tmp_path / "song")

    async def talk(call: Caller) -> None:
        assert "behind the # in the address" in call.client.instructions
        tools = {tool.name for tool in (await call.client.list_tools()).tools}
        assert not tools & {"open", "songs", "close", "match", "export"}
        assert "behind the #" in await call.refused("listen")
        assert (await call.refused("listen", session="nobody's")).startswith("This session is gone")
        before = (await call("table", session=id))["data"]
        assert before["advice"]["headline"]
        moved = await call("nudge", session=id, stem="vocals", by_db=-6)
        assert faders(browser, id) == moved["faders_db"]
        assert moved["faders_db"]["vocals"] == -6
        said = browser.post(
            f"/api/sessions/{id}/operations", json={"operation": "lock", "arguments": {"stems": ["vocals"]}}
        )
        assert said.status_code == 200
        assert (await call("table", session=id))["settings"]["locked"] == ["vocals"]
        assert "locked" in await call.refused("nudge", session=id, stem="vocals", by_db=1)
        await call("undo", session=id)
        assert (await call("undo", session=id))["faders_db"]["vocals"] == 0
        assert faders(browser, id)["vocals"] == 0

    drive(f"{address}/mcp", talk)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": "http://elsewhere.example"}, 403), ({"Host": "elsewhere.example"}, 421), ({"Origin": "null"}, 403)],
)
def test_no_other_site_reaches_it(browser, headers, status):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    assert browser.post("/mcp", json=call, headers=accept | headers).status_code == status
    assert browser.post("/mcp", json=call, headers=accept).status_code == 200
