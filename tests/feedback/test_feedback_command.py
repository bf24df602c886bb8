"""`mixconsole feedback`, and the session's operation of that name."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from ears import LevelEar, levelled
from musics import SECTIONS, music
from scripted import endpoint, in_turn, says
from test_graph import DRAFT, FELT, SEEN

from console.music.music import Form
from studio.cli import main
from studio.session import Session

SONG = music()
OLDER = music(beats=replace(SONG.beats, tempo_bpm=120.0), form=Form(SECTIONS[:4], 0.7, "ruptures"))


@pytest.fixture
def files(tmp_path):
    """Analyses of a song and of an older version of it."""
    (tmp_path / "now.json").write_text(SONG.to_json())
    (tmp_path / "older.json").write_text(OLDER.to_json())
    return tmp_path


@pytest.fixture
def analysed(monkeypatch):
    """In place of listening to the music, which others test."""
    monkeypatch.setattr("studio.measured.music_of", lambda song, tell, before=None: replace(SONG, song=song.title))


def invoke(*arguments, **options):
    return CliRunner().invoke(main, ["feedback", *map(str, arguments)], **options)


def said_of(*arguments, **options):
    told = invoke(*arguments, **options)
    assert told.exit_code == 0, told.output
    return told.stdout


def test_of_an_analysis_what_was_measured_is_said(files):
    said = said_of(files / "now.json")
    assert "Musical richness: 5 of 10" in said
    assert "Creativity and originality: not judged." in said
    assert "Who covers whom was not measured" in said
    assert "stems are not at hand" in said


def test_as_json_every_fact_is_told(files):
    data = json.loads(said_of(files / "now.json", "--json"))
    assert data["schema"] == "mixconsole/feedback/1"
    assert data["facts"]["key"]["said"] == "D minor"
    assert [each["rule"] for each in data["suggestions"]] == ["peak", "weak_return"]


def test_as_markdown(files):
    assert said_of(files / "now.json", "--md").startswith("# made up\n")


def test_two_versions_are_compared(files):
    said = said_of(files / "now.json", "--compare", files / "older.json")
    assert "Tempo: 120.0 BPM before, 128.0 BPM now (8.0 BPM more)." in said
    assert said.index("A B A B before, A B A B C B now") < said.index("Tempo: ")
    data = json.loads(said_of(files / "now.json", "--compare", files / "older.json", "--json"))
    assert "tempo" in [change["slot"] for change in data["changes"]]


def test_stems_are_measured_too(tmp_path, analysed):
    levelled({"vocals": 6.0}, title="song").save(tmp_path / "song")
    data = json.loads(said_of(tmp_path / "song", "--json"))
    assert "vocals_covered" in data["facts"]
    assert data["missing"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.json"], "cannot be read"),
        (["bad.json"], "is no analysis of music"),
        (["now.json", "--chat"], "name one by --llm"),
        (["now.json", "--json", "--md"], "Choose one"),
        (["now.json", "--llm", "http://127.0.0.1:1/v1#none"], "cannot be reached"),
        (["now.json", "--llm", "http://127.0.0.1:1/v1"], "is named with its model"),
        (["now.json", "--compare", "bad.json"], "is no analysis of music"),
    ],
)
def test_what_cannot_be_is_one_sentence(files, arguments, said):
    (files / "bad.json").write_text('{"song": 3}')
    places = [files / each if each.endswith(".json") else each for each in arguments]
    told = invoke(*places)
    assert told.exit_code == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_language_model_judges_compares_and_is_talked_to(files, monkeypatch):
    monkeypatch.delenv("MIXCONSOLE_KEY", raising=False)
    answers = [
        "Your tempo went from {before_tempo} to {now_tempo}, {change_tempo}. Your key went to E major.",
        *map(json.dumps, (SEEN, FELT, DRAFT)),
        "Your tempo is {tempo}. It is 90 BPM.",
    ]
    with endpoint(in_turn(*map(says, answers))) as (url, asked):
        arguments = ("--compare", files / "older.json", "--llm", f"{url}#scripted", "--chat")
        said = said_of(files / "now.json", *arguments, input="how fast?\n\n:quit\nnever read\n")
    assert "Your tempo went from 120.0 BPM to 128.0 BPM, 8.0 BPM more." in said
    assert "Your key went to E major. (unverified: " in said
    assert "Memorability: 8 of 10." in said
    assert "> how fast?\nYour tempo is 128.0 BPM. It is 90 BPM. (unverified: " in said
    assert len(asked) == 5
    assert "{before_tempo} = 120.0 BPM" in asked[0]["messages"][1]["content"]


def test_a_session_has_it_as_an_operation(analysed):
    session = Session(levelled({"vocals": 6.0}), LevelEar())
    outcome = session.do("feedback")
    assert "musical richness 5 of 10" in outcome.said.lower()
    assert "the vocals down 6.0 dB" in outcome.data["facts"]["balance"]["said"]
    assert json.dumps(outcome.data, allow_nan=False)
    assert not session.steps


def test_once_the_faders_stand_right_no_balance_is_complained_of(analysed):
    session = Session(levelled({"vocals": 6.0}), LevelEar())
    session.do("apply")
    assert "balance" not in session.do("feedback").data["facts"]


def test_what_was_measured_is_kept_until_a_fader_moves(monkeypatch):
    calls = []
    monkeypatch.setattr("studio.measured.music_of", lambda song, tell, before: calls.append(before) or SONG)
    session = Session(levelled(), LevelEar())
    session.do("feedback")
    session.do("feedback")
    assert len(calls) == 1
    session.do("nudge", {"stem": "bass", "by_db": 1})
    session.do("feedback")
    assert calls == [None, SONG]  # only what faders change is heard again
    session.do("undo")
    session.do("feedback")
    assert len(calls) == 2
