"""`mixconsole ask`: questions on the command line, what can be asked, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import invoke, refused

from console.correct import Action, Move
from console.read.roles import Role
from explainer.advice.advice import LEVELS, NOBODY, Advice, StemAdvice
from studio.cli import main


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    """The phrase bank answers: what a model adds is tested beside the explainer."""
    monkeypatch.setattr("explainer.language.writer.writer", lambda source=None: None)


@pytest.fixture
def told(tmp_path):
    """An advice.json that lowers the bass and leaves the lead vocal."""
    stems = (
        StemAdvice("bass", Role.BASS, None, -18.0, Move(Action.LOWER, -5.2, -7.0, -4.0, 0.97)),
        StemAdvice("Lead Vox", Role.VOCALS, None, -20.0, Move(Action.LEAVE, 0.0, -1.0, 1.0, 0.08)),
    )
    path = tmp_path / "advice.json"
    path.write_text(Advice("song", 44_100, 60.0, None, 100.0, stems, NOBODY, LEVELS).to_json(), "utf-8")
    return path


def test_a_question_is_answered(told):
    result = invoke("ask", told, "why the bass?")
    assert result.exit_code == 0, result.output
    assert "5.2 dB" in result.stdout


@pytest.mark.parametrize("command", ["explain", "ask"])
def test_words_wait_for_nothing_that_only_listening_needs(command, told):
    slow = {"lightning", "matplotlib", "peft", "scipy", "torchaudio", "torchmetrics", "transformers"}
    script = (
        f"import sys; from studio.cli import main; main(sys.argv[1:], standalone_mode=False); "
        f"print({slow} & {{name.partition('.')[0] for name in sys.modules}}, file=sys.stderr)"
    )
    asked = [command, str(told), *(["why the bass?"] if command == "ask" else [])]
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run([sys.executable, "-c", script, *asked], cwd=root, capture_output=True, text=True, check=True)
    assert "bass" in run.stdout
    assert run.stderr.strip() == "set()"


def test_several_questions_are_answered_below_each_other(told):
    lines = invoke("ask", told, "what first?", "how sure are you about the singer").stdout.splitlines()
    assert lines[0] == "> what first?"
    assert "> how sure are you about the singer" in lines
    assert any("8 %" in line for line in lines)


def test_what_takes_another_listening_comes_with_its_command(told):
    assert "mixconsole correct SONG --lock 'Lead Vox'" in invoke("ask", told, "lock the lead vox").stdout


def test_without_a_question_it_is_told_what_can_be_asked(told):
    result = invoke("ask", told)
    assert result.exit_code == 0
    assert "why not “Lead Vox”?" in result.stdout
    for question in [line.strip() for line in result.stdout.splitlines()[2:]]:
        answered = json.loads(invoke("ask", told, question, "--json").stdout)[0]
        assert answered["kind"] not in ("unclear", "outside"), question


def test_answers_as_json(told):
    (row,) = json.loads(invoke("ask", told, "lock the bass", "--json").stdout)
    assert row["kind"] == "again"
    assert row["source"] == "phrases"
    assert row["operation"] == {"name": "correct", "arguments": ["--lock", "bass"]}
    assert "bass" in row["answer"]


@pytest.mark.parametrize("question", ["", "???", "why " * 500])
def test_no_question_is_refused(told, question):
    result = refused("ask", told, question)
    assert "question" in result.stderr


def test_what_is_no_advice_is_refused(told):
    told.write_text("{}")
    refused("ask", told, "why?")
    result = CliRunner().invoke(main, ["ask", str(told.with_name("none.json")), "why?"])
    assert result.exit_code == 2
    assert "none.json" in result.stderr
