"""Prints what the report says of songs, and how many tokens it takes: as it counts them, and as a tokenizer does.

    python benchmarks/music/report.py --songs DIR [--tokenizer FOLDER]

A row for each song: its headline, seconds of processor, tokens of the short and the full report as counted by
`explainer.music.tokens` and by the tokenizer, and the slope of its spectrum from 63 Hz to 10 kHz.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np

from console.music.analyse import analyse
from console.music.music import Music
from console.music.spectrum import FROM_HZ, PINK_DB, TO_HZ
from console.read.song import Song
from explainer.measured.report import report
from explainer.music.chapters import headline
from explainer.music.for_model import FULL, SHORT, for_model
from explainer.music.tokens import tokens


def main() -> None:
    """Reads the options, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, required=True, help="a folder of songs, each a folder of stems")
    parser.add_argument("--tokenizer", help="a folder or Hub id of a language model; none: not counted by one")
    told = parser.parse_args()
    tokenizer = None
    if told.tokenizer:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(told.tokenizer)
    for folder in sorted(path for path in told.songs.iterdir() if path.is_dir()):
        song = Song.load(folder)
        start_s = time.process_time()
        music = analyse(song, jobs=1)
        taken_s = time.process_time() - start_s
        balance = report(song)
        print(f"{song.title}: {headline(music)} {taken_s:.1f} s; {_slope_db(music):+.1f} dB per octave")
        for budget in (SHORT, FULL):
            text = for_model(music, balance, budget)
            by_model = "" if tokenizer is None else f", {len(tokenizer(text)['input_ids'])} by the tokenizer"
            print(f"    {budget}: {tokens(text)} counted{by_model}")
        for sentence in music.missing:
            print(f"    {sentence}")


def _slope_db(music: Music) -> float:
    """Of the density, by least squares over thirds; NaN for silence."""
    if music.spectrum is None:
        return math.nan
    rows = zip(music.spectrum.bands_hz, music.spectrum.level_db, strict=True)
    points = [(math.log2(hz), level_db) for hz, level_db in rows if FROM_HZ <= hz <= TO_HZ]
    return float(np.polyfit(*zip(*points, strict=True), 1)[0]) - PINK_DB


if __name__ == "__main__":
    main()
