"""Before any advice the command says what it read and what it left; links and locks reach the numbers."""

import json

import numpy as np
import pytest
import soundfile as sf
from commands import RATE, advice_in, correct, invoke, refused

from console.audio.io import read_audio
from explainer.advice.advice import Advice


@pytest.fixture
def sums(folder):
    """The song with its mixture under a plain name and a text file."""
    stems = [read_audio(path)[0] for path in sorted(folder.glob("*.wav"))]
    sf.write(folder / "final.wav", sum(stems), RATE, "FLOAT")
    (folder / "notes.txt").write_text("louder!")
    return folder


def test_what_is_left_out_is_said_first_and_written(sums, tmp_path):
    said = correct(sums, "--out", tmp_path / "out").stdout
    assert said.startswith("4 stems; left out: final.wav (it is the sum of the others), notes.txt.\n")
    files = {row["file"]: row for row in json.loads((tmp_path / "out/advice.json").read_text())["files"]}
    assert files["bass.wav"] == {"file": "bass.wav", "used_as": "bass"}
    assert files["final.wav"]["left_out_because"] == "it is the sum of the others"
    assert set(files) == {"bass.wav", "drums.wav", "other.wav", "vocals.wav", "final.wav", "notes.txt"}
    advice = advice_in(tmp_path / "out")
    assert Advice.from_json(advice.to_json()) == advice


def test_nothing_odd_is_one_short_line(folder, tmp_path):
    assert correct(folder, "--out", tmp_path / "out").stdout.startswith("4 stems.\n\n")


def test_linked_stems_get_one_gain_and_that_is_said(folder, tmp_path, hears):
    (folder / "drums.wav").rename(folder / "Kick In.wav")
    noise = 0.01 * np.random.default_rng(0).standard_normal((3 * RATE, 2))
    sf.write(folder / "Kick Out.wav", noise, RATE, "FLOAT")
    hears(**{"Kick In": 4.0})
    said = correct(folder, "--out", tmp_path / "out").stdout
    assert "Kick In and Kick Out move together" in said
    gains = {stem.name: stem.move.gain_db for stem in advice_in(tmp_path / "out").stems}
    assert gains == {"bass": 0.0, "Kick In": 4.0, "Kick Out": 4.0, "other": 0.0, "vocals": 0.0}
    assert advice_in(tmp_path / "out").links == (("Kick In", "Kick Out"),)
    correct(folder, "--out", tmp_path / "alone", "--unlink", "Kick Out")
    assert [s.move.gain_db for s in advice_in(tmp_path / "alone").stems] == [0.0, 4.0, 0.0, 0.0, 0.0]
    correct(folder, "--out", tmp_path / "locked", "--lock", "Kick Out")
    assert {s.move.action for s in advice_in(tmp_path / "locked").stems if "Kick" in s.name} == {"locked"}
    correct(folder, "--out", tmp_path / "linked", "--link", "vocals", "Kick In")
    assert [s.move.gain_db for s in advice_in(tmp_path / "linked").stems] == [0.0, 4.0, 4.0, 0.0, 4.0]


def test_all_in_one_group_is_refused(folder, tmp_path):
    for path in (folder / "bass.wav", folder / "other.wav"):
        path.unlink()
    assert "moves together (drums, vocals)" in refused("correct", folder, "--link", "drums", "vocals").stderr


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.5])
def test_too_little_to_judge_gives_no_orders(folder, seconds):
    for path in folder.glob("*.wav"):
        sf.write(path, read_audio(path)[0][: round(seconds * RATE)], RATE, "FLOAT")
    said = refused("correct", folder).stderr
    assert "too short to judge" in said
    assert f"{seconds:.1f} s, and 3 s are needed" in said


def test_a_long_song_with_a_second_of_sound_is_too_short_too(folder):
    for path in folder.glob("*.wav"):
        audio = np.zeros((8 * RATE, 2))
        audio[3 * RATE : 4 * RATE] = read_audio(path)[0][:RATE]
        sf.write(path, audio, RATE, "FLOAT")
    assert "for 1.0 s, and 3 s are needed" in refused("correct", folder).stderr


def test_an_offset_changes_no_level_and_no_advice(folder, tmp_path):
    plain = json.loads(invoke("correct", folder, "--json", "--no-explain").stdout)
    audio = read_audio(folder / "bass.wav")[0]
    sf.write(folder / "bass.wav", audio + 0.3, RATE, "FLOAT")
    offset = json.loads(invoke("correct", folder, "--json", "--no-explain").stdout)
    for before, after in zip(plain["stems"], offset["stems"], strict=True):
        assert after["loudness_lufs"] == pytest.approx(before["loudness_lufs"], abs=0.1)
