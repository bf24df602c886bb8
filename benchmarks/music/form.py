"""How well sections are found in composed songs, whose form is known.

    python benchmarks/music/form.py --songs data/synth
    mixconsole synth --seconds 140 --songs 12 --seed 8 --out /tmp/long/
    python benchmarks/music/form.py --songs /tmp/long

`cuts` is how many of those found lie within 2 s of a true one (precision), how many true ones were found (recall), and
their F, mean over songs; beginning and end do not count, and true sections of one name that follow each other are one.
`even` is the F of as many cuts as there truly are, set at equal distances: what is reached without listening.
`letters` is the F of pairs of moments that have the same letter and truly have the same name; `one letter` the same for
a song that is one section. Then: of the cuts that were so sure, the share that is right.
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from mir_eval.util import match_events

from console.data.synth.truth import SectionTruth, Truth
from console.music.form import form
from console.read.song import Song

NEAR_S, STEP_S = 2.0, 0.5
BINS = (0.0, 0.7, 0.8, 0.9, 0.95, 1.01)


def merged(sections: Sequence[SectionTruth]) -> list[SectionTruth]:
    """Sections of one name that follow each other as one."""
    rows: list[SectionTruth] = []
    for section in sections:
        if rows and rows[-1].name == section.name:
            rows[-1] = SectionTruth(rows[-1].start_s, section.end_s, section.name)
        else:
            rows.append(section)
    return rows


def hits(found_s: Sequence[float], true_s: Sequence[float]) -> int:
    """How many can be paired within 2 s, each once."""
    return len(match_events(np.asarray(true_s), np.asarray(found_s), NEAR_S))


def f_of(both: float, one: float, other: float) -> float:
    """F from counts; 1 where there is nothing to find and nothing was found."""
    return 2 * both / (one + other) if one + other else 1.0


def alike(starts_s: Sequence[float], names: Sequence[str], end_s: float) -> np.ndarray:
    """For each pair of moments, whether they have the same name."""
    times = np.arange(0, end_s, STEP_S)
    _, number = np.unique(np.array(names)[np.searchsorted(starts_s, times, side="right") - 1], return_inverse=True)
    return (number[:, None] == number)[np.triu_indices(len(times), 1)]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, required=True)
    parser.add_argument("--downbeats", action="store_true", help="tell it where bars truly begin")
    told = parser.parse_args()
    torch.set_num_threads(1)
    rows, sure = [], []
    for folder in sorted(path.parent for path in told.songs.glob("songs/*/song.json")):
        truth, song = Truth.of_folder(folder), Song.load(folder)
        found = form(song, downbeats_s=truth.downbeats_s if told.downbeats else ())
        if found is None:
            continue
        true = merged(truth.sections)
        true_s = [section.start_s for section in true[1:]]
        cuts = found.sections[1:]
        found_s = [section.start_s for section in cuts]
        even_s = [song.duration_s * n / len(true) for n in range(1, len(true))]
        both = hits(found_s, true_s)
        of_truth = alike([section.start_s for section in true], [section.name for section in true], song.duration_s)
        of_found = alike([0.0, *found_s], [section.label for section in found.sections], song.duration_s)
        rows.append(
            (
                len(true_s),
                both / max(len(found_s), 1),
                both / max(len(true_s), 1),
                f_of(both, len(found_s), len(true_s)),
                f_of(hits(even_s, true_s), len(even_s), len(true_s)),
                f_of((of_truth & of_found).sum(), of_truth.sum(), of_found.sum()),
                f_of(of_truth.sum(), of_truth.sum(), len(of_truth)),
            )
        )
        sure += [(cut.confidence, min(abs(cut.start_s - s) for s in true_s) <= NEAR_S) for cut in cuts if true_s]
    if not rows:
        raise SystemExit(f"There are no songs that `mixconsole synth` made in {told.songs}.")
    print("songs  true cuts  precision  recall     F  even  letters  one letter")
    print("{:5}  {:9.1f}  {:9.2f}  {:6.2f}  {:.2f}  {:.2f}  {:7.2f}  {:10.2f}".format(len(rows), *np.mean(rows, 0)))
    for low, high in pairwise(BINS):
        right = [is_right for share, is_right in sure if low <= share < high]
        if right:
            print(f"so sure: {low:.2f} to {min(high, 1):.2f}  cuts: {len(right):4}  right: {np.mean(right):.2f}")


if __name__ == "__main__":
    main()
