"""The protocol's figures as people read them: Markdown tables, methods side by side."""

from collections.abc import Callable, Mapping

from console.evaluation.markdown import markdown
from console.evaluation.metrics import BROKEN_DOWN, GROUPS, Figure


def _percent(figure: Figure) -> str:
    return f"{100 * figure.value:.1f}"


def _percent_range(figure: Figure) -> str:
    return f"{100 * figure.value:.1f} [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


def _db(figure: Figure) -> str:
    return f"{figure.value:.2f}"


def _db_range(figure: Figure) -> str:
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


COLUMNS: dict[str, tuple[str, Callable[[Figure], str]]] = {
    "joint": ("joint %", _percent_range),
    "joint_named": ("joint, named %", _percent),
    "joint_by_median": ("joint by median %", _percent),
    "no_error": ("no_error %", _percent),
    "stem": ("stem %", _percent),
    "direction": ("direction %", _percent),
    "severity": ("severity %", _percent),
    "mae_db": ("MAE dB", _db_range),
    "coverage": ("coverage %", _percent),
    "coverage_flawed": ("coverage, flawed %", _percent),
    "range_db": ("range dB", _db),
    "unflawed_advised_db": ("advised, unflawed dB", _db),
    "unflawed_median_db": ("median, unflawed dB", _db),
}


def table(results: Mapping[str, Mapping[str, Figure]]) -> str:
    """One row per method: its figures, with 95 % intervals over songs.

    Args:
        results: by method, what `ProtocolMetrics.compute` gave.
    """
    rows = [[method, *(say(told[name]) for name, (_, say) in COLUMNS.items())] for method, told in results.items()]
    return markdown(["method", *(head for head, _ in COLUMNS.values())], rows)


def breakdown(told: Mapping[str, Figure]) -> str:
    """One method's figures by category, target and anchor, one row each. Rows by target hold the flawed mixes only."""
    heads = [COLUMNS[name][0] for name in BROKEN_DOWN]
    keys = [(group, member) for group, members in GROUPS.items() for member in members]
    rows = [
        [f"{group} {member}", *(COLUMNS[name][1](told[f"{group}/{member}/{name}"]) for name in BROKEN_DOWN)]
        for group, member in keys
        if f"{group}/{member}/{BROKEN_DOWN[0]}" in told
    ]
    return markdown(["", *heads], rows)
