"""Is a clear flaw on a real song named? Every stem of vocals, drums and bass, much too loud and much too quiet.

    python benchmarks/real_songs.py [SONG ...] [--console PATH] [--seed K]

The flaw is drawn between 9 and 12 dB. It counts as named when the largest correction is on that stem and in the
opposite direction; the anchor is another stem of the three (drawn), or none. Without SONG: the song inside stempeg.
"""

import argparse
import itertools
import zlib
from pathlib import Path

import numpy as np
import torch

from console import Console, GainPosterior, Song
from console.read.roles import Role
from studio.trial.demo import example_song

FLAWED = (Role.VOCALS, Role.DRUMS, Role.BASS)


def named(posterior: GainPosterior, stem: str, flaw_db: float) -> bool:
    """Whether the largest correction is on the flawed stem and against the flaw."""
    largest = int(posterior.median_db.abs().argmax())
    advised_db = float(posterior.median_db[largest])
    return posterior.names[largest] == stem and abs(advised_db) >= 1 and advised_db * flaw_db < 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="*", type=Path)
    parser.add_argument("--console", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    console = Console.from_pretrained(args.console)
    hits: dict[str, list[bool]] = {"anchored": [], "no anchor": []}
    errors_db: dict[str, list[float]] = {"anchored": [], "no anchor": []}
    before_db: dict[str, list[float]] = {"anchored": [], "no anchor": []}
    print("| song | flaw | anchor | anchored | no anchor |\n|---|---|---|---|---|")
    for path in args.songs or [example_song()]:
        song = Song.load(path)
        stems = [name for name, role in zip(song.names, song.roles, strict=True) if role in FLAWED]
        for stem, sign in itertools.product(stems, (1, -1)):
            # Every case has a seed of its own: neither the order of the songs nor their number changes it.
            rng = np.random.default_rng([args.seed, zlib.crc32(f"{song.title} {stem} {sign}".encode())])
            gains_db = torch.zeros(len(song.names))
            gains_db[song.index(stem)] = flaw_db = sign * float(rng.uniform(9, 12))
            flawed = song.with_gains_db(gains_db)
            anchor = str(rng.choice([other for other in stems if other != stem]))
            cells = []
            for case, given in (("anchored", anchor), ("no anchor", None)):
                posterior = console.listen(flawed, given)
                free = [i for i, name in enumerate(song.names) if name != given]
                hits[case].append(named(posterior, stem, flaw_db))
                before_db[case].append(float(gains_db[free].abs().mean()))
                errors_db[case].append(float((posterior.median_db + gains_db)[free].abs().mean()))
                cells.append(f"{'named' if hits[case][-1] else 'MISSED'}, off by {errors_db[case][-1]:.1f} dB")
            print(f"| {song.title} | {stem} {flaw_db:+.1f} dB | {anchor} | {' | '.join(cells)} |")
        moved_db = console.listen(song).median_db
        print(f"| {song.title} | none | | | largest correction {float(moved_db.abs().max()):.1f} dB |")
    for case, named_ones in hits.items():
        named_of = f"{sum(named_ones)} of {len(named_ones)} named ({100 * np.mean(named_ones):.0f} %)"
        print(f"\n{case}: {named_of}, off by {np.mean(errors_db[case]):.2f} dB ({np.mean(before_db[case]):.2f} before)")


if __name__ == "__main__":
    main()
