"""Whether words and numbers agree: right texts pass, and each way of being wrong is found."""

from dataclasses import replace

import numpy as np
import pytest

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import Advice, MixLevels, ModelStamp, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import respond
from explainer.phrasing.plan import Style
from explainer.reading.against.certainty import Sureness, sureness
from explainer.reading.against.mismeasured import repetitions, untraceable
from explainer.reading.agreement import contradictions
from explainer.reading.reader import read

REASONS = (
    Reason(ReasonKind.LEVEL, 3.1, -0.2),
    Reason(ReasonKind.SHARE, 41.0, 25.0),
    Reason(ReasonKind.MASKED, 55.0, None, "drums", 250.0, 500.0),
)


def _stem(name: str, gain_db: float = 0.0, low_db: float = 0.0, high_db: float = 0.0) -> StemAdvice:
    action = Action.LEAVE if gain_db == 0 else Action.RAISE if gain_db > 0 else Action.LOWER
    reasons = REASONS if gain_db else ()
    return StemAdvice(name, Role.OTHER, None, -20.0, Move(action, gain_db, low_db, high_db, 0.95), reasons)


def _advice(*stems: StemAdvice) -> Advice:
    return Advice("song", 44_100, 60.0, None, 100.0, stems, ModelStamp("", "", ""), MixLevels(-14.0, -14.0, -1.0, 0.0))


ONE = _advice(_stem("vocals"), _stem("drums"), _stem("bass", -3.24, -4.51, -1.98))
TWO = _advice(_stem("vocals", 7.0, 5.0, 8.0), _stem("drums"), _stem("bass", -3.24, -4.51, -1.98))
NONE = _advice(_stem("vocals"), _stem("drums"), _stem("bass"))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Turn the bass down by 3.2 dB.", ONE),
        (
            "The bass is 3.2 dB too loud; 2.0 to 4.5 dB is plausible. It sits 3.3 LU above its usual level of -0.2 LU.",
            ONE,
        ),
        ("Lower the bass by 2.0 to 4.5 dB, as it holds 41 % of the energy against a usual 25 %.", ONE),
        ("Turn the bass down by 3.2 dB; it clashes with the drums between 250 and 500 Hz. Leave the rest.", ONE),
        ("The vocals are much too quiet: raise them by 7.0 dB, and lower the bass by 3.2 dB.", TWO),
        ("Two moves would settle this mix: the vocals up by 7.0 dB and the bass down by 3.2 dB.", TWO),
        ("One stem is fine, but turn the bass down by 3.2 dB.", ONE),
        ("Leave it as it is.", NONE),
        ("Nothing needs to move: every correction would be under 1 dB.", NONE),
    ],
)
def test_a_text_that_says_the_advice_agrees(text: str, advice: Advice) -> None:
    assert contradictions(text, advice) == ()


@pytest.mark.parametrize(
    ("text", "advice", "wrong"),
    [
        ("Turn the bass up by 3.2 dB.", ONE, "It moves bass up, not down."),
        ("Turn the bass down by 3.3 dB.", ONE, "It moves bass by 3.3 dB, not by 3.2 dB."),
        ("Turn the bass down by 3.2 dB, then turn it down by 5.0 dB.", ONE, "It moves bass by 5 dB, not by 3.2 dB."),
        ("Turn the bass down.", ONE, "It does not say by how many dB bass should move."),
        (
            "Turn the bass down by 3.2 dB (2.0 to 5.5 dB).",
            ONE,
            "It gives bass a range of 2 to 5.5 dB, not 2.0 to 4.5 dB.",
        ),
        ("Turn the drums down by 3.2 dB.", ONE, "It does not move bass."),
        ("Turn the drums down by 3.2 dB.", ONE, "It moves drums, which should not move."),
        ("The bass is much too loud: turn it down by 3.2 dB.", ONE, 'It calls a move of 3.2 dB of bass "much".'),
        ("The bass is too quiet, so turn it down by 3.2 dB.", ONE, "It moves bass up, not down."),
        ("Don't turn the bass down, not even by 3.2 dB.", ONE, "It does not move bass."),
        ("Leave it as it is.", ONE, "It does not move bass."),
        ("Turn the bass down by 3.2 dB.", TWO, "It does not move vocals."),
        ("The vocals need 7.0 dB less and the bass 3.2 dB more.", TWO, "It moves vocals down, not up."),
        ("Turn the bass down by 3.2 dB.", NONE, "It moves bass, which should not move."),
        ("It is a nice song.", NONE, "It does not say that nothing needs to move."),
        (
            "Turn the bass down by 3.2 dB, as it sits 9.9 LU above.",
            ONE,
            "It says 9.9 LU, which is none of the advice's numbers.",
        ),
        ("Turn the bass down by 3.2 dB at 3 kHz.", ONE, "It says 3000 Hz, which is none of the advice's numbers."),
        ("Three stems are off. Turn the bass down by 3.2 dB.", ONE, "It speaks of three that move, which are 1."),
        ("2 faders: the bass down by 3.2 dB.", ONE, "It speaks of 2 that move, which are 1."),
        ("Leave it, 3.0 dB is nothing.", NONE, "It says 3 dB, which is none of the advice's numbers."),
    ],
)
def test_a_contradiction_is_found_and_named(text: str, advice: Advice, wrong: str) -> None:
    assert wrong in contradictions(text, advice)


def test_a_figure_beside_what_is_usual_for_another_is_found():
    reasons = (Reason(ReasonKind.ANCHOR, 8.1, -2.2, "vocals"), Reason(ReasonKind.LEVEL, 7.2, -3.0))
    told = replace(ONE, stems=(*ONE.stems[:2], replace(ONE.stems[2], reasons=reasons)))
    said = "Turn the bass down by 3.2 dB: it is 8.1 LU above the vocals, where {} LU below is usual."
    assert contradictions(said.format("2.2"), told) == ()
    assert contradictions(said.format("3.0"), told) == ("It says 3 LU beside what it does not belong to.",)
    against = "The bass measures 7.2 LU above the rest of the mix, against a usual {} LU below. Lower it by 3.2 dB."
    assert contradictions(against.format("3.0"), told) == ()
    assert contradictions(against.format("2.2"), told) != ()


def test_a_move_that_is_told_in_two_sentences_is_found():
    once = "The bass is 3.2 dB too loud, so turn it down by 3.2 dB. Raise the vocals by 7.0 dB (5.0 to 8.0 dB)."
    assert contradictions(once, TWO) == ()
    for again in ("Turn the bass down by 3.2 dB.", "Take 3.2 dB off the bass.", "The bass is 3.2 dB too loud."):
        assert contradictions(f"{once} {again}", TWO) == ("It tells the move of bass 2 times.",)


def test_a_level_that_is_told_in_two_sentences_is_found():
    twice = "The bass sits 3.1 LU above the rest. Lower it by 3.2 dB. It is 3.1 LU above the rest."
    assert repetitions(twice, ONE) == ("It tells 3.1 LU 2 times.",)


def test_the_phrase_bank_tells_each_move_once_and_counts_right():
    rng = np.random.default_rng(8)
    for _ in range(200):
        advice = imagine(rng)
        assert repetitions(respond(advice, Style.FULL, rng), advice) == ()


def test_a_number_in_a_stems_name_is_no_figure() -> None:
    advice = _advice(_stem("take 808", -3.0, -4.0, -2.0), _stem("bass"))
    assert untraceable("Turn track A down by 3.0 dB.", advice) == ()


def _other(advice: Advice, stem: int, rng: np.random.Generator) -> Advice:
    """The advice with one move turned round, made larger, or left out."""
    move = advice.stems[stem].move
    turned = Action.LOWER if move.action is Action.RAISE else Action.RAISE
    changed = [
        replace(move, action=turned, gain_db=-move.gain_db, low_db=-move.high_db, high_db=-move.low_db),
        replace(move, gain_db=move.gain_db * 1.2 + np.copysign(0.2, move.gain_db)),
        Move(Action.LEAVE, 0.0, -0.5, 0.5, 0.2),
    ][int(rng.integers(3))]
    stems = list(advice.stems)
    stems[stem] = replace(stems[stem], move=changed)
    return replace(advice, stems=tuple(stems))


def _agree_and_disagree(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    disagreed = 0
    for _ in range(count):
        advice = imagine(rng)
        text = respond(advice, Style(rng.choice(list(Style))), rng)
        assert contradictions(text, advice) == (), text
        moving = [i for i, stem in enumerate(advice.stems) if stem.move.moves]
        if moving:
            other = _other(advice, int(rng.choice(moving)), rng)
            assert contradictions(text, other), text
            disagreed += 1
    assert disagreed > count / 2  # most advice moves something


def test_the_phrase_bank_agrees_with_its_advice_and_with_no_other() -> None:
    _agree_and_disagree(0, 60)


@pytest.mark.slow
def test_the_phrase_bank_agrees_with_its_advice_and_with_no_other_in_many_cases() -> None:
    _agree_and_disagree(1, 5_000)


def test_a_level_on_the_wrong_side_is_found():
    right = "The bass is too loud: turn it down by 3.2 dB. It is 3.1 LU above the rest, where 0.2 LU below is usual."
    assert contradictions(right, ONE) == ()
    for wrong in (right.replace("3.1 LU above", "3.1 LU below"), right.replace("0.2 LU below", "0.2 LU above")):
        (fault,) = contradictions(wrong, ONE)
        assert "other side" in fault


def test_a_figure_that_was_measured_of_another_stem_is_found():
    vocals = replace(_stem("vocals", 7.0, 5.0, 8.0), reasons=(Reason(ReasonKind.LEVEL, -9.4, -2.4),))
    bass = replace(_stem("bass", -3.24, -4.51, -1.98), reasons=(Reason(ReasonKind.SHARE, 41.0, 25.0),))
    advice = _advice(vocals, bass)
    moves = "Raise the vocals by 7.0 dB. {} Lower the bass by 3.2 dB. {}"
    level, share = (
        "They sit 9.4 LU below the mix, where 2.4 LU below is usual.",
        "It holds 41 % of the energy, not 25 %.",
    )
    assert contradictions(moves.format(level, share), advice) == ()
    assert any("measured of bass" in wrong for wrong in contradictions(moves.format(share, level), advice))


def test_a_level_against_the_anchor_is_not_one_against_the_rest():
    stem = replace(_stem("vocals", 7.0, 5.0, 8.0), reasons=(Reason(ReasonKind.ANCHOR, -9.4, -2.4, "drums"),))
    advice = replace(_advice(stem, _stem("drums")), anchor="drums")
    text = "Raise the vocals by 7.0 dB: they sit 9.4 LU below {}, where 2.4 LU below is usual."
    assert contradictions(text.format("the drums"), advice) == ()
    assert any("against the anchor" in wrong for wrong in contradictions(text.format("the rest of the mix"), advice))


def test_a_strong_stem_is_no_strong_evidence():
    for text, certain in (("I believe that the bass is too strong.", False), ("The evidence is strong.", True)):
        clauses = read(text, ["bass"]).clauses
        assert any(Sureness.CERTAIN in sureness(clause.items) for clause in clauses) is certain
