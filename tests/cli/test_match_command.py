"""`mixconsole match`: what it writes and says, and what it refuses."""

import json

import numpy as np
import pytest
import soundfile as sf
import torch
from commands import RATE, advice_in, everything, invoke, mix_in, refused

from console.audio.io import read_audio
from console.match.reading import read_mix
from console.read.song import Song
from explainer.advice.advice import Advice
from explainer.reading.agreement import contradictions
from studio.cli import main


@pytest.fixture
def rough(folder):
    """A mix of the song beside it, the vocals 4 dB up and the drums 3 dB down in it."""
    song = Song.load(folder)
    gains_db = [{"vocals": 4.0, "drums": -3.0}.get(name, 0.0) for name in song.names]
    sf.write(folder.with_name("rough.wav"), song.mix(gains_db).T.numpy(), RATE, subtype="FLOAT")
    return folder.with_name("rough.wav")


def matched(*arguments):
    result = invoke("match", *arguments)
    assert result.exit_code == 0, result.output
    return result


def test_it_writes_what_correct_writes(folder, rough):
    result = matched(folder, rough, "--stems")
    out = folder.with_name("my song-matched")
    assert everything(out)[:3] == ["advice.json", "faders.png", "mix.wav"]
    advice = advice_in(out)
    assert {stem.name: stem.move.gain_db for stem in advice.moving} == pytest.approx(
        {"vocals": 4.0, "drums": -3.0}, abs=0.02
    )
    heard, _ = read_audio(rough)
    assert torch.allclose(mix_in(out), torch.from_numpy(heard.T), atol=1e-3)
    total = sum(torch.from_numpy(read_audio(path)[0].T) for path in sorted((out / "stems").glob("*.wav")))
    assert torch.allclose(mix_in(out), total, atol=1e-6)
    assert "turn the vocals up 4.0 dB and turn the drums down 3.0 dB" in result.stdout
    assert "explain 100.0 % of the reference" in result.stdout
    assert "differs" in result.stdout
    assert advice.reference is not None
    assert advice.reference.title == "rough.wav"
    assert advice.reference.residual_db < -45


def test_its_words_agree_with_its_numbers_and_find_no_fault(folder, rough):
    advice = Advice.from_json(matched(folder, rough, "--json").stdout)
    assert Advice.from_json(advice.to_json()) == advice
    assert contradictions(advice.text.split(". ")[0], advice) == ()
    for word in ("too loud", "too quiet", "wrong", "flaw"):
        assert word not in advice.text


def test_what_is_not_in_the_reference_is_muted_and_said(folder):
    song = Song.load(folder)
    mix = song.mix([-float("inf") if name == "other" else 0.0 for name in song.names])
    sf.write(folder.with_name("less.wav"), mix.T.numpy(), RATE, subtype="FLOAT")
    advice = Advice.from_json(matched(folder, folder.with_name("less.wav"), "--json").stdout)
    assert {stem.name: stem.move.gain_db for stem in advice.moving} == {"other": -60.0}
    assert "mute “other” (not in the reference)" in advice.text
    assert "The bass, the drums and the vocals stay." in advice.text
    assert advice.reference.muted == ("other",)


def test_explain_says_the_same_of_its_advice(folder, rough, tmp_path):
    matched(folder, rough, "--out", tmp_path / "out")
    said = invoke("explain", tmp_path / "out" / "advice.json")
    assert said.stdout.strip() == advice_in(tmp_path / "out").text


def test_strength_lock_and_anchor(folder, rough):
    advice = Advice.from_json(matched(folder, rough, "--json", "--strength", "50", "--lock", "drums").stdout)
    assert {stem.name: stem.move.gain_db for stem in advice.moving} == pytest.approx({"vocals": 2.0}, abs=0.02)
    assert "Locked, though the reference would move it: the drums by -3.0 dB" in advice.text
    assert "by 50 % of the way" in advice.text
    advice = Advice.from_json(matched(folder, rough, "--json", "--anchor", "drums", "--no-explain").stdout)
    assert {stem.name: stem.move.gain_db for stem in advice.moving} == pytest.approx(
        {"bass": 3.0, "other": 3.0, "vocals": 7.0}, abs=0.02
    )
    assert advice.text == ""


def test_the_same_balance_moves_nothing(folder):
    mix = folder.with_name("quieter.flac")
    sf.write(mix, 0.5 * Song.load(folder).mix().T.numpy(), RATE, subtype="PCM_16")
    result = matched(folder, mix, "--json")
    assert json.loads(result.stdout)["balanced"] is True
    assert "Nothing has to move: the balance is that of “quieter.flac”" in json.loads(result.stdout)["text"]


def test_another_song_is_refused_and_nothing_is_written(folder):
    noise = np.random.default_rng(0).standard_normal((4 * RATE, 2))
    sf.write(folder.with_name("noise.wav"), 0.1 * noise, RATE)
    assert "is no mix of" in refused("match", folder, folder.with_name("noise.wav")).stderr


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere.wav", "There is no reference"), ("my song", "is a folder"), ("a.txt", "a.txt")]
)
def test_what_is_no_reference(folder, name, said):
    folder.with_name("a.txt").write_text("no sound")
    assert said in refused("match", folder, folder.with_name(name)).stderr


def test_what_cannot_be_meant(folder, rough):
    assert "There is no stem" in refused("match", folder, rough, "--lock", "kazoo").stderr
    assert "say where the --stems" in refused("match", folder, rough, "--json", "--stems").stderr


def test_surround_is_folded(tmp_path):
    sf.write(tmp_path / "5.wav", np.random.default_rng(0).uniform(-0.1, 0.1, (RATE, 6)), RATE)
    audio, rate = read_mix(tmp_path / "5.wav")
    assert (audio.shape, rate) == ((2, RATE), RATE)
    assert "match" in main.commands
