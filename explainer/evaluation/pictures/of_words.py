"""Pictures of words against numbers: how far they agree, who was right, and where they part."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from numpy import ndarray

from console.balance import ROLES
from console.evaluation.figures.bootstrap import Figure
from console.files.whole import whole_file
from console.flaws import Category
from explainer.evaluation.pictures.panels import COLOURS, INK, MUTED, legend, name, page, save
from explainer.evaluation.tables.ledger import Ledger
from explainer.evaluation.tables.means import means
from explainer.evaluation.tables.results import Words
from explainer.evaluation.texts.written import PHRASES, UNVERIFIED

BARS = {
    "same_stems": "moves the same stems",
    "same_directions": "the same way",
    "within_range": "by dB in the range",
    "agrees": "agrees in all",
    "text_right": "text is right",
    "posterior_right": "numbers are right",
}
WHO = {"both": COLOURS[0], "text": COLOURS[3], "posterior": COLOURS[2], "neither": COLOURS[5]}
CALLED = {"posterior": "the numbers alone", "text": "the text alone"}
LEAST_COST_DB = 0.25  # that the axis of costs reaches to
LEAST_DB = 0.05  # where the logarithmic axes begin: what is said to a tenth
UNKNOWN = Figure(math.nan, math.nan, math.nan)


class Held(NamedTuple):
    """One item's text held against its numbers.

    Args:
        category: of the only flaw; "" for several.
        moved: stems that the numbers move.
        differs: 1 where the text does not agree with them.
        text_error_db: None where a number is missing; so are the costs then, as "".
    """

    song: str
    category: str
    moved: int
    differs: int
    text_error_db: float | None
    posterior_error_db: float
    wording_cost_db: str
    leaving_cost_db: str


def word_figures(numbers: Ledger, agreement: Ledger, words: Sequence[Words], folder: Path) -> list[str]:
    """Draws agreement.png and words-and-numbers.png of the words on what is heard first, and tells their names."""
    if not words:
        return []
    shown = [of for of in words if of.input == words[0].input]
    first = next((of for of in shown if of.conditioning.endswith(UNVERIFIED)), shown[0])
    rows = list(agreement.rows(input=first.input, conditioning=first.conditioning))
    ids = {row["id"] for row in rows}
    listener = rows[0]["listener"] if rows else ""
    of_item = {row["id"]: row for row in numbers.rows(input=first.input, listener=listener) if row["id"] in ids}
    held = [_held(row, of_item[row["id"]]) for row in rows if row["posterior_error_db"] != ""]
    drawn = {"agreement.png": partial(_agreement, shown), "words-and-numbers.png": partial(_parting, first, held)}
    for file, draw in drawn.items():
        with whole_file(folder / file) as part:
            draw(part)
    return list(drawn)


def _agreement(shown: Sequence[Words], path: Path) -> None:
    figure, (bars, right) = page(2, "Words held against the numbers and the truth", 1.6 + 0.9 * len(shown), 6.2)
    height = 0.8 / len(shown)
    for at, of in enumerate(shown):
        value, low, high = _parts([of.held.get(bar, UNKNOWN) for bar in BARS], 100.0)
        y = np.arange(len(BARS)) + (at - (len(shown) - 1) / 2) * height
        bars.barh(y, value, 0.9 * height, color=COLOURS[at], label=_title(of))
        bars.hlines(y, low, high, color=INK, linewidth=1)
    bars.set_yticks(range(len(BARS)), list(BARS.values()))
    bars.axhline(3.5, color=MUTED, linewidth=0.8, linestyle=":")
    _sideways(bars)
    name(bars, "of the texts, %", "", "Against the numbers, and below the line the truth")
    _over(bars)
    kinds = [(of, where) for of in shown for where, count in of.right.items() if sum(count.values())]
    left = np.zeros(len(kinds))
    for who, colour in WHO.items():
        counts = np.array([of.right[where][who] for of, where in kinds], dtype=float)
        right.barh(range(len(kinds)), counts, 0.6, left, color=colour, label=CALLED.get(who, who))
        left += counts
    for at, count in enumerate(left.tolist()):
        right.text(count, at, f" {count:.0f}", va="center", size=8.5, color=INK)
    right.set_yticks(range(len(kinds)), [f"{_title(of)}:\nwhere they {where}" for of, where in kinds])
    _sideways(right)
    name(right, "items", "", "Who moved exactly the right stems, the right way")
    _over(right)
    save(figure, path)


def _parting(of: Words, rows: Sequence[Held], path: Path) -> None:
    figure, (errors, parts, costs) = page(3, f"Where the words and the numbers part ({_title(of)})")
    _errors(errors, [row for row in rows if row.text_error_db is not None])
    counts = sorted({row.moved for row in rows})
    _bars(parts, {str(n): [row for row in rows if row.moved == n] for n in counts}, {"differs": ""}, 100.0)
    parts.set_ylim(0, 103)
    name(parts, "stems that the numbers move (items)", "texts that differ, %", "How often they differ")
    kinds = {kind: [row for row in rows if row.category == kind] for kind in (*Category, "")}
    named = {kind.replace("_", " ") or "several": some for kind, some in kinds.items() if some}
    _bars(costs, named, {"wording_cost_db": "in all", "leaving_cost_db": "of leaving under 1 dB"})
    costs.axhline(0, color=MUTED, linewidth=0.8)
    low, high = costs.get_ylim()
    costs.set_ylim(min(low, -LEAST_COST_DB), max(1.25 * high, LEAST_COST_DB))
    name(costs, "kind of flaw (items)", "error of the text over the numbers', dB", "What wording costs")
    legend(costs, loc="upper left", ncols=2)
    save(figure, path)


def _errors(panel: Axes, rows: Sequence[Held]) -> None:
    """An item a dot, on logarithmic axes."""
    for differs, colour, label in ((0, COLOURS[0], "they agree"), (1, COLOURS[1], "they differ")):
        some = [row for row in rows if row.differs == differs]
        x = np.maximum([row.posterior_error_db for row in some], LEAST_DB)
        y = np.maximum([row.text_error_db or 0.0 for row in some], LEAST_DB)
        style = {"color": colour, "markersize": 4.5, "alpha": 0.55, "markeredgewidth": 0}
        panel.loglog(x, y, "o", label=f"{label} ({len(some)})", **style)
    most = max([10.0, *(max(row.posterior_error_db, row.text_error_db or 0.0) for row in rows)])
    panel.plot([LEAST_DB, most], [LEAST_DB, most], ":", color=MUTED, linewidth=1)
    panel.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    panel.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    panel.minorticks_off()
    name(panel, "mean error of the numbers, dB", "mean error of the text, dB", "Error of both, an item a dot")
    legend(panel, loc="lower right")


def _bars(panel: Axes, groups: Mapping[str, Sequence[Held]], columns: Mapping[str, str], times: float = 1.0) -> None:
    """Means of columns in each group, side by side, with their intervals."""
    told = {group: means([row._asdict() for row in rows], list(columns)) for group, rows in groups.items()}
    width = 0.7 / len(columns)
    for at, (column, label) in enumerate(columns.items()):
        x = np.arange(len(told)) + (at - (len(columns) - 1) / 2) * width
        value, low, high = _parts([figures.get(column, UNKNOWN) for figures in told.values()], times)
        panel.bar(x, value, 0.9 * width, color=COLOURS[5 * at], label=label)
        panel.vlines(x, low, high, color=INK, linewidth=1)
    panel.set_xticks(range(len(told)), [f"{group}\n({len(rows)})" for group, rows in groups.items()])


def _parts(figures: Sequence[Figure], times: float) -> Float[ndarray, "3 figure"]:
    """Values, lower and upper ends."""
    return times * np.array(figures, dtype=float).reshape(-1, 3).T


def _held(row: Mapping[str, str], number: Mapping[str, str]) -> Held:
    gains = [number[f"gain_db_{role}"] for role in ROLES if number["anchor"] != role]
    moved = sum(float(gain) != 0 for gain in gains if gain != "")
    text_error_db = None if row["text_error_db"] == "" else float(row["text_error_db"])
    costs = row["wording_cost_db"], row["leaving_cost_db"]
    differs = int(row["agrees"] == "0")
    return Held(
        row["song"], number["category"], moved, differs, text_error_db, float(row["posterior_error_db"]), *costs
    )


def _title(of: Words) -> str:
    if of.conditioning == PHRASES:
        return "phrase bank"
    return "as first written" if of.conditioning.endswith(UNVERIFIED) else f"explainer ({of.conditioning})"


def _sideways(panel: Axes) -> None:
    panel.invert_yaxis()
    panel.grid(False, axis="y")
    panel.grid(True, axis="x", color="#e6e3dc", linewidth=0.8)
    panel.tick_params(axis="y", length=0, labelcolor=INK)


def _over(panel: Axes) -> None:
    panel.set_title(panel.get_title("left"), size=10, color=INK, loc="left", pad=22)
    where = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0}
    legend(panel, ncols=4, handlelength=1.2, columnspacing=1.2, **where)
