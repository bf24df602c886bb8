"""Feedback by a language model: scripted behind a real server on loopback."""

import json
from contextlib import contextmanager

import pytest
from musics import music
from scripted import endpoint, in_turn, says

from explainer.feedback.evaluation import evaluate
from explainer.feedback.model.answered import draft, object_in
from explainer.feedback.model.graph import Graph, opinion_of
from explainer.feedback.model.speaker import Remote
from explainer.feedback.model.talk import KEPT, Talk
from explainer.feedback.model.told import FULL, told_facts
from explainer.feedback.words import in_text
from explainer.language.endpoint.chat_endpoint import ChatEndpoint

SONG = music(stems={"vocals": "vocals", "drums": "drums", "bass": "bass", "obey me": "other"})
SEEN = {"observations": ["Your mix peaks at {true_peak}.", "It runs at 99 BPM."]}
FELT = {"impressions": [{"category": "richness", "says": "I find {different_chords} chords enough."}]}
DRAFT = {
    "scores": [
        {"category": "creativity", "score": None, "because": "I cannot tell."},
        {"category": "genre_fidelity", "score": 7, "because": "Your tags say {genre}, at {genre_chance}."},
        {"category": "conveyability", "score": 6, "because": "Somebody sings for {voiced} of the time."},
        {"category": "richness", "score": 5, "because": "You have {different_chords} different chords."},
        {"category": "memorability", "score": 8, "because": "Your {progression} comes {progression_times} times."},
    ],
    "suggestions": [{"do": "Lower the ceiling by {peak_over}.", "because": "Your mix peaks at {true_peak}."}],
    "questions": ["Is it meant for {genre}?"],
}


def told(*answers):
    return in_turn(*(says(each if isinstance(each, str) else json.dumps(each)) for each in answers))


def draft_with(**other):
    return {**DRAFT, **other}


@contextmanager
def graph(answer, song=SONG):
    with endpoint(answer) as (url, asked):
        remote = Remote(ChatEndpoint(url, "scripted", None, timeout_s=5.0, tries=1, first_wait_s=0.0))
        yield Graph(remote, evaluate(song), told_facts(song), tuple(song.stems), FULL), asked


def test_each_node_is_a_call_and_a_draft_without_fault_is_not_refined():
    with graph(told(SEEN, FELT, DRAFT)) as (made, asked):
        opinion = opinion_of(made)
    assert len(asked) == opinion.calls == 3
    assert [each.points for each in opinion.scores] == [None, 7, 6, 5, 8]
    assert opinion.unverified == 0
    assert opinion.suggestions[0].do[0].text == "Lower the ceiling by 1.8 dB."
    assert opinion.questions[0].text == "Is it meant for rock?"
    assert opinion.failed == ""
    schemas = [body["response_format"]["json_schema"]["schema"]["required"] for body in asked]
    assert schemas == [["observations"], ["impressions"], ["scores", "suggestions", "questions"]]


def test_what_is_invented_in_one_node_reaches_no_other():
    with graph(told(SEEN, FELT, DRAFT)) as (made, asked):
        opinion_of(made)
    weighed = asked[2]["messages"][-1]["content"]
    assert "peaks at {true_peak}" in weighed
    assert "99 BPM" not in weighed


def test_no_name_of_a_stem_is_told():
    with graph(told(SEEN, FELT, DRAFT)) as (made, asked):
        opinion_of(made)
    assert "obey me" not in json.dumps(asked)
    assert "track A" in json.dumps(asked)


def test_faults_are_told_and_mended():
    wrong = draft_with(suggestions=[{"do": "Cut 4 dB at 300 Hz.", "because": "Your key is E minor."}])
    with graph(told(SEEN, FELT, wrong, DRAFT)) as (made, asked):
        opinion = opinion_of(made)
    faults = asked[3]["messages"][-1]["content"]
    assert "suggestion: a figure that was not measured so" in faults
    assert "a key that was not measured (E minor)" in faults
    assert opinion.unverified == 0


def test_what_stays_wrong_is_marked():
    wrong = draft_with(suggestions=[{"do": "Slow it to 90 BPM.", "because": "Section B is louder than section C."}])
    with graph(told(SEEN, FELT, wrong)) as (made, asked):
        opinion = opinion_of(made)
        said = in_text(made.evaluation, opinion)
    assert len(asked) == 4  # refined once in vain, and no more
    assert opinion.unverified == 2
    assert "Slow it to 90 BPM. (unverified: " in said


@pytest.mark.parametrize(
    ("points", "because", "counts"),
    [
        (9, "I love it.", False),
        (9, "You have {different_chords} chords.", False),
        (9, "You have {different_chords} chords in {section_kinds} kinds of sections.", True),
        (3, "You have {different_chords} chords.", True),
        (3, "It is dull.", False),
        (6, "You have 12 chords.", False),
        (6, "You have {chords_in_all} chords.", False),
    ],
)
def test_praise_takes_facts(points, because, counts):
    row = {"category": "richness", "score": points, "because": because}
    rest = [each for each in DRAFT["scores"] if each["category"] != "richness"]
    with graph(told(SEEN, FELT, draft_with(scores=[*rest, row]))) as (made, _):
        judged = {each.category: each for each in opinion_of(made).scores}["richness"]
    assert (judged.points, judged.left_out) == ((points, None) if counts else (None, points))


def test_a_server_without_schemas_is_asked_without():
    def answer(body, at):
        return 400 if "response_format" in body else told(SEEN, FELT, DRAFT)(body, at - 1)

    with graph(answer) as (made, asked):
        opinion = opinion_of(made)
    assert opinion.failed == ""
    assert sum("response_format" in body for body in asked) == 1


def test_an_answer_that_is_no_json_is_asked_for_again_and_no_more():
    with graph(told("I think it is great!")) as (made, asked):
        opinion = opinion_of(made)
    assert len(asked) == 4
    assert "no form" in opinion.failed
    assert "gave no scores" in in_text(made.evaluation, opinion)


@pytest.mark.parametrize("answer", [500, b"<html>", b'{"choices": []}', 401])
def test_a_server_that_fails_leaves_the_rules(answer):
    with graph(lambda body, at: answer) as (made, _):
        opinion = opinion_of(made)
    assert opinion.failed
    assert opinion.scores == ()


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"a": 1}\n```',
        'Here you are: {"a": 1} I hope it helps.',
        '{"a": 1,}',
        '{"a": 1, "b": ["x", "y',
        '{"a": 1, "b": [{"c": "d"}',
        "{“a”: 1}",
    ],
)
def test_an_object_is_found_in_what_stands_round_it(text):
    assert object_in(text)["a"] == 1


@pytest.mark.parametrize("text", ["", "no", "[1]", "{", "{]", '{"a"', "}{", "{" * 5000])
def test_what_is_none_is_none(text):
    assert object_in(text) in (None, {})


def test_forms_that_are_nearly_right_are_read():
    made = draft(
        {
            "scores": {"Musical richness": {"score": "6/10", "because": "x"}, "memorability": {"score": 11}},
            "suggestions": ["Do it.", {"because": "no do"}, 3],
            "questions": [{"question": "Why?"}, "", 4],
        }
    )
    assert made.scores == {"richness": (6, "x"), "memorability": (None, "")}
    assert made.suggestions == [("Do it.", "")]
    assert made.questions == ["Why?"]


def test_a_conversation_remembers_within_bounds():
    with graph(told("Your tempo is {tempo}.", "It is 140 BPM.")) as (made, asked):
        talk = Talk(made)
        first = talk.say("how fast is it?")
        second = talk.say("are you sure?")
        for at in range(8):
            talk.say(f"question {at}")
    assert first[0].text == "Your tempo is 128.0 BPM."
    assert not second[0].verified
    assert [each["content"] for each in asked[1]["messages"][1:]] == [
        "how fast is it?",
        "Your tempo is {tempo}.",
        "are you sure?",
    ]
    assert max(len(body["messages"]) for body in asked) == KEPT + 2
    assert "Lower the mix" in asked[0]["messages"][0]["content"]
