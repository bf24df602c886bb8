"""advice.csv: a row for each stem, for spreadsheets. No text in it is taken for a formula."""

import csv
import io
import math

from console.correct import rounded
from console.files.sheet import MARK, harmless
from explainer.advice.advice import Advice

COLUMNS = (
    "name",
    "role",
    "file",
    "loudness_lufs",
    "gain_db",
    "low_db",
    "high_db",
    "flaw_probability",
    "action",
    "held_back_db",
    "left_db",
    "in_mix_db",
)


def as_csv(advice: Advice) -> str:
    """The table, as RFC 4180 has it. `in_mix_db` is what is on the stem in the mix, with the trim on all of them."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)  # which ends lines with CR LF
    rows.writerow(COLUMNS)
    left_db = advice.left_db or [None] * len(advice.stems)
    for stem, left, gain_db in zip(advice.stems, left_db, advice.gains_db, strict=True):
        move = stem.move
        rows.writerow(
            (
                harmless(stem.name),
                harmless(stem.role),
                harmless(stem.file or ""),
                _number(stem.loudness_lufs),
                _number(move.gain_db),
                _number(move.low_db),
                _number(move.high_db),
                _number(move.flaw_probability),
                harmless(move.action),
                _number(move.held_back_db),
                "" if left is None else _number(left),
                _number(rounded(gain_db + advice.mix.trim_db)),
            )
        )
    return MARK + text.getvalue()


def _number(value: float) -> str:
    """As it is, so that it can be counted with; nothing for silence."""
    return f"{value:.15g}" if math.isfinite(value) else ""
