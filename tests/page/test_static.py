"""The page's own files: whole, with nothing of others, and no way for a name to become markup."""

import re
from pathlib import Path

import pytest

import studio.page

STATIC = Path(studio.page.__file__).parent / "static"
FILES = sorted(path for path in STATIC.rglob("*") if path.is_file())
MODULES = [path for path in FILES if path.suffix == ".js"]
STYLES = [path for path in FILES if path.suffix == ".css"]
INDEX = (STATIC / "index.html").read_text()


def told(paths: list[Path]) -> str:
    return "\n".join(path.read_text() for path in paths)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_other_host_is_named(path: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w{2,}[^\s\"')]*", path.read_text()))
    assert hosts <= {"http://www.w3.org/2000/svg"}  # the name of a format, which nobody asks


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_text_becomes_markup_or_code(path: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|javascript:",
        path.read_text(),
    )


def test_nothing_is_inline() -> None:
    """The page is served with `default-src 'self'`."""
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", INDEX)
    assert "data:" not in told(STYLES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_what_a_module_imports_is_there(path: Path) -> None:
    for names, source in re.findall(r"^import (.+?) from \"(.+?)\";", path.read_text(), re.MULTILINE | re.DOTALL):
        assert source.startswith("."), source
        text = (path.parent / source).resolve().read_text()
        for name in re.findall(r"(\w+)(?: as \w+)?", names.strip("{} ")) if names.startswith("{") else ():
            assert re.search(rf"export (?:async )?(?:function|const|class) {name}\b", text), (source, name)


def test_what_the_page_asks_for_is_there() -> None:
    asked = re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", INDEX)
    assert len(asked) >= 7
    assert all((STATIC / path).is_file() for path in asked)


def test_every_icon_is_drawn_and_every_drawing_used() -> None:
    drawn = set(re.findall(r"<symbol id=\"i-(\w+)\"", INDEX))
    code = told(MODULES)
    used = set(re.findall(r"\b(?:icon|iconButton)\(\"(\w+)\"", code)) | set(
        re.findall(r"swapIcon\([^,]+, \w+ \? \"(\w+)\"", code)
    )
    assert used == drawn


def test_every_colour_has_a_light_and_a_dark_form() -> None:
    css = told(STYLES)
    base = (STATIC / "style" / "base.css").read_text()
    palettes = [
        set(re.findall(r"--([\w-]+):", block))
        for block in re.findall(r":root(?:\[[^\]]+\])?\s*\{(.*?)\}", base, re.DOTALL)
    ]
    palettes = [palette for palette in palettes if "paper" in palette]
    assert len(palettes) == 2
    assert palettes[0] == palettes[1]
    local = {"at", "to", "level", "x", "height", "way", "bay-head"}
    assert set(re.findall(r"var\(--([\w-]+)", css)) - local <= palettes[0]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("text", ["ink", "soft", "raise-text", "lower-text"])
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(text: str, theme: int) -> None:
    """4.5 : 1, as WCAG 2.2 wants it."""
    base = (STATIC / "style" / "base.css").read_text()
    blocks = [block for block in re.findall(r":root[^{]*\{(.*?)\}", base, re.DOTALL) if "--paper:" in block]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[theme]))
    for ground in ("paper", "card", "well"):
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
