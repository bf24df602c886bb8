"""faders.png: every stem's fader before and after, the correction and its range, on one calm page."""

import math
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from console.correct import Action
from explainer.advice.advice import Advice, StemAdvice
from explainer.phrasing.conclusion import conclusion, notes
from studio.pictures.lettering import INK, fitted, write

PAPER, MUTED, FAINT, RESTING = "#fbfaf7", "#7d828a", "#e6e3dc", "#a3a8af"
COLOUR = {Action.RAISE: "#0b7a75", Action.LOWER: "#c8511b"}  # told apart by colour-blind eyes too
FIXED = (Action.ANCHOR, Action.LOCKED)

# The page is measured in inches from its top left corner.
WIDTH, MARGIN, ROW, HEAD, FOOT = 10.0, 0.45, 0.40, 0.62, 1.1
NAME, ROLE, LEVEL, CHANGE, GAIN, CHANCE = MARGIN, 2.82, (3.4, 5.8), (6.3, 8.1), 8.95, WIDTH - MARGIN
TITLE, LINE, SENTENCE_WIDTH = 0.62, 0.24, 96
DPI, MOST_PIXELS = 160, 60_000  # the renderer ends at 65,536 pixels
LIMITS_DB = (6.0, 12.0, 24.0)
SPAN_DB = (24.0, 60.0)  # a stem further below the loudest is drawn at the end of its slot


@dataclass(frozen=True)
class Scale:
    """A dB scale laid out from `left` to `right` inches."""

    left: float
    right: float
    low_db: float
    high_db: float
    step_db: float

    def __call__(self, value_db: float) -> float:
        """Where a level is drawn, in inches; levels outside the scale lie at its ends."""
        share = (value_db - self.low_db) / (self.high_db - self.low_db)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    @property
    def ticks_db(self) -> list[float]:
        """The levels that are labelled."""
        count = math.floor((self.high_db - self.low_db) / self.step_db)
        return [self.low_db + i * self.step_db for i in range(count + 1)]


def draw_faders(advice: Advice, path: Path) -> None:
    """Draws the advice as a PNG file."""
    said = " ".join([conclusion(advice), *notes(advice)])
    unbroken = re.sub(r"(?<=\d) (?=dB|%)", "\N{NO-BREAK SPACE}", said)
    sentence = textwrap.wrap(unbroken, SENTENCE_WIDTH)
    top = TITLE + LINE * len(sentence) + HEAD
    height = top + ROW * len(advice.stems) + FOOT
    figure = Figure(figsize=(WIDTH, height), dpi=min(DPI, MOST_PIXELS / height), facecolor=PAPER)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
    page.set_axis_off()

    title = fitted(advice.song, WIDTH - 2 * MARGIN, 17.0, "bold")
    write(page, MARGIN, TITLE - 0.1, title, size=17.0, weight="bold")
    for i, line in enumerate(sentence):
        write(page, MARGIN, TITLE + LINE * (i + 0.75), line, size=11.5)
    level, change = level_scale(advice), change_scale(advice)
    _columns(page, top, len(advice.stems), level, change, advice.strength_percent, advice.reference is not None)
    for i, (stem, gain_db) in enumerate(zip(advice.stems, advice.gains_db, strict=True)):
        y = top + ROW * (i + 0.5)
        _words(page, y, stem)
        if stem.move.action is not Action.SILENT:
            if math.isfinite(stem.loudness_lufs):
                _fader(page, y, level, stem, gain_db)
            if advice.strength_percent > 0:
                _range(page, y, change, stem, advice.strength_percent)
            if advice.faders is not None:
                _stand(page, y, change, gain_db)
    _legend(page, height - 0.62, advice)
    FigureCanvasAgg(figure).print_png(path)


def level_scale(advice: Advice) -> Scale:
    """A scale in LUFS that holds the stems' levels before and after."""
    before = [stem.loudness_lufs for stem in advice.stems]
    after = [lufs + gain_db for lufs, gain_db in zip(before, advice.gains_db, strict=True)]
    levels = [level for level in before + after if math.isfinite(level)] or [-20.0]
    high = 6.0 * math.ceil(max(levels) / 6)
    span = min(max(high - 6.0 * math.floor(min(levels) / 6), SPAN_DB[0]), SPAN_DB[1])
    return Scale(*LEVEL, high - span, high, 6.0 if span <= 36 else 12.0)


def change_scale(advice: Advice) -> Scale:
    """A scale in dB, as far to each side of 0 as the corrections, their ranges and the faders go."""
    moves = [stem.move for stem in advice.stems]
    sizes = [abs(value) for move in moves for value in (move.gain_db, move.low_db, move.high_db)]
    most = max(*sizes, *map(abs, advice.gains_db))
    limit = next((limit for limit in LIMITS_DB if most <= limit), LIMITS_DB[-1])
    return Scale(*CHANGE, -limit, limit, limit / 2)


def _columns(
    page: Axes, top: float, rows: int, level: Scale, change: Scale, strength_percent: float, matched: bool
) -> None:
    """Headings and dB scales, with hair lines down through the rows."""
    bottom = top + ROW * rows
    share = "" if strength_percent == 100 else f"{strength_percent:g} % of the "
    what, chance = ("change", "chance it differs") if matched else ("correction", "chance flawed")
    for x, heading, align in (
        (NAME, "stem", "left"),
        (sum(LEVEL) / 2, "level, LUFS", "center"),
        (sum(CHANGE) / 2, f"{share}{what}, dB", "center"),
        (CHANCE, chance, "right"),
    ):
        write(page, x, top - 0.32, heading, size=8.5, colour=MUTED, align=align)
    for scale, sign in ((level, ""), (change, "+")):
        for tick_db in scale.ticks_db:
            x = scale(tick_db)
            page.plot([x, x], [top, bottom], color=FAINT, linewidth=0.8, zorder=0)
            label = f"{tick_db:{sign if tick_db else ''}g}".replace("-", "\N{MINUS SIGN}")
            write(page, x, top - 0.08, label, size=7.5, colour=MUTED, align="center")
    page.plot([change(0.0)] * 2, [top, bottom], color=RESTING, linewidth=1.0, zorder=0)


def _words(page: Axes, y: float, stem: StemAdvice) -> None:
    move = stem.move
    colour = COLOUR.get(move.action, MUTED)
    if move.moves:
        band = (MARGIN - 0.15, y - ROW / 2 + 0.03), WIDTH - 2 * MARGIN + 0.3, ROW - 0.06
        page.add_patch(_rounded(*band, radius=0.06, facecolor=colour, alpha=0.07, linewidth=0, zorder=-1))
    role = "" if stem.name.casefold() == stem.role else stem.role
    room = (ROLE if role else LEVEL[0]) - NAME - 0.2
    quiet = INK if move.action is not Action.SILENT else MUTED
    weight = "bold" if move.moves else "normal"
    write(page, NAME, y + 0.05, fitted(stem.name, room, 10.5, weight), size=10.5, weight=weight, colour=quiet)
    write(page, ROLE, y + 0.05, role, size=8.5, colour=MUTED)
    said = f"{move.gain_db:+.1f} dB".replace("-", "\N{MINUS SIGN}") if move.moves else move.action
    write(
        page,
        GAIN,
        y + 0.05,
        said,
        size=10.5 if move.moves else 9.0,
        weight=weight,
        colour=colour,
        align="right",
    )
    if move.action not in (Action.SILENT, Action.ANCHOR):
        chance = f"{move.flaw_probability:.0%}".replace("%", " %")
        write(page, CHANCE, y + 0.05, chance, size=9.0, colour=INK if move.moves else MUTED, align="right")


def _fader(page: Axes, y: float, scale: Scale, stem: StemAdvice, gain_db: float) -> None:
    """A fader lying on its side: the slot, the cap where it was (hollow) and where it is in the mix (full)."""
    page.plot(LEVEL, [y, y], color=FAINT, linewidth=3.5, solid_capstyle="round", zorder=1)
    colour = COLOUR.get(stem.move.action, INK if stem.move.action in FIXED else RESTING)
    before, after = scale(stem.loudness_lufs), scale(stem.loudness_lufs + gain_db)
    if before != after:
        page.plot([before, after], [y, y], color=colour, linewidth=3.5, alpha=0.45, zorder=2)
        _cap(page, before, y, MUTED, hollow=True)
    _cap(page, after, y, colour)


def _cap(page: Axes, x: float, y: float, colour: str, hollow: bool = False) -> None:
    face = PAPER if hollow else colour
    size = (x - 0.085, y - 0.125), 0.17, 0.25
    page.add_patch(_rounded(*size, radius=0.045, facecolor=face, edgecolor=colour, linewidth=1.1, zorder=3))
    line = colour if hollow else PAPER
    page.plot([x, x], [y - 0.075, y + 0.075], color=line, linewidth=1.1, zorder=4)


def _range(page: Axes, y: float, scale: Scale, stem: StemAdvice, strength_percent: float) -> None:
    """The correction as a dot, on the range that holds the right one with probability 0.8; hollow if held back."""
    move = stem.move
    gain_db = move.gain_db + move.held_back_db * strength_percent / 100
    colour = COLOUR.get(move.action, RESTING)
    low, high = scale(move.low_db), scale(move.high_db)
    page.plot([low, high], [y, y], color=colour, linewidth=7, alpha=0.28, solid_capstyle="round", zorder=2)
    size = 7.0 if move.moves or move.held_back_db else 4.5
    face = PAPER if move.held_back_db else colour
    page.plot(scale(gain_db), y, marker="o", color=colour, markerfacecolor=face, markersize=size, zorder=3)


def _stand(page: Axes, y: float, scale: Scale, gain_db: float) -> None:
    """A stroke where a user put the fader."""
    x = scale(gain_db)
    page.plot([x, x], [y - 0.13, y + 0.13], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=4)


def _legend(page: Axes, y: float, advice: Advice) -> None:
    _cap(page, MARGIN + 0.09, y - 0.05, MUTED, hollow=True)
    write(page, MARGIN + 0.26, y, "before", size=8.5, colour=MUTED)
    _cap(page, MARGIN + 0.95, y - 0.05, MUTED)
    write(page, MARGIN + 1.12, y, "after", size=8.5, colour=MUTED)
    page.plot([2.22, 2.62], [y - 0.05] * 2, color=RESTING, linewidth=7, alpha=0.4, solid_capstyle="round")
    page.plot(2.42, y - 0.05, marker="o", color=MUTED, markersize=6)
    write(
        page,
        2.80,
        y,
        _legend_of_range(advice),
        size=8.5,
        colour=MUTED,
    )
    aside = [f"console {advice.model.name} {advice.model.version}"]
    if advice.reference is not None:
        aside = [f"matched to {advice.reference.title} (residual {advice.reference.residual_db:.1f} dB)"]
    if advice.mix.trim_db:
        aside.append(f"in the files all stems are another {abs(advice.mix.trim_db):.1f} dB down, to make headroom")
    write(page, MARGIN, y + 0.3, fitted(" · ".join(aside), WIDTH - 2 * MARGIN, 8.5), size=8.5, colour=MUTED)


def _legend_of_range(advice: Advice) -> str:
    held = "; hollow: held back by the lock" if advice.held_back else ""
    held += "; stroke: the fader" if advice.faders is not None else ""
    what = "correction" if advice.reference is None else "change"
    if advice.strength_percent == 100:
        return f"{what}, and the range that holds the right one 8 times in 10{held}"
    if advice.strength_percent == 0:
        return f"{what}: at a strength of 0 % none is applied"
    share = f"{advice.strength_percent:g} %"
    return f"{share} of the {what}, and of the range that holds the right one 8 times in 10{held}"


def _rounded(corner: tuple[float, float], width: float, height: float, radius: float, **style: Any) -> FancyBboxPatch:
    return FancyBboxPatch(corner, width, height, boxstyle=f"round,pad=0,rounding_size={radius}", **style)
