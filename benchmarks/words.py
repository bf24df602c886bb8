"""The explainer on mixes that it was not trained on: agreement with the numbers, fallbacks, variety, speed.

python benchmarks/words.py FOLDER [--split test] [--n 1000] [--explainer PATH] [--show 20]
python benchmarks/words.py --imagined [--n 400] ...

FOLDER holds songs; excerpts of them are spoilt, and the embedded console hears them. A text agrees when what it
says, read again, is what the console's numbers say: the same stems, directions, dB and ranges, and no number that is
not in the advice. A fifth as many pairs of versions of a song are explained, too.
"""

import argparse
import time
from collections.abc import Sequence
from itertools import islice

import numpy as np

from console.data.sources.folder import FolderSource
from explainer.advice.advice import Advice, TextSource
from explainer.advice.versions import back_from
from explainer.evaluation.texts.text_metrics import distinct
from explainer.language.model import Explainer
from explainer.language.pretrained import from_pretrained
from explainer.lessons.heard import HeardLessons
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style
from explainer.reading.agreement import contradictions, differences
from explainer.speak import Explained, explain, explain_changes

BATCH, SEED = 32, 1
ROLES = ("vocals", "drums", "bass", "other")
NATIVE = ("Kick", "Snare", "OH L", "Saw Lead", "Pluck 2", "Sub", "Gtr DI", "Lead Vox", "Clap")
PAIRS = 0.2  # versions of a song, for each mix


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", nargs="?")
    parser.add_argument("--imagined", action="store_true", help="advices that no song gave: 1 to 8 moves")
    parser.add_argument("--split", default="test")
    parser.add_argument("--n", type=int, default=1000, help="number of mixes")
    parser.add_argument("--explainer", help="a folder or Hub id; default: the embedded one")
    parser.add_argument("--show", type=int, default=0, help="print that many of the answers, the first ones")
    options = parser.parse_args()

    begun = time.perf_counter()
    explainer = from_pretrained(options.explainer)
    loaded_s = time.perf_counter() - begun
    if options.imagined:
        _imagined(explainer, options.n, options.show)
        return
    if options.folder is None:
        parser.error("give a FOLDER of songs, or --imagined")
    source = FolderSource(options.folder, options.split)
    asks = list(islice(HeardLessons(source, compared=0.0).asks(SEED), options.n))
    advices = [ask.advice for ask in asks]
    embeddings = [ask.embedding for ask in asks]
    changes_db = _changes_db(source, max(1, round(PAIRS * options.n)))
    begun = time.perf_counter()
    explain(explainer, advices[:1], embeddings=embeddings[:1])
    one_s = time.perf_counter() - begun
    begun = time.perf_counter()
    explain(explainer, advices[:BATCH], embeddings=embeddings[:BATCH])
    batch_s = time.perf_counter() - begun
    print(f"loading {loaded_s:.2f} s, one answer {one_s:.2f} s, {BATCH} answers {batch_s:.2f} s\n")

    print("| style | agree before verification | after | from the phrase bank | distinct-2 | the bank's own |")
    print("|---|---|---|---|---|---|")
    for style in Style:
        told = explain(explainer, advices, style, embeddings=embeddings, seed=SEED)
        rng = np.random.default_rng(SEED)
        own = [respond(advice, style, rng) for advice in advices]
        right = [not contradictions(said.written, advice) for said, advice in zip(told, advices, strict=True)]
        print(_row(style, told, right, own))
        print(f"  agree before verification, by the number of moves: {_by_moves(advices, told)}")
        _show(told[: options.show])
    for style in Style:
        told = explain_changes(explainer, changes_db, style, seed=SEED)
        rng = np.random.default_rng(SEED)
        own = [compare(changes, style, rng) for changes in changes_db]
        backs = [back_from(changes) for changes in changes_db]
        right = [not differences(said.written, back) for said, back in zip(told, backs, strict=True)]
        print(_row(f"two versions, {style}", told, right, own))
        _show(told[: options.show])


def _imagined(explainer: Explainer, count: int, show: int) -> None:
    """Full texts on advices that no song gave: of four stems, and of as many as move, which share their roles."""
    rng = np.random.default_rng(SEED)
    print("| stems | moves | agree before verification | from the phrase bank: answers, steps | after |")
    print("|---|---|---|---|---|")
    for native, most in ((False, 4), (True, 8)):
        advices = []
        for at in range(count):
            moves = 1 + at % most
            advices.append(imagine(rng, NATIVE[: max(moves + 1, 4)] if native else ROLES, moves, native))
        told = explain(explainer, advices, seed=SEED)
        for moves in (*range(1, most + 1), 0):
            pairs = [(a, t) for a, t in zip(advices, told, strict=True) if not moves or len(a.moving) == moves]
            if not pairs:
                continue
            first = np.mean([t.at_once for _, t in pairs])
            bank = np.mean([t.source is not TextSource.MODEL for _, t in pairs])
            steps = sum(t.from_bank for _, t in pairs) / sum(t.steps for _, t in pairs)
            right = np.mean([not contradictions(t.written, a) for a, t in pairs])
            row = f"{'native' if native else 'four'} | {moves or 'all'} | {first:.1%} of {len(pairs)}"
            print(f"| {row} | {bank:.1%}, {steps:.2%} | {right:.1%} |")
        _show(told[:show])


def _changes_db(source: FolderSource, count: int) -> list[dict[str, float]]:
    """How much louder each stem is in a flawed mix than in the balanced one, dB."""
    lessons = HeardLessons(source, compared=1.0).asks(SEED)
    backs = islice((ask.advice for ask in lessons if ask.compare), count)
    return [{stem.name: -stem.move.gain_db for stem in back.stems} for back in backs]


def _show(told: Sequence[Explained]) -> None:
    for said in told:
        print(f"  - {said.text}" + (f"  [{said.source}]" if said.source is TextSource.PHRASES else ""))


def _row(style: str, told: Sequence[Explained], right: Sequence[bool], own: Sequence[str]) -> str:
    first = np.mean([said.at_once for said in told])
    bank = np.mean([said.source is TextSource.PHRASES for said in told])
    varied = distinct([said.written for said in told])
    return f"| {style} | {first:.1%} | {np.mean(right):.1%} | {bank:.1%} | {varied:.3f} | {distinct(own):.3f} |"


def _by_moves(advices: Sequence[Advice], told: Sequence[Explained]) -> str:
    first: dict[int, list[bool]] = {}
    for advice, said in zip(advices, told, strict=True):
        first.setdefault(len(advice.moving), []).append(said.at_once)
    return ", ".join(f"{moves}: {np.mean(right):.0%} of {len(right)}" for moves, right in sorted(first.items()))


if __name__ == "__main__":
    main()
