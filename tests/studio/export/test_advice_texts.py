"""advice.csv and advice.md: their numbers are the advice's, and no name is taken for anything but a name."""

import csv
import io
import math
from dataclasses import replace

import pytest
from advices import advice
from exported import NASTY, mixed, nasty_song
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from console.read.account import FileUse
from explainer.advice.advice import Faders, MixLevels
from explainer.advice.shown import shown
from explainer.phrasing.conclusion import conclusion
from studio.export.markdown import as_markdown, escaped
from studio.export.table import COLUMNS, as_csv, harmless

FADERS = Faders((-3.0, 0.25), -13.0, -0.4)


def rows(known):
    """The table as other programs read it, which know the mark of UTF-8."""
    return list(csv.DictReader(io.StringIO(as_csv(known).encode().decode("utf-8-sig"), newline="")))


def test_the_table_holds_the_numbers_of_the_advice():
    known = advice([-6.25, 0.0])
    first, second = rows(known)
    assert tuple(first) == COLUMNS
    assert (first["name"], first["role"], first["file"], first["action"]) == ("s0", "other", "", "lower")
    numbers = {key: float(value) for key, value in first.items() if key.endswith("_db") and value}
    assert numbers == {"gain_db": -6.25, "low_db": -7.25, "high_db": -5.25, "held_back_db": 0, "in_mix_db": -6.25}
    assert float(first["flaw_probability"]) == 0.9
    assert float(first["loudness_lufs"]) == -20
    assert float(second["gain_db"]) == 0


def test_what_is_in_the_mix_is_told_with_trim_and_faders():
    trimmed = replace(advice([-6.25, 0.0]), mix=MixLevels(-14.0, -15.0, -1.0, -0.5))
    assert [float(row["in_mix_db"]) for row in rows(trimmed)] == [-6.75, -0.5]
    moved = rows(replace(advice([-6.25, 0.0]), faders=FADERS))
    assert [float(row["in_mix_db"]) for row in moved] == [-3, 0.25]
    assert [float(row["gain_db"]) for row in moved] == [-6.25, 0]


def test_silence_and_what_was_left():
    known = advice([-6.25, 0.0])
    quiet = replace(known.stems[1], loudness_lufs=-math.inf)
    heard = replace(known, stems=(known.stems[0], quiet), residual=((0.5, -1.0),))
    assert [row["loudness_lufs"] for row in rows(heard)] == ["-20", ""]
    assert [row["left_db"] for row in rows(heard)] == ["0.5", "-1"]


@given(st.text())
@example("=1+1")
@example("\t=1+1")
@example("\r-2")
@example("@SUM(A1)")
@example(" +1")
@example("＝1")
def test_no_text_begins_like_a_formula(text):
    cell = harmless(text)
    assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert cell.isprintable() or not cell
    assert cell in (shown(text), f"'{shown(text)}")


def test_a_table_of_any_names_has_a_row_for_each():
    known = mixed(nasty_song(), {NASTY[2]: -6.0}).advice
    assert [row["name"] for row in rows(known)] == [harmless(name) for name in NASTY]
    assert rows(known)[2]["name"].startswith("'=cmd")
    assert float(rows(known)[2]["gain_db"]) == -6


# Markdown.


def plain(tokens):
    """The text of a page, as it is rendered, and the kinds of what is in it."""
    kinds, texts = set(), []
    for token in tokens:
        kinds.add(token.type)
        for child in token.children or ():
            kinds.add(child.type)
        if token.type == "inline":
            texts.append("".join(child.content for child in token.children))
    return kinds, texts


def rendered(text):
    return plain(MarkdownIt("commonmark").enable("table").parse(text))


@given(st.text())
@example("# not a heading")
@example("1. not a list")
@example("10) not a list")
@example("- - -")
@example("+ plus")
@example("<script>alert(1)</script>")
@example("![x](http://y) [z]: w")
@example("a | b \\| c \\")
@example("&lt; &#60;")
@example("*a* __b__ ~~c~~ `d` $e$")
@example("    code")
@example("===")
def test_any_text_stays_text(text):
    wanted = shown(text).strip()
    kinds, texts = rendered(f"{escaped(text)}\n")
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}
    assert " ".join(texts) == wanted
    kinds, texts = rendered(f"| a |\n| --- |\n| {escaped(text)} |\n")
    assert texts[:2] == ["a", wanted]
    assert "html_inline" not in kinds


def test_the_page_tells_what_the_advice_tells():
    known = replace(
        advice([-6.25, 0.0]),
        text="Turn <b>s0</b> down.\n# Not a heading.",
        files=(
            FileUse("s0.wav", "s0"),
            FileUse("Master *.wav", left_out_because="its name says that it is the mixture"),
        ),
    )
    kinds, texts = rendered(as_markdown(known))
    assert texts[0] == "song"
    assert conclusion(known) in texts
    assert texts[9:16] == ["s0", "other", "-20.0", "-6.2 dB", "-7.2 to -5.2", "90 %", "lower"]
    assert "Turn <b>s0</b> down." in texts
    assert "# Not a heading." in texts
    assert "2 stems; left out: Master *.wav (its name says that it is the mixture)." in texts
    assert "in the mix" not in texts
    assert kinds.isdisjoint({"html_inline", "html_block", "link_open", "code_inline"})


def test_the_page_tells_where_the_faders_stand():
    _, texts = rendered(as_markdown(replace(advice([-6.25, 0.0]), faders=FADERS)))
    assert [texts[at] for at in (9, 17, 25)] == ["in the mix", "-3.0 dB", "+0.2 dB"]
    assert texts[13] == "-6.2 dB"  # what was advised stays
    assert "As the faders stand: -13.0 LUFS, true peak -0.4 dBTP." in texts


@pytest.mark.parametrize("strength_percent", [0.0, 50.0])
def test_a_page_of_less_than_the_full_correction(strength_percent):
    _, texts = rendered(as_markdown(replace(advice([-6.25, 0.0]), strength_percent=strength_percent)))
    assert ("-7.2 to -5.2" in texts) is (strength_percent > 0)
