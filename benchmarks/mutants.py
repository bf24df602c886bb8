"""How many wrong texts the reader finds, of each kind of wrong, and how many right ones it takes for wrong.

Right texts are the phrase bank's, on imagined songs of four stems and of many; `--show N` prints N that were missed.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from explainer.advice.advice import Advice
from explainer.advice.claims import ReasonKind
from explainer.evaluation.mutants import KINDS, mutants
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import respond
from explainer.phrasing.plan import Style
from explainer.reading.agreement import contradictions
from explainer.reading.slips import slips

DOUBTED, LIKELY, COVERED = 0.3, 0.2, 0.3
RARER = (0.1, 0.6, 0.8)  # the same, while only rare kinds are wanted
MOST = 120  # songs for each mutant that is wanted of a rare kind, at most
UNKNOWN = 0.3  # share of songs of which nothing usual is known, as of stems that share their role


def wrongs(text: str, advice: Advice) -> tuple[str, ...]:
    """What is found wrong with a text."""
    return (*contradictions(text, advice), *slips(text))


@dataclass
class Tally:
    """What was made, what was caught of it, and what was not, by its kind.

    Args:
        alarms: how many right texts were taken for wrong.
    """

    made: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    alarms: int = 0

    def lacking(self, least: int) -> list[str]:
        """The kinds of which less than that have been made."""
        return [kind for kind in KINDS if self.made[kind] < least]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--least", type=int, default=500, help="mutants of each kind, at least")
    parser.add_argument("--show", type=int, default=0)
    args = parser.parse_args()
    tally = Tally()
    rng = np.random.default_rng(args.seed)
    for song in range(args.songs):
        tried(tally, varied(imagine(rng), rng), song, KINDS, args.show)
    song = args.songs
    while (kinds := tally.lacking(args.least)) and song < args.songs + MOST * args.least:
        advice = imagine(rng, moves=1 if rng.random() < 0.6 else 4)  # one move is told in more ways
        tried(tally, varied(advice, rng, *RARER), song, kinds, args.show)
        song += 1
    for kind, texts in tally.missed.items():
        for text in texts[: args.show]:
            print(f"MISSED {kind}\n  {text}")
    print("| kind | mutants | caught % |\n|---|---|---|")
    for kind in sorted(tally.made):
        print(f"| {kind} | {tally.made[kind]} | {100 * tally.caught[kind] / tally.made[kind]:.1f} |")
    if args.songs:
        print(f"| right texts taken for wrong | {args.songs} | {100 * tally.alarms / args.songs:.2f} |")


def tried(tally: Tally, advice: Advice, song: int, kinds: Collection[str], show: int) -> None:
    """Reads the right text on one song, where all kinds are wanted, and the mutants of these kinds."""
    style = (Style.FULL, Style.FULL, Style.SHORT, Style.PLAIN)[song % 4]

    def write(of: Advice, seed: int) -> str:
        return respond(of, style, np.random.default_rng(seed))

    if kinds is KINDS:
        right = write(advice, song)
        found = wrongs(right, advice)
        tally.alarms += bool(found)
        if found and show:
            print(f"FALSE ALARM {found}\n  {right}")
    for mutant in mutants(advice, write, song, kinds):
        tally.made[mutant.kind] += 1
        if wrongs(mutant.text, advice):
            tally.caught[mutant.kind] += 1
        else:
            tally.missed[mutant.kind].append(mutant.text)


def varied(
    advice: Advice,
    rng: np.random.Generator,
    doubted: float = DOUBTED,
    likely: float = LIKELY,
    covered_by: float = COVERED,
) -> Advice:
    """The advice with more of what is rare: nothing usual known, unsure moves well off 0, stems that are covered.

    Args:
        doubted, likely: shares of the moves that are made unsure, and likely.
        covered_by: share of the stems that are covered of which only that is told.
    """
    known = rng.random() >= UNKNOWN
    stems = []
    for stem in advice.stems:
        reasons = stem.reasons if known else tuple(replace(reason, usual=None) for reason in stem.reasons)
        covered = tuple(reason for reason in reasons if reason.kind is ReasonKind.MASKED)
        reasons = covered if covered and rng.random() < covered_by else reasons
        move, size_db, chance = stem.move, stem.move.gain_db, rng.random()
        if move.moves and chance < doubted + likely:
            low_db, high_db = sorted((0.6 * size_db, 1.3 * size_db))
            believed = 0.6 if chance < doubted else 0.8
            move = replace(move, low_db=low_db, high_db=high_db, flaw_probability=believed)
        stems.append(replace(stem, reasons=reasons, move=move))
    return replace(advice, stems=tuple(stems))


if __name__ == "__main__":
    main()
