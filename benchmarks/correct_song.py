"""Time, CPU and peak memory of `mixconsole correct`, against reading, summing and writing the same files.

    python benchmarks/correct_song.py [--minutes 4] [--stems 4] [--rate 44100] [--runs 5] [--hour] [--profile]

The song is the example inside stempeg, repeated: stereo stems, 16-bit WAV. Both commands run in turn, in processes of
their own; medians are printed, and their ratios. --hour stands for --minutes 60 --runs 1; --profile adds where the time
of one run goes.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import torch
from torchaudio.functional import resample

from console import Song
from studio.trial.demo import example_song

PLAIN = """
import sys, soundfile
*stems, out = sys.argv[1:]
files = [soundfile.SoundFile(stem) for stem in stems]
with soundfile.SoundFile(out, "w", files[0].samplerate, files[0].channels, "FLOAT", format="WAV") as written:
    while len(mix := files[0].read(65536, dtype="float32")):
        for file in files[1:]:
            mix += file.read(65536, dtype="float32")
        written.write(mix)
"""
# What a process is begun by counts as its own memory: so one that is small begins it.
SMALL = """
import os, sys, time
started = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, at, os.devnull, os.O_WRONLY, 0) for at in (1, 2)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(status != 0)
"""
CORRECT = "from studio.cli import main; main()"
PROFILED = "import cProfile; cProfile.run('from studio.cli import main; main()', sort='tottime')"
NAMES = ("drums", "bass", "other", "vocals")
BLOCK = 1 << 20
MOST = 40  # lines of a profile


class Run(NamedTuple):
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def timed(command: Sequence[str]) -> Run:
    """A command that must succeed."""
    said = subprocess.run([sys.executable, "-S", "-c", SMALL, *command], capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(f"failed: {' '.join(command)}: {said.stderr}")
    return Run(*map(float, said.stdout.split()))


def write_song(folder: Path, minutes: float, stems: int, rate: int) -> None:
    """The example, repeated; with more than four stems, its stems as takes of several parts."""
    song = Song.load(example_song())
    frames = round(minutes * 60 * rate)
    for at in range(stems):
        name = NAMES[at % len(NAMES)]
        audio = song.audio[song.index(name)]
        audio = audio if rate == song.sample_rate else resample(audio, song.sample_rate, rate)
        # Each take begins elsewhere, or it would be heard as the same sound twice.
        once = torch.roll(audio, -at * rate // 7, -1).T.contiguous().numpy()
        path = folder / (f"{name}.wav" if stems <= len(NAMES) else f"{name} part {at:02}.wav")
        with soundfile.SoundFile(path, "w", rate, 2, "PCM_16") as file:
            for start in range(0, frames, BLOCK):
                lines = np.arange(start, min(start + BLOCK, frames)) % len(once)
                file.write(once[lines])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--stems", type=int, default=4)
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hour", action="store_true")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    minutes, runs = (60.0, 1) if args.hour else (args.minutes, args.runs)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "song"
        folder.mkdir()
        write_song(folder, minutes, args.stems, args.rate)
        told = ["correct", str(folder), "--force", "--out", f"{scratch}/out"]
        plain = [sys.executable, "-c", PLAIN, *sorted(map(str, folder.iterdir())), f"{scratch}/mix.wav"]
        took = [(timed([sys.executable, "-c", CORRECT, *told]), timed(plain)) for _ in range(runs)]
        if args.profile:
            said = subprocess.run([sys.executable, "-c", PROFILED, *told], capture_output=True, text=True, check=True)
            lines = said.stdout.splitlines()
            head = next(at for at, line in enumerate(lines) if line.lstrip().startswith("ncalls"))
            print("\n".join(lines[head : head + MOST]))
    correct, read = (Run(*map(statistics.median, zip(*(run[at] for run in took), strict=True))) for at in (0, 1))
    print(f"| {minutes:g} min, {args.stems} stems, {args.rate} Hz | wall s | CPU s | peak MB |")
    print("|---|---|---|---|")
    for title, run in (("mixconsole correct", correct), ("read, sum, write", read)):
        print(f"| {title} | {run.wall_s:.2f} | {run.cpu_s:.2f} | {run.peak_mb:.0f} |")
    print(f"| ratio | {correct.wall_s / read.wall_s:.1f} | {correct.cpu_s / read.cpu_s:.1f} | |")


if __name__ == "__main__":
    main()
