"""A page that is loaded again, and a server that was gone meanwhile: what is there comes back, what is not is told."""

import signal
import socket

import pytest
from server import Server
from visit import Visit

pytestmark = pytest.mark.slow

# What the browser itself tells of requests to a server that is not there, or of a session that is not.
AWAY = ["ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING"]
GONE = "status of 404"


@pytest.fixture
def port():
    """One that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@pytest.fixture
def visited(browser, port):
    """A visit to a server that will be killed."""
    visit = Visit(browser, f"http://127.0.0.1:{port}/")
    visit.excused += AWAY
    yield visit
    visit.close()


def test_the_session_is_there_when_the_page_is_loaded_again(desk, opened):
    desk.press("vocals", "PageDown", "ArrowUp")
    desk.stem("bass").locator("[data-action=lock]").click()
    desk.until("mixconsole.state.table.stems.some((stem) => stem.locked)")
    desk.rested()
    before = desk.table
    desk.page.reload()
    desk.rested()
    assert desk.id == opened
    assert desk.table == before
    assert desk.fader_db("vocals") == -2.5
    assert desk.stem("bass").locator("[data-action=lock]").get_attribute("aria-pressed") == "true"
    desk.action("undo").click()
    desk.until("mixconsole.state.table.stems.every((stem) => !stem.locked)")
    desk.action("home").click()
    desk.screen("welcome")
    desk.page.go_back()
    desk.rested()
    assert desk.fader_db("vocals") == -2.5


def test_after_sigkill_the_page_waits_and_goes_on_or_tells_that_the_server_knows_nothing_any_more(
    visited, spoilt_files, tmp_path, port
):
    keep = ("--port", port, "--keep", str(tmp_path / "kept"))
    with Server(tmp_path, *keep) as server:
        visited.go()
        visited.send(spoilt_files)
        visited.press("drums", "PageUp")
        visited.rested()
        before = visited.table
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
    offline = visited.page.locator(".offline")
    offline.wait_for()
    assert offline.inner_text() == "No answer from the server; trying again."
    visited.fader("bass").focus()
    visited.page.keyboard.press("PageUp")
    refused = visited.page.locator(".note[data-kind=error]")
    refused.wait_for()
    assert refused.inner_text().startswith("The server does not answer.")
    visited.until("mixconsole.state.dragged.size === 0")
    assert visited.fader_db("bass") == 0.0  # as it is on the server, and in a download
    with Server(tmp_path, *keep) as server:
        offline.wait_for(state="hidden")
        visited.rested()
        assert visited.table["stems"] == before["stems"]
        assert visited.fader_db("drums") == 3.0
        visited.press("bass", "PageDown")
        visited.rested()
        assert visited.row("bass")["fader_db"] == -3.0
        assert server.rested(visited.id)["table"]["stems"] == visited.table["stems"]
    offline.wait_for()
    visited.excused.append(GONE)
    with Server(tmp_path / "other", "--port", port):
        visited.screen("welcome")
        assert visited.text("error").startswith("This session is gone")
        assert visited.id == ""


def test_a_session_that_is_deleted_is_gone_from_the_server(visit, server):
    from pages import noises

    id = server.upload(noises())
    server.rested(id)
    visit.go(id)
    visit.excused.append(GONE)
    visit.action("session-menu").click()
    visit.action("delete").click()
    visit.action("keep").click()
    assert server.client.get(f"/api/sessions/{id}").status_code == 200
    visit.action("session-menu").click()
    visit.action("delete").click()
    visit.action("confirm").click()
    visit.screen("welcome")
    assert server.client.get(f"/api/sessions/{id}").status_code == 404


def test_files_that_are_no_song_are_refused_with_a_sentence(visit, tmp_path):
    (tmp_path / "notes.wav").write_bytes(b"RIFF, or so they say")
    visit.go()
    visit.page.set_input_files("[data-input=files]", [tmp_path / "notes.wav"])
    visit.page.wait_for_selector("[data-part=error]:not([hidden])")
    assert "notes.wav" in visit.text("error")
    assert visit.action("choose-files").is_visible()
