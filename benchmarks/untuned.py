"""A model that nobody trained for it: how often it words a step right, and what that costs.

python benchmarks/untuned.py MODEL [--n 60] [--speed]

MODEL is a folder, a name on the Hub, or smollm2. It words N held-out steps of imagined advices, guarded and unguarded,
as `mixconsole correct` has it: three tries, each read again. Columns: share of the steps that are right as first
written, within three tries, and that are left to the phrase bank. With --speed: seconds of one core for a step, one
or eight of them side by side, and the peak memory of the whole process, by the type that the weights are kept in; and
how many of the likeliest texts are letter for letter those of float32.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from explainer.language.instructed.instructed import Instructed
from explainer.language.instructed.local import DTYPES
from explainer.language.told.ask import Ask
from explainer.lessons.lessons import ImaginedLessons
from explainer.phrasing.plan import plan, plan_changes
from explainer.speak import TONE, faults

SEED, BATCH, TRIES = 1 << 30, 8, 3
TIMED = {1: 6, 8: 16}  # how many steps are timed, by how many are written side by side


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--n", type=int, default=60, help="number of steps")
    parser.add_argument("--speed", action="store_true", help="how fast, and how large, in place of how right")
    parser.add_argument("--dtype", choices=DTYPES, help=argparse.SUPPRESS)  # one row, in a process of its own
    options = parser.parse_args()
    if options.dtype is not None:
        print(json.dumps(measured(options.model, options.dtype)))
    elif options.speed:
        _tell_speed(options.model)
    else:
        _tell_shares(options.model, options.n)


def steps(number: int) -> list[Ask]:
    """Held-out steps of advices, and now and then of two versions."""
    return list(islice(_steps(), number))


def _steps() -> Iterator[Ask]:
    for ask in ImaginedLessons(compared=0.1, short=0.2).asks(SEED):
        told = (plan_changes if ask.compare else plan)(ask.advice, ask.style)
        yield from (replace(ask, step=step) for step in told.steps)


def right_at(model: Instructed, asks: Sequence[Ask]) -> list[int]:
    """The try at which each step is right; 0 where none is."""
    found, left = [0] * len(asks), list(range(len(asks)))
    for attempt in range(1, TRIES + 1):
        for start in range(0, len(left), BATCH):
            some = left[start : start + BATCH]
            texts = model.write([asks[at] for at in some], TONE, seed=attempt)
            for at, text in zip(some, texts, strict=True):
                found[at] = 0 if faults(text, asks[at]) else attempt
        left = [at for at in left if not found[at]]
    return found


def measured(base: str, dtype: str) -> dict:
    """Seconds of one core for a step, by how many are written side by side; peak memory in MB; the likeliest texts."""
    model = Instructed.load(base, dtype=dtype)
    asks = steps(max(TIMED.values()))
    model.write(asks[:1])  # what is slow only once
    told: dict = {"texts": []}
    for batch, number in TIMED.items():
        begun_s = time.process_time()
        texts = [t for at in range(0, number, batch) for t in model.write(asks[at : min(at + batch, number)])]
        told[f"batch {batch}"] = (time.process_time() - begun_s) / number
        told["texts"] = texts
    return told | {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _tell_shares(base: str, number: int) -> None:
    asks = steps(number)
    print("| | right at first | within three tries | from the phrase bank |\n|---|---|---|---|", flush=True)
    for guarded in (True, False):
        found = right_at(Instructed.load(base, guarded), asks)
        shares = (sum(at == 1 for at in found), sum(at > 0 for at in found), sum(at == 0 for at in found))
        told = " | ".join(f"{share / number:.0%}" for share in shares)
        print(f"| {'guarded' if guarded else 'unguarded'} | {told} |", flush=True)


def _tell_speed(base: str) -> None:
    print("| kept in | s a step, alone | s a step, eight at once | peak memory | texts as of float32 |")
    print("|---|---|---|---|---|", flush=True)
    first: list[str] = []
    for dtype in DTYPES:
        command = [sys.executable, __file__, base, "--dtype", dtype]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        first = first or told["texts"]
        same = sum(one == other for one, other in zip(first, told["texts"], strict=True))
        alone_s, eight_s = told["batch 1"], told["batch 8"]
        print(f"| {dtype} | {alone_s:.1f} | {eight_s:.1f} | {told['mb']:.0f} MB | {same} of {len(first)} |", flush=True)


if __name__ == "__main__":
    main()
