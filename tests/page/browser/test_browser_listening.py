"""What is heard: before against after, without and with knowing which is which."""

import re

import numpy as np
import pytest
import torch
from pages import wav
from takes import level_db, off_db
from visit import Visit

from console.stream.loudness import integrated_lufs

pytestmark = pytest.mark.slow

AS_LOUD_LU = 0.02
LATE_S = 0.05

# Records what goes to the loudspeaker: frames wait for their turn, so that nothing is lost however busy the page is.
RECORD = """() => {
  const { context, level } = mixconsole.player;
  const stream = context.createMediaStreamDestination();
  const [track] = stream.stream.getAudioTracks();
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 2000 }).readable.getReader();
  window.taken = [];
  const take = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      taken.push(...samples);
      value.close();
    }
  };
  level.connect(stream);
  take();
}"""
PLACE = "[mixconsole.player.position_s, mixconsole.player.context.currentTime, mixconsole.state.playing]"


@pytest.fixture
def applied(desk):
    """The desk, corrected."""
    desk.action("apply").click()
    desk.page.wait_for_selector("#advice[data-state=applied]")
    desk.rested()
    return desk


def place_s(visit: Visit) -> tuple[float, float]:
    """Where it plays, and the clock of the sound."""
    at_s, clock_s, playing = visit.page.evaluate(PLACE)
    assert playing
    return at_s, clock_s


def loudness_lufs(visit: Visit, side: str, listening: bool) -> float:
    samples, rate_hz = visit.played(side, listening)
    return integrated_lufs(torch.from_numpy(samples), rate_hz)


def test_before_and_after_go_on_at_the_same_place_equally_loud(applied):
    applied.action("play").click()
    applied.until("mixconsole.player.position_s > 0.3")
    begun = place_s(applied)
    for side in ("before", "after", "before"):
        applied.action(f"hear-{side}").click()
        assert applied.action(f"hear-{side}").get_attribute("aria-pressed") == "true"
        now = place_s(applied)
        assert now[0] - begun[0] == pytest.approx(now[1] - begun[1], abs=LATE_S)
    assert applied.fader_db("vocals") < -3  # the desk stays as it is

    in_files = [loudness_lufs(applied, side, listening=False) for side in ("before", "after")]
    assert in_files[0] - in_files[1] > 2
    heard = [loudness_lufs(applied, side, listening=True) for side in ("before", "after")]
    assert heard[0] == pytest.approx(heard[1], abs=AS_LOUD_LU)
    assert max(np.abs(applied.played(side, listening=True)[0]).max() for side in ("before", "after")) < 1
    assert re.search(r"Before is played -\d\.\d dB, so that both are equally loud\.", applied.text("heard"))
    applied.action("matched").uncheck()
    heard = [loudness_lufs(applied, side, listening=True) for side in ("before", "after")]
    assert heard[0] - heard[1] == pytest.approx(in_files[0] - in_files[1], abs=AS_LOUD_LU)


def test_space_plays_a_click_goes_there_and_a_stretch_is_looped(applied):
    applied.page.locator("#advice").click(position={"x": 400, "y": 5})
    applied.page.keyboard.press("Space")
    applied.until("mixconsole.state.playing")
    waves = applied.page.locator("[data-part=waves]")
    waves.scroll_into_view_if_needed()
    box = waves.bounding_box()
    at = lambda share: box["x"] + share * box["width"]  # noqa: E731
    applied.page.mouse.click(at(0.5), box["y"] + 20)
    assert place_s(applied)[0] == pytest.approx(3.04, abs=0.3)
    applied.page.mouse.move(at(0.2), box["y"] + 20)
    applied.page.mouse.down()
    applied.page.mouse.move(at(0.3), box["y"] + 20, steps=5)
    applied.page.mouse.up()
    for _ in range(5):
        applied.page.wait_for_timeout(250)
        assert 0.19 < place_s(applied)[0] / 6.084 < 0.31
    waves.focus()
    applied.page.keyboard.press("End")
    applied.page.keyboard.press("Space")
    applied.until("!mixconsole.state.playing")


def test_nothing_clicks_when_sides_are_switched_and_faders_moved(visit, server):
    """On low tones a jump is far steeper than anything that they do themselves."""
    rate_hz, tones_hz = 44_100, (50.0, 70.0, 110.0)
    time_s = np.arange(4 * rate_hz) / rate_hz
    songs = {
        f"{name}.wav": 0.2 * np.sin(2 * np.pi * hz * time_s)[None] for name, hz in zip("abc", tones_hz, strict=True)
    }
    id = server.upload({f"tones/{name}": wav(audio, rate_hz) for name, audio in songs.items()})
    server.rested(id)
    visit.go(id)
    visit.press("a", "PageDown", "PageDown", "PageDown", "PageDown", "PageDown")
    visit.action("play").click()
    visit.until("mixconsole.player.position_s > 0.2")
    visit.page.evaluate(RECORD)
    for side in ("before", "after", "before", "after"):
        visit.action(f"hear-{side}").click()
        visit.page.wait_for_timeout(100)
    for _ in range(8):
        visit.fader("b").press("ArrowDown")
    visit.stem("c").locator("[data-action=mute]").click()
    visit.page.locator("[data-part=waves]").click(position={"x": 200, "y": 10})
    visit.page.wait_for_timeout(100)
    for _ in range(3):  # stopped, begun, stopped
        visit.action("play").click()
        visit.page.wait_for_timeout(100)
    heard = np.array(visit.page.evaluate("taken"))
    assert len(heard) > rate_hz / 2
    assert np.abs(heard).max() > 0.1
    steepest = 0.2 * 2 * np.pi * sum(tones_hz) / rate_hz  # less than 0.007, where a jump is up to 0.4
    assert np.abs(np.diff(heard)).max() < 1.2 * steepest


def test_a_blind_vote_tells_nothing_before_and_is_kept(applied, server):
    kept = server.client.get("/api").json()["votes"]
    applied.action("blind").click()
    assert applied.page.is_visible("[data-part=blind]")
    for control in ("hear-before", "hear-after", "undo", "reset", "apply"):
        assert applied.action(control).is_disabled()
    applied.fader("vocals").focus()
    applied.page.keyboard.press("PageUp")
    assert applied.fader_db("vocals") == pytest.approx(applied.row("vocals")["fader_db"], abs=0.06)
    told = [applied.action(f"hear-{letter}").evaluate("(it) => it.outerHTML") for letter in "xy"]
    assert not re.search("before|after", "".join(told))
    x, y = (applied.page.evaluate(f"mixconsole.state.blind.{letter}") for letter in "xy")
    assert {x, y} == {"before", "after"}
    heard = {}
    for letter, side in (("x", x), ("y", y)):
        applied.action(f"hear-{letter}").click()
        heard[letter] = applied.page.evaluate("mixconsole.gains()")
        assert heard[letter] == applied.page.evaluate(f"mixconsole.gains('{side}')")
    assert heard["x"] != heard["y"]
    assert loudness_lufs(applied, "before", True) == pytest.approx(
        loudness_lufs(applied, "after", True), abs=AS_LOUD_LU
    )

    applied.action("vote-x").click()
    applied.until("mixconsole.state.blind.votes !== null")
    assert applied.text("blind-answer") == f"You preferred the mix as it {'was before' if x == 'before' else 'is now'}."
    assert applied.text("tally").startswith(
        f"X was {x}, Y was {y}. All votes so far: {kept['before'] + (x == 'before')} for"
    )
    assert server.client.get("/api").json()["votes"] == {**kept, x: kept[x] + 1}
    applied.action("blind-close").click()
    assert not applied.page.is_visible("[data-part=blind]")


def test_what_was_decided_is_learnt_and_judged_by(applied, server):
    applied.press("bass", "PageUp")
    applied.action("blind").click()
    applied.action("vote-none").click()
    assert applied.text("blind-answer") == "You heard no difference."
    applied.action("learn").click()
    applied.page.wait_for_selector(".note[data-kind=said]")
    assert "bass" in applied.page.inner_text(".note[data-kind=said]")
    assert server.client.get("/api/usual.yaml").status_code == 200
    applied.action("blind-close").click()
    applied.action("usual").click()
    applied.action("my-taste").click()
    applied.until("mixconsole.state.table.usual.file === 'usual.yaml'")
    applied.rested()
    assert "my taste" in applied.action("usual").inner_text()


def test_the_order_is_drawn_anew_each_time(applied):
    drawn = set()
    for _ in range(40):
        applied.action("blind").click()
        drawn.add(applied.page.evaluate("mixconsole.state.blind.x"))
        applied.action("blind").click()
        if len(drawn) == 2:
            break
    assert drawn == {"before", "after"}


def test_the_listening_level_is_in_no_file(applied):
    in_file, _ = applied.played()
    loud, _ = applied.played(listening=True)
    applied.action("volume").fill("-20")
    soft, _ = applied.played(listening=True)
    assert level_db(soft) - level_db(loud) == pytest.approx(-20, abs=0.01)
    assert off_db(applied.played()[0], in_file) < -120
