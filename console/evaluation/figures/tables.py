"""The tables of numbers, as `train.py test` prints them and `evaluate.py` writes them."""

import math
from collections.abc import Sequence

from console.evaluation.figures.figure_table import Say, decibels, figure_table, percent, plain
from console.evaluation.figures.summary import Summary
from console.evaluation.listeners import CONSOLE

Columns = dict[str, tuple[str, Say]]
ANSWERS: Columns = {
    "joint": ("joint %", percent),
    "joint_named": ("joint, named %", percent),
    "no_error": ("nothing wrong %", percent),
    "stem": ("stem %", percent),
    "direction": ("direction %", percent),
    "severity": ("severity %", percent),
    "moves_right": ("all moves right %", percent),
}
CORRECTIONS: Columns = {
    "mae_db": ("MAE dB", decibels),
    "error_p50_db": ("median error dB", decibels),
    "error_p90_db": ("90 % of errors under dB", decibels),
    "within_1_db": ("within 1 dB %", percent),
    "within_3_db": ("within 3 dB %", percent),
    "coverage": ("coverage %", percent),
    "coverage_flawed": ("coverage, flawed %", percent),
    "range_db": ("range dB", decibels),
    "crps_db": ("CRPS dB", decibels),
}
SOUND: Columns = {
    "precision": ("precision %", percent),
    "recall": ("recall %", percent),
    "f1": ("F1 %", percent),
    "stft_before": ("STFT before", decibels),
    "stft_after": ("STFT after", decibels),
    "si_sdr_before_db": ("SI-SDR before dB", plain),
    "si_sdr_after_db": ("SI-SDR after dB", plain),
}
INSIDE = "All stems inside what engineers did (no figure of quality)"
SPREAD: Columns = {
    "inside_before": ("inside before %", percent),
    "inside_after": ("inside after %", percent),
}
BROKEN_DOWN = {name: (ANSWERS | CORRECTIONS)[name] for name in ("joint", "moves_right", "mae_db", "coverage_flawed")}
GROUPS = {
    "category": "By category",
    "target": "By flawed stem (mixes with one flaw)",
    "anchor": "By anchor",
    "flaw_db": "By size of the largest flaw, dB",
    "n_flawed": "By number of flawed stems",
    "song": "By song",
}
COUNTED = {"flaw_db": "largest flaw dB", "n_flawed": "flawed stems"}
AGAINST = "Against the console: how much larger, by paired bootstrap over songs"
MORE: Columns = {
    "joint": ("joint, points", percent),
    "mae_db": ("MAE dB", decibels),
    "coverage": ("coverage, points", percent),
    "coverage_flawed": ("coverage, flawed, points", percent),
}
HOW_TO_READ = """\
- joint: of mixes with one flaw at most, stem and direction are both right, or nothing is said where nothing is wrong;
  named: the same, told that only vocals, drums and bass are ever flawed. Stem, direction and severity (under 6 dB, or
  from there on): of mixes with one flaw.
- all moves right: exactly the flawed stems are moved, each the right way; what is under 1 dB is left.
- MAE, median error, coverage and width of the 80 % range, and CRPS (Gneiting & Raftery 2007): over the stems that may
  move. Most of these are right as they are, so that calibration shows in the coverage of the flawed ones.
- against the console: the same songs are drawn for both, so that an interval without 0 is a difference between the
  listeners, and not between songs.
- precision, recall, F1: stems moved by 1 dB or more, against those that are off by as much.
- STFT: multi-resolution distance to the balanced mix. SI-SDR (Le Roux et al. 2019): of flawed mixes, to the same.
"""


def number_tables(numbers: Sequence[Summary], listener: str) -> list[str]:
    """What all listeners say of all items, and one's figures by group, as parts of a page in Markdown.

    Args:
        listener: whose figures are broken down.
    """
    everything = [((s.listener, s.input), s.figures) for s in numbers if not s.group]
    parts = []
    for title, columns in {
        "Answers": ANSWERS,
        "Corrections": CORRECTIONS,
        "Detection, and the sound": SOUND,
        INSIDE: SPREAD,
    }.items():
        if any(not math.isnan(of[name].value) for _, of in everything for name in columns):
            parts += [f"### {title}", figure_table(("listener", "hears"), everything, columns)]
    more = [((s.listener, s.input), s.more) for s in numbers if s.more and s.listener != CONSOLE]
    if more:
        parts += [f"### {AGAINST}", figure_table(("listener", "hears"), more, MORE)]
    inputs = [s.input for s in numbers if s.listener == listener and not s.group]
    for group, title in GROUPS.items():
        of = {(s.member, s.input): s for s in numbers if s.listener == listener and s.group == group}
        members = dict.fromkeys(member for member, _ in of)
        rows = {(member, put): of[member, put] for member in members for put in inputs if (member, put) in of}
        if len({member for member, _ in rows}) > 1:
            table = [((*key, f"{summary.items:,}"), summary.figures) for key, summary in rows.items()]
            head = (COUNTED.get(group, group), "hears", "items")
            parts += [f"### {title}: {listener}", figure_table(head, table, BROKEN_DOWN)]
    return parts


def as_page(parts: Sequence[str]) -> str:
    """Parts with an empty line between them."""
    return "\n".join(part if part.endswith("\n") else f"{part}\n" for part in parts)
