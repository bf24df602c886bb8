"""The song beside the desk: analysed when asked for, drawn, read out, and the desk as it was."""

import pytest
from visit import PHONE, Visit


@pytest.mark.slow
def test_the_song_is_told_beside_the_desk(browser, server, spoilt_files):
    id = server.upload({file.name: file.read_bytes() for file in spoilt_files})
    server.rested(id)
    visit = Visit(browser, server.url)
    try:
        visit.page.goto(f"{server.url}#{id}")
        visit.until("mixconsole.state.table && mixconsole.state.table.advice")
        visit.action("room-song").click()
        assert visit.page.locator("#board").is_hidden()
        visit.action("analyse-music").click()
        visit.until("mixconsole.state.music")
        told = visit.page.locator("#song").inner_text()
        for chapter in ("Harmony", "Mix", "Loudness", "Not told"):  # no models are fetched there
            assert chapter in told
        spoken = visit.page.locator("#song canvas").first.get_attribute("aria-label")
        assert "Song over time" in spoken
        visit.page.set_viewport_size(PHONE)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        visit.action("room-desk").click()
        assert visit.page.locator("#board").is_visible()
        assert visit.page.locator("#song").is_hidden()
        assert not visit.troubles
    finally:
        visit.context.close()
