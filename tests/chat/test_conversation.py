"""What goes on from what was said before: offers, undo of all that was said, other hands on the same session."""

from talk import done, talk


def test_undo_takes_back_all_that_was_said_last(monkeypatch):
    conversation = talk("four", monkeypatch)
    conversation.say("bass up 1")
    conversation.say("vocals up 2, drums down 1 and lock the bass")
    conversation.say("undo that")
    assert conversation.session.state.gains_db == (0.0, 0.0, 1.0, 0.0)
    assert conversation.session.state.locks == ()
    conversation.say("redo")
    assert conversation.session.state.gains_db == (2.0, -1.0, 1.0, 0.0)


def test_undo_takes_back_one_step_where_another_hand_was_there_meanwhile(monkeypatch):
    conversation = talk("four", monkeypatch)
    conversation.say("vocals up 2, drums down 1")
    conversation.session.nudge("other", 3.0)
    conversation.say("undo")
    assert conversation.session.state.gains_db == (2.0, -1.0, 0.0, 0.0)


def test_each_change_of_several_is_one_step(monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say("vocals up 2, drums down 1")
    assert [step.operation for step in reply.steps] == ["nudge", "nudge"]
    assert conversation.session.at == 2
    assert reply.verified


def test_what_is_found_wrong_is_offered_by_the_words_size_and_done_when_accepted(monkeypatch):
    conversation = talk("four", monkeypatch)
    reply = conversation.say("the vocals are 2 dB too loud")
    assert reply.offers == (("nudge", {"stem": "vocals", "by_db": -2.0}),)
    assert not any(conversation.session.state.gains_db)
    assert done(conversation, "yes please") == (("nudge", "vocals", -2.0),)
    assert done(conversation, "yes please") == ()  # an offer is taken once


def test_a_supposition_changes_nothing_and_says_what_would_be_suggested(monkeypatch):
    conversation = talk("four", monkeypatch, {"vocals": -4.0})
    before = conversation.session.state
    reply = conversation.say("what if the vocals were the anchor?")
    assert conversation.session.state == before
    assert conversation.session.steps == []
    assert "Nothing was changed" in reply.said
    assert reply.offers == (("anchor", {"stem": "vocals"}),)


def test_a_locked_stem_stays_and_that_is_said(monkeypatch):
    conversation = talk("four", monkeypatch)
    conversation.say("lock the bass")
    reply = conversation.say("bass up 2")
    assert "locked" in reply.said
    assert not any(conversation.session.state.gains_db)


def test_the_words_of_size_are_told_once(monkeypatch):
    conversation = talk("four", monkeypatch)
    assert "a bit is 1 dB" in conversation.say("vocals up a bit").said
    assert "a bit is 1 dB" not in conversation.say("vocals up a bit").said


def test_no_file_is_opened_by_what_is_said(monkeypatch):
    conversation = talk("four", monkeypatch)
    assert not conversation.say("make it like this song /etc/passwd").steps
    assert ":like" in conversation.say("make it like this song").said
    assert conversation.session.state.usual.like == ()


def test_saving_is_left_to_those_who_can(monkeypatch):
    conversation = talk("four", monkeypatch)
    assert "Nothing is written from here" in conversation.say("save it").said
    conversation.save = lambda: "Written to out"
    assert conversation.say("save it").said == "Written to out"


def test_a_format_of_others_is_not_taken_for_the_mix(monkeypatch):
    conversation = talk("four", monkeypatch)
    conversation.save = lambda: "Written."
    assert conversation.say("save it").said == "Written."
    assert "Nothing is written yet" in conversation.say("export to reaper").said
