"""The judge by rules: its rules hold, order does not matter to it, and it agrees with the rubric's own examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.advice.names import restore
from explainer.evaluation.judge import Criterion, Judged, Rules, judge, summarise
from explainer.evaluation.judge.rubric import rubric
from explainer.evaluation.judge.rules import scored
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style
from explainer.reading.slips import slips

ACCURACY, HELPFUL, FLUENT, SPECIFIC, GAIN_ONLY = Criterion
BASS = {"vocals": 0.0, "drums": 0.0, "bass": -4.0, "other": 0.5}
TWO = {"vocals": 2.0, "drums": 0.0, "bass": -4.0, "other": 0.0}
NONE = {"vocals": 0.0, "drums": 0.9, "bass": 0.0, "other": 0.0}


def by(criterion: Criterion, text: str, truth_db: dict[str, float], compare: bool = False) -> int:
    return scored(text, Judged("x", truth_db, {"a": text}, compare=compare))[criterion]


@pytest.mark.parametrize(
    ("text", "truth_db", "score"),
    [
        ("Turn the bass down by 4 dB.", BASS, 5),
        ("Turn the bass down by 3 dB.", BASS, 5),
        ("Turn the bass down by 6 dB.", BASS, 4),
        ("Turn the bass down by 9 dB.", BASS, 3),
        ("Turn the bass down.", BASS, 3),
        ("Turn the bass down by 3 to 5 dB.", BASS, 5),
        ("Turn the bass up by 4 dB.", BASS, 1),
        ("Turn the bass down by 4 dB. The bass is too quiet.", BASS, 1),
        ("Turn the drums down by 4 dB.", BASS, 1),
        ("Leave it as it is.", BASS, 1),
        ("Turn the bass down by 4 dB and the drums up by 2 dB.", BASS, 3),
        ("Turn the bass down by 4 dB.", TWO, 3),
        ("Turn the bass down by 4 dB and the vocals up by 2 dB.", TWO, 5),
        ("Nothing needs to move.", NONE, 5),
        ("It is a song.", NONE, 3),
        ("Raise the drums by 1 dB.", NONE, 2),
        ("Raise the drums by 4 dB.", NONE, 1),
        ("Raise the drums by 1 dB and the bass by 5 dB.", NONE, 1),
    ],
)
def test_accuracy_is_stem_direction_and_size(text, truth_db, score):
    assert by(ACCURACY, text, truth_db) == score


@given(st.floats(-12.0, 12.0), st.sampled_from(["up", "down"]), st.floats(0.1, 12.0))
def test_turning_truth_and_text_round_changes_no_accuracy(truth_db, way, said_db):
    other_way = {"up": "down", "down": "up"}[way]
    there = by(ACCURACY, f"Turn the bass {way} by {said_db:.1f} dB.", {"bass": truth_db, "drums": 0.0})
    back = by(ACCURACY, f"Turn the bass {other_way} by {said_db:.1f} dB.", {"bass": -truth_db, "drums": 0.0})
    assert there == back


@given(st.floats(1.0, 12.0), st.floats(0.1, 24.0), st.floats(0.1, 24.0))
def test_a_size_nearer_to_the_truth_is_never_scored_lower(truth_db, one_db, other_db):
    near, far = sorted((round(one_db, 1), round(other_db, 1)), key=lambda db: abs(db - truth_db))
    scores = [by(ACCURACY, f"Turn the bass up by {db:.1f} dB.", {"bass": truth_db}) for db in (near, far)]
    assert scores[0] >= scores[1]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Turn the bass down by 4 dB (3 to 5 dB).", 5),
        ("Turn the bass down by 4 dB.", 4),
        ("Turn the bass down by 3 to 5 dB.", 4),
        ("Turn the bass down.", 2),
        ("Turn the bass down by 4 dB, and raise the drums.", 3),
        ("The bass is too loud. The bass is too quiet.", 1),
        ("Trust your ears.", 1),
        ("Nothing needs to move.", 4),
        ("Nothing needs to move: every correction would be under 1 dB.", 5),
    ],
)
def test_helpfulness_is_what_can_be_done_at_the_faders(text, score):
    assert by(HELPFUL, text, BASS) == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Turn the bass down by 4 dB, as it sits 3.1 LU above the rest of the mix, where 0.9 LU is usual.", 5),
        ("Turn the bass down by 4 dB, as it holds 41 % of the energy.", 4),
        ("Turn the bass down by 4 dB and the drums up by 2 dB, as they hold 9 % of the energy.", 3),
        ("Turn the bass down by 4 dB, because it covers the vocals.", 2),
        ("Turn the bass down by 4 dB (3 to 5 dB).", 1),
        ("Nothing needs to move, as every correction would be under 1 dB.", 3),
    ],
)
def test_specificity_is_figures_that_are_no_gains(text, score):
    assert by(SPECIFIC, text, BASS) == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Turn the bass down by 4 dB.", 5),
        ("The drums mask it between 250 and 500 Hz, so raise the bass by 4 dB.", 5),
        ("Turn the bass down by 4 dB; no EQ is needed.", 5),
        ("Turn the bass down by 4 dB rather than compressing it.", 5),
        ("In the chorus the bass is panned off, so turn it down by 4 dB.", 3),
        ("Turn the bass down by 4 dB and cut 3 dB at 300 Hz.", 3),
        ("Turn the bass down by 4 dB and put a compressor on it.", 3),
        ("Turn the bass down by 4 dB, EQ it, high-pass it and equalise the rest.", 3),
        ("Turn the bass down by 4 dB, compress it and add reverb to the vocals.", 2),
        ("Turn the bass down by 4 dB, compress it, saturate it and add reverb to the vocals.", 1),
        ("Add reverb to the vocals.", 1),
    ],
)
def test_processing_that_is_no_gain_costs(text, score):
    assert by(GAIN_ONLY, text, BASS) == score


@pytest.mark.parametrize("name", ["Plate Reverb", "EQ", "the the pan", "limiter (bus"])
def test_a_stem_may_be_called_anything(name):
    text = f"“{name}” is too loud. Turn it down by 4 dB."
    assert by(GAIN_ONLY, text, {name: -4.0, "drums": 0.0}) == 5
    assert by(FLUENT, text, {name: -4.0, "drums": 0.0}) == 5


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The bass is too loud. Lower it by 3.2 dB, e.g. at once (if you like).", 0),
        ("An hour ago an LU was an 8, a usual one, a 3 dB cut, a unit and a European one.", 0),
        ("A is louder than B. I had had enough of that that day.", 0),
        ("What moves?\n- the bass: 4 dB down\n- the drums\n1. nothing else\nMoves:\nThat is all …", 0),
        ("“kick in” is too loud. “take 2” is not.", 0),
        ("Lift track A a lot, by -0.5 to 2 dB; it holds 9 % where 12 is usual.", 0),
        ("Turn the bass down by, say, something.", 1),
        ("The bass holds 12 % of the energy, against a usual %.", 1),
        ("The the bass is too loud.", 1),
        ("The bass is an too loud.", 1),
        ("It is a 8 dB cut.", 1),
        ("It needs a increase.", 1),
        ("It is an usual cut, and an unit.", 2),
        ("The bass (and the drums are too loud.", 1),
        ("The bass and the drums) are too loud.", 1),
        ('The "bass is too loud.', 1),
        ("the bass is too loud.", 1),
        ("The bass is too loud. turn it down.", 1),
        ("The bass is too loud", 1),
        ("The bass , it is too loud..", 2),
        ("It is 14.1 LU below the rest of the mix, while 5...", 1),
        ("It is too quiet, where 250 Hz the bass covers it 61 % of the time.", 1),
        ("It is 3.1 LU above the rest of the mix, where 1.2 LU is usual.", 0),
    ],
)
def test_slips_are_found_and_nothing_else(text, count):
    assert len(slips(text)) == count, slips(text)


@given(st.text())
def test_any_text_at_all_can_be_scored(text):
    scores = scored(text, Judged("x", BASS, {"a": text}))
    assert set(scores) == set(Criterion)
    assert all(1 <= score <= 5 for score in scores.values())


@pytest.mark.parametrize("text", ["", "   \n", "...", "—"])
def test_no_word_is_the_least_by_every_criterion(text):
    assert set(scored(text, Judged("x", NONE, {"a": text})).values()) == {1}


@pytest.mark.parametrize("criterion", list(Criterion))
def test_it_agrees_with_the_rubrics_examples(criterion):
    measure, truth_db = rubric().measures[criterion], dict(rubric().correction_db)
    assert by(criterion, measure.good.answer, truth_db) == measure.good.score
    assert by(criterion, measure.bad.answer, truth_db) <= measure.bad.score + 1


def test_the_phrase_bank_is_right_fluent_and_keeps_to_gains():
    rng = np.random.default_rng(0)
    right = []
    for _ in range(30):
        advice = imagine(rng)
        names = [stem.name for stem in advice.stems]
        truth_db = {stem.name: float(stem.move.gain_db) for stem in advice.stems}
        for style in Style:
            text = restore(respond(advice, style, rng), names)
            scores = scored(text, Judged("x", truth_db, {"a": text}))
            assert (scores[FLUENT], scores[GAIN_ONLY]) == (5, 5), text
            right.append(scores[ACCURACY] == 5 and scores[HELPFUL] >= 4)
    assert np.mean(right) >= 0.97  # no reader knows all of English


def test_two_versions_are_judged_by_the_way_back():
    rng = np.random.default_rng(0)
    for _ in range(20):
        changes_db = {name: float(round(rng.choice([0.0, rng.uniform(-9, 9)]), 1)) for name in BASS}
        changes_db = {name: db if abs(db) >= 1 else 0.0 for name, db in changes_db.items()}
        text = compare(changes_db, Style.FULL, rng)
        back_db = {name: -db + 0.0 for name, db in changes_db.items()}
        if any(changes_db.values()):
            assert by(ACCURACY, text, back_db, compare=True) == 5, text
            assert by(ACCURACY, text, changes_db, compare=True) == 1, text


PHRASES = st.sampled_from(
    ["Turn the bass down by 4 dB.", "Raise the drums by 2 dB, as they hold 9 % of it.", "Leave it.", "the the bass", ""]
)


@given(st.dictionaries(st.text(min_size=1, max_size=4), PHRASES | st.text(), min_size=1, max_size=3), st.integers(0, 9))
def test_swapping_the_answers_swaps_the_scores_exactly(answers, seed):
    found = judge([Judged("song|0|many|-|0", BASS, answers)], Rules(), seed)
    assert found.invalid == ()
    scores = {(j.answer, j.order): j.scores for j in found.judgements}
    places = {(j.answer, j.order): j.position for j in found.judgements}
    for name in answers:
        if len(answers) > 1:
            assert scores[name, 0] == scores[name, 1]
            assert places[name, 0] + places[name, 1] == len(answers) + 1
    bias = summarise(found.rows)["rules"]["position_bias"]
    assert {figure["mean"] for figure in bias.values()} <= {0.0, None}
