"""What an explainer has to be told: how much of an advice its texts say right, as first written, by kind of telling.

python benchmarks/told.py FOLDER [FOLDER ...] [--songs FOLDER] [--base PATH] [--n 200]

Each FOLDER is an explainer (`pretrained` of a training run). All of them word the same held-out advices, in the full
style, the likeliest words; the texts are read again. With slots a step is worded at a time, and its stem and its
numbers are filled in, so direction, size and certainty are what a model can get wrong; a text with numbers of its own
is a whole answer. Columns: share of the moves whose stem is moved (and, of whole answers, no other), whose direction is
right, whose size is called and, where it is a number, told right, and that are hedged as they should be; share of whole
answers in which nothing at all contradicts the advice, slips of language included.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from console.data.sources.folder import FolderSource
from explainer.language.model import Explainer
from explainer.language.numbers import Numbers
from explainer.language.pretrained import from_pretrained
from explainer.language.told.ask import Ask
from explainer.lessons.heard import HeardLessons
from explainer.lessons.lessons import ImaginedLessons, Lessons
from explainer.phrasing.plan import StepKind, Style, plan
from explainer.phrasing.slots import fill
from explainer.reading.agreement import contradictions
from explainer.reading.slips import slips
from explainer.speak import faults

SEED, BATCH = 1 << 30, 32
STEM = ("does not move", "which should not move")
DIRECTION = (" up, not down", " down, not up", "denies that", "should stay as it is")
SIZE = ("calls a move", " dB, not by ", "by how many dB", "a range of")
SURE = ("doubts the move", "is certain of the move", "does not say that the move")
KINDS = {"stem": STEM, "direction": DIRECTION, "size": SIZE, "sure": SURE}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--songs", help="a folder of songs, whose split test is heard; imagined ones by default")
    parser.add_argument("--base", help="another place of the base")
    parser.add_argument("--n", type=int, default=200, help="number of advices, each with at least one move")
    options = parser.parse_args()
    lessons: Lessons = ImaginedLessons(compared=0.0, short=0.0)
    if options.songs is not None:
        lessons = HeardLessons(FolderSource(options.songs, "test"), compared=0.0)
    moving = (ask for ask in lessons.asks(SEED) if ask.advice.moving)
    asks = [replace(ask, style=Style.FULL) for ask in islice(moving, options.n)]
    print("| explainer | told by | numbers | stem | direction | size | certainty | whole answers | s an answer |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in options.folders:
        explainer = from_pretrained(folder, options.base)
        begun = time.perf_counter()
        moves, whole = zip(*judged(explainer, asks), strict=True)
        each_s = (time.perf_counter() - begun) / len(asks)
        flat = [move for of in moves for move in of]
        right = [
            np.mean([not any(part in wrong for part in of for wrong in move) for move in flat]) for of in KINDS.values()
        ]
        told = " | ".join(f"{share:.1%}" for share in (*right, np.mean(whole)))
        print(f"| {explainer.name} | {explainer.conditioning} | {explainer.numbers} | {told} | {each_s:.2f} |")


def _speaks(wrong: Sequence[str], kind: Sequence[str]) -> bool:
    """Whether something of a kind is wrong."""
    return any(part in one for part in kind for one in wrong)


def judged(explainer: Explainer, asks: Sequence[Ask]) -> Iterator[tuple[list[tuple[str, ...]], bool]]:
    """Of each advice what is wrong with each move, and whether nothing is wrong at all."""
    for start in range(0, len(asks), BATCH):
        some = asks[start : start + BATCH]
        yield from (_in_steps if explainer.numbers is Numbers.SLOTS else _written)(explainer, some)


def _in_steps(explainer: Explainer, asks: Sequence[Ask]) -> Iterator[tuple[list[tuple[str, ...]], bool]]:
    steps = [plan(ask.advice, ask.style).steps for ask in asks]
    parts = [replace(ask, step=step) for ask, of in zip(asks, steps, strict=True) for step in of]
    texts = dict(
        zip(
            map(id, parts),
            [t for at in range(0, len(parts), BATCH) for t in explainer.write(parts[at : at + BATCH])],
            strict=True,
        )
    )
    at = iter(parts)
    for ask, of in zip(asks, steps, strict=True):
        own = list(islice(at, len(of)))
        wrong = [faults(texts[id(part)], part) for part in own]
        said = " ".join(fill(texts[id(p)], p.step.slots) for p, w in zip(own, wrong, strict=True) if not w)
        whole = not any(wrong) and not contradictions(said, ask.advice)
        yield [w for part, w in zip(own, wrong, strict=True) if part.step.kind is StepKind.MOVE], whole


def _written(explainer: Explainer, asks: Sequence[Ask]) -> Iterator[tuple[list[tuple[str, ...]], bool]]:
    for ask, text in zip(asks, explainer.write(asks), strict=True):
        wrong = faults(text, ask)
        names = [ask.advice.alias_by_name[stem.name] for stem in ask.advice.moving]
        foreign = [one for one in wrong if "which should not move" in one]
        yield [(*(one for one in wrong if name in one), *foreign) for name in names], not wrong and not slips(text)


if __name__ == "__main__":
    main()
