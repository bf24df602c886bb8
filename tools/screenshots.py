"""Takes the pictures of the page that the documentation shows, into docs/page: the demo song, driven by Chromium.

    python tools/screenshots.py [--out docs/page]

Letters are drawn in the system's own font: with one that most desktops have (Debian: fonts-inter), they look as there.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SERVE = [sys.executable, "-c", "from studio.cli import main; main()", "serve", "--port", "0"]
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
MOST_BYTES = 150_000
RESTED = """(() => {
  const { table, job, busy, audio, views, measuring } = mixconsole.state;
  return Boolean(table?.advice && table.mix && views && audio.preview && !job && !busy && !measuring);
})()"""
SETTLE_MS = 1200  # until pictures are asked for anew, and notes are gone


def rested(page: Page) -> None:
    """Waits until nothing is on its way."""
    while not page.evaluate(RESTED):
        page.wait_for_timeout(50)
    page.wait_for_timeout(SETTLE_MS)


def say(page: Page, text: str) -> None:
    """Says something in the conversation."""
    page.fill("[data-action=say]", text)
    page.press("[data-action=say]", "Enter")
    page.wait_for_selector(f"[data-part=log] > .it:not(.waiting) >> nth={page.locator('.you').count()}")
    rested(page)


def apply(page: Page) -> None:
    """Does what is suggested."""
    page.click("[data-action=apply]")
    page.wait_for_selector("#advice[data-state=applied]")
    rested(page)


def advice(page: Page) -> None:
    """The main problem, and the reasons that speak for it."""


def applied(page: Page) -> None:
    """What was done and what is left, on the desk and in the conversation."""
    apply(page)
    say(page, "why the vocals?")
    say(page, "drums 1 dB up but leave the bass")


def blind(page: Page) -> None:
    """X or Y."""
    apply(page)
    page.click("[data-action=blind]")
    page.click("[data-action=play]")
    page.wait_for_timeout(SETTLE_MS)
    page.click("[data-action=hear-x]")


def masking(page: Page) -> None:
    """Who covers whom."""
    page.click("[data-action=view-masking]")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def words(page: Page) -> None:
    """The advice as a text."""
    page.click("[data-action=words]")


def phone_desk(page: Page) -> None:
    """Faders that lie."""
    page.locator("#desk").evaluate("(it) => scrollTo(0, it.getBoundingClientRect().top + scrollY - 70)")


PICTURES: dict[str, tuple[dict, Callable[[Page], None]]] = {
    "advice": (DESKTOP, advice),
    "applied": (DESKTOP, applied),
    "blind": (DESKTOP, blind),
    "masking": (DESKTOP, masking),
    "dark": ({**DESKTOP, "color_scheme": "dark"}, words),
    "phone": (PHONE, advice),
    "phone-desk": (PHONE, phone_desk),
}


def small(png: bytes) -> bytes:
    """A picture in few bytes; where it is still too large, with fewer colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for one in (picture, picture.quantize(256, kmeans=4, dither=Image.Dither.NONE)):
        out = io.BytesIO()
        one.save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise SystemExit(f"A picture takes {out.tell()} bytes, and {MOST_BYTES} are the most.")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A server's address."""
    with subprocess.Popen([*SERVE, "--keep", str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            url = re.search(r"http://\S+", server.stdout.readline())
            assert url, "the server did not begin"
            yield url.group()
        finally:
            server.terminate()


def taken(browser: Browser, url: str, options: dict, drive: Callable[[Page], None]) -> bytes:
    """One picture, of a session of its own."""
    context = browser.new_context(**options, reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    page.click("[data-action=demo]")
    rested(page)
    drive(page)
    page.wait_for_timeout(SETTLE_MS)
    png = page.screenshot()
    context.close()
    return small(png)


def main() -> None:
    """Write them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "page")
    parser.add_argument("--only", nargs="*", default=list(PICTURES), choices=list(PICTURES))
    args = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("This needs Chromium: apt-get install chromium, as tools/setup.sh does.")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as url, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        for name in args.only:
            picture = taken(browser, url, *PICTURES[name])
            (args.out / f"{name}.png").write_bytes(picture)
            print(f"{name}.png: {len(picture) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
