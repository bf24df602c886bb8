"""How many wrong texts the reader finds, of each kind of wrong, and how many right ones it takes for wrong.

Right texts are the phrase bank's, on imagined songs of four stems and of many; `--show N` prints N that were missed.
"""

import argparse
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np

from explainer.advice.advice import Advice
from explainer.advice.claims import ReasonKind
from explainer.evaluation.mutants import mutants
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import respond
from explainer.phrasing.plan import Style
from explainer.reading.agreement import contradictions
from explainer.reading.slips import slips

DOUBTED, LIKELY, COVERED = 0.3, 0.2, 0.3
UNKNOWN = 0.3  # share of songs of which nothing usual is known, as of stems that share their role


def wrongs(text: str, advice: Advice) -> tuple[str, ...]:
    """What is found wrong with a text."""
    return (*contradictions(text, advice), *slips(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0)
    args = parser.parse_args()
    made, caught = Counter[str](), Counter[str]()
    missed: dict[str, list[str]] = defaultdict(list)
    alarms = 0
    rng = np.random.default_rng(args.seed)
    for song in range(args.songs):
        advice = imagine(rng)
        advice = varied(advice, rng)
        style = (Style.FULL, Style.FULL, Style.SHORT, Style.PLAIN)[song % 4]

        def write(of: Advice, seed: int, style: Style = style) -> str:
            return respond(of, style, np.random.default_rng(seed))

        right = write(advice, song)
        found = wrongs(right, advice)
        alarms += bool(found)
        if found and args.show:
            print(f"FALSE ALARM {found}\n  {right}")
        for mutant in mutants(advice, write, song):
            made[mutant.kind] += 1
            if wrongs(mutant.text, advice):
                caught[mutant.kind] += 1
            else:
                missed[mutant.kind].append(mutant.text)
    for kind, texts in missed.items():
        for text in texts[: args.show]:
            print(f"MISSED {kind}\n  {text}")
    print("| kind | mutants | caught % |\n|---|---|---|")
    for kind in sorted(made):
        print(f"| {kind} | {made[kind]} | {100 * caught[kind] / made[kind]:.1f} |")
    print(f"| right texts taken for wrong | {args.songs} | {100 * alarms / args.songs:.2f} |")


def varied(advice: Advice, rng: np.random.Generator) -> Advice:
    """The advice with more of what is rare: nothing usual known, unsure moves well off 0, stems that are covered."""
    known = rng.random() >= UNKNOWN
    stems = []
    for stem in advice.stems:
        reasons = stem.reasons if known else tuple(replace(reason, usual=None) for reason in stem.reasons)
        covered = tuple(reason for reason in reasons if reason.kind is ReasonKind.MASKED)
        reasons = covered if covered and rng.random() < COVERED else reasons
        move, size_db, chance = stem.move, stem.move.gain_db, rng.random()
        if move.moves and chance < DOUBTED + LIKELY:
            low_db, high_db = sorted((0.6 * size_db, 1.3 * size_db))
            believed = 0.6 if chance < DOUBTED else 0.8
            move = replace(move, low_db=low_db, high_db=high_db, flaw_probability=believed)
        stems.append(replace(stem, reasons=reasons, move=move))
    return replace(advice, stems=tuple(stems))


if __name__ == "__main__":
    main()
