"""What `mixconsole explain` and `ask` take as whole processes, against an interpreter that only imports torch.

    python benchmarks/first_words.py [ADVICE] [--runs 7]

ADVICE is an advice.json; without one, a song of four stems of which two are off is made up. The commands run in turn;
medians are printed. Other work on the machine slows all of them alike: their ratio to the bare import holds.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice

CLI = [sys.executable, "-c", "from studio.cli import main; main()"]
STEMS = (
    StemAdvice("drums", Role.DRUMS, None, -19.0, Move(Action.LEAVE, 0.0, -1.2, 1.1, 0.08)),
    StemAdvice("bass", Role.BASS, None, -18.0, Move(Action.LOWER, -5.2, -7.0, -4.0, 0.97)),
    StemAdvice("vocals", Role.VOCALS, None, -24.0, Move(Action.RAISE, 4.1, 2.0, 6.2, 0.91)),
    StemAdvice("other", Role.OTHER, None, -20.0, Move(Action.LEAVE, 0.0, -1.0, 1.4, 0.1)),
)


def timed(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak resident memory (MB) of a command that must succeed."""
    started = time.perf_counter()
    process = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advice", metavar="ADVICE", nargs="?")
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "advice.json"
        made.write_text(Advice("song", 44_100, 60.0, None, 100.0, STEMS, NOBODY, LEVELS).to_json(), "utf-8")
        advice = args.advice or str(made)
        commands = {
            "mixconsole explain": [*CLI, "explain", advice],
            "mixconsole ask": [*CLI, "ask", advice, "what first?"],
            "import torch": [sys.executable, "-c", "import torch"],
        }
        for command in commands.values():
            timed(command)  # the first finds its files not yet in memory
        runs = [[timed(command) for command in commands.values()] for _ in range(args.runs)]
    print("| whole process | wall s | CPU s | peak MB | CPU, of importing torch |")
    print("|---|---|---|---|---|")
    for at, title in enumerate(commands):
        wall_s, cpu_s, peak_mb = (statistics.median(run[at][i] for run in runs) for i in range(3))
        ratio = statistics.median(run[at][1] / run[-1][1] for run in runs)
        print(f"| {title} | {wall_s:.2f} | {cpu_s:.2f} | {peak_mb:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
