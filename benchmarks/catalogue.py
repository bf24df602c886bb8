"""A catalogue with 1, 2 ... processes: songs a minute, memory of a process; then it is killed and goes on.

    mixconsole synth --songs 60 --seconds 40 --seed 1 --out data/synth/
    python benchmarks/catalogue.py data/synth/songs [--jobs 1 2] [--songs 60]

Memory is the largest resident size (VmRSS, looked at ten times a second) of any process that works on songs, while the
first and the last fifth of the songs were done. All runs are on the machine as it is: its load before each is printed,
and the processor time of a song, which hangs less on it; what each process takes to start is in it.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-c", "from studio.cli import main; main()", "correct"]
EVERY_S = 0.1


def cpu_s() -> float:
    """Processor seconds of all processes that were begun here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def finished(out: Path) -> dict[str, int]:
    """The songs that are there, each with the time at which its stamp was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/stamp.json")}


def workers(of: int) -> dict[int, float]:
    """Resident megabytes of the processes that a process spawned to work."""
    found = {}
    for path in Path("/proc").iterdir():
        try:
            fields = dict(line.split(":", 1) for line in (path / "status").read_text().splitlines())
            spawned = b"spawn_main" in (path / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if spawned and int(fields["PPid"]) == of and "VmRSS" in fields:
            found[int(fields["Pid"])] = int(fields["VmRSS"].split()[0]) / 1024
    return found


def run(catalogue: Path, out: Path, jobs: int) -> tuple[float, list[tuple[int, float]]]:
    """Wall seconds, and (songs done, largest worker in MB) as it went on."""
    seen = []
    started = time.perf_counter()
    process = begun(catalogue, out, jobs)
    while process.poll() is None:
        sizes = workers(process.pid)
        if sizes:
            seen.append((len(finished(out)), max(sizes.values())))
        time.sleep(EVERY_S)
    if process.returncode:
        raise SystemExit(f"failed with {jobs} processes")
    return time.perf_counter() - started, seen


def begun(catalogue: Path, out: Path, jobs: int) -> "subprocess.Popen[bytes]":
    """The command, at work."""
    arguments = [str(catalogue), "--each", "--jobs", str(jobs), "--out", str(out)]
    return subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL)


def killed(catalogue: Path, out: Path, jobs: int, songs: int) -> str:
    """What is lost of a run that is killed in the middle, and whether the next one makes it whole."""
    process = begun(catalogue, out, jobs)
    while len(finished(out)) < songs // 2:
        time.sleep(EVERY_S)
    mates = workers(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{mate}").exists() for mate in mates) and time.monotonic() < deadline:
        time.sleep(EVERY_S)
    alive = sum(Path(f"/proc/{mate}").exists() for mate in mates)
    before = finished(out)
    halves = len(list(out.glob(".*.part")))
    shown = len([path for path in out.iterdir() if path.is_dir() and not path.name.startswith(".")])
    run(catalogue, out, jobs)
    after = finished(out)
    again = sum(after[name] != stamp for name, stamp in before.items())
    left = len(list(out.glob(".*.part")))
    return (
        f"Killed (SIGKILL) with {len(before)} of {songs} songs done: {alive} processes lived on, {shown - len(before)} "
        f"half songs under their names, {halves} hidden. Taken up again: {len(after)} of {songs} done, {again} of the "
        f"{len(before)} done twice, {left} half songs left; of the {len(mates)} in work the work so far was lost."
    )


def main() -> None:
    """Print a table, and a sentence on the kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", type=Path, nargs="?", default=Path("data/synth/songs"))
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--songs", type=int, help="the first so many; default: all")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        catalogue = Path(scratch) / "catalogue"
        catalogue.mkdir()
        for song in sorted(args.catalogue.iterdir())[: args.songs]:
            (catalogue / song.name).symlink_to(song.resolve(), target_is_directory=True)
        songs = len(list(catalogue.iterdir()))
        columns = ("songs a minute", "CPU s a song", "MB of a process, first fifth", "last fifth", "load")
        print(f"| {songs} songs | {' | '.join(columns)} |")
        print("|---|---|---|---|---|---|", flush=True)
        for jobs in args.jobs:
            out = Path(scratch) / "out"
            load, used_s = os.getloadavg()[0], cpu_s()
            wall_s, seen = run(catalogue, out, jobs)
            early, late = (
                max(mb for done, mb in seen if low <= done <= high)
                for low, high in ((0, songs // 5), (songs - songs // 5, songs))
            )
            cells = [f"{jobs} process{'es' * (jobs > 1)}", f"{60 * songs / wall_s:.1f}"]
            cells += [f"{(cpu_s() - used_s) / songs:.2f}", f"{early:.0f}", f"{late:.0f}", f"{load:.1f}"]
            print(f"| {' | '.join(cells)} |", flush=True)
            shutil.rmtree(out)
        print(f"\n{killed(catalogue, Path(scratch) / 'killed', max(args.jobs), songs)}")


if __name__ == "__main__":
    main()
