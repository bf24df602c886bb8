"""Reasons, certainty, taste and denials, in sentences written by hand: what is right passes, what is not is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice
from explainer.advice.claims import Reason, ReasonKind
from explainer.reading.agreement import contradictions
from explainer.reading.reader import read
from explainer.reading.slips import slips

STEMS = ("vocals", "drums", "bass", "other instruments")


def _stem(name: str, gain_db: float = 0.0, chance: float = 0.95, *reasons: Reason) -> StemAdvice:
    action = Action.LEAVE if gain_db == 0 else Action.RAISE if gain_db > 0 else Action.LOWER
    low_db, high_db = sorted((0.6 * gain_db, 1.4 * gain_db))
    role = {"vocals": Role.VOCALS, "drums": Role.DRUMS, "bass": Role.BASS}.get(name, Role.OTHER)
    return StemAdvice(name, role, None, -20.0, Move(action, gain_db, low_db, high_db, chance), reasons)


def _advice(*moving: StemAdvice, anchor: str | None = None) -> Advice:
    given_of = {stem.name: stem for stem in moving}
    stems = tuple(given_of.get(name, _stem(name)) for name in STEMS)
    return Advice("song", 44_100, 60.0, anchor, 100.0, stems, NOBODY, LEVELS)


LEVEL = Reason(ReasonKind.LEVEL, -7.3, -2.4)
ALONE = Reason(ReasonKind.LEVEL, -7.3)
ANCHOR = Reason(ReasonKind.ANCHOR, -5.2, 1.1, "drums")
SHARE = Reason(ReasonKind.SHARE, 12.0, 25.0)
MASKED = Reason(ReasonKind.MASKED, 61.0, None, "bass", 250.0, 500.0)
SOUNDS = Reason(ReasonKind.SOUNDS, 17.0)
HIGH = _advice(_stem("vocals", 5.0, 0.95, LEVEL, ANCHOR, SHARE, MASKED, SOUNDS), anchor="drums")
NATIVE = _advice(_stem("vocals", 5.0, 0.95, ALONE))

SAID = [  # a right sentence, and wrong ones that differ in one thing
    (
        "They sit 7.3 LU below the rest of the mix, where 2.4 LU below is usual.",
        "They sit 2.4 LU below the rest of the mix, where 7.3 LU below is usual.",
        "They sit 7.3 LU above the rest of the mix, where 2.4 LU below is usual.",
        "They sit 7.3 LU below the drums, where 2.4 LU below is usual.",
        "They sit 7.3 LU below the rest of the mix, where 1.1 LU above is usual.",
    ),
    (
        "Usually they are 2.4 LU below everything else; here they are 7.3 LU below.",
        "Usually they are 7.3 LU below everything else; here they are 2.4 LU below.",
    ),
    (
        "At 7.3 LU below the rest, they miss the usual 2.4 LU below by a good deal.",
        "At 2.4 LU below the rest, they miss the usual 7.3 LU below by a good deal.",
    ),
    (
        "The norm would be 2.4 LU below the rest of the mix, but they are at 7.3 LU below it.",
        "The norm would be 7.3 LU below the rest of the mix, but they are at 2.4 LU below it.",
    ),
    (
        "Compared with the drums they lie 5.2 LU below, rather than 1.1 LU above.",
        "Compared with everything else they lie 5.2 LU below, rather than 1.1 LU above.",
        "Compared with the drums they lie 5.2 LU below, rather than 1.1 LU below.",
    ),
    (
        "They are 4.9 LU below what is usual.",
        "They are 4.9 LU above what is usual.",
        "They are 2.4 LU below what is usual.",
    ),
    ("That is 4.9 LU off what is usual.", "That is 7.3 LU off what is usual."),
    (
        "Only 12 % of the mix's energy is in them, against a usual 25 %.",
        "Only 25 % of the mix's energy is in them, against a usual 12 %.",
        "Only 61 % of the mix's energy is in them, against a usual 25 %.",
    ),
    (
        "They carry 12 % of the energy and not the usual 25 %.",
        "The bass carries 12 % of the energy and not the usual 25 %.",
        "They carry 17 % of the energy and not the usual 25 %.",
    ),
    (
        "The bass masks them from 250 to 500 Hz for 61 % of the time.",
        "The drums mask them from 250 to 500 Hz for 61 % of the time.",
        "They mask the bass from 250 to 500 Hz for 61 % of the time.",
        "The bass masks them from 500 to 1000 Hz for 61 % of the time.",
        "The bass masks them from 250 to 500 Hz for 17 % of the time.",
    ),
    (
        "Between 250 and 500 Hz they are covered by the bass.",
        "Between 250 and 500 Hz they are covered by the other instruments.",
        "Between 250 and 500 Hz the bass is covered by the vocals.",
    ),
    ("The bass gets in their way and hides them.", "The drums get in their way and hide them."),
    ("They are hidden behind the bass.", "They are hidden behind the drums.", "The bass is hidden behind them."),
    ("They are heard in only 17 % of the song.", "They are heard in only 12 % of the song."),
    ("They are quieter than usual.", "They are louder than usual."),
    ("They sit lower than is normal for such a stem.", "They sit higher than is normal for such a stem."),
    ("I am sure of it.", "I am not quite sure of it.", "It is only a hunch.", "Perhaps.", "It may well be wrong."),
    ("There is no doubt.", "There is some doubt.", "It is a close call.", "This is probably right."),
    ("One stem is off.", "Two stems are off.", "There are three faders to move."),
    ("Nobody differs on that.", "It is a matter of taste.", "Engineers differ by as much."),
]


@pytest.mark.parametrize(
    ("right", "wrong"), [(said[0], said[1:]) for said in SAID], ids=[said[0][:50] for said in SAID]
)
def test_what_is_said_of_a_move_is_held_against_the_advice(right: str, wrong: tuple[str, ...]) -> None:
    text = "The vocals are too quiet. {} Raise them by 5.0 dB."
    late = "The vocals are too quiet, so raise them by 5.0 dB. {}"
    for form in (text, late):
        assert contradictions(form.format(right), HIGH) == (), form.format(right)
        for said in wrong:
            assert contradictions(form.format(said), HIGH), form.format(said)


@pytest.mark.parametrize(
    "said",
    [
        "They are 7.3 LU below the rest of the mix, where 2.4 LU below is usual.",
        "They are 7.3 LU below the rest of the mix, and 7.3 LU below is usual.",
        "They are quieter than usual.",
        "Such stems are usually 7.3 LU below the rest of the mix.",
        "They are 7.3 LU off what is usual.",
    ],
)
def test_nothing_is_usual_where_nothing_usual_is_known(said: str) -> None:
    right = "The vocals are too quiet. They are 7.3 LU below the rest of the mix. Raise them by 5.0 dB."
    assert contradictions(right, NATIVE) == ()
    assert contradictions(f"The vocals are too quiet. {said} Raise them by 5.0 dB.", NATIVE)


@pytest.mark.parametrize(
    "denial",
    [
        *("Leave the vocals.", "Do not touch the vocals.", "The vocals are fine.", "Leave everything as it is."),
        *("No fader has to move.", "The vocals can stay where they are.", "They need no change.", "They are fine."),
        *("Hands off the vocals.", "There is nothing wrong with the vocals.", "Nothing needs to move."),
    ],
)
def test_a_denial_behind_a_right_move_is_found(denial: str) -> None:
    move = "The vocals are too quiet: raise them by 5.0 dB."
    for close in ("Leave the others.", "No other fader has to move.", "Apart from that, nothing needs to move."):
        assert contradictions(f"{move} {close}", HIGH) == ()
    assert contradictions(f"{move} {denial}", HIGH)


HEDGED = ("Perhaps raise the vocals by 5.0 dB.", "The vocals may be too quiet: raise them by 5.0 dB.")
LIKELY = ("The vocals are probably too quiet: raise them by 5.0 dB.", "Raise the vocals by 5.0 dB. I am fairly sure.")
PLAIN = ("Raise the vocals by 5.0 dB.", "The vocals are too quiet: raise them by 5.0 dB.")
CERTAIN = ("Raise the vocals by 5.0 dB. I am certain.", "The vocals are definitely too quiet. Raise them by 5.0 dB.")


@pytest.mark.parametrize(
    ("chance", "right", "wrong"),
    [
        (0.95, (*PLAIN, *CERTAIN), (*HEDGED, *LIKELY)),
        (0.8, (*PLAIN, *LIKELY), CERTAIN),
        (0.6, (*HEDGED, *LIKELY), (*PLAIN, *CERTAIN)),
    ],
    ids=["sure", "likely", "unsure"],
)
def test_a_text_is_as_sure_as_the_advice(chance: float, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    advice = _advice(_stem("vocals", 5.0, chance))
    assert [text for text in right if contradictions(text, advice)] == []
    assert [text for text in wrong if not contradictions(text, advice)] == []


def test_a_range_that_takes_in_no_move_makes_a_move_unsure() -> None:
    stem = _stem("vocals", 5.0, 0.95)
    across = _advice(replace(stem, move=replace(stem.move, low_db=-0.4)))
    assert contradictions("Raise the vocals by 5.0 dB.", across)
    assert contradictions("Perhaps raise the vocals by 5.0 dB (-0.4 to 7.0 dB).", across) == ()


def test_a_hedge_of_the_amount_is_none_of_the_move() -> None:
    sure, unsure = (_advice(_stem("vocals", 5.0, chance)) for chance in (0.95, 0.6))
    text = "Raise the vocals by 5.0 dB. The right amount is likely between 3.0 and 7.0 dB."
    assert contradictions(text, sure) == ()
    assert contradictions(text, unsure)


def test_of_two_moves_each_is_as_sure_as_it_is() -> None:
    two = _advice(_stem("vocals", 5.0, 0.6), _stem("bass", -4.0, 0.95))
    assert contradictions("Raise the vocals by 5.0 dB, if anything. Lower the bass by 4.0 dB.", two) == ()
    assert contradictions("Raise the vocals by 5.0 dB. Perhaps lower the bass by 4.0 dB.", two)
    assert contradictions("Lower the bass by 4.0 dB, and perhaps raise the vocals by 5.0 dB.", two) == ()


def test_a_part_that_is_taken_back_may_be_a_matter_on_which_engineers_differ() -> None:
    text = (
        "The vocals are too quiet: that is 4.9 LU off what is usual; I would take back {} of it, as engineers differ."
    )
    far = _advice(_stem("vocals", 3.0, 0.95, LEVEL))
    assert contradictions(text.format("3.0 dB"), far) == ()
    assert contradictions(text.format("4.0 dB"), far)
    assert contradictions("Raise the vocals by 3.0 dB. This is a matter of taste.", far)
    assert contradictions("Raise the vocals by 0.9 dB. This is a matter of taste.", _advice(_stem("vocals", 0.9))) == ()


def test_what_a_part_of_an_answer_leaves_out_is_no_contradiction() -> None:
    two = _advice(_stem("vocals", 5.0), _stem("bass", -4.0))
    for part in (
        "Two stems are off, the vocals most of all.",
        "Leave the rest as it is.",
        "Raise the vocals by 5.0 dB.",
    ):
        assert contradictions(part, two, whole=False) == ()
        assert contradictions(part, two)
    for part in ("Three stems are off.", "Leave everything as it is.", "Lower the vocals.", "Do not touch the bass."):
        assert contradictions(part, two, whole=False)
    assert contradictions("It is a song.", _advice(), whole=False) == ()


@pytest.mark.parametrize(
    "said",
    [
        "Raise the vocals by 5.0 dB, as they are 7.3 LU below the rest of the mix, while 5...",
        "Raise the vocals by 5.0 dB, as they are 7.3 LU below the rest of the mix, where 250 Hz the bass covers them.",
        "Raise the vocals by 5.0 dB. They are 7.3 LU below the",
        "Raise the vocals by 5.0 dB. They are 7.3 LU below the.",
        "The vocals are 7.3 LU below the rest of the mix raise them by 5.0 dB.",
        "Raise the vocals by 5.0 dB the bass is fine.",
        "The vocals is too quiet. Raise them by 5.0 dB.",
        "The vocals are too quiet because the bass mask them.",
        "Raise the vocals by 5.0 dB because.",
    ],
)
def test_what_is_no_sentence_is_a_slip(said: str) -> None:
    assert slips(said)


@given(st.text(max_size=60))
def test_any_text_is_searched_for_slips(text: str) -> None:
    assert all(isinstance(slip, str) for slip in slips(text))
    assert read(text, STEMS).sentence >= 1
