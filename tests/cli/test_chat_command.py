"""`mixconsole chat`: what is piped in is answered line by line, and what is saved can be heard."""

import json

import pytest
import soundfile
import torch
from click.testing import CliRunner
from commands import everything, invoke
from scripted import endpoint, says

from console import Song
from explainer.advice.advice import Advice
from studio.cli import main


@pytest.fixture
def chat(folder, hears, quick_words):
    """Runs the command on the small song, of which the console hears that the vocals are 4 dB too loud."""
    hears({"vocals": -4.0})

    def run(*lines, options=(), song=folder):
        return CliRunner().invoke(main, ["chat", str(song), *map(str, options)], input="\n".join(lines) + "\n")

    return run


def test_each_line_is_answered_and_the_faders_shown(chat):
    result = chat("vocals up 2 dB but leave the bass", "nonsense blah", ":undo", ":table")
    assert result.exit_code == 0, result.output
    assert "> vocals up 2 dB but leave the bass" in result.stdout
    assert "Moved “vocals” from 0.0 to +2.0 dB." in result.stdout
    assert "+2.0 dB" in result.stdout
    assert "locked" in result.stdout
    assert "Undone: “bass” is locked" in result.stdout
    assert result.stderr == ""


def test_at_the_start_it_says_what_is_wrong_and_where_the_faders_stand(chat):
    lines = chat().stdout.splitlines()
    assert any("turn them down 4.0 dB" in line or "-4.0 dB" in line for line in lines)
    assert sum(line.startswith(("vocals", "drums", "bass", "other")) for line in lines) >= 4


def test_save_writes_what_correct_would(chat, folder):
    result = chat("apply it", "save")
    to = folder.with_name("my song-corrected")
    assert f"Written to {to}" in result.stdout
    assert everything(to) == ["advice.json", "faders.png", "mix.wav"]
    assert Advice.from_json((to / "advice.json").read_text("utf-8")).names
    mix, _ = soundfile.read(to / "mix.wav", dtype="float32")
    song = Song.load(folder)
    gained = song.with_gains_db([-4.0 if name == "vocals" else 0.0 for name in song.names])
    assert torch.allclose(torch.from_numpy(mix.T), gained.audio.sum(0), atol=1e-6)
    again = chat("save")
    assert again.exit_code == 0
    assert "exists" in again.stdout, "nothing is replaced"


def test_one_file_is_exported_by_its_kind(chat, folder, tmp_path):
    to = tmp_path / "table.csv"
    result = chat(f":export advice.csv {to}", f":export advice.csv {to}", ":export advice.csv")
    assert result.exit_code == 0
    assert f"Written to {to}" in result.stdout
    assert "vocals" in to.read_text("utf-8")
    assert "exists: choose another file" in result.stdout
    assert "Say where to" in result.stdout


def test_what_is_unknown_or_cannot_be_done_is_a_sentence(chat):
    result = chat(":dance", "vocals up 90 dB", "x" * 1001, ":match nothing.wav", ":help", ":quit", "bass up 1")
    assert result.exit_code == 0
    assert 'There is no ":dance"' in result.stdout
    assert "too long" in result.stdout
    assert ":export KIND FILE    one file: mix.wav" in result.stdout
    assert "Traceback" not in result.output
    assert "bass up 1" not in result.stdout


def test_the_options_hold_and_are_no_steps(chat):
    options = ("--anchor", "drums", "--lock", "bass", "--role", "other=guitar", "--genre", "rock")
    result = chat("undo", "bass up 1", ":table", options=options)
    assert "There is nothing to undo." in result.stdout
    assert "is locked" in result.stdout
    assert "anchor" in result.stdout
    assert "guitar" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-there"], "nothing-there"),
        (["{song}", "--anchor", "tuba"], "tuba"),
        (["{song}", "--llm", "http://127.0.0.1:9/v1"], "is named with its model"),
        (["{song}", "--llm", "http://127.0.0.1:9/v1#m"], "cannot be reached"),
    ],
)
def test_what_cannot_begin_ends_with_status_2(folder, arguments, said):
    result = invoke("chat", *(each.format(song=folder) for each in arguments))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_language_model_plans_and_the_faders_are_shown(chat):
    order = {"name": "nudge", "arguments": json.dumps({"stem": "vocals", "by_db": 2})}
    call = {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": order}]}

    def answer(body, at):
        return call if at == 0 else says("They stand at {{vocals.fader_db}}.")

    with endpoint(answer) as (url, asked):
        result = chat("the singing deserves a brighter spotlight", "save", options=("--llm", f"{url}#scripted"))
    assert result.exit_code == 0, result.output
    assert "Moved “vocals” from 0.0 to +2.0 dB. They stand at +2.0 dB." in result.stdout
    assert len(asked) == 2, "to save is not the model's to do"
    assert "Written to" in result.stdout


class TestOnTheRealSong:
    """As it comes: nothing stands in for the console."""

    @pytest.fixture(autouse=True)
    def hears(self):
        """In place of the console that stands in elsewhere."""

    def test_it_is_judged_moved_and_saved(self, falcon_path, tmp_path, quick_words):
        typed = "vocals up 6 dB\napply only the vocals\nwhy the vocals?\nsave\n"
        result = CliRunner().invoke(main, ["chat", str(falcon_path), "--out", str(tmp_path / "fixed")], input=typed)
        assert result.exit_code == 0, result.output
        assert "Moved “vocals” from 0.0 to +6.0 dB." in result.stdout
        assert "LUFS" in result.stdout
        assert everything(tmp_path / "fixed") == ["advice.json", "faders.png", "mix.wav"]
