"""Damages files of every format, zips, JSON and YAML, has them read, and counts what came of it.

Each input is made from the seed and its number alone, so that `--only` makes it again. What should never come:
a traceback, a refusal that is no sentence, more than 2 s or 300 MB, a crash.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

from damage import damaged, damaged_json, damaged_yaml  # noqa: E402
from seeds import audio_seeds, packed, stem, text_seeds, zip_seeds  # noqa: E402

GOOD = ("read", "refused")
LONGEST_S = 30.0  # by the clock, then the worker is stopped
_SHOWN = 12  # of the inputs with one outcome


@dataclass
class Found:
    """What came of all inputs: counts by kind and outcome, and which inputs should not have had theirs."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad: list[tuple[str, int, str, str, str]] = field(default_factory=list)  # kind, number, name, outcome, what
    slowest: tuple[float, int] = (0.0, 0)  # s of CPU, and its number
    largest: tuple[float, int] = (0.0, 0)  # MB, and its number


class Worker:
    """A process that reads inputs, started again where it dies or hangs."""

    def __init__(self, script: Path = HERE / "worker.py") -> None:
        self._script = script
        self._process: subprocess.Popen[str] | None = None

    def ask(self, kind: str, path: Path) -> dict[str, object]:
        """What came of one input."""
        process = self._process = self._process or self._started()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps({"kind": kind, "path": str(path)}) + "\n")
            process.stdin.flush()
        except OSError:
            return self._ended("crash")
        if not select.select([process.stdout], [], [], LONGEST_S)[0]:
            process.kill()
            return self._ended("too slow")
        line = process.stdout.readline()
        return json.loads(line) if line else self._ended("crash")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._ended("")

    def _started(self) -> "subprocess.Popen[str]":
        paths = os.pathsep.join((str(ROOT), str(HERE)))
        environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, str(self._script)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout
        if not process.stdout.readline():
            raise RuntimeError(f"the worker does not start: {process.wait()}")
        return process

    def _ended(self, outcome: str) -> dict[str, object]:
        process, self._process = self._process, None
        assert process
        assert process.stdin
        assert process.stdout
        code = process.wait()
        process.stdin.close()
        process.stdout.close()
        return {"outcome": outcome, "what": f"the worker ended with {code}", "cpu_s": 0.0, "peak_mb": 0.0}


class Inputs:
    """Damaged inputs by their number: audio first, then zips, then JSON and YAML."""

    def __init__(self, seed: int, files: int, zips: int, texts: int):
        self.seed, self.files, self.zips, self.texts = seed, files, zips, texts
        self._audio, self._zips, self._texts = audio_seeds(), zip_seeds(), text_seeds()

    def __len__(self) -> int:
        return self.files + self.zips + self.texts

    def make(self, number: int, folder: Path) -> tuple[str, Path]:
        """Write an input into a folder, with what belongs beside it: its kind, and its path."""
        rng = np.random.default_rng([self.seed, number])
        if number < self.files:
            kind, seeds = "audio", self._audio
        elif number < self.files + self.zips:
            kind, seeds = "zip", self._zips
        else:
            kind, seeds = "text", self._texts
        names = sorted(seeds)
        name = names[number % len(names)]
        whole = seeds[name]
        if kind == "audio":
            data = damaged(whole, list(seeds.values()), rng)
            if name != "song.stem.mp4" and rng.integers(4) == 0:
                name = Path(name).stem + Path(names[rng.integers(len(names))]).suffix
            (folder / "good one.wav").write_bytes(stem())
        elif kind == "zip":
            data = self._zip(whole, rng)
        elif name.endswith(".json"):
            kind, data = "json", damaged_json(whole, rng) if rng.integers(4) else damaged(whole, [whole], rng)
        else:
            kind, data = "yaml", damaged_yaml(whole, rng) if rng.integers(4) else damaged(whole, [whole], rng)
            name = "roles.yaml"
            for i, beside in enumerate(("kick", "vox", "bass")):
                (folder / f"{beside}.wav").write_bytes(stem(i))
        (folder / name).write_bytes(data)
        return kind, folder / name

    def _zip(self, whole: bytes, rng: np.random.Generator) -> bytes:
        way = rng.integers(4)
        if way:
            return damaged(whole, list(self._zips.values()), rng)
        odd = (
            "",
            "/",
            "..",
            "../kick.flac",
            "/kick.flac",
            "C:/kick.flac",
            "a" * 3000 + ".flac",
            "k\0.flac",
            "a/b/c.flac",
        )
        odd += (
            "kick.flac/",
            "con.wav",
            "\n.flac",
            ".flac",
            "roles.yaml",
            "x.zip",
            "kick.FLAC",
            "\x7f\u202e.flac",
        )
        audio = [data for name, data in self._audio.items() if name.endswith((".flac", ".wav"))]
        return packed({odd[rng.integers(len(odd))]: audio[rng.integers(len(audio))] for _ in range(rng.integers(1, 5))})


def run(inputs: Inputs, numbers: list[int], shown: bool = False) -> Found:
    """Have the inputs of these numbers read, each in a folder of its own."""
    found, worker, begin = Found(), Worker(), time.monotonic()
    try:
        for done, number in enumerate(numbers):
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                kind, path = inputs.make(number, Path(folder))
                answer = worker.ask(kind, path)
            outcome = str(answer["outcome"])
            found.counts[kind, outcome] += 1
            found.slowest = max(found.slowest, (float(str(answer["cpu_s"])), number))
            found.largest = max(found.largest, (float(str(answer["peak_mb"])), number))
            if outcome not in GOOD:
                found.bad.append((kind, number, path.name, outcome, str(answer["what"])))
            if shown and (done % 50 == 49 or done + 1 == len(numbers)):
                spent_s = time.monotonic() - begin
                print(f"\r{done + 1} of {len(numbers)}, {len(found.bad)} bad, {spent_s:.0f} s", end="", file=sys.stderr)
    finally:
        worker.stop()
    if shown:
        print(file=sys.stderr)
    return found


def table(found: Found) -> str:
    """What came of the inputs, for people."""
    outcomes = sorted({outcome for _, outcome in found.counts}, key=lambda outcome: (outcome not in GOOD, outcome))
    kinds = sorted({kind for kind, _ in found.counts})
    lines = ["".join(f"{word:>17}" for word in ("", *outcomes))]
    lines += [f"{kind:>17}" + "".join(f"{found.counts[kind, outcome]:17d}" for outcome in outcomes) for kind in kinds]
    lines.append("the slowest took {:.2f} s of CPU (number {})".format(*found.slowest))
    lines.append("the largest took {:.0f} MB (number {})".format(*found.largest))
    alike = Counter(
        (kind, outcome, what.split(":")[0] if outcome == "traceback" else "") for kind, _, _, outcome, what in found.bad
    )
    lines += [f"{count} x {kind}: {outcome} {where}" for (kind, outcome, where), count in alike.most_common()]
    lines += [
        f"  {number} ({kind}, {name}): {outcome}: {what}" for kind, number, name, outcome, what in found.bad[:_SHOWN]
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5000, help="damaged files of sound (default: %(default)s)")
    parser.add_argument("--zips", type=int, help="damaged zips (default: a tenth of the files)")
    parser.add_argument("--texts", type=int, help="damaged JSON and YAML files (default: a tenth of the files)")
    parser.add_argument("--seed", type=int, default=0, help="of the damages (default: %(default)s)")
    parser.add_argument("--only", type=int, nargs="+", metavar="NUMBER", help="only these inputs of the run")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the inputs of --only there, and read none")
    options = parser.parse_args()
    tenth = options.files // 10
    zips, texts = (tenth if count is None else count for count in (options.zips, options.texts))
    inputs = Inputs(options.seed, options.files, zips, texts)
    numbers = options.only or list(range(len(inputs)))
    if options.keep:
        for number in numbers:
            (options.keep / str(number)).mkdir(parents=True)
            print(inputs.make(number, options.keep / str(number))[1])
        return
    found = run(inputs, numbers, shown=True)
    print(table(found))
    sys.exit(1 if found.bad else 0)


if __name__ == "__main__":
    main()
