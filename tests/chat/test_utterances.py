"""What people say is done, and nothing is moved that nobody asked for."""

import pytest
from talk import HALVES, Said, done, gains_after, talk, utterances

BELIEVED = {"vocals": -4.0, "bass": 3.0, "01_Lead Vox": -4.0, "voice": -4.0}  # so that applying moves something
TELLING = ("ask", "explain", "measure", "compare", "analyse")
QUICK = ("first", "seventh")
SOME_SLOW = [half if half in QUICK else pytest.param(half, marks=pytest.mark.slow) for half in HALVES]


def as_numbers(rows):
    """Operations with their numbers as floats."""
    return tuple(tuple(float(each) if isinstance(each, int) else each for each in row) for row in rows)


def is_right(said: Said, rows):
    """Whether what was done is what was to be done."""
    return all(row[0] in TELLING for row in rows) if said.nothing else rows == as_numbers(said.does)


def did(said: Said, monkeypatch):
    """What is done of something that is said, and where the faders stand before and then."""
    conversation = talk(said.song, monkeypatch, BELIEVED)
    for before in said.after:
        conversation.say(before)
    before_db = conversation.session.state.gains_db
    rows = done(conversation, said.text)
    return as_numbers(rows), before_db, conversation.session.state.gains_db


@pytest.mark.parametrize("half", SOME_SLOW)
def test_what_is_said_is_done(half, monkeypatch):
    wrong = []
    for said in utterances(half):
        rows, before_db, gains_db = did(said, monkeypatch)
        if not is_right(said, rows):
            wrong.append((str(said), rows))
        still = gains_db == before_db  # which was not understood, at the worst
        assert still or gains_db == gains_after(said, monkeypatch, BELIEVED), f"{said} moved what it should not"
    assert len(wrong) <= 0.05 * len(utterances(half)), wrong


def test_there_are_many_and_none_is_said_twice():
    said = [(each.song, str(each)) for half in HALVES for each in utterances(half)]
    assert len(said) >= 250
    assert len(set(said)) == len(said)
