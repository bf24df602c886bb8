"""Does a console judge better when the genre that tags are sure of tells it what is usual?

    python benchmarks/music/genre_as_usual.py [SONG ...] [--songs FOLDER] [--seed K]

Every stem of vocals, drums and bass is made 9 to 12 dB too loud and too quiet, with no anchor, and the console listens
with and without `usual_in` the genre. Columns: flaws named (the largest correction lies on that stem and against it),
and how far the corrections are off on average. To tell a console anything may make it surer, so it is also told, for
comparison, what is usual in all music; and of composed songs, the genre that they were composed in.
Songs whose genre the tags are not sure of are left out of the table, and counted.

--songs: a folder that `mixconsole synth` made; all its songs.
"""

import argparse
import itertools
import zlib
from pathlib import Path

import numpy as np
import torch

from console import Console, Song
from console.balance.genre import Genre, usual_in, usual_in_all_music
from console.balance.usual import Usual
from console.data.synth.truth import Truth
from console.errors import InputError
from console.music.sound import Sound
from console.music.tags.genre import sure_genre
from console.music.tags.listen import listen
from console.read.roles import Role

FLAWED = (Role.VOCALS, Role.DRUMS, Role.BASS)
CASES = ("nothing told", "all music", "genre of the tags", "genre composed in")


def judged(console: Console, song: Song, usual: Usual | None, seed: int) -> list[tuple[bool, float]]:
    """For each flaw, whether it is named, and the mean error in dB."""
    stems = [name for name, role in zip(song.names, song.roles, strict=True) if role in FLAWED]
    rows = []
    for stem, sign in itertools.product(stems, (1, -1)):
        rng = np.random.default_rng([seed, zlib.crc32(f"{song.title} {stem} {sign}".encode())])
        gains_db = torch.zeros(len(song.names))
        gains_db[song.index(stem)] = sign * float(rng.uniform(9, 12))
        median_db = console.listen(song.with_gains_db(gains_db), usual=usual).median_db
        largest = int(median_db.abs().argmax())
        hit = song.names[largest] == stem and float(median_db[largest]) * sign < 0
        rows.append((hit, float((median_db + gains_db).abs().mean())))
    return rows


def composed_in(path: Path) -> Genre | None:
    """The genre of a composed song."""
    try:
        return Genre(Truth.of_folder(path).genre)
    except InputError:
        return None


def cell(rows: list[tuple[bool, float]]) -> str:
    """Named flaws and mean error."""
    if not rows:
        return ""
    return f"{sum(hit for hit, _ in rows)} of {len(rows)}, {np.mean([error for _, error in rows]):.2f} dB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="SONG")
    parser.add_argument("--songs", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    console = Console.from_pretrained()
    paths = [*args.paths, *(sorted((args.songs / "songs").iterdir()) if args.songs else ())]
    total: dict[str, list[tuple[bool, float]]] = {case: [] for case in CASES}
    left_out = 0
    print(f"| song | composed in | tags say | {' | '.join(CASES)} |\n|---|---|---|---|---|---|---|")
    for path in paths:
        song = Song.load(path)
        tags = listen(Sound.of(song))
        guess, truth = (sure_genre(tags) if tags else None), composed_in(path)
        if guess is None:
            left_out += 1
            continue
        of_truth = usual_in(truth) if truth else None
        told = (None, usual_in_all_music(), usual_in(guess), of_truth)
        cells = []
        for case, usual in zip(CASES, told, strict=True):
            rows = judged(console, song, usual, args.seed) if usual or case == CASES[0] else []
            total[case] += rows
            cells.append(cell(rows))
        print(f"| {song.title} | {truth or ''} | {guess} | {' | '.join(cells)} |", flush=True)
    print(f"\nNot sure of {left_out} of {len(paths)} songs.")
    print("; ".join(f"{case}: {cell(rows)}" for case, rows in total.items() if rows))


if __name__ == "__main__":
    main()
