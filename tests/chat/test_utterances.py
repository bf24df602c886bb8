"""What people say is done, and nothing is moved that nobody asked for."""

import pytest
from talk import HALVES, Said, done, gains_after, talk, utterances

BELIEVED = {"vocals": -4.0, "bass": 3.0, "01_Lead Vox": -4.0, "voice": -4.0}  # so that applying moves something
QUICK = ("first", "fourth")
SOME_SLOW = [half if half in QUICK else pytest.param(half, marks=pytest.mark.slow) for half in HALVES]


def as_numbers(rows):
    """Operations with their numbers as floats."""
    return tuple(tuple(float(each) if isinstance(each, int) else each for each in row) for row in rows)


def did(said: Said, monkeypatch):
    """What is done of something that is said, and where the faders stand then."""
    conversation = talk(said.song, monkeypatch, BELIEVED)
    for before in said.after:
        conversation.say(before)
    rows = done(conversation, said.text)
    return as_numbers(rows), conversation.session.state.gains_db


@pytest.mark.parametrize("half", SOME_SLOW)
def test_what_is_said_is_done(half, monkeypatch):
    wrong = []
    for said in utterances(half):
        rows, gains_db = did(said, monkeypatch)
        if rows != as_numbers(said.does):
            wrong.append((str(said), rows))
        assert gains_db == gains_after(said, monkeypatch, BELIEVED), f"{said} moved what it should not"
    assert len(wrong) <= 0.05 * len(utterances(half)), wrong


def test_there_are_many_and_none_is_said_twice():
    said = [(each.song, str(each)) for half in HALVES for each in utterances(half)]
    assert len(said) >= 250
    assert len(set(said)) == len(said)
