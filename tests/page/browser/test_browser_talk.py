"""The conversation on the page: what is asked is answered, what is said is done, and each step can be taken back."""

import re

import pytest
from visit import plain

pytestmark = pytest.mark.slow


def said(answer):
    return plain(answer.inner_text())


def test_why_is_answered_with_figures_that_lead_to_where_they_were_measured(desk):
    answer = desk.say("why?")
    assert answer.get_attribute("data-verified") == "true"
    assert "vocals" in said(answer)
    figures = answer.locator("[data-action=figure]")
    assert figures.count() > 0
    desk.action("view-spectrum").click()
    level = answer.locator("[data-action=figure][data-shows=level]").first
    assert re.search(r"\d\.\d LU", plain(level.inner_text()))
    level.click()
    assert desk.action("view-level").get_attribute("aria-selected") == "true"
    assert desk.stem("vocals").locator("[data-action=select]").get_attribute("aria-pressed") == "true"
    on_the_desk = desk.page.locator("[data-part=headline] [data-action=figure]")
    on_the_desk.click()
    assert desk.page.evaluate("document.activeElement.ariaLabel") == "vocals, fader"
    assert desk.table["at"] == 0


def test_an_order_is_done_step_by_step_and_each_step_can_be_taken_back(desk):
    answer = desk.say("vocals 2 dB up but leave the bass")
    assert desk.row("vocals")["fader_db"] == 2.0
    assert desk.row("bass")["locked"]
    steps = answer.locator("li.did")
    assert steps.evaluate_all("(all) => all.map((one) => one.dataset.operation)") == ["nudge", "lock"]
    assert "vocals: 0.0 to +2.0 dB" in said(answer)
    answer.locator("[data-action=undo-step]").first.click()
    desk.until("mixconsole.state.table.stems.every((stem) => stem.fader_db === 0)")
    assert desk.row("bass")["locked"]  # only that step
    desk.rested()
    desk.say("vocals up 3 dB")
    assert desk.row("vocals")["fader_db"] == 3.0
    desk.say("undo that")
    assert desk.row("vocals")["fader_db"] == 0.0


def test_what_is_locked_stays_whatever_is_applied(desk):
    lock = desk.stem("vocals").locator("[data-action=lock]")
    lock.click()
    desk.until("mixconsole.state.table.stems.some((stem) => stem.locked)")
    desk.rested()
    assert lock.get_attribute("aria-pressed") == "true"
    assert desk.row("vocals")["held_back_db"] < -3
    assert "vocals" in desk.text("headline") or desk.table["advice"]["still"]
    assert re.search(r"off -\d\.\d dB", plain(desk.stem("vocals").inner_text()))
    if desk.action("apply").is_enabled():
        desk.action("apply").click()
        desk.rested()
    desk.say("apply it")
    assert desk.row("vocals")["fader_db"] == 0.0
    desk.fader("vocals").focus()
    desk.page.keyboard.press("PageDown")
    desk.page.wait_for_timeout(700)
    assert desk.row("vocals")["fader_db"] == desk.fader_db("vocals") == 0.0


def test_what_is_not_understood_moves_nothing_and_says_so(desk):
    answer = desk.say("paint the second verse blue, will you")
    assert desk.table["at"] == 0
    assert "nothing was done" in said(answer)
    assert answer.locator("li.did").count() == 0
    desk.excused.append("status of 422")  # as the browser itself tells of a refusal
    answer = desk.say("!!!")
    assert "Nothing was said" in said(answer)
    assert desk.page.locator("[data-part=log] .trouble").count() == 1


def test_a_change_that_has_to_wait_says_for_what(desk):
    held = []
    desk.page.route("**/operations", lambda route: held.append(route))
    talks = "mixconsole.state.job = { operation: 'chat', step: 'Waiting', place: 0 }"
    desk.page.evaluate(f"window.talking = setInterval(() => {{ {talks} }}, 10)")  # whatever the server says meanwhile
    desk.fader("bass").focus()
    desk.page.keyboard.press("PageUp")
    note = desk.page.locator(".note[data-kind=said]")
    note.wait_for()
    assert "as soon as your last sentence is answered" in note.inner_text()
    desk.page.evaluate("clearInterval(talking); mixconsole.state.job = null")
    held[0].continue_()
    desk.page.unroute("**/operations")
    note.wait_for(state="detached")
    desk.settled()
    assert desk.fader_db("bass") == 3.0


def test_examples_can_be_pressed_and_comparing_tells_of_before(desk):
    example = desk.action("example").filter(has_text="up 2 dB").first
    text = example.inner_text()
    example.click()
    desk.until("mixconsole.state.table.at === 1")
    desk.rested()
    assert text.startswith(desk.table["history"][0]["arguments"]["stem"])
    answer = desk.say("compare with the original")
    assert re.search(r"\d", said(answer))
    desk.action("tab-history").click()
    assert desk.page.locator("ol.history li").count() == 2
