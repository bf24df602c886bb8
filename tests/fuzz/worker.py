"""Reads one damaged input after another, as asked for on its standard input, and answers what came of each.

A question is one line of JSON ({"kind", "path"}), an answer another ({"outcome", "what", "cpu_s", "peak_mb"}).
"""

import json
import os
import resource
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

MOST_CPU_S, MOST_MB = 2.0, 300.0
LONGEST_SENTENCE = 600
_ADDRESS_SPACE = 2 << 30  # above what the process takes when it has imported everything


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)  # what a library prints is no answer
    os.dup2(silent, 2)
    warnings.simplefilter("error")  # a person would see it
    _warm_up()
    _limit()
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(_answer(question["kind"], Path(question["path"]))), file=answers, flush=True)


def _answer(kind: str, path: Path) -> dict[str, object]:
    _reset_peak()
    before_mb, before_s = _memory_mb("VmRSS"), time.process_time()
    outcome, what = _outcome(kind, path)
    cpu_s, peak_mb = time.process_time() - before_s, max(0.0, _memory_mb("VmHWM") - before_mb)
    if outcome in ("read", "refused"):
        if peak_mb > MOST_MB:
            outcome, what = "too much memory", f"{peak_mb:.0f} MB: {what}"
        elif cpu_s > MOST_CPU_S:
            outcome, what = "too slow", f"{cpu_s:.1f} s: {what}"
    return {"outcome": outcome, "what": what, "cpu_s": cpu_s, "peak_mb": peak_mb}


def _outcome(kind: str, path: Path) -> tuple[str, str]:
    from console.errors import InputError

    came = ("", "")
    for read in _READERS[kind]:
        try:
            what = read(path)
            came = came if came[0] else ("read", what)  # the first one's counts
        except InputError as error:
            sentence = str(error)
            if "\n" in sentence or not sentence.endswith(".") or len(sentence) > LONGEST_SENTENCE:
                return "no sentence", sentence[:LONGEST_SENTENCE]
            came = came if came[0] else ("refused", sentence)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            last = [frame for frame in frames if "site-packages" not in frame.filename][-1]
            where = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
            return "traceback", f"{type(error).__name__} at {where}: {str(error)[:200]}"
    return came


def _sound(path: Path) -> str:
    from console.audio.io import Kind, kind_of, open_stem_mp4, read_audio, read_blocks

    if kind_of(path) is Kind.STEMS:
        return str([sum(len(block) for block in read_blocks(stem)) for stem in open_stem_mp4(path)])
    audio, rate = read_audio(path)
    return f"{len(audio)} samples of {rate} Hz"


def _song(path: Path) -> str:
    from console.read.song import Song

    song = Song.load(path)
    return f"{len(song.names)} stems, {song.duration_s:.1f} s"


def _folder(path: Path) -> str:
    return _song(path if path.name.endswith(".stem.mp4") else path.parent)


def _advice(path: Path) -> str:
    from explainer.advice.advice import Advice

    return Advice.from_json(path.read_bytes().decode("utf-8", "replace")).song


_READERS = {"audio": (_sound, _folder), "zip": (_song,), "yaml": (_folder,), "json": (_advice,)}


def _warm_up() -> None:
    """Import everything, and read once, so that neither counts."""
    import tempfile

    import torch
    from seeds import stem

    from console.read.song import Song
    from explainer.advice.advice import Advice

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for n in (1, 2):
            (Path(folder) / f"{n}.wav").write_bytes(stem(n))
        Song.load(folder)
    with suppress(ValueError):
        Advice.from_json("{}")


def _limit() -> None:
    if Path("/proc/self/status").exists():
        most = int(_memory_mb("VmSize") * 2**20) + _ADDRESS_SPACE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _memory_mb(what: str) -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reset_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()
