"""How often key and chords of composed songs are heard right.

python benchmarks/music/harmony.py --songs data/synth [--n 60]

Of songs that `mixconsole synth` made, whose truth is known. Key: tonic and whether it is minor (modes count by their
third). Chords, by mir_eval: share of the time in which the root is right, and root and third. Each for the stems that
carry harmony, for the mixture alone, and for the stems without the fetched network. Below: how often songs were right
by the confidence that was told. Time is that of one core.
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import mir_eval.chord
import numpy as np
import torch

from console.data.synth.truth import Truth
from console.files.fetched.fetch import FOLDER
from console.music.harmony import chords, key
from console.music.harmony.vocabulary import NONE, SHARPS, pitch_class
from console.music.music import Chords
from console.music.sound import Sound
from console.read.roles import Role
from console.read.song import Song

THIRDS = {3: "min", 4: "maj"}
KINDS = ("stems", "mixture", "stems, without the network")
GROUPS = 4  # that songs are sorted into by confidence


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, required=True)
    parser.add_argument("--n", type=int, default=60)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in KINDS}
    for folder in sorted((options.songs / "songs").iterdir())[: options.n]:
        stems = Sound.of(Song.load(folder / "native" if (folder / "native").is_dir() else folder))
        mixture = Sound(("mixture",), (Role.OTHER,), stems.stems.sum(0, keepdims=True), stems.sample_rate)
        truth = Truth.of_folder(folder)
        for kind in KINDS:
            with none_fetched() if kind == KINDS[2] else nullcontext():
                rows[kind].append(heard(mixture if kind == "mixture" else stems, truth))
    tables = {kind: np.array(table) for kind, table in rows.items()}
    print(f"{len(tables['stems'])} songs\n\n| listened to | key | chord roots | root and third | s a minute |")
    print("|---|---|---|---|---|")
    for kind, table in tables.items():
        shares = " | ".join(f"{100 * value:.1f} %" for value in table[:, :3].mean(0))
        print(f"| {kind} | {shares} | {60 * table[:, 5].sum() / table[:, 6].sum():.1f} |")
    print("\n| confidence of | told, by quarters of the songs | right |\n|---|---|---|")
    network, templates = tables[KINDS[0]], tables[KINDS[2]]
    for what, said, right in (
        ("key", network[:, 3], network[:, 0]),
        ("chords, root", network[:, 4], network[:, 1]),
        ("chords, root, without the network", templates[:, 4], templates[:, 1]),
    ):
        groups = np.array_split(np.argsort(said, kind="stable"), GROUPS)
        means = [", ".join(f"{of[group].mean():.2f}" for group in groups) for of in (said, right)]
        print(f"| {what} | {means[0]} | {means[1]} |")


def heard(sound: Sound, truth: Truth) -> tuple[float, ...]:
    """Whether the key is right, shares of the chords that are, both confidences, time and length."""
    begun = time.process_time()
    its_key = key.listen(sound)
    its_chords = chords.listen(sound, its_key)
    spent_s = time.process_time() - begun
    right = its_key is not None and (pitch_class(its_key.tonic), its_key.mode == "minor") == (truth.tonic, truth.minor)
    sure = [part.confidence if part else 0.0 for part in (its_key, its_chords)]
    return (float(right), *judged(its_chords, truth), *sure, spent_s, sound.duration_s)


@contextmanager
def none_fetched() -> Iterator[None]:
    """As where no models were fetched."""
    before = os.environ.get(FOLDER)
    with TemporaryDirectory() as empty:
        os.environ[FOLDER] = empty
        try:
            yield
        finally:
            del os.environ[FOLDER]
            if before is not None:
                os.environ[FOLDER] = before


def judged(told: Chords | None, truth: Truth) -> tuple[float, float]:
    """Share of the time of the truth's chords in which the root is right; and root and third."""
    true = [
        (c.start_s, c.end_s, f"{SHARPS[c.root]}:{THIRDS[(c.pitch_classes[1] - c.root) % 12]}") for c in truth.chords
    ]
    said = [(c.start_s, c.end_s, c.name) for c in told.chords] if told else [(0.0, true[-1][1], NONE)]
    (true_s, true_names), (said_s, said_names) = (
        (np.array([row[:2] for row in rows]), [row[2] for row in rows]) for rows in (true, said)
    )
    scores = mir_eval.chord.evaluate(true_s, true_names, said_s, said_names)
    return scores["root"], scores["thirds"]


if __name__ == "__main__":
    main()
