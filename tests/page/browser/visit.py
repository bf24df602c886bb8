"""A visit to the page by a real browser: what a user does, and everything that must not happen meanwhile."""

import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, ConsoleMessage, Download, Locator, Page, Request, sync_playwright

PROGRAM = "chromium"
ABSENT = (
    "NO CHROMIUM: the page was tested in no browser. tools/setup.sh installs it, or your system's package manager does "
    "(apt-get install chromium)."
)
ARGUMENTS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever is asked for elsewhere, nobody hears it
]
PATIENCE_S = 60.0
LOOK_S = 0.03
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

# Whether all that was asked for is done, but for a measure of the mix, which comes when the faders have rested.
SETTLED = "mixconsole.state.table && !mixconsole.state.job && !mixconsole.state.busy && !mixconsole.state.dragged.size"

# What a table, a text and a measure need so that nothing on the page is on its way any more.
RESTED = """(() => {
  const { table, job, busy, dragged, measuring, unjudged, audio } = mixconsole.state;
  const heard = table && (unjudged || (table.advice && table.mix));
  return Boolean(heard && audio.preview && !job && !busy && !dragged.size && !measuring);
})()"""

PLAYED = """async ([side, listening]) => {
  const buffer = await mixconsole.renderDesk(side, listening);
  const channels = [];
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const bytes = new Uint8Array(buffer.getChannelData(channel).buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    channels.push(btoa(text));
  }
  return [channels, buffer.sampleRate];
}"""


@contextmanager
def chromium(program: str | None = None) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program or shutil.which(PROGRAM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page in a browser that remembers nothing of other visits.

    Args:
        url: of the server; nothing else may be asked for.
        options: of the browser's context: size, colours, and so on.
    """

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(**{"viewport": DESKTOP, "accept_downloads": True} | options)
        self.context.set_default_timeout(1000 * PATIENCE_S)
        self.context.add_init_script(path=Path(__file__).with_name("watch.js"))
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self.excused: list[str] = []  # patterns of troubles that a test makes itself
        self.context.on("request", self._request)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("crash", lambda page: self.troubles.append("the tab is dead"))
        self.page.on("dialog", self._dialog)
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def close(self) -> None:
        """Ends it. Raises: AssertionError where something happened that must not."""
        try:
            stopped = self.page.evaluate("window.watched?.stopped ?? []")
        finally:
            self.context.close()
        assert [url for url in self.asked if not url.startswith((self.url, f"blob:{self.url}"))] == []
        assert stopped == []
        excused = re.compile("|".join(self.excused) or "(?!)")
        assert [trouble for trouble in self.troubles if not excused.search(trouble)] == []

    # Where one is, and what is there.

    def go(self, id: str = "") -> None:
        """Opens the page, of a session where one is told."""
        self.page.goto(f"{self.url}#{id}" if id else self.url)
        if id:
            self.rested()
        else:
            self.screen("welcome")

    @property
    def id(self) -> str:
        """Of the session."""
        return self.page.evaluate("location.hash.slice(1)")

    def screen(self, name: str) -> None:
        """Waits for a screen."""
        self.page.wait_for_selector(f"body[data-screen={name}]")

    def until(self, true: str | Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        """Waits for an expression in the page, or a function here. (The page's policy forbids playwright's own way.)"""
        end_s = time.monotonic() + seconds
        while not (self.page.evaluate(true) if isinstance(true, str) else true()):
            assert time.monotonic() < end_s, f"never true: {true}; {self.state()}; {self.troubles}"
            self.page.wait_for_timeout(1000 * LOOK_S)

    def state(self) -> str:
        """What the page is at, for messages."""
        return self.page.evaluate(
            "JSON.stringify((({screen, error, job, busy, measuring, unjudged, audio}) =>"
            " ({screen, error, job, busy, measuring, unjudged, audio}))(mixconsole.state))"
        )

    def rested(self) -> None:
        """Waits until the song is heard, measured and can be played, and nothing is on its way."""
        self.until(RESTED)

    def settled(self) -> None:
        """Waits until all that was asked for is done."""
        self.until(SETTLED)

    @property
    def table(self) -> dict[str, Any]:
        """What the page knows of the session."""
        return json.loads(self.page.evaluate("JSON.stringify(mixconsole.state.table)"))

    def row(self, name: str) -> dict[str, Any]:
        """A stem of the table."""
        (row,) = [stem for stem in self.table["stems"] if stem["name"] == name]
        return row

    def text(self, part: str) -> str:
        """What a part of the page says, with plain spaces and minus signs."""
        return plain(self.page.inner_text(f"[data-part={part}]"))

    # What one does.

    def choose(self, paths: Sequence[Path]) -> None:
        """Sends files through the page's file input, and waits until the song is open."""
        self.page.set_input_files("[data-input=files]", paths)
        self.screen("studio")

    def send(self, paths: Sequence[Path]) -> None:
        """The same, and waits until it is heard."""
        self.choose(paths)
        self.rested()

    def action(self, name: str, **more: str) -> Locator:
        """A control, by its `data-action` and other data."""
        marks = {"action": name, **more}
        return self.page.locator("".join(f"[data-{key}={json.dumps(value)}]" for key, value in marks.items()))

    def stem(self, name: str) -> Locator:
        """A stem's strip."""
        return self.page.locator(f"[data-stem={json.dumps(name)}]")

    def fader(self, name: str) -> Locator:
        """A stem's fader."""
        return self.stem(name).locator("[data-part=fader]")

    def fader_db(self, name: str) -> float:
        """Where it stands, as it is told to a screen reader."""
        return float(self.fader(name).get_attribute("aria-valuenow"))

    def drag(self, name: str, by_px: float) -> None:
        """Moves a fader up with the mouse."""
        self.fader(name).scroll_into_view_if_needed()
        cap = self.stem(name).locator(".cap").bounding_box()
        x, y = cap["x"] + cap["width"] / 2, cap["y"] + cap["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x, y - by_px, steps=6)
        self.page.mouse.up()
        self.settled()

    def press(self, name: str, *keys: str) -> None:
        """Moves a fader with the keyboard."""
        self.fader(name).focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.until("mixconsole.state.dragged.size > 0 || mixconsole.state.busy > 0")
        self.settled()

    def say(self, text: str) -> Locator:
        """Says something in the conversation; returns the answer."""
        answers = self.page.locator("[data-part=log] > .it:not(.waiting)")
        before = answers.count()
        self.action("say").fill(text)
        self.action("say").press("Enter")
        self.until(lambda: answers.count() > before)
        self.settled()
        return answers.last

    def download(self, what: str) -> Download:
        """Takes something home through the menu."""
        with self.page.expect_download() as coming:
            self.action("downloads").click()
            self.action("download", what=what).click()
        return coming.value

    def played(self, side: str = "after", listening: bool = False) -> tuple[np.ndarray, int]:
        """What the browser plays, "channel time", and its rate."""
        channels, rate_hz = self.page.evaluate(PLAYED, [side, listening])
        return np.stack([np.frombuffer(base64.b64decode(one), "<f4") for one in channels]), int(rate_hz)


def plain(text: str) -> str:
    """Without the signs of print."""
    return text.replace("\u2212", "-").replace("\u00a0", " ")
