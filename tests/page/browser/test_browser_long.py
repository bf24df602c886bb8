"""Songs that are long for a browser: it plays them, or says what is heard of how much, and the tab lives."""

import re
from pathlib import Path

import pytest
import soundfile
import torch
from pages import stems
from server import Server
from takes import audio, level_db, off_db, summed
from visit import Visit

from console import Song

pytestmark = pytest.mark.slow

MINUTES = 4
PREVIEW_MB = 3
MOST_BYTES = 1_500_000_000  # of a tab that holds 340 MB of sound


@pytest.fixture(scope="module")
def long_files(spoilt, tmp_path_factory):
    """Four stems of four minutes, as files of 16 bit."""
    folder = tmp_path_factory.mktemp("long") / "long song"
    folder.mkdir()
    length = MINUTES * 60 * spoilt.sample_rate
    for name, stem in zip(spoilt.names, spoilt.audio, strict=True):
        whole = torch.cat([0.5 * stem] * (length // stem.shape[-1] + 1), -1)[:, :length]
        soundfile.write(folder / f"{name}.wav", whole.numpy().T, spoilt.sample_rate, "PCM_16")
    return sorted(folder.glob("*.wav"))


@pytest.fixture(scope="module")
def small(program, tmp_path_factory):
    """A server that gives a browser little to hold."""
    with Server(tmp_path_factory.mktemp("small"), "--preview", str(PREVIEW_MB)) as server:
        yield server


@pytest.fixture
def visiting(browser, small):
    """A visit to it."""
    visit = Visit(browser, small.url)
    yield visit, small
    visit.close()


def most_bytes(browser) -> int:
    """What the largest of the tabs' processes ever had of memory."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    tabs = [Path(f"/proc/{process['id']}/status").read_text() for process in processes if process["type"] == "renderer"]
    return max(int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024 for status in tabs)


def test_four_minutes_of_four_stems_are_played_whole(visit, browser, long_files):
    visit.go()
    visit.send(long_files)
    assert "vocals" in visit.text("headline")
    assert visit.page.evaluate("mixconsole.state.audio.preview.whole")
    assert visit.page.evaluate("mixconsole.player.duration_s") == MINUTES * 60
    visit.action("play").click()
    waves = visit.page.locator("[data-part=waves]").bounding_box()
    visit.page.mouse.click(waves["x"] + 0.9 * waves["width"], waves["y"] + 20)
    visit.until("mixconsole.player.position_s > 216.1 && mixconsole.player.position_s < 230")
    assert "3:3" in visit.text("clock")
    visit.press("vocals", "PageDown")
    assert most_bytes(browser) < MOST_BYTES


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3.5, "You hear the song at 24 kHz: downloads are whole."),
        (6.0, "You hear the song at 24 kHz and in mono: downloads are whole."),
        (20.0, "You hear 7 s of 20 s, at 24 kHz and in mono: downloads are whole."),
    ],
)
def test_what_does_not_fit_is_heard_in_part_and_said(visiting, spoilt, seconds, said):
    visit, server = visiting
    length = round(seconds * spoilt.sample_rate)
    whole = Song(torch.cat([spoilt.audio] * 4, -1)[..., :length].clone(), spoilt.names, spoilt.sample_rate)
    visit.page.goto(f"{server.url}#{server.upload(stems(whole))}")
    visit.rested()
    assert said in visit.text("heard")
    held = sum(visit.page.evaluate("mixconsole.player.buffers.map((one) => 4 * one.length * one.numberOfChannels)"))
    assert PREVIEW_MB * 400_000 < held <= PREVIEW_MB * 1_000_000
    waves = visit.page.locator("[data-part=waves]").bounding_box()
    visit.page.mouse.click(waves["x"] + 0.75 * waves["width"], waves["y"] + 20)  # where it is not at hand it is loaded
    visit.until(f"Math.abs(Number(document.querySelector('[data-part=waves]').ariaValueNow) - {0.75 * seconds}) <= 1")
    played, _ = visit.played()
    start_s, heard_s = visit.page.evaluate(
        "(({start_s, seconds}) => [start_s, seconds])(mixconsole.state.audio.preview)"
    )
    begin, end = (round(at_s * spoilt.sample_rate) for at_s in (start_s, start_s + heard_s))
    there = summed(whole, dict.fromkeys(whole.names, 0.0))[:, begin:end]
    assert level_db(played) == pytest.approx(level_db(there), abs=1.5)  # without what is over 12 kHz, and at one side
    mix, _ = audio(visit.download("mix.wav").path())
    assert off_db(mix, summed(whole, dict.fromkeys(whole.names, 0.0))) < -90
