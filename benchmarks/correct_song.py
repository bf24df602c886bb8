"""Wall time and peak memory of `mixconsole correct` on a long song, against reading, summing and writing its stems.

    python benchmarks/correct_song.py [--minutes 4] [--runs 5]

The song is the example inside stempeg, repeated: four stereo stems, 44.1 kHz, 16-bit WAV. Both commands run in turn,
in processes of their own; medians are printed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import soundfile

from console import Song
from studio.trial.demo import example_song

PLAIN = """
import sys, soundfile
*stems, out = sys.argv[1:]
mix, rate = soundfile.read(stems[0], dtype="float32")
for stem in stems[1:]:
    mix += soundfile.read(stem, dtype="float32")[0]
soundfile.write(out, mix, rate, subtype="FLOAT")
"""


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident memory (MB) of a command that must succeed."""
    started = time.perf_counter()
    process = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "song"
        folder.mkdir()
        song = Song.load(example_song())
        times = -(-args.minutes * 60 // song.duration_s)
        for name, stem in zip(song.names, song.audio, strict=True):
            soundfile.write(folder / f"{name}.wav", stem.repeat(1, int(times)).T.numpy(), song.sample_rate)
        stems = sorted(map(str, folder.iterdir()))
        correct = [str(Path(sys.executable).with_name("mixconsole")), "correct", str(folder), "--force"]
        correct += ["--out", f"{scratch}/out"]
        plain = [sys.executable, "-c", PLAIN, *stems, f"{scratch}/mix.wav"]
        runs = [(timed(correct), timed(plain)) for _ in range(args.runs)]
    print(f"| {times * song.duration_s:.0f} s, 4 stems | wall s | peak MB |")
    print("|---|---|---|")
    for title, at in (("mixconsole correct", 0), ("read, sum, write", 1)):
        wall_s, peak_mb = (statistics.median(run[at][i] for run in runs) for i in (0, 1))
        print(f"| {title} | {wall_s:.2f} | {peak_mb:.0f} |")


if __name__ == "__main__":
    main()
