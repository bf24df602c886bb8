"""What the report's pictures share: paper, colours, axes, and how they are kept."""

import io
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from explainer.music.said import clock
from studio.pictures.lettering import INK

CARD, SOFT, FAINT, LINE = "#ffffff", "#62676f", "#e6e3dc", "#d6d2c8"
ROLES = {"vocals": "#8d4f86", "drums": "#3f6aa3", "bass": "#76681c", "other": "#7b6a5a"}
DASHES = ("-", (0, (5, 3)), (0, (1.5, 2)), (0, (8, 3, 1.5, 3)))  # tell stems of one role apart
WIDTH = 10.0  # inches
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300)
MOST_TICKS = 9


def sheet(height: float) -> Figure:
    """A paper to draw on."""
    return Figure(figsize=(WIDTH, height), facecolor=CARD, layout="constrained")


def quiet(axes: Axes, name: str = "") -> None:
    """Axes without a frame, with faint lines."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=SOFT)
    axes.set_facecolor(CARD)
    axes.set_axisbelow(True)
    if name:
        axes.set_ylabel(name, fontsize=9, color=SOFT)


def over_time(axes: Axes, duration_s: float) -> None:
    """The horizontal axis as a player's clock."""
    step = next((step for step in STEPS_S if duration_s / step <= MOST_TICKS), 600)
    axes.set_xlim(0, max(duration_s, 0.1))
    axes.xaxis.set_major_locator(FixedLocator([at * step for at in range(int(duration_s / step) + 1)]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: clock(float(time_s))))


def colours(roles: Sequence[str]) -> list[tuple[str, object]]:
    """A colour and a kind of line for each stem."""
    seen: dict[str, int] = {}
    made: list[tuple[str, object]] = []
    for role in roles:
        at = seen[role] = seen.get(role, -1) + 1
        made.append((ROLES.get(role, SOFT), DASHES[at % len(DASHES)]))
    return made


def svg(figure: Figure) -> str:
    """The picture as SVG with its letters as outlines, so that it needs no font; the same each time."""
    text = io.StringIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "report"}):
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Creator": None})
    return text.getvalue()


__all__ = ["CARD", "FAINT", "INK", "LINE", "ROLES", "SOFT", "colours", "over_time", "quiet", "sheet", "svg"]
