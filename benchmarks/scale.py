"""How it scales, as ratios within one run: one song, a catalogue, predictions, training, and what kills cost.

    python benchmarks/scale.py [--only correct catalogue predict training kills] [--minutes 4] [--songs 12]
        [--seconds 40] [--kills 4] [--batches 100] [--seed 0]

The songs are the example inside stempeg, repeated to their length, every stem at a level of its own, as 16-bit WAV.
Each command runs in a process of its own, as a user starts it. What others do meanwhile is in every wall time: the load
is told when a part begins, and processor time, which hangs less on it.

    correct     `mixconsole correct` on one song of so many minutes, against reading, summing and writing its stems
    catalogue   `mixconsole correct --each` on so many songs of so many seconds, in 1 and 2 processes
    predict     `train.py predict` on the same songs, in 1 and 2 processes
    training    `train.py fit` by configs/console/smoke.yaml, in 1 and 2 processes of one thread each: so many batches,
                once it has begun
    kills       kill -9 at random moments, so many times for each of a catalogue, predictions and a training, each time
                with the same command again: what was lost, done twice, or damaged
"""

import argparse
import csv
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import soundfile
import torch
from catalogue import cpu_s
from catalogue import finished as corrected_songs
from catalogue import run as correct_each
from correct_song import PLAIN, timed

from console import Song
from console.catalogue.believed import known_of
from console.catalogue.walk import tasks_of
from console.errors import InputError
from console.training.checkpoints import check_whole
from explainer.advice.json import load
from studio.trial.demo import example_song

ROOT = Path(__file__).resolve().parent.parent
MIXCONSOLE = [sys.executable, "-c", "from studio.cli import main; main()"]
TRAIN = [sys.executable, str(ROOT / "train.py")]
QUIET = ["--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false", "--trainer.accelerator=cpu"]
TWO = ["--trainer.strategy=ddp", "--trainer.devices=2"]
SMOKE = ["fit", "-c", str(ROOT / "configs" / "console" / "smoke.yaml"), *QUIET, "--data.init_args.num_workers=0"]
LONGEST_S = 8.0  # after the first sign of work, until a kill
BEGINNING = 10  # batches that are not counted
BATCH = 32  # of the smoke configuration, in each process


def spread(folder: Path, songs: int, seconds: float, seed: int) -> Path:
    """So many songs, no two alike."""
    example, levels = Song.load(example_song()), random.Random(seed)
    times = int(-(-seconds // example.duration_s))
    for number in range(songs):
        place = folder / f"song {number:03d}"
        place.mkdir(parents=True)
        gained = example.with_gains_db([levels.uniform(-9, 0) for _ in example.names])
        for name, stem in zip(example.names, gained.audio, strict=True):
            soundfile.write(place / f"{name}.wav", stem.repeat(1, times).T.numpy(), example.sample_rate)
    return folder


def call(command: list[str]) -> float:
    """Wall seconds of a command that must succeed."""
    started = time.perf_counter()
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def environment() -> dict[str, str]:
    """One thread for each process."""
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths, "JSONARGPARSE_DEPRECATION_WARNINGS": "off"}


def told(what: str, *figures: str) -> None:
    """A row of the table."""
    print(f"| {' | '.join((what, *figures))} |", flush=True)


def correct(scratch: Path, args: argparse.Namespace) -> None:
    """One song."""
    song = spread(scratch / "one", 1, args.minutes * 60, args.seed) / "song 000"
    stems = sorted(map(str, song.iterdir()))
    plain = [sys.executable, "-c", PLAIN, *stems, str(scratch / "mix.wav")]
    command = [*MIXCONSOLE, "correct", str(song), "--force", "--out", str(scratch / "corrected")]
    named = {f"read, sum and write {args.minutes:g} min, 4 stems": plain, "`mixconsole correct`": command}
    first: tuple[float, float] | None = None
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in named}
    for _ in range(args.runs):  # in turn, so that what else goes on is in both
        for name, each in named.items():
            before_s = cpu_s()
            wall_s, peak_mb, *_ = timed(each)
            runs[name].append((wall_s, cpu_s() - before_s, peak_mb))
    for name, of in runs.items():
        wall_s, used_s, peak_mb = (statistics.median(column) for column in zip(*of, strict=True))
        first = first or (wall_s, used_s)
        ratios = f"{wall_s / first[0]:.1f}", f"{used_s / first[1]:.1f}"
        told(name, f"{wall_s:.2f} s", f"{used_s:.2f} s", f"{peak_mb:.0f} MB", *ratios)


def catalogue(scratch: Path, args: argparse.Namespace) -> None:
    """Songs corrected in 1 and 2 processes."""
    songs = shared(scratch, args)
    first: tuple[float, float] | None = None
    for jobs in (1, 2):
        before_s = cpu_s()
        wall_s, seen = correct_each(songs, scratch / f"corrected by {jobs}", jobs)
        first = rate(f"`correct --each --jobs {jobs}`", args.songs, wall_s, cpu_s() - before_s, first, seen)


def predict(scratch: Path, args: argparse.Namespace) -> None:
    """The same songs listened to."""
    songs = shared(scratch, args)
    first: tuple[float, float | None] | None = None
    for processes, options in ((1, []), (2, TWO)):
        before_s = cpu_s()
        wall_s = call([*predicting(songs, scratch / f"believed by {processes}"), *options])
        used_s = cpu_s() - before_s if processes == 1 else None  # of the second one nobody is told: Lightning leaves it
        first = rate(f"`train.py predict`, {processes} processes", args.songs, wall_s, used_s, first)


def rate(
    name: str,
    songs: int,
    wall_s: float,
    used_s: float | None,
    first: tuple[float, float | None] | None,
    seen: list[tuple[int, float]] | None = None,
) -> tuple[float, float | None]:
    """Tells how many songs a minute, and what that is against the first of its kind, which is given."""
    first = first or (wall_s, used_s)
    memory = f"{max(mb for _, mb in seen):.0f} MB each" if seen else ""
    processor = "" if used_s is None else f"{used_s / songs:.2f} s a song"
    ratio = f"{used_s / first[1]:.2f}" if used_s and first[1] else ""
    told(name, f"{60 * songs / wall_s:.1f} songs a minute", processor, memory, f"{first[0] / wall_s:.2f}", ratio)
    return first


def training(scratch: Path, args: argparse.Namespace) -> None:
    """Examples a second, by when each batch was logged."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    first: float | None = None
    places = [
        f"--data.init_args.cache={scratch / 'tables'}",
        "--trainer.callbacks=null",
        "--data.init_args.repeats=800",
    ]
    places += ["--trainer.enable_checkpointing=false", "--trainer.limit_val_batches=0"]
    places += [f"--trainer.limit_train_batches={BEGINNING + args.batches}"]
    for processes, options in ((1, []), (2, TWO)):
        run = scratch / f"trained by {processes}"
        call([*TRAIN, *SMOKE, *places, *options, f"--trainer.logger.init_args.save_dir={run}"])
        events = EventAccumulator(str(next(run.glob("*/version_0"))))
        events.Reload()
        times_s = [event.wall_time for event in events.Scalars("train/loss")][BEGINNING - 1 :]
        a_second = (len(times_s) - 1) * BATCH * processes / (times_s[-1] - times_s[0])
        first = first or a_second
        name, ratio = f"`train.py fit`, {processes} processes", f"{a_second / first:.2f}"
        told(name, f"{a_second:.0f} examples a second", "", "", ratio, "")


def kills(scratch: Path, args: argparse.Namespace) -> None:
    """What kill -9 costs."""
    songs, moments = shared(scratch, args), random.Random(args.seed)
    out = scratch / "killed"
    command = [*MIXCONSOLE, "correct", str(songs), "--each", "--jobs", "2", "--out", str(out)]
    killed, again = ended_often(command, lambda: corrected_songs(out), args.kills, moments)
    lost = args.songs - len({row["song"] for row in table(out / "songs.csv")})
    damaged = sum(not reads(lambda path=path: load(path)) for path in out.glob("*/advice.json"))
    told(
        f"`correct --each`, killed {killed} times",
        f"{lost} songs lost",
        "",
        f"{again} twice",
        f"{damaged} damaged",
        "",
    )

    out = scratch / "killed too"
    tasks = tasks_of(str(songs), str(out), kind=".json")

    def believed() -> dict[str, int]:
        known = {task.name: known_of(task) for task in tasks}
        return {task.name: Path(task.out).stat().st_mtime_ns for task in tasks if (of := known[task.name]) and of.rows}

    killed, again = ended_often([*predicting(songs, out), *TWO], believed, args.kills, moments)
    lost = args.songs - len({row["song"] for row in table(out / "songs.csv")})
    damaged = sum(known_of(task) is None for task in tasks)
    told(
        f"`train.py predict`, killed {killed} times",
        f"{lost} songs lost",
        "",
        f"{again} twice",
        f"{damaged} damaged",
        "",
    )

    options = [f"--data.init_args.cache={scratch / 'tables'}", "--trainer.max_epochs=12"]
    checkpoints = scratch / "cut" / "console-smoke" / "version_0" / "checkpoints"

    def of(run: str) -> list[str]:
        return [*TRAIN, *SMOKE, *options, f"--trainer.logger.init_args.save_dir={scratch / run}"]

    def written() -> dict[str, int]:
        last = checkpoints / "last.ckpt"
        return {str(last.stat().st_mtime_ns): 0} if last.is_file() else {}

    killed, _ = ended_often(of("cut"), written, args.kills, moments)
    damaged = sum(not reads(lambda path=path: check_whole(path)) for path in checkpoints.glob("*.ckpt"))
    call(of("whole"))
    same = weights(scratch / "cut") == weights(scratch / "whole")
    as_if = "as if never stopped" if same else "ANOTHER MODEL than without"
    told(f"`train.py fit`, killed {killed} times", as_if, "", "", f"{damaged} damaged", "")


def shared(scratch: Path, args: argparse.Namespace) -> Path:
    """The songs that the parts share."""
    songs = scratch / "songs"
    return songs if songs.is_dir() else spread(songs, args.songs, args.seconds, args.seed)


def predicting(songs: Path, out: Path) -> list[str]:
    """The command, in one process."""
    config = ["-c", str(ROOT / "configs" / "predict.yaml"), "--data.root", str(songs)]
    return [*TRAIN, "predict", *config, f"--data.init_args.out={out}", *QUIET]


def ended_often(
    command: list[str], done: Callable[[], dict[str, int]], times: int, moments: random.Random
) -> tuple[int, int]:
    """Kills a command at random moments after it began to work, each time with the same one again, and lets the last
    one end: how often it was killed before it was done, and how many of what was done was done again meanwhile.
    """
    killed, again = 0, 0
    for _ in range(times):
        before = done()
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and done() == before:
            time.sleep(0.05)
        until = time.monotonic() + moments.uniform(0, LONGEST_S)
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        mates: list[str] = []
        with suppress(OSError):  # it was done before
            mates = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        for mate in mates:
            while Path(f"/proc/{mate}").exists():
                time.sleep(0.05)
        now = done()
        again += sum(now.get(name, stamp) != stamp for name, stamp in before.items() if stamp)
    before = done()
    call(command)
    now = done()
    return killed, again + sum(now.get(name, stamp) != stamp for name, stamp in before.items() if stamp)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def reads(read: Callable[[], object]) -> bool:
    """Whether a file is whole."""
    try:
        read()
    except (InputError, ValueError, OSError):
        return False
    return True


def weights(run: Path) -> list[list[float]]:
    """Of the last checkpoint."""
    path = next(run.glob("*/version_0/checkpoints/last.ckpt"))
    held = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]  # noqa: TID251 - our own
    return [tensor.flatten().tolist() for _, tensor in sorted(held.items())]


PARTS = {part.__name__: part for part in (correct, catalogue, predict, training, kills)}


def main() -> None:
    """Print the table, part by part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--runs", type=int, default=3, help="of one song")
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(
        "| what | wall | processor | memory | wall, ratio | processor, ratio |\n|---|---|---|---|---|---|", flush=True
    )
    with tempfile.TemporaryDirectory() as scratch:
        for name in args.only:
            told(f"*{name}*", f"load {os.getloadavg()[0]:.1f}", "", "", "", "")
            PARTS[name](Path(scratch), args)
            for left in Path(scratch).iterdir():
                if left.name not in ("songs", "tables"):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


if __name__ == "__main__":
    main()
