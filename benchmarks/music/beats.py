"""Are beats, tempo, metre and downbeats heard as they were composed?

    python benchmarks/music/beats.py --songs data/synth [--most N] [--without-weights] [--each]

The folder holds songs that `mixconsole synth` made. F is the F-measure of beats within 70 ms, those of the first 5 s
left out (by mir_eval); "any level" takes the beats as right at half or double the tempo as well. Tempo is right
within 4 %; "or octave" at half or double as well, "or other" where the second reading that was given is right. 6/8 is
counted in dotted quarters, and told apart. With --without-weights the fallback listens. Below: how often the beats are
right (F of 0.9 or more) by what was said of confidence. "s" is the time that listening took, the song being read.
"""

import argparse
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from mir_eval.beat import f_measure as f_of_beats
from mir_eval.beat import trim_beats

from console import Song
from console.data.synth.truth import Truth
from console.music.beats import heard
from console.music.beats.listen import listen
from console.music.music import Beats
from console.music.sound import Sound

WITHIN = 0.04
EDGES = (0, 0.3, 0.5, 0.7, 0.85, 1.01)


@dataclass
class Heard:
    """What was said of a song, and what is true."""

    name: str
    truth: Truth
    beats: Beats | None
    took_s: float

    @property
    def tempo(self) -> float:
        """That was told, BPM."""
        return self.beats.tempo_bpm or 0.0 if self.beats else 0.0

    def f(self) -> float:
        """F-measure of the beats."""
        return f_measure(self.beats.beats_s if self.beats else (), self.truth.beats_s)

    def f_any_level(self) -> float:
        """The best F-measure against the beats, every other one of them, and those between as well."""
        true = np.array(self.truth.beats_s)
        twice = np.sort(np.concatenate([true, (true[1:] + true[:-1]) / 2]))
        beats = self.beats.beats_s if self.beats else ()
        return max(f_measure(beats, way) for way in (true, true[::2], true[1::2], twice))

    def f_down(self) -> float:
        """F-measure of the downbeats."""
        return f_measure(self.beats.downbeats_s if self.beats else (), self.truth.downbeats_s)

    def tempo_right(self, octave: bool = False) -> bool:
        """Whether the tempo is, within 4 %."""
        ways = (0.5, 1, 2) if octave else (1,)
        return any(abs(self.tempo / (self.truth.tempo_bpm * way) - 1) <= WITHIN for way in ways)

    def other_right(self) -> bool:
        """Whether the tempo or the other reading is."""
        other = self.beats.other_tempo_bpm if self.beats else None
        return self.tempo_right() or bool(other and abs(other / self.truth.tempo_bpm - 1) <= WITHIN)

    def metre_right(self) -> bool:
        """Whether bars have as many beats as composed."""
        return self.beats is not None and self.beats.metre == {"4/4": 4, "3/4": 3, "6/8": 2}[self.truth.meter]


def f_measure(heard_s: tuple[float, ...] | np.ndarray, true_s: tuple[float, ...] | np.ndarray) -> float:
    """Of times that lie within 70 ms of each other, each counted once; without the first 5 s."""
    return float(f_of_beats(*(trim_beats(np.sort(np.asarray(times))) for times in (true_s, heard_s))))


def table(name: str, songs: list[Heard]) -> None:
    """Print a row."""
    if not songs:
        return
    means = [np.mean([measure(song) for song in songs]) for measure in (Heard.f, Heard.f_any_level, Heard.f_down)]
    shares = [
        100 * np.mean([right(song) for song in songs])
        for right in (Heard.tempo_right, lambda song: song.tempo_right(True), Heard.other_right, Heard.metre_right)
    ]
    given = 100 * np.mean([bool(song.beats and song.beats.other_tempo_bpm) for song in songs])
    took = np.median([song.took_s for song in songs])
    print(
        f"| {name} | {len(songs)} | " + " | ".join(f"{mean:.3f}" for mean in means) + " | "
        f"{shares[0]:.0f} | {shares[1]:.0f} | {shares[2]:.0f} ({given:.0f} given) | {shares[3]:.0f} | {took:.1f} |"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, required=True)
    parser.add_argument("--most", type=int)
    parser.add_argument("--without-weights", action="store_true")
    parser.add_argument("--each", action="store_true", help="a line for each song")
    options = parser.parse_args()
    if options.without_weights:
        heard.is_fetched = lambda name: False
    folder = options.songs / "songs" if (options.songs / "songs").is_dir() else options.songs
    paths = sorted(path for path in folder.iterdir() if (path / "song.json").is_file())[: options.most]
    songs = []
    for path in paths:
        sound = Sound.of(Song.load(path))
        start = time.perf_counter()
        beats = listen(sound)
        songs.append(Heard(path.name, Truth.of_folder(path), beats, time.perf_counter() - start))
        if options.each:
            song = songs[-1]
            said = f"{beats.tempo_bpm} ({beats.other_tempo_bpm}) {beats.metre} {beats.confidence}" if beats else "-"
            print(
                f"{song.name} {song.truth.genre} {song.truth.meter} {song.truth.tempo_bpm:.1f}: {said} F {song.f():.2f}"
            )
    print("| metre | songs | F | any level | F, downbeats | tempo % | or octave % | or other % | metre % | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    table("3 or 4 beats", [song for song in songs if song.truth.meter != "6/8"])
    table("6/8", [song for song in songs if song.truth.meter == "6/8"])
    print("\n| confidence | songs | right % |\n|---|---|---|")
    for low, high in pairwise(EDGES):
        within = [song.f() >= 0.9 for song in songs if low <= (song.beats.confidence if song.beats else 0) < high]
        if within:
            print(f"| {low} to {min(high, 1)} | {len(within)} | {100 * np.mean(within):.0f} |")


if __name__ == "__main__":
    main()
