"""A correction in a real browser: sent, heard, put right, taken home, and what is played on the way."""

import re

import pytest
import torch
from conftest import FLAW_DB
from takes import audio, level_db, off_db, summed
from visit import plain

from console.stream.loudness import integrated_lufs

SAME_DB = -90.0
AS_LOUD_DB = 0.001


def gains_db(visit):
    return {stem["name"]: stem["fader_db"] for stem in visit.table["stems"]}


def test_the_stem_that_is_wrong_is_named_and_put_right_in_the_file(visit, spoilt_files, spoilt):
    visit.go()
    visit.send(spoilt_files)
    assert "vocals" in visit.text("headline")
    assert not re.search("drums|bass|other", visit.text("headline"))
    assert re.search(r"\d\.\d LU above the rest of the mix, usual is \d\.\d LU below", visit.text("reasons"))
    vocals = visit.row("vocals")
    assert vocals["suggested_db"] < -3
    assert f"to {vocals['suggested_db']:.1f} dB" in plain(visit.stem("vocals").inner_text())

    visit.action("apply").click()
    visit.page.wait_for_selector("#advice[data-state=applied]")
    visit.rested()
    assert gains_db(visit) == {"bass": 0.0, "drums": 0.0, "other": 0.0, "vocals": vocals["suggested_db"]}
    assert abs(FLAW_DB + visit.fader_db("vocals")) < FLAW_DB - 3  # nearer to what it was

    taken = visit.download("mix.wav")
    assert taken.suggested_filename == "song mix.wav"
    mix, rate_hz = audio(taken.path())
    assert rate_hz == spoilt.sample_rate
    assert off_db(mix, summed(spoilt, gains_db(visit))) < SAME_DB
    assert off_db(mix, summed(spoilt, dict.fromkeys(spoilt.names, 0.0))) > -20  # it is another one than before
    said_lufs = float(re.search(r"The mix is at (-?\d+\.\d) LUFS", visit.text("left")).group(1))
    assert said_lufs == pytest.approx(integrated_lufs(torch.from_numpy(mix).float(), rate_hz), abs=0.051)


def test_a_fader_moves_what_is_played_as_it_moves_what_is_written(desk, spoilt):
    desk.press("vocals", "ArrowDown", "ArrowDown", "Shift+ArrowDown", "PageDown")
    assert desk.fader_db("vocals") == -4.1
    desk.drag("bass", 25)
    moved_db = desk.fader_db("bass")
    assert 1 < moved_db < 12
    assert gains_db(desk) == {"bass": moved_db, "drums": 0.0, "other": 0.0, "vocals": -4.1}
    played, played_hz = desk.played()
    written, rate_hz = audio(desk.download("mix.wav").path())
    assert played_hz == rate_hz
    assert abs(level_db(played) - level_db(written)) < AS_LOUD_DB
    assert off_db(played, written) < SAME_DB
    assert off_db(played, summed(spoilt, gains_db(desk))) < SAME_DB
    before, _ = desk.played("before")
    assert off_db(before, summed(spoilt, dict.fromkeys(spoilt.names, 0.0))) < SAME_DB
    # With solo and mute the file stays as it is, and what is heard does not.
    desk.stem("drums").locator("[data-action=solo]").click()
    assert off_db(desk.played()[0], written) < SAME_DB
    heard, _ = desk.played(listening=True)
    alone = summed(spoilt, {name: 0.0 if name == "drums" else -200.0 for name in spoilt.names})
    assert off_db(heard * 10 ** ((level_db(alone) - level_db(heard)) / 20), alone) < SAME_DB


def test_every_change_can_be_taken_back_and_made_again(desk):
    desk.press("bass", "PageUp")
    desk.action("apply").click()
    desk.page.wait_for_selector("#advice[data-state=applied]")
    desk.settled()
    done = gains_db(desk)
    assert done["bass"] == 3.0
    assert done["vocals"] < -3
    for undo, redo in ((None, None), ("Control+z", "Control+Shift+Z")):
        for at, name, key in ((1, "undo", undo), (0, "undo", undo), (1, "redo", redo), (2, "redo", redo)):
            desk.page.keyboard.press(key) if key else desk.action(name).click()
            desk.until(f"mixconsole.state.table.at === {at}")
            desk.settled()
            expected = {**done, "vocals": done["vocals"] if at > 1 else 0.0, "bass": done["bass"] if at else 0.0}
            assert gains_db(desk) == expected
            assert desk.fader_db("bass") == expected["bass"]
    desk.action("tab-history").click()
    desk.action("go-to", step="0").click()
    desk.until("mixconsole.state.table.at === 0")
    assert set(gains_db(desk).values()) == {0.0}
    assert desk.action("undo").is_disabled()


def test_a_group_moves_in_one_step_and_its_stems_stay_as_they_are_to_each_other(desk):
    desk.page.evaluate("mixconsole.perform('role', { stem: 'other', role: 'snare' })")
    desk.until("mixconsole.state.table.groups.length === 3")
    desk.rested()
    desk.press("drums", "ArrowUp", "ArrowUp")
    desk.page.locator("[data-group=drums] [data-action=fold]").click()
    fader = desk.page.locator("[data-group-strip=drums] [data-part=fader]")
    fader.focus()
    for _ in range(3):
        desk.page.keyboard.press("PageDown")
    desk.page.wait_for_timeout(700)  # it is told, and moved again before that is answered
    desk.page.keyboard.press("ArrowUp")
    desk.settled()
    desk.until("mixconsole.state.dragged.size === 0")
    assert gains_db(desk) == {"bass": 0.0, "drums": -7.5, "other": -8.5, "vocals": 0.0}
    assert float(fader.get_attribute("aria-valuenow")) == -8.0
    assert [step["operation"] for step in desk.table["history"]] == ["role", "set", "shift", "shift"]
    for at in (3, 2):
        desk.action("undo").click()
        desk.until(f"mixconsole.state.table.at === {at}")
    assert gains_db(desk) == {"bass": 0.0, "drums": 1.0, "other": 0.0, "vocals": 0.0}
