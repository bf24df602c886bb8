"""For everybody: by keyboard alone, with a screen reader, on a phone, light and dark, without a jump."""

from pathlib import Path

import pytest
from takes import audio, off_db, summed
from visit import PHONE

pytestmark = pytest.mark.slow

CONTROLS = {"button", "link", "textbox", "slider", "checkbox", "combobox", "tab", "searchbox", "spinbutton", "switch"}
CONTROLS |= {"menuitem", "radio", "option", "progressbar"}
TABS = 120  # of which one must lead to what is looked for
MOST_JUMP = 0.1  # cumulative layout shift that counts as good
LEAST_CONTRAST, LEAST_LARGE = 4.5, 3.0  # of WCAG 2.2, for text and for large text

CONTRASTS = Path(__file__).with_name("contrasts.js").read_text()
PAPER = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"

# Whether what has the focus, or the form round it, has a ring.
RING = """[document.activeElement, document.activeElement.closest("form")].some((one) => {
  const { outlineStyle, outlineWidth, boxShadow } = one ? getComputedStyle(one) : {};
  return one && ((outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none");
})"""


def unnamed(visit):
    """Controls that a screen reader has no name for."""
    session = visit.context.new_cdp_session(visit.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    controls = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert controls
    nameless = [node for node in controls if not (node.get("name") or {}).get("value", "").strip()]
    return [(node["role"]["value"], node.get("backendDOMNodeId")) for node in nameless]


def sideways(visit):
    """Whether the page is wider than its window."""
    return visit.page.evaluate("document.documentElement.scrollWidth > innerWidth")


def hard_to_read(visit):
    found = visit.page.evaluate(CONTRASTS)
    assert len(found) > 3
    return [one for one in found if one["contrast"] < (LEAST_LARGE if one["large"] else LEAST_CONTRAST)]


def states(visit, opened):
    """The page in its states, one after another."""
    visit.go()
    yield "welcome"
    visit.page.goto(f"{visit.url}#{opened}")
    visit.rested()
    yield "advice"
    visit.action("words").click()
    visit.until("mixconsole.state.text !== null")
    yield "words"
    for menu in ("downloads", "read", "session-menu", "usual"):
        visit.action(menu).click()
        yield menu
        visit.page.keyboard.press("Escape")
    visit.action("apply").click()
    visit.page.wait_for_selector("#advice[data-state=applied]")
    visit.rested()
    yield "applied"
    visit.action("blind").click()
    yield "blind"
    visit.action("vote-none").click()
    visit.until("mixconsole.state.blind.votes !== null")
    yield "voted"
    visit.action("blind-close").click()
    for view in ("spectrum", "masking"):
        visit.action(f"view-{view}").click()
        yield view
    visit.say("why the vocals?")
    visit.say("vocals 2 dB up but leave the bass")
    yield "talk"
    visit.stem("vocals").locator("[data-action=link]").click()
    yield "link"
    visit.page.keyboard.press("Escape")
    visit.action("tab-history").click()
    yield "history"
    visit.action("undo").click()
    visit.page.wait_for_selector("ol.history .ahead")
    yield "undone"


@pytest.fixture
def fresh(server, opened):
    """The session with all as it was when it was opened."""
    while server.rested(opened)["table"]["at"]:
        server.client.post(f"/api/sessions/{opened}/operations", json={"operation": "undo"})
    return opened


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_can_be_read(visits, fresh, theme):
    visit = visits(color_scheme=theme, reduced_motion="reduce")
    faults = {state: [*unnamed(visit), *hard_to_read(visit)] for state in states(visit, fresh)}
    assert len(faults) == 16
    assert {state: fault for state, fault in faults.items() if fault} == {}
    paper = visit.page.evaluate(PAPER)
    assert (sum(paper) > 600) == (theme == "light")
    visit.action("theme").click()
    turned = visit.page.evaluate(PAPER)
    assert (sum(turned) > 600) != (theme == "light")
    visit.page.reload()
    visit.rested()
    assert visit.page.evaluate("document.documentElement.dataset.theme") != theme


def test_on_a_phone_nothing_is_wider_than_the_window(visits, fresh):
    visit = visits(viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True)
    wide = {state for state in states(visit, fresh) if sideways(visit)}
    assert wide == set()
    visit.action("undo").scroll_into_view_if_needed()
    lies = visit.fader("vocals").bounding_box()
    assert lies["width"] > 200 > lies["height"]
    assert visit.fader("vocals").get_attribute("aria-orientation") == "horizontal"


def test_all_faders_of_four_stems_are_seen_on_a_small_desktop(desk):
    for name in ("bass", "drums", "other", "vocals"):
        box = desk.stem(name).bounding_box()
        rail = desk.page.locator(".rail").bounding_box()
        assert rail["x"] <= box["x"]
        assert box["x"] + box["width"] <= rail["x"] + rail["width"]
    assert not sideways(desk)


def test_nothing_jumps_while_it_loads(visit, spoilt_files):
    visit.go()
    visit.send(spoilt_files)
    visit.page.wait_for_timeout(300)
    jumped = visit.page.evaluate("watched")
    assert jumped["jumped"] < MOST_JUMP, jumped
    visit.page.reload()
    visit.rested()
    visit.page.wait_for_timeout(300)
    jumped = visit.page.evaluate("watched")
    assert jumped["jumped"] < MOST_JUMP, jumped


def test_the_keyboard_alone_does_a_whole_correction(visit, spoilt_files, spoilt):
    press = visit.page.keyboard.press
    visit.page.on("filechooser", lambda chooser: chooser.set_files(spoilt_files))

    def to(selector, key="Tab"):
        """Goes on until the control has the focus, which is seen."""
        for _ in range(TABS):
            press(key)
            if visit.page.evaluate("(it) => document.activeElement.matches(it)", selector):
                break
        else:
            raise AssertionError(f"no {key} leads to {selector}")
        assert visit.page.evaluate(RING), selector

    visit.go()
    to("[data-action=choose-files]")
    press("Enter")
    visit.screen("studio")
    visit.rested()
    to("[data-action=apply]")
    press("Enter")
    visit.page.wait_for_selector("#advice[data-state=applied]")
    visit.rested()
    to("[data-action=play]")
    press("Enter")
    visit.until("mixconsole.state.playing")
    to("[data-action=hear-before]")
    press("Space")
    assert visit.page.evaluate("mixconsole.state.side") == "before"
    to("[data-stem=drums] [data-part=fader]")
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Shift+ArrowDown"):
        press(key)
    visit.until("mixconsole.state.table.stems.some(({name, fader_db}) => name === 'drums' && fader_db === 1.4)")
    visit.rested()
    to("[data-action=say]")
    visit.page.keyboard.type("lock the bass")
    press("Enter")
    visit.until("mixconsole.state.table.stems.some(({name, locked}) => name === 'bass' && locked)")
    visit.rested()
    to("[data-action=undo]", "Shift+Tab")
    press("Enter")
    visit.until("mixconsole.state.table.stems.every(({locked}) => !locked)")
    visit.rested()
    to("[data-action=downloads]", "Shift+Tab")
    press("Enter")
    press("ArrowDown")
    with visit.page.expect_download() as coming:
        press("Enter")
    mix, _ = audio(coming.value.path())
    gains_db = {stem["name"]: stem["fader_db"] for stem in visit.table["stems"]}
    assert gains_db["drums"] == 1.4
    assert gains_db["vocals"] < -3
    assert off_db(mix, summed(spoilt, gains_db)) < -90
