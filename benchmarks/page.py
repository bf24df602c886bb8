"""How soon the page can be used, and how soon a song of 30 s is judged, in Chromium: the least of three, in seconds.

    python benchmarks/page.py [--runs 3]

The browser runs already when the server begins. The first song is sent as soon as the page is there, while the models
are loaded; the next when all rests. Both are the song of the stempeg package, repeated, its vocals 10 dB too loud: four
stereo stems of 24 bit. Times after an upload are the browser's own, from the last byte sent. Other work on the machine
lengthens all of them: the load average is printed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile
import torch
from playwright.sync_api import Page, sync_playwright

from console import Song
from studio.trial.example import example_song
from studio.trial.spoil import spoil

SERVE = [sys.executable, "-c", "from studio.cli import main; main()", "serve", "--port", "0"]
SONG_S, FLAW_DB = 30.0, 10.0
LOOK_MS = 20
WATCH = """
window.timed = {};
const once = (name) => (timed[name] ??= performance.now());
const { send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.send = function (body) {
  this.upload.addEventListener("load", () => once("sent"));
  return send.call(this, body);
};
new MutationObserver(() => {
  if (document.querySelector("#advice[data-state=advice], #advice[data-state=still]")) once("advised");
  if (document.querySelector("#player[data-ready]")) once("playable");
  if (window.mixconsole?.state.text) once("words");
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
ROWS = {
    "usable": "from the start of `mixconsole serve` to the page that takes files",
    "loaded": "... to the models being loaded",
    "first advised": "first song: from the end of its upload to the advice",
    "advised": "next song: from the end of its upload to the advice",
    "playable": "... to stems that can be played",
    "words": "... to the advice in words",
}


def song(folder: Path) -> list[Path]:
    """The files of a song to send."""
    one = spoil(Song.load(example_song()), "vocals", FLAW_DB).song
    length = round(SONG_S * one.sample_rate)
    audio = 0.1 * torch.cat([one.audio] * (length // one.audio.shape[-1] + 1), -1)[..., :length]
    for name, stem in zip(one.names, audio, strict=True):
        soundfile.write(folder / f"{name}.wav", stem.numpy().T, one.sample_rate, "PCM_24")
    return sorted(folder.iterdir())


def until(page: Page, true: str) -> None:
    """Waits for something in the page."""
    while not page.evaluate(true):
        page.wait_for_timeout(LOOK_MS)


def judged(page: Page, files: list[Path]) -> dict[str, float]:
    """Sends a song; returns the seconds from its last byte to what is shown of it."""
    page.reload()
    page.set_input_files("[data-input=files]", files)
    until(page, "timed.advised && timed.playable && timed.words")
    timed = page.evaluate("timed")
    return {name: (ms - timed["sent"]) / 1000 for name, ms in timed.items() if name != "sent"}


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A server's address."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home), "MIXCONSOLE_AUTH": ""}
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            url = re.search(r"http://\S+", server.stdout.readline())
            assert url, "the server did not begin"
            yield url.group()
        finally:
            server.terminate()


def run(page: Page, files: list[Path], home: Path) -> dict[str, float]:
    """Two servers: one that is looked at, and one that is sent songs."""
    begun_s = time.perf_counter()
    with served(home) as url:
        page.goto(url)
        page.wait_for_selector("body[data-screen=welcome] [data-action=choose-files]")
        taken = {"usable": time.perf_counter() - begun_s}
        until(page, "mixconsole.state.info !== null")
        taken["loaded"] = time.perf_counter() - begun_s
    with served(home) as url:
        page.goto(url)
        taken["first advised"] = judged(page, files)["advised"]
        page.click("[data-action=home]")
        return taken | judged(page, files)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("This needs Chromium: apt-get install chromium, as tools/setup.sh does.")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder, home = Path(scratch, "Falcon 69"), Path(scratch, "home")
        folder.mkdir()
        files = song(folder)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        page.goto("about:blank")
        runs = [run(page, files, home) for _ in range(args.runs)]
        browser.close()
    load = os.getloadavg()[0]
    print(f"| {len(os.sched_getaffinity(0))} cores, load average {load:.1f}, the least of {args.runs} | s |")
    print("|---|---|")
    for name, text in ROWS.items():
        print(f"| {text} | {min(taken[name] for taken in runs):.1f} |")


if __name__ == "__main__":
    main()
