"""Pictures of the numbers: calibration, error against the size of the flaw, and what is taken for what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from console.balance import ROLES
from console.evaluation.listeners import CONSOLE, VERSIONS
from console.files.whole import whole_file
from explainer.evaluation.pictures.by_stem import ByStem, Cell, by_stem
from explainer.evaluation.pictures.panels import COLOURS, FAINT, INK, MUTED, legend, name, page, points, save
from explainer.evaluation.tables.means import mean_over_songs

RANGE = 0.8  # the share of truths that a stated range is to hold
SIZES_DB = (0.0, 1.0, 3.0, 6.0, 9.0, 12.0)  # edges; unflawed stems are by themselves
SIGNED_DB = np.arange(-13.5, 14.0, 3.0)  # edges, so that 0 lies in a middle
CHANCES = np.linspace(0.0, 1.0, 11)  # edges
FEW = 5  # stems of which no mean is drawn
INPUTS = {"stems": COLOURS[0], "mix": COLOURS[1]}
BESIDE = {  # baselines drawn beside the console
    "do nothing": (COLOURS[5], ":"),
    "equal loudness": (COLOURS[3], "--"),
    "Gaussian Bayes, loudest seconds": (COLOURS[2], "--"),
}
ANSWERS = [(role, way) for role in ROLES for way in ("too quiet", "too loud")]


def number_figures(rows: Callable[[], Iterable[Mapping[str, Cell]]], folder: Path) -> list[str]:
    """Draws calibration.png, error-by-flaw.png and, of items with one flaw at most, confusion.png into a folder.

    Args:
        rows: of `console.evaluation.numbers`; called twice.

    Returns: the names of the files. A run without a console is drawn by its best baseline.
    """
    told = by_stem(rows())
    heard = _main(list(told))
    shown = {put: told[heard, put] for put in INPUTS if (heard, put) in told}
    drawn = {
        "calibration.png": partial(_calibration, heard, shown),
        "error-by-flaw.png": partial(_errors, heard, shown, told),
    }
    table = confusion(row for row in rows() if row["listener"] == heard)
    if table:
        drawn["confusion.png"] = partial(_confusion, heard, table)
    for file, draw in drawn.items():
        with whole_file(folder / file) as part:
            draw(part)
    return list(drawn)


def _main(keys: Sequence[tuple[str, str]]) -> str:
    """Whose calibration is drawn."""
    names = [listener for listener, _ in keys]
    order = (CONSOLE, VERSIONS, "Gaussian Bayes, loudest seconds", *names)
    return next(listener for listener in order if listener in names)


def _calibration(heard: str, shown: Mapping[str, ByStem], path: Path) -> None:
    figure, (by_size, by_count, by_chance) = page(3, f"Calibration of the {heard}")
    for put, stems in shown.items():
        size_db = np.abs(stems.flaw_db)
        flawed = stems.only(size_db > 0)
        groups = [(low < size_db) & (size_db <= high) for low, high in _pairs(SIZES_DB)]
        _line(by_size, [size_db == 0], stems.covered, stems, put, [-1.0])
        _line(by_size, groups, stems.covered, stems, put)
        counts = range(int(stems.n_flawed.max(initial=0)) + 1)
        _line(by_count, [stems.n_flawed == count for count in counts], stems.covered, stems, put)
        groups = [flawed.n_flawed == count for count in counts]
        _line(by_count, groups, flawed.covered, flawed, put, label=f"{put}, flawed ones", line="--")
        which = np.clip(np.digitize(stems.chance, CHANCES) - 1, 0, len(CHANCES) - 2)
        groups = [which == at for at in range(len(CHANCES) - 1)]
        middles = [float(np.mean(stems.chance[group])) if group.any() else np.nan for group in groups]
        _line(by_chance, groups, (stems.flaw_db != 0).astype(float), stems, put, [100 * x for x in middles])
    for panel in (by_size, by_count):
        panel.axhline(100 * RANGE, color=MUTED, linewidth=1, linestyle=":")
    by_size.text(-1, 100 * RANGE - 1.5, "as stated", size=8, color=MUTED, va="top")
    by_chance.plot([0, 100], [0, 100], ":", color=MUTED, linewidth=1)
    for panel in (by_size, by_count, by_chance):
        panel.set_ylim(0, 103)
    sizes = ["none", *(f"{low:g}\N{EN DASH}{high:g}" for low, high in _pairs(SIZES_DB))]
    by_size.set_xticks(range(-1, len(sizes) - 1), sizes)
    by_count.xaxis.set_major_locator(MaxNLocator(integer=True))
    name(by_size, "size of the stem's flaw, dB", "truth inside the 80 % range, %", "Range, by flaw size")
    name(by_count, "flawed stems in the mix", "truth inside the 80 % range, %", "Range, by number of flaws")
    name(by_chance, "stated chance of a flaw, %", "really flawed, %", "Chance of a flaw")
    legend(by_count, loc="lower left")
    save(figure, path)


def _line(
    panel: Axes,
    groups: Sequence[ndarray],
    value: Float[ndarray, " stem"],
    stems: ByStem,
    put: str,
    at: Sequence[float] | None = None,
    label: str = "",
    line: str = "-",
) -> None:
    told = [(float(x), group) for x, group in zip(at or range(len(groups)), groups, strict=True) if group.sum() >= FEW]
    means = [mean_over_songs(value[group], stems.song[group]) for _, group in told]
    points(panel, [x for x, _ in told], means, label or f"hears the {put}", INPUTS[put], line, percent=True)


def _errors(heard: str, shown: Mapping[str, ByStem], told: Mapping[tuple[str, str], ByStem], path: Path) -> None:
    figure, panels = page(2, "Error of the correction, by what was wrong with the stem", width=5.6)
    lines = {f"{heard}, {put}": (stems, INPUTS[put], "-") for put, stems in shown.items()}
    beside = {key: style for key, style in BESIDE.items() if (key, "stems") in told and key != heard}
    lines |= {key: (told[key, "stems"], *style) for key, style in beside.items()}
    for label, (stems, colour, line) in lines.items():
        for panel, measure in zip(panels, (stems.error_db, stems.median_db), strict=True):
            at, means = [], []
            for low, high in _pairs(SIGNED_DB):
                group = (low <= stems.flaw_db) & (stems.flaw_db < high)
                if group.sum() >= FEW:
                    at.append(float(stems.flaw_db[group].mean()))
                    means.append(mean_over_songs(measure[group], stems.song[group]))
            points(panel, at, means, label, colour, line)
    error, said = panels
    said.plot([-12, 12], [12, -12], color=INK, linewidth=0.8, zorder=0)
    said.text(-11.5, 12.2, "right", size=8, color=INK)
    error.set_ylim(bottom=0)
    name(error, "flaw of the stem, dB", "mean error, dB", "How far off")
    name(said, "flaw of the stem, dB", "mean correction (median), dB", "What is advised")
    legend(error, loc="upper center")
    save(figure, path)


def confusion(rows: Iterable[Mapping[str, Cell]]) -> dict[str, Int[ndarray, "truth said"]]:
    """Of each input, how often which stem and direction was answered with which; last, that nothing is wrong.

    Items with more than one flaw are left out. Rows are one listener's.
    """
    tables: dict[str, Int[ndarray, "truth said"]] = {}
    nothing = len(ANSWERS)
    for row in rows:
        flaws = [(role, float(row[f"flaw_db_{role}"] or 0)) for role in ROLES]
        wrong = [(role, "too loud" if flaw > 0 else "too quiet") for role, flaw in flaws if flaw]
        if len(wrong) > 1:
            continue
        truth = ANSWERS.index(wrong[0]) if wrong else nothing
        down = float(row["said_db"] or 0) < 0
        said = [(role, "too loud" if down else "too quiet") for role in ROLES if row["said_stem"] == role]
        table = tables.setdefault(str(row["input"]), np.zeros((nothing + 1, nothing + 1), dtype=int))
        table[truth, ANSWERS.index(said[0]) if said else nothing] += 1
    return tables


def _confusion(heard: str, tables: Mapping[str, Int[ndarray, "truth said"]], path: Path) -> None:
    figure, panels = page(len(tables), f"What is wrong, and what the {heard} says, in % of a row", 5.6, 6.0)
    names = [*(f"{role} {way}" for role, way in ANSWERS), "nothing"]
    for panel, (put, table) in zip(panels, tables.items(), strict=True):
        rows = table.sum(1)
        share = 100 * table / np.maximum(rows[:, None], 1)
        kept = [at for at in range(len(names)) if rows[at]]
        panel.imshow(share[kept], cmap="Greens", vmin=0, vmax=110, aspect="auto")
        for y, truth in enumerate(kept):
            for x, percent in enumerate(share[truth]):
                if percent >= 0.5:
                    colour = "white" if percent > 60 else INK
                    panel.text(x, y, f"{percent:.0f}", ha="center", va="center", size=8, color=colour)
        panel.set_xticks(range(len(names)), names, rotation=40, ha="right")
        panel.set_yticks(range(len(kept)), [f"{names[at]}  ({rows[at]})" for at in kept])
        panel.grid(False)
        panel.spines[:].set_color(FAINT)
        name(panel, "said", "truth (items)", f"hears the {put}")
    save(figure, path)


def _pairs(edges: Sequence[float] | ndarray) -> list[tuple[float, float]]:
    return [(float(low), float(high)) for low, high in pairwise(edges)]
