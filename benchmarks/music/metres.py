"""Songs in 6/8, 3/4, 4/4 and swung 4/4, in which every part plays that metre; and how they are heard.

    python benchmarks/music/metres.py --make DIR --seed 500 --songs 14
    python benchmarks/music/metres.py --songs-in DIR [--each]

`mixconsole synth` tells 6/8 from 3/4 by a label alone: both draw from the same grooves, and accents fall on quarters.
Here drums, bass, chords and accents of a song in 6/8 fall on its two dotted beats, those of one in 3/4 on its three.
With --make so many songs of each kind are rendered, 40 s long; "swung" are songs whose second eighths or sixteenths
come late by a tenth or more. "Right": beats in a bar, and whether each has three parts, are as composed; "other": the
other reading that is given is; "sure, wrong": neither, and at least 0.8 sure. 12/8 of half as many bars counts as 6/8.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from beats import f_measure

from console import Song
from console.data.synth import accompany, compose, render
from console.data.synth.genres import Genre, Patterns, genres, patterns
from console.data.synth.score import Score, Section
from console.data.synth.truth import Truth
from console.music.beats.listen import listen
from console.music.music import Beats
from console.music.sound import Sound

SECONDS, SURE = 40.0, 0.8
KINDS = {"six": "6/8", "three": "3/4", "four": "4/4", "swung": "4/4"}
GROOVES = {"6/8": ("slow six", "driving six", "metal six", "six rim"), "3/4": ("waltz", "rock waltz")}
CHORDS = {
    "6/8": ("x-x-x-x-x-x-", "x-----x-----", "x---x-x---x-", "x-----------", "x...x.x...x."),
    "3/4": ("x-x-x-x-x-x-", "x---x---x---", "....x---x---", "x-----------", "x---..x-x---"),
}
ARPEGGIOS = {
    "6/8": ("1.2.3.4.3.2.", "1.3.2.1.3.2.", "1...3.2...3."),
    "3/4": ("1.2.3.4.3.2.", "1...2...3...", "1.3.2.3.2.3."),
}
BASS = {
    "6/8": ("1-----5-----", "1-----5-1---", "1---1-5---5-"),
    "3/4": ("1-----------", "1-------5---", "1---5---5---"),
}


def of_metre(metre: str) -> ExitStack:
    """While it is entered, songs are composed in this metre, and every part plays it."""
    stack = ExitStack()
    if metre == "4/4":
        rules = {name: genre.model_copy(update={"meters": {"4/4": 1.0}}) for name, genre in genres().items()}
        stack.enter_context(patch.object(compose, "genres", lambda: rules))
        return stack
    rules = {name: _in_metre(genre, metre) for name, genre in genres().items()}
    known = patterns()
    rng = np.random.default_rng(0)

    def drawn(lines: dict[str, str], of: tuple[str, ...]) -> dict[str, str]:
        return {name: str(rng.choice(of)) for name in lines}

    mine = Patterns(
        grooves=known.grooves,
        percussion=known.percussion,
        bass=drawn(known.bass, BASS[metre]),
        chords=drawn(known.chords, CHORDS[metre]),
        arpeggios=drawn(known.arpeggios, ARPEGGIOS[metre]),
    )
    accent = 6 if metre == "6/8" else 4

    def loudness(section: Section, step: int, rng: np.random.Generator) -> int:
        return int(np.clip(64 + 30 * section.energy + 8 * (step % accent == 0) + rng.normal(0, 6), 25, 125))

    stack.enter_context(patch.object(compose, "genres", lambda: rules))
    stack.enter_context(patch.object(compose, "patterns", lambda: mine))
    stack.enter_context(patch.object(accompany, "loudness", loudness))
    return stack


def _in_metre(genre: Genre, metre: str) -> Genre:
    mine = [name for name in genre.grooves_of_three if name in GROOVES[metre]]
    return genre.model_copy(
        update={
            "meters": {metre: 1.0},
            "grooves_of_three": mine or list(GROOVES[metre]),
            "percussion": {},
            "swing": genre.swing if metre == "3/4" else (0.0, 0.0),
        }
    )


def scores(kind: str, seed: int) -> Iterator[Score]:
    """Songs of a kind, without end. Call within `of_metre`."""
    for index in count():
        score = compose.compose(seed, index, SECONDS)
        if (score.swing >= 0.1) == (kind == "swung") or kind in ("six", "three"):
            yield score


def make(out: Path, seed: int, songs: int) -> None:
    """Render so many of each kind that is not there yet."""
    for kind, metre in KINDS.items():
        with of_metre(metre):
            for score, _ in zip(scores(kind, seed), range(songs), strict=False):
                where = out / f"{kind}-{seed}-{score.index:03d}"
                if where.is_dir():
                    continue
                part = out / f".{where.name}"
                part.mkdir(parents=True, exist_ok=True)
                render.render_song(part, seed, score.index, SECONDS, native=False)
                part.rename(where)
                print(where.name, flush=True)


def judged(beats: Beats | None, truth: Truth) -> str:
    """What was told is "right", "other", "sure, wrong" or "wrong"; "none" where no bars were told."""
    if beats is None or beats.metre is None:
        return "none"

    def right(metre: int, feel: str | None) -> bool:
        of_three_parts = feel == "triple"
        return (
            of_three_parts and metre in (2, 4)
            if truth.meter == "6/8"
            else not of_three_parts and truth.meter[0] == str(metre)
        )

    if right(beats.metre, beats.feel):
        return "right"
    if beats.other_metre is not None and right(beats.other_metre.metre, beats.other_metre.feel):
        return "other"
    return "sure, wrong" if (beats.metre_confidence or 0.0) >= SURE else "wrong"


def said(beats: Beats | None) -> str:
    """What was told, in a line."""
    if beats is None:
        return "nothing"
    metre = f"{beats.metre} {beats.feel} ({beats.metre_confidence}), or {beats.other_metre}"
    return f"{beats.tempo_bpm} BPM ({beats.confidence}), {metre}, paces {beats.paces}"


def main() -> None:
    """Make songs, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--seed", type=int, default=500)
    parser.add_argument("--songs", type=int, default=14)
    parser.add_argument("--songs-in", type=Path)
    parser.add_argument("--each", action="store_true", help="a line for each song")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.make:
        make(options.make, options.seed, options.songs)
    if options.songs_in:
        judge(options.songs_in, options.each)


def judge(folder: Path, each: bool) -> None:
    """Print what is heard of each kind."""
    rows: dict[str, list[tuple[str, float, float, str]]] = {kind: [] for kind in KINDS}
    for path in sorted(path for path in folder.iterdir() if (path / "song.json").is_file()):
        kind = path.name.split("-")[0]
        with of_metre(KINDS[kind]):
            truth = Truth.of_folder(path)
        beats = listen(Sound.of(Song.load(path)))
        verdict = judged(beats, truth)
        f = f_measure(beats.beats_s if beats else (), truth.beats_s)
        f_down = f_measure(beats.downbeats_s if beats else (), truth.downbeats_s)
        rows[kind].append((verdict, f, f_down, "" if beats is None else str(beats.feel)))
        if each:
            true = f"{path.name} {truth.genre} {truth.tempo_bpm:.1f}"
            print(f"{true}: {verdict}: {said(beats)}; F {f:.2f}, bars {f_down:.2f}", flush=True)
    print("| songs | | right | other | wrong | sure, wrong | none | F | F, downbeats | straight, swung, triple |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for kind, told in rows.items():
        if told:
            counts, feels = Counter(row[0] for row in told), Counter(row[3] for row in told)
            cells = [str(counts[name]) for name in ("right", "other", "wrong", "sure, wrong", "none")]
            means = [f"{np.mean([row[at] for row in told]):.2f}" for at in (1, 2)]
            falls = ", ".join(str(feels[name]) for name in ("straight", "swung", "triple"))
            print(f"| {kind} | {len(told)} | {' | '.join(cells + means)} | {falls} |")


if __name__ == "__main__":
    main()
