"""Figures as tables, as a paper prints them: Markdown, values with their 95 % intervals."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.markdown import markdown

Say = Callable[[Figure], str]
NONE = "–"


def percent(figure: Figure) -> str:
    """A share."""
    return _with_interval(figure, 100.0, 1)


def decibels(figure: Figure) -> str:
    """In dB, or any number to two decimals."""
    return _with_interval(figure, 1.0, 2)


def plain(figure: Figure) -> str:
    """To one decimal."""
    return _with_interval(figure, 1.0, 1)


def _with_interval(figure: Figure, times: float, decimals: int) -> str:
    if math.isnan(figure.value):
        return NONE
    value, low, high = (f"{round(times * part, decimals) + 0.0:.{decimals}f}" for part in figure)
    return value if math.isnan(figure.low) else f"{value} [{low}, {high}]"


def figure_table(
    head: Sequence[str],
    rows: Iterable[tuple[Sequence[str], Mapping[str, Figure]]],
    columns: Mapping[str, tuple[str, Say]],
) -> str:
    """A row of figures for each of `rows`. A column that none of them tells is left out.

    Args:
        head: what the parts of a row's name are.
        rows: each name, and its figures.
        columns: by figure: its heading, and how it is written.
    """
    rows = list(rows)
    told = [name for name in columns if any(not math.isnan(of[name].value) for _, of in rows if name in of)]
    lines = [[*key, *(columns[name][1](of[name]) if name in of else NONE for name in told)] for key, of in rows]
    return markdown([*head, *(columns[name][0] for name in told)], lines)
