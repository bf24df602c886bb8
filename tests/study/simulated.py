"""Raters with a known taste, and their answers in files as webMUSHRA's service writes them."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from studio.study.key import Key

# What a rater thinks of a system's mixes, before bias and noise.
TRUTH = {"reference": 100.0, "console": 80.0, "equal loudness": 55.0, "flawed": 35.0, "low anchor": 15.0}


def write_mixes(
    path: Path,
    key: Key,
    raters: int = 15,
    noise: float = 8.0,
    bias: float = 5.0,
    seed: int = 0,
    deaf: int = 0,
    truth: Mapping[str, float] = TRUTH,
    change: Callable[[dict[str, object]], object] = lambda row: None,
) -> Path:
    """The file mushra.csv.

    Args:
        noise, bias: standard deviations of what differs in every answer, and between raters.
        deaf: raters who rate at random.
        change: is given every row before it is written.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for rater in range(raters + deaf):
        off = rng.normal(0, bias)
        for page in key.mixes:
            systems = {"reference": "reference"} | {code: one.system for code, one in page.stimuli.items()}
            for code, system in rng.permutation(list(systems.items())).tolist():
                score = truth[system] + (rng.normal(0, noise) + off) * (system != "reference")
                score = rng.uniform(0, 100) if rater >= raters else score
                row = {
                    "session_test_id": key.mixes_test,
                    "rater": f"rater {rater}",
                    "session_uuid": f"0000-{rater}",
                    "trial_id": page.page,
                    "rating_stimulus": code,
                    "rating_score": round(float(np.clip(score, 0, 100))),
                    "rating_time": 21000,
                    "rating_comment": 'good,\n"very"',
                }
                change(row)
                rows.append(row)
    return _write(path, rows)


def write_texts(path: Path, key: Key, quality: Mapping[str, float], raters: int = 15, noise: float = 0.7) -> Path:
    """The file lss.csv; `quality` is of each item's text, 1 to 5."""
    rng = np.random.default_rng(1)
    rows = []
    for rater in range(raters):
        for page in key.texts:
            said = np.clip(np.round(quality[page.item] + rng.normal(0, noise, len(key.scales))), 1, 5).astype(int)
            ratings = {f"stimuli_rating{at}": value for at, value in enumerate(said.tolist(), start=1)}
            about = {"session_test_id": key.texts_test, "rater": f"rater {rater}", "trial_id": page.page}
            rows.append(about | ratings | {"stimuli": page.stimulus, "rating_time": 30000})
    return _write(path, rows)


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
