"""How often key and chords of composed songs are heard right.

python benchmarks/music/harmony.py --songs data/synth [--n 60]

Of songs that `mixconsole synth` made, whose truth is known. Key: tonic and whether it is minor (modes count by their
third). Chords: share of the time in which the root is right, and root and third; the rest of the time any other chord
or none was said. Each for the stems that carry harmony, and for the mixture alone. Below: how often songs were right by
the confidence that was told.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from console.data.synth.truth import Truth
from console.music.harmony import chords, key
from console.music.harmony.vocabulary import is_minor, pitch_class, root_of, spelt
from console.music.music import Chords
from console.music.sound import Sound
from console.read.roles import Role
from console.read.song import Song

STEP_S = 0.1


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, required=True)
    parser.add_argument("--n", type=int, default=60)
    options = parser.parse_args()
    folders = sorted((options.songs / "songs").iterdir())[: options.n]
    print("| listened to | key | chord roots | root and third | s a minute |")
    print("|---|---|---|---|---|")
    for name in ("stems", "mixture"):
        rows, spent_s, length_s = [], 0.0, 0.0
        for folder in folders:
            sound = Sound.of(Song.load(folder / "native" if (folder / "native").is_dir() else folder))
            if name == "mixture":
                sound = Sound(("mixture",), (Role.OTHER,), sound.stems.sum(0, keepdims=True), sound.sample_rate)
            begun = time.process_time()
            its_key = key.listen(sound)
            its_chords = chords.listen(sound, its_key)
            spent_s += time.process_time() - begun
            length_s += sound.duration_s
            truth = Truth.of_folder(folder)
            right = its_key is not None and (pitch_class(its_key.tonic), its_key.mode == "minor") == (
                truth.tonic,
                truth.minor,
            )
            rows.append(
                (
                    right,
                    *judged(its_chords, truth),
                    its_key.confidence if its_key else 0.0,
                    its_chords.confidence if its_chords else 0.0,
                )
            )
        table = np.array(rows, dtype=float)
        shares = " | ".join(f"{100 * value:.1f} %" for value in table[:, :3].mean(0))
        print(f"| {name} | {shares} | {60 * spent_s / length_s:.1f} |")
        if name == "stems":
            told = table
    print("\n| confidence of | told, by thirds | right |\n|---|---|---|")
    for what, said, right in (("key", told[:, 3], told[:, 0]), ("chords", told[:, 4], told[:, 1])):
        thirds = np.array_split(np.argsort(said), 3)
        means = [", ".join(f"{of[third].mean():.2f}" for third in thirds) for of in (said, right)]
        print(f"| {what} | {means[0]} | {means[1]} |")


def judged(told: Chords | None, truth: Truth) -> tuple[float, float]:
    """Share of the time of the truth's chords in which the root is right; and root and third."""
    roots = thirds = steps = 0
    for at_s in np.arange(STEP_S / 2, truth.chords[-1].end_s, STEP_S):
        true = next((chord for chord in truth.chords if chord.start_s <= at_s < chord.end_s), None)
        if true is None:
            continue
        steps += 1
        name = next((chord.name for chord in told.chords if chord.start_s <= at_s < chord.end_s), "N") if told else "N"
        name = spelt(name)
        if root_of(name) == true.root:
            roots += 1
            thirds += is_minor(name) == ((true.pitch_classes[1] - true.root) % 12 == 3)
    return roots / max(steps, 1), thirds / max(steps, 1)


if __name__ == "__main__":
    main()
