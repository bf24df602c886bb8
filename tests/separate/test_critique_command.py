"""`mixconsole critique`: of the mixture alone, and of estimated stems."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf
import torch
from apart import RATE, noise, quarters, tiny
from click.testing import CliRunner
from musics import music
from standin import stand_in

from console.audio.io import read_audio
from console.music.music import Music, Section
from console.music.tags.clap import Fit
from studio.cli import main


@pytest.fixture
def mix(tmp_path):
    """A mix with a name that is markup."""
    sf.write(tmp_path / "<b>mix*.wav", noise(2, 5).T.numpy(), RATE, subtype="FLOAT")
    return tmp_path / "<b>mix*.wav"


@pytest.fixture
def analysed(monkeypatch):
    """In place of listening to the music, which others test; gives the songs that were to be heard."""
    heard = []

    def music_of(song, tell, before=None):
        heard.append(song)
        known = music(stems={name: str(role) for name, role in zip(song.names, song.roles, strict=True)})
        sections = [replace(each, stem_level_lufs=dict.fromkeys(song.names, -20.0)) for each in known.form.sections]
        return replace(known, song=song.title, form=replace(known.form, sections=tuple(sections)))

    monkeypatch.setattr("studio.measured.music_of", music_of)
    monkeypatch.setattr("studio.terminal.critique.music_of", music_of)
    return heard


@pytest.fixture
def apart(monkeypatch):
    """A separator that gives a quarter of the mix to each of three."""
    monkeypatch.setattr("console.separate.separator.separator", lambda name, sources=(): quarters("drums", "vocals"))


def run(*arguments, status=0, **options):
    done = CliRunner().invoke(main, ["critique", *map(str, arguments)], **options)
    assert done.exit_code == status, done.output
    return done


def test_of_the_mixture_alone_nothing_is_said_of_stems(mix, analysed):
    data = json.loads(run(mix, "--json").stdout)
    (song,) = analysed
    assert song.names == ("mixture",)
    assert data["schema"] == "mixconsole/critique/1"
    assert data["heard"] == "mixture"
    assert data["advice"] is None
    assert data["separator"] is None
    assert "know nothing" in data["caveats"][0]
    facts = data["feedback"]["facts"]
    assert facts.keys().isdisjoint({"stems", "entrances", "enters_later", "balance", "vocals_covered", "no_vocals"})
    assert {"tempo", "key", "lufs"} <= facts.keys()
    report = Music.from_json(json.dumps({k: v for k, v in data["report"].items() if k != "balance"}))
    assert report.stems == {}
    assert all(isinstance(each, Section) and each.stem_level_lufs == {} for each in report.form.sections)
    assert "balance" not in data["report"]


def test_estimated_stems_are_judged_and_called_estimated(mix, analysed, apart, monkeypatch, tmp_path):
    stand_in(monkeypatch)({"vocals": 4.0})
    data = json.loads(run(mix, "--separator", "mine", "--stems", tmp_path / "stems", "--json").stdout)
    assert data["heard"] == "estimated stems"
    assert data["separator"] == "quarters"
    assert data["left_over_db"] == pytest.approx(-6.0, abs=0.1)
    assert "estimated from the mix by quarters" in data["caveats"][0]
    assert "Trust no word on stems" in data["caveats"][2]
    assert "vocals up 4.0 dB" in data["feedback"]["facts"]["balance"]["said"]
    moves = {stem["name"]: stem["gain_db"] for stem in data["advice"]["stems"]}
    assert moves == {"drums": 0, "vocals": 4.0, "other": 0}
    assert "balance" in data["report"]
    written = [read_audio(tmp_path / "stems" / f"{name}.wav")[0] for name in ("drums", "vocals", "other")]
    np.testing.assert_allclose(sum(written), noise(2, 5).T.numpy(), rtol=0, atol=1e-7)


def test_in_words_the_caveat_stands_before_all_else(mix, analysed, apart, monkeypatch):
    stand_in(monkeypatch)({"vocals": 4.0})
    said = run(mix, "--separator", "mine").stdout
    assert said.startswith("<b>mix*\n\nThe stems were estimated")
    assert said.index("less sure") < said.index("Balance of the estimated stems") < said.index("Musical richness")
    assert "turn them up 4.0 dB" in said
    page = run(mix, "--separator", "mine", "--md").stdout
    assert page.startswith("# \\<b\\>mix\\*\n")
    assert "<b>" not in page
    assert page.count("\n# ") == 0


def test_the_separator_can_be_the_users_default(mix, analysed, apart, monkeypatch):
    stand_in(monkeypatch)({})
    said = run(mix, env={"MIXCONSOLE_SEPARATOR": "mine"}).stdout
    assert "estimated from the mix by quarters" in said


def test_words_are_told_by_clap(mix, analysed, monkeypatch, tmp_path):
    from console.music.music import Tag

    found = Fit((Tag("rock", 0.75), Tag("<i>", 0.25)), (0.6, 0.8))
    monkeypatch.setattr("studio.terminal.critique.fit", lambda folder, mono, rate, words: found)
    arguments = (mix, "--clap", tmp_path, "--word", "rock", "--word", "<i>")
    data = json.loads(run(*arguments, "--json").stdout)
    assert data["words"] == {"rock": 0.75, "<i>": 0.25}
    assert data["embedding"] == [0.6, 0.8]
    assert "“rock”: 75 %" in run(*arguments).stdout
    assert "<i>" not in run(*arguments, "--md").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["none.wav"], "There is no mix", id="nothing there"),
        pytest.param(["."], "is a folder", id="a folder"),
        pytest.param(["text.wav"], "cannot be read as audio", id="no audio"),
        pytest.param(["silent.wav"], "is silent", id="silence"),
        pytest.param(["mix.wav", "--separator", "nobody"], "There is no separator", id="no separator"),
        pytest.param(["mix.wav", "--separator", "text.wav.pt"], "There is no file", id="no weights"),
        pytest.param(["mix.wav", "--stems", "out"], "go with --separator", id="stems of nothing"),
        pytest.param(["mix.wav", "--separator", "tiny.pt", "--stems", "there"], "exists", id="stems are there"),
        pytest.param(["mix.wav", "--separator", "tiny.pt", "--sources", "a,b"], "4 sources", id="sources"),
        pytest.param(["mix.wav", "--clap", "there"], "go together", id="no words"),
        pytest.param(["mix.wav", "--clap", "there", "--word", "a", "--word", "b"], "no folder with", id="no CLAP"),
        pytest.param(["mix.wav", "--force"], "goes with --stems", id="force"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "there").mkdir()
    sf.write("silent.wav", torch.zeros(RATE).numpy(), RATE)
    sf.write("mix.wav", noise(2, 1).T.numpy(), RATE)
    torch.save(tiny().state_dict(), "tiny.pt")
    told = run(*arguments, status=2)
    assert said in told.stderr
    assert told.stderr.count("\n") == 1
    assert told.stdout == ""
    assert not (tmp_path / "out").exists()


def test_too_little_for_the_balance_is_told(tmp_path, analysed, apart, monkeypatch):
    sf.write(tmp_path / "short.wav", noise(1, 0.6).T.numpy(), RATE)
    said = run(tmp_path / "short.wav", "--separator", "mine").stdout
    assert "too short a time" in said
