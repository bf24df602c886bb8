"""Runs side by side: one table of all runs in a folder, such as the ablation of conditionings."""

import fcntl
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.figure_table import decibels, figure_table, percent
from console.evaluation.figures.tables import as_page
from console.files.untrusted import MB, load_json
from console.files.whole import whole_file

MOST_BYTES = 64 * MB
TABLE, LOCK = "summary.md", ".lock"
NUMBERS = {"joint": ("joint %", percent), "moves_right": ("all moves right %", percent), "mae_db": ("MAE dB", decibels)}
READ = {**NUMBERS, "error_db": ("MAE dB", decibels)}
CAME_ABOUT = {"first_right": ("right at first %", percent), "fallen_back": ("phrase bank %", percent)}
HELD = {"agrees": ("agree with the numbers %", percent), "wording_cost_db": ("cost of wording dB", decibels)}


def side_by_side(folder: Path) -> Path:
    """Writes a table of all runs whose folders are in this one that are done, and returns its place.

    Runs that end at the same time wait for each other, so that the last one's table holds all of them.
    """
    with open(folder / LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        summaries = sorted(folder.glob("*/summary.json"))
        runs = {path.parent.name: load_json(path, "the summary of a run", MOST_BYTES) for path in summaries}
        with whole_file(folder / TABLE) as part:
            part.write_text(as_markdown(runs), encoding="utf-8")
    return folder / TABLE


def as_markdown(runs: Mapping[str, Mapping[str, Any]]) -> str:
    """The runs' main figures; of numbers those of the console, on whatever it hears.

    Args:
        runs: by name, the content of each summary.json.
    """
    numbers = [
        (
            (_named(name, summary), _ear(run), summary["protocol"], summary["listener"], summary["input"]),
            _figures(summary["figures"]),
        )
        for name, run in runs.items()
        for summary in run["numbers"]
        if not summary["group"] and summary["listener"] == run["main"][1]
    ]
    words = [
        (
            (name, of["conditioning"], of["input"]),
            _figures({**of["read"], **of["held"]})
            | {key: Figure(value, math.nan, math.nan) for key, value in of["texts"].items()},
        )
        for name, run in runs.items()
        for of in run["words"]
    ]
    parts = [
        "# Runs side by side",
        "## Numbers",
        figure_table(("run", "console", "protocol", "listener", "hears"), numbers, NUMBERS),
    ]
    if words:
        columns = {key: READ[key] for key in ("joint", "moves_right", "error_db")} | CAME_ABOUT | HELD
        parts += ["## Words", figure_table(("run", "told by", "about"), words, columns)]
    return as_page(parts)


def _named(run: str, summary: Mapping[str, Any]) -> str:
    """Which run, and of a table of conditions which row."""
    return f"{run}: {summary['songs_of']}, {summary['condition']}" if "condition" in summary else run


def _ear(run: Mapping[str, Any]) -> str:
    """Which console it was: where it is from, or what it is called."""
    console = run["settings"].get("console", {})
    return str(console.get("source") or str(console.get("name", "")).replace("checkpoint", "embedded"))


def _figures(told: Mapping[str, Sequence[float | None]]) -> dict[str, Figure]:
    return {
        name: Figure(*(math.nan if part is None else float(part) for part in figure)) for name, figure in told.items()
    }
