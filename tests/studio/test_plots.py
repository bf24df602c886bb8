"""faders.png: everything fits on it, whatever the names and however many the stems."""

import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import Advice, Faders, MixLevels, ModelStamp, StemAdvice
from studio.pictures.faders import COLOUR, Scale, change_scale, draw_faders, level_scale
from studio.pictures.lettering import NO_GLYPH, fitted, writable, write

REST = Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.1)
LOWER = Move(Action.LOWER, -6.0, -7.5, -4.0, 0.97)
RAISE = Move(Action.RAISE, 3.0, 1.0, 4.0, 0.9)
ANCHOR = Move(Action.ANCHOR, 0.0, 0.0, 0.0, 0.0)
LOCKED = Move(Action.LOCKED, 0.0, 2.0, 4.0, 0.8)
SILENT = Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)


def advice(moves, names=None, lufs=-18.0, song="Falcon 69", trim_db=0.0):
    names = names or [f"stem {i}" for i in range(len(moves))]
    stems = [
        StemAdvice(name, Role.OTHER, None, -math.inf if move is SILENT else lufs, move)
        for name, move in zip(names, moves, strict=True)
    ]
    model, mix = ModelStamp("embedded", "0.1", "abc"), MixLevels(-14.0, -13.5, -0.5, trim_db)
    return Advice(song, 44100, 12.5, None, 100.0, tuple(stems), model, mix)


@pytest.fixture
def drawn(tmp_path):
    def draw(advice):
        draw_faders(advice, tmp_path / "faders.png")
        return imread(tmp_path / "faders.png")[..., :3]

    return draw


def share_of(picture, colour):
    """How much of a picture has exactly this colour."""
    return float(np.isclose(picture, to_rgb(colour), atol=0.004).all(-1).mean())


@pytest.mark.parametrize("stems", [1, 2, 4, 14, 30])
def test_the_page_grows_with_the_stems(drawn, stems):
    height, width, _ = drawn(advice([REST] * stems)).shape
    assert width == 1600
    taller, _, _ = drawn(advice([REST] * (stems + 1))).shape
    assert 50 < taller - height < 80


def test_a_picture_of_a_great_many_stems_stays_within_what_can_be_drawn(drawn, monkeypatch):
    monkeypatch.setattr("studio.pictures.faders.MOST_PIXELS", 1000)
    height, width, _ = drawn(advice([REST] * 30)).shape
    assert height <= 1000
    assert width < 1600


@pytest.mark.parametrize(
    ("moves", "seen"), [([REST, REST], set()), ([REST, RAISE], {Action.RAISE}), ([LOWER, RAISE], set(COLOUR))]
)
def test_colour_is_for_what_moves(drawn, moves, seen):
    picture = drawn(advice(moves))
    assert {action for action, colour in COLOUR.items() if share_of(picture, colour) > 1e-4} == seen


def words_on(monkeypatch, advice, path):
    """What is written on the picture, and the full width of the range that is drawn, in inches."""
    written, ranges = [], []
    monkeypatch.setattr("studio.pictures.faders.write", lambda page, x, y, text, **style: written.append(text))
    plot = Axes.plot

    def noted(self, x, *args, **style):
        if style.get("linewidth") == 7 and style.get("zorder") == 2:
            ranges.append(x[1] - x[0])
        return plot(self, x, *args, **style)

    monkeypatch.setattr(Axes, "plot", noted)
    draw_faders(advice, path)
    monkeypatch.undo()
    return " / ".join(written), ranges


@pytest.mark.parametrize("strength_percent", [100.0, 50.0, 0.0])
def test_a_range_that_is_scaled_is_labelled_so(tmp_path, monkeypatch, strength_percent):
    share = strength_percent / 100
    scaled = Move(Action.LOWER, -6.0 * share, -7.5 * share, -4.0 * share, 0.97)
    given = replace(advice([scaled, REST]), strength_percent=strength_percent)
    said, ranges = words_on(monkeypatch, given, tmp_path / "faders.png")
    full = "range that holds the right one 8 times in 10"
    assert (f"correction, and the {full}" in said) == (strength_percent == 100)
    assert (f"50 % of the correction, and of the {full}" in said) == (strength_percent == 50)
    assert ("50 % of the correction, dB" in said) == (strength_percent == 50)
    assert len(ranges) == (2 if strength_percent else 0)


def test_a_locked_stem_that_is_off_is_drawn_hollow_and_told(tmp_path, monkeypatch):
    held = replace(LOCKED, held_back_db=3.0)
    said, _ = words_on(monkeypatch, advice([held, REST], ["drums", "vocals"]), tmp_path / "faders.png")
    assert "hollow: held back by the lock" in said
    assert "drums are locked, but 3.0\N{NO-BREAK SPACE}dB too quiet" in said.replace(" / ", " ")
    said, _ = words_on(monkeypatch, advice([LOCKED, REST]), tmp_path / "faders.png")
    assert "hollow" not in said


def test_a_louder_stem_lies_further_right(drawn):
    def cap_column(lufs):
        picture = drawn(advice([RAISE, REST, REST], lufs=lufs, names=["a", "b", "c"]))
        columns = np.isclose(picture, to_rgb(COLOUR[Action.RAISE]), atol=0.004).all(-1).sum(0)
        return int(np.argmax(columns[:950]))  # the level's side of the page

    assert cap_column(-20.0) < cap_column(-15.0)


@pytest.mark.parametrize(
    "names",
    [
        ["x" * 255, "a name with many words " * 10],
        ["ドラム", "歌声 💥"],
        ["שלום", "مرحبا"],
        ["$x^2$", "a_{b}"],
        ["line\nbreak", "esc\x1b[31m"],
        ["\udcff", "e\u0301"],
        [" ", "\u200d"],
    ],
)
def test_any_name_can_be_drawn(drawn, names):
    assert drawn(advice([LOWER, RAISE], names, song=names[0])).std() > 0


@pytest.mark.parametrize("moves", [[ANCHOR, LOCKED, SILENT], [SILENT, SILENT], [ANCHOR]])
def test_stems_that_do_not_move_can_be_drawn(drawn, moves):
    assert drawn(advice(moves)).std() > 0


def test_stems_without_a_loudness_can_be_drawn(drawn):
    assert drawn(advice([REST, LOWER], lufs=-math.inf)).std() > 0


def test_a_stem_without_a_loudness_has_no_fader(drawn):
    assert share_of(drawn(advice([LOWER], lufs=-math.inf))[:, 500:950], COLOUR[Action.LOWER]) == 0
    assert share_of(drawn(advice([LOWER]))[:, 500:950], COLOUR[Action.LOWER]) > 0


@pytest.mark.parametrize("span_db", [24, 30, 36, 42, 48, 54, 60])
def test_no_tick_lies_outside_its_scale(span_db):
    levels = (-12.0, -12.0 - span_db)
    stems = tuple(StemAdvice(f"{lufs}", Role.OTHER, None, lufs, REST) for lufs in levels)
    scale = level_scale(replace(advice([REST]), stems=stems))
    assert (scale.low_db, scale.high_db) == levels[::-1]
    assert all(scale.low_db <= tick_db <= scale.high_db for tick_db in scale.ticks_db)
    assert np.ptp(np.diff([scale(tick_db) for tick_db in scale.ticks_db])) < 1e-9


def test_a_line_runs_from_left_to_right_whatever_it_begins_with():
    page = Figure().add_axes((0, 0, 1, 1))
    write(page, 0.0, 0.0, "שלום is too loud: turn it down 6.0 dB.", size=10.0)
    assert page.texts[0].get_text().startswith("\N{LEFT-TO-RIGHT MARK}")


def test_a_scale_is_linear_and_ends():
    scale = Scale(2.0, 6.0, -36.0, -12.0, 6.0)
    assert [scale(level) for level in (-36.0, -24.0, -12.0)] == pytest.approx([2.0, 4.0, 6.0])
    assert [scale(level) for level in (-90.0, -math.inf, 0.0)] == [2.0, 2.0, 6.0]
    assert scale.ticks_db == [-36.0, -30.0, -24.0, -18.0, -12.0]


@pytest.mark.parametrize(("lufs", "trim_db"), [(-18.0, 0.0), (-60.0, 0.0), (-1.0, 0.0), (-18.0, -20.0)])
def test_the_level_scale_holds_every_fader(lufs, trim_db):
    scale = level_scale(advice([LOWER, RAISE, REST, SILENT], lufs=lufs, trim_db=trim_db))
    for gain_db in (0.0, -6.0, 3.0):  # a trim of all is told beside the picture, where it would hide the moves
        assert scale.low_db <= lufs + gain_db <= scale.high_db


@pytest.mark.parametrize(("gain_db", "limit_db"), [(0.0, 6.0), (5.0, 6.0), (6.5, 12.0), (20.0, 24.0)])
def test_the_correction_scale_is_even_to_both_sides(gain_db, limit_db):
    scale = change_scale(advice([Move(Action.RAISE, gain_db, gain_db, gain_db, 1.0), REST]))
    assert (scale.low_db, scale.high_db) == (-limit_db, limit_db)
    assert scale(0.0) == pytest.approx((scale.left + scale.right) / 2)


def test_letters_that_no_font_has_become_squares():
    assert writable("a\U00013000b") == f"a{NO_GLYPH}b"
    assert writable("Größe") == "Größe"


def test_a_name_is_cut_in_the_middle_until_it_fits():
    cut = fitted("Lead Vocal Comp FINAL v2 (do not touch)", room=1.5, size=10.0)
    assert cut.startswith("Lead")
    assert "…" in cut
    assert fitted("Lead", room=1.5, size=10.0) == "Lead"
    assert len(fitted("x" * 300, room=3.0, size=10.0)) > len(fitted("x" * 300, room=1.0, size=10.0)) > 3


def test_faders_that_a_user_put_elsewhere_are_drawn_where_they_stand(drawn):
    plain = advice([LOWER, REST])
    moved = replace(plain, faders=Faders((-2.0, 8.0), -13.0, 0.0))
    assert not np.array_equal(drawn(plain), drawn(moved))
    assert level_scale(moved).high_db > level_scale(plain).high_db
    assert change_scale(moved).high_db == 12.0
    assert change_scale(replace(plain, faders=Faders((0.0, -20.0), -13.0, 0.0))).low_db == -24.0
