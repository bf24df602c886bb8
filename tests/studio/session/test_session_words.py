"""Answers, comparisons and offers of a session: what is offered can be done as it stands."""

import pytest
from ears import LevelEar, levelled

from explainer.ask import examples
from studio.session import OPERATIONS, Session


@pytest.fixture(scope="module")
def judged() -> Session:
    session = Session(levelled({"vocals": 6.0, "bass": -5.0}), LevelEar())
    session.do("analyse")
    return session


@pytest.fixture
def session(judged) -> Session:
    while judged.at:
        judged.do("undo")
    judged.steps = []
    return judged


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("what if the bass were the anchor?", [("anchor", {"stem": "bass"})]),
        ("what if I lock the vocals?", [("lock", {"stems": ["vocals"]})]),
        ("what if I leave the vocals?", [("lock", {"stems": ["vocals"]})]),
        ("judge it as metal", [("usual", {"genre": "metal"})]),
        ("only half of it, please", [("strength", {"percent": 50.0})]),
        ("what changed?", [("compare", {})]),
        ("listen again", [("measure", {})]),
        ("what if something else were the anchor?", []),  # which, the asker has to say
        ("why the vocals?", []),
    ],
)
def test_what_another_listening_would_tell_is_offered(session, question, offered):
    outcome = session.do("ask", {"question": question})
    assert list(outcome.offers) == offered
    assert not session.steps
    for operation, arguments in outcome.offers:
        assert session.do(operation, arguments).operation == operation


def test_every_example_is_answered_and_every_offer_can_be_done(session):
    kinds = set()
    for question in examples(session.advice):
        outcome = session.do("ask", {"question": question})
        assert outcome.said.strip()
        kinds.add(outcome.data["kind"])
        for operation, arguments in outcome.offers:
            OPERATIONS[operation].model_validate(arguments)
            session.do(operation, arguments)
            if session.at:
                session.do("undo")
    assert len(kinds) > 10


def test_a_stem_that_is_called_as_a_blank_is_offered_by_its_name():
    session = Session(levelled({"vocals": 6.0}, names=("vocals", "NAME", "bass", "other")), LevelEar())
    outcome = session.do("ask", {"question": "what if NAME were the anchor?"})
    assert outcome.offers == (("anchor", {"stem": "NAME"}),)


@pytest.mark.parametrize("style", ["short", "full", "plain"])
def test_the_advice_in_words_names_what_moves_and_where_they_come_from(session, style):
    outcome = session.do("explain", {"style": style})
    assert "vocals" in outcome.said
    assert "6.0 dB" in outcome.said or style == "plain"
    assert outcome.data["source"] in ("model", "phrases", "mixed")


def test_a_comparison_has_the_changes_and_how_much_louder_it_is(session):
    nothing = session.do("compare")
    assert nothing.said.startswith("A is the mix as it was opened, B the mix as it is now.")
    assert nothing.said.endswith("As a whole, B is as loud as A.")
    assert set(nothing.data["changes_db"].values()) == {0.0}
    for name in session.song.names:
        session.do("nudge", {"stem": name, "by_db": -3})
    outcome = session.do("compare")
    assert set(outcome.data["changes_db"].values()) == {-3.0}
    assert outcome.said.endswith("As a whole, B is 3.0 LU softer.")
    assert outcome.data["now"]["loudness_lufs"] == pytest.approx(outcome.data["before"]["loudness_lufs"] - 3, abs=0.02)
    outcome = session.do("compare", {"step": 3})
    assert outcome.said.startswith("A is the mix after step 3, B the mix as it is now.")
    assert {name for name, db in outcome.data["changes_db"].items() if db} == {session.song.names[3]}
