"""What is asked of the music is answered from its analysis, and moves nothing."""

from dataclasses import replace

import pytest
from musics import music
from talk import talk

from studio.session.heard import Heard


@pytest.fixture
def conversation(monkeypatch):
    """On four stems, of a song that was analysed."""
    known = music()
    sections = [replace(each, stem_level_lufs={"vocals": -20.0 - at}) for at, each in enumerate(known.form.sections)]
    known = replace(known, form=replace(known.form, sections=tuple(sections)))
    monkeypatch.setattr(Heard, "analysed", lambda self, state, tell: known)
    return talk("four", monkeypatch)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("what key is it in?", "Key: "),
        ("can you tell me the tempo?", "Tempo: "),
        ("bpm?", "Tempo: "),
        ("which chords are there?", "Commonest chords: "),
        ("how many sections are there?", "Form: "),
        ("what genre is this?", "Genre: "),
        ("is it ready for Spotify?", "Services would change its level: "),
        ("which section has the loudest vocals?", "“vocals” is loudest in "),
        ("vocals up 1 dB and tell me the tempo", "Tempo: "),
    ],
)
def test_a_chapter_is_told(conversation, question, told):
    moved = "up 1 dB" in question
    assert told in conversation.say(question).said
    assert conversation.session.state.gains_db == (1.0 if moved else 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "order",
    ["keys up 2 dB", "judge it as jazz", "turn up the vocals in the chorus", "make it as loud as Spotify wants"],
)
def test_what_only_has_such_a_word_in_it_asks_for_no_chapter(conversation, order, monkeypatch):
    monkeypatch.setattr("studio.chat.conversation.of_music", lambda *told: pytest.fail("was asked for"))
    conversation.say(order)


def test_what_could_not_be_told_is_said_of_what_was_asked(conversation, monkeypatch):
    silent = music(key=None, chords=None, missing=("No key was heard: all is noise.", "No beats were heard."))
    monkeypatch.setattr(Heard, "analysed", lambda self, state, tell: silent)
    assert conversation.say("what key is it in?").said == "No key was heard: all is noise."


def test_the_loudest_stem_is_told_as_the_faders_stand(conversation):
    first = conversation.say("which stem is the loudest?").said
    assert first.startswith("As the faders stand: “other” at ")
    conversation.say("vocals up 12 dB")
    assert conversation.say("which is the loudest stem?").said.startswith("As the faders stand: “vocals” at ")
