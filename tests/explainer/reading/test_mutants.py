"""The reader finds what is wrong with a text, whichever way it is wrong, and nothing wrong with one that is right."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from explainer.advice.advice import Advice
from explainer.evaluation.mutants import mutants
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import Style, respond
from explainer.reading.agreement import contradictions
from explainer.reading.slips import slips

HARDER = {"run together": 0.95}  # share that is found at least; of all others, nearly all


def _amiss(text: str, advice: Advice) -> tuple[str, ...]:
    return (*contradictions(text, advice), *slips(text))


def _varied(advice: Advice, rng: np.random.Generator) -> Advice:
    """Sometimes without what is usual; and some moves are unsure although their range does not reach 0."""
    known = rng.random() < 0.7
    stems = []
    for stem in advice.stems:
        move, size_db = stem.move, stem.move.gain_db
        if move.moves and rng.random() < 0.3:
            low_db, high_db = sorted((0.6 * size_db, 1.3 * size_db))
            move = replace(move, low_db=low_db, high_db=high_db, flaw_probability=0.6)
        reasons = stem.reasons if known else tuple(replace(reason, usual=None) for reason in stem.reasons)
        stems.append(replace(stem, move=move, reasons=reasons))
    return replace(advice, stems=tuple(stems))


def _tried(songs: int, seed: int) -> tuple[Counter[str], Counter[str], int]:
    """How many mutants of each kind were made and found, and how many right texts were taken for wrong."""
    rng = np.random.default_rng(seed)
    made, found = Counter[str](), Counter[str]()
    alarms = 0
    styles = list(Style)
    for song in range(songs):
        advice = _varied(imagine(rng), rng)
        style = styles[song % len(styles)]

        def write(of: Advice, seed: int, style: Style = style) -> str:
            return respond(of, style, np.random.default_rng(seed))

        alarms += bool(_amiss(write(advice, song), advice))
        for mutant in mutants(advice, write, song):
            assert mutant.text != mutant.right
            made[mutant.kind] += 1
            found[mutant.kind] += bool(_amiss(mutant.text, advice))
    return made, found, alarms


def test_a_sample_of_wrong_texts_is_found() -> None:
    made, found, alarms = _tried(30, 0)
    assert len(made) >= 20
    assert alarms <= 1
    easy = {kind for kind in made if kind not in HARDER}
    assert sum(found[kind] for kind in easy) >= 0.99 * sum(made[kind] for kind in easy)


@pytest.mark.slow
def test_wrong_texts_of_each_kind_are_found_and_right_ones_are_not() -> None:
    made, found, alarms = _tried(3000, 1)
    assert alarms <= 0.005 * 3000
    shares = {kind: found[kind] / made[kind] for kind in made}
    assert {kind: share for kind, share in shares.items() if share < HARDER.get(kind, 0.98)} == {}
