"""The look of an evaluation's pictures: paper, ink, and panels that are easy to read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from console.evaluation.figures.bootstrap import Figure as Interval

PAPER, INK, MUTED, FAINT = "#fbfaf7", "#23272e", "#7d828a", "#e6e3dc"
COLOURS = ("#0b7a75", "#c8511b", "#3b5b92", "#8a6d3b", "#7b4b94", "#a3a8af")  # told apart by colour-blind eyes too
DPI, PANEL, MARGIN = 150, (4.6, 3.7), 0.35  # inches


def page(panels: int, title: str, heights: float = PANEL[1], width: float = PANEL[0]) -> tuple[Figure, list[Axes]]:
    """A picture of some panels side by side under one title."""
    figure = Figure(figsize=(width * panels, heights), dpi=DPI, facecolor=PAPER, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", size=12.5, weight="bold", color=INK)
    axes = figure.subplots(1, panels, squeeze=False)[0].tolist()
    for panel in axes:
        panel.set_facecolor(PAPER)
        panel.tick_params(colors=MUTED, labelsize=8.5, length=3)
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color(FAINT)
        panel.grid(axis="y", color=FAINT, linewidth=0.8)
        panel.set_axisbelow(True)
    return figure, axes


def name(panel: Axes, x: str, y: str, title: str = "") -> None:
    """What a panel shows and what its axes are."""
    panel.set_xlabel(x, size=9, color=INK)
    panel.set_ylabel(y, size=9, color=INK)
    if title:
        panel.set_title(title, size=10, color=INK, loc="left")


def points(
    panel: Axes,
    x: Sequence[float],
    told: Sequence[Interval],
    label: str,
    colour: str,
    line: str = "-",
    percent: bool = False,
) -> None:
    """A line through means with their intervals."""
    times = 100.0 if percent else 1.0
    mean, low, high = ([times * each[at] for each in told] for at in range(3))
    panel.plot(x, mean, line, color=colour, marker="o", markersize=4, linewidth=1.6, label=label)
    panel.fill_between(list(x), low, high, color=colour, alpha=0.13, linewidth=0)
    if len(x) == 1:
        panel.vlines(x, low, high, color=colour, linewidth=3, alpha=0.3)


def legend(panel: Axes, **where: Any) -> None:
    """Names of the lines, without a frame."""
    panel.legend(frameon=False, fontsize=8, labelcolor=INK, **where)


def save(figure: Figure, path: Path) -> None:
    """As PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(path)
