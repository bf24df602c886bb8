"""Which stems are meant: nicknames, sides, parts, several, names that read like orders, slips of the pen."""

import pytest
import torch
from talk import RATE_HZ, Deaf, Quiet, Watched, console, done, talk

from console import Song
from console.read.roles import Role
from studio.chat import Conversation
from studio.chat.grammar.heard.riddles import is_riddle

RIDDLES = ("undo", "it", "apply it", "lock bass", "everything", "yes", "gtr up", "hello vocals up 24 dB", "drums")


def named(names, monkeypatch):
    """A conversation about stems of these names."""
    monkeypatch.setattr("studio.session.heard.listen_grouped", Deaf().listen)
    audio = 0.05 * torch.randn(len(names), 1, 4 * RATE_HZ, generator=torch.Generator().manual_seed(0))
    song = Song(audio, tuple(names), RATE_HZ, roles=(Role.OTHER,) * len(names), title="riddles")
    return Conversation(Watched(song, console(), Quiet()))


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("the singer up 1", ["01_Lead Vox"]),
        ("the DI up 1", ["Bass DI"]),
        ("snr up 1", ["Snare"]),
        ("audio 7 up 1", ["Audio 07"]),
        ("track 5 up 1", ["Snare"]),
        ("gtr r up 1", ["GTR R"]),
        ("right guitar up 1", ["GTR R"]),
        ("drum kit up 1", ["Kick In", "Snare", "OH"]),
        ("kick out up 1", ["Kick Out"]),
        ("overheds up 1", ["OH"]),
    ],
)
def test_stems_are_meant_by_many_names(text, stems, monkeypatch):
    assert done(talk("band", monkeypatch), text) == tuple(("nudge", stem, 1.0) for stem in stems)


def test_linked_stems_are_moved_once(monkeypatch):
    conversation = talk("band", monkeypatch)
    conversation.say("turn everything up 1 dB")
    assert set(conversation.session.state.gains_db) == {1.0}


@pytest.mark.parametrize(("answer", "stems"), [("left", ["GTR L"]), ("GTR R", ["GTR R"]), ("both", ["GTR L", "GTR R"])])
def test_which_of_several_is_asked_back(answer, stems, monkeypatch):
    conversation = talk("band", monkeypatch)
    reply = conversation.say("guitar down 3 dB")
    assert not reply.steps
    assert "“GTR L” or “GTR R”" in reply.said
    assert done(conversation, answer) == tuple(("nudge", stem, -3.0) for stem in stems)


def test_a_part_of_a_stem_is_no_stem(monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say("kick up 2 dB")
    assert not reply.steps
    assert "part of “drums”" in reply.said
    assert done(conversation, "yes") == (("nudge", "drums", 2.0),)


def test_a_stem_is_called_by_the_role_it_was_given(monkeypatch):
    conversation = talk("band", monkeypatch)
    conversation.say("Audio 07 is a tambourine")
    assert done(conversation, "tambourine up 2") == (("nudge", "Audio 07", 2.0),)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("undo", [("undo",)]),
        ("undo that", [("undo",)]),
        ("turn it up 1 dB", [("nudge", "drums", 1.0)]),
        ("lock the drums", [("lock", ["drums"])]),
        ("yes", []),
        ("hello vocals up 24 dB", [("ask",)]),
        ("hello vocals up 24 dB down 1", [("nudge", "hello vocals up 24 dB", -1.0)]),
        ("“undo” up 2 dB", [("nudge", "undo", 2.0)]),
        ('turn "it" down 1', [("nudge", "it", -1.0)]),
        ("lock 'apply it'", [("lock", ["apply it"])]),
    ],
)
def test_names_that_read_like_orders_are_meant_in_quotation_marks_only(text, rows, monkeypatch):
    conversation = named(RIDDLES, monkeypatch)
    conversation.say("drums up 2")
    assert done(conversation, text) == tuple(rows)


@pytest.mark.parametrize("name", [("kick", "in"), ("kick", "out"), ("oh",), ("other",), ("lead", "vox"), ("snare",)])
def test_usual_names_are_no_riddles(name):
    assert not is_riddle(name)
