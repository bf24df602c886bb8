"""Orders are told apart from questions, suppositions and what is not to be done; no text moves a fader by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import HALVES, talk, utterances

from console.errors import InputError
from studio.chat.grammar.plan import Memory
from studio.chat.grammar.understand import understood

ASKING = ("do you think I should {}?", "why should I {}?", "should I {}?", "what if I {}?", "would it help to {}?")
DENYING = ("please don't {}", "never {}", "I would not {}", "you should not {}", "do not {}")
VERBS = frozenset("turn bring set take push pull drop raise lower reduce boost lift move put nudge make reset".split())
CHANGING = {"nudge", "set", "reset", "apply", "undo", "redo"}


def moving(half):
    """What is said at once, and moves faders."""
    return [
        said
        for said in utterances(half)
        if not said.after
        and not any(apart in said.text for apart in (",", "! ", ". ", "so please"))
        and any(row[0] in ("nudge", "set") for row in said.does)
    ]


def moves(conversation, text):
    """What would be done to faders."""
    parts = understood(text, conversation.session, Memory())
    if any(part.unclear for part in parts):
        return []
    return [order for part in parts for order in part.orders if order[0] in CHANGING and not order[1].get("dry_run")]


SOME_SLOW = [half if half in ("first", "seventh") else pytest.param(half, marks=pytest.mark.slow) for half in HALVES]


@pytest.mark.parametrize("half", SOME_SLOW)
def test_an_order_that_is_asked_or_denied_moves_nothing(half, monkeypatch):
    songs = {said.song: talk(said.song, monkeypatch) for said in moving(half)}
    understood_ones = [said for said in moving(half) if moves(songs[said.song], said.text)]
    assert len(understood_ones) >= 0.95 * len(moving(half))
    for at, said in enumerate(understood_ones):
        plain = said.text.rstrip(".!?")
        frames = [ASKING[at % len(ASKING)], ASKING[(at + 1) % len(ASKING)]]
        if plain.split()[0].casefold() in VERBS:
            frames += [DENYING[at % len(DENYING)], DENYING[(at + 1) % len(DENYING)]]
        for frame in frames:
            assert not moves(songs[said.song], frame.format(plain)), frame.format(plain)


WORDS = (
    "vocals drums bass it them everything up down more less louder to at by not undo apply lock 2 -3 dB a bit and , . ?"
)


@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=9).map(" ".join) | st.text(max_size=60))
def test_no_text_upsets_it(text):
    with pytest.MonkeyPatch.context() as patch:
        conversation = talk("four", patch)
        before_db = conversation.session.state.gains_db
        try:
            reply = conversation.say(text)
        except InputError:
            assert conversation.session.state.gains_db == before_db
        else:
            assert reply.said
            moved = conversation.session.state.gains_db != before_db
            assert moved == any(change.what == "gain_db" for step in reply.steps for change in step.changes)


@pytest.mark.parametrize("text", ["", "  ", "?!"])
def test_nothing_said_is_refused(text, monkeypatch):
    with pytest.raises(InputError, match="Nothing was said"):
        talk("four", monkeypatch).say(text)


def test_too_much_said_is_refused(monkeypatch):
    with pytest.raises(InputError, match="too long"):
        talk("four", monkeypatch).say("vocals up " * 200)


@pytest.mark.parametrize(
    "text",
    [
        "turn the vocals up and make the drums fatter",
        "vocals up 2 dB, no wait, drums",
        "vocals up 2, actually 3",
        "turn up the vocals or the bass",
        "vocals up 2 dB and the banjo down 1",
    ],
)
def test_where_a_part_is_not_understood_nothing_is_done_and_that_is_said(text, monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say(text)
    assert not reply.steps
    assert not any(conversation.session.state.gains_db)
    assert reply.said


def test_what_is_not_understood_is_told_with_examples_on_the_songs_own_stems(monkeypatch):
    reply = talk("trio", monkeypatch).say("blorf the wibble")
    assert "did not understand" in reply.said
    assert "acoustic guitar up 2 dB" in reply.said


@pytest.mark.parametrize(
    "text",
    [
        "vocals up to the same level as the drums",
        "turn the drums down by the same amount as the bass",
        "put the vocals 2 dB above the drums",
        "tuck the bass in under the vocals, 2 dB or so",
        "vocals 2 bass 3",
        "vocals up 2, make that 3",
        "vocals up 2 dB not",
        "everything up except",
        "gradually bring up the drums",
        "vocals up 2 dB from 1:20",
        "turn the drums all the way down",
        "bring back the drums",
        "cut the vocals",
        "keep the bass under the drums",
        "make it blue",
        "make it like a warm summer evening",
        "I almost turned the vocals up 2 dB",
    ],
)
def test_what_a_move_would_only_half_do_is_asked_back(text, monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say(text)
    assert not any(conversation.session.state.gains_db)
    assert not conversation.session.state.locks
    assert "genre" not in reply.said
    assert "song" not in reply.said.replace("whole song", "")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Vocals up 2, frobnicate Teh drmus", "frobnicate Teh drmus"),
        ("drums up 2 on the speakr", "speakr"),
    ],
)
def test_what_was_not_understood_is_quoted_as_it_was_typed(text, quoted, monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say(text)
    assert not reply.steps
    assert f"“{quoted}”" in reply.said


@pytest.mark.parametrize(
    ("before", "text", "db"),
    [
        (["vocals up 2"], "undo twice", 0.0),
        (["apply it"], "not the vocals", -4.0),
        (["drums up 1", "vocals up 2"], "reset it", 0.0),
        (["vocals up 2"], "sorry, down", -2.0),
        (["vocals up 2"], "make that -2", -2.0),
        (["the vocals are too loud"], "yes, but only a bit", -1.0),
        (["drums down 2"], "the opposite for the vocals", 2.0),
    ],
)
def test_what_goes_on_from_before_moves_what_was_meant(before, text, db, monkeypatch):
    conversation = talk("four", monkeypatch, {"vocals": -4.0})
    for each in before:
        conversation.say(each)
    others_db = conversation.session.state.gains_db[1:]
    conversation.say(text)
    assert conversation.session.state.gains_db == (db, *others_db)
