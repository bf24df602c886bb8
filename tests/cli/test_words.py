"""Words on the command line: with a correction, for an advice that is there, and for two versions of a song."""

import json

import pytest
from commands import advice_in, correct, invoke, refused

from explainer.advice import Advice, TextSource
from explainer.agreement import contradictions


@pytest.fixture
def corrected(folder, hears):
    hears({"drums": -4.0, "vocals": 2.0})
    correct(folder)
    return folder.with_name("my song-corrected")


def test_a_correction_comes_with_words(corrected):
    advice = advice_in(corrected)
    assert advice.text_source is TextSource.MODEL  # the phrase bank did not have to help
    assert "4.0 dB" in advice.text
    assert "2.0 dB" in advice.text
    assert contradictions(advice.text, advice) == ()


def test_the_words_are_printed(folder, hears):
    hears({"bass": 3.5})
    result = correct(folder)
    assert advice_in(folder.with_name("my song-corrected")).text in result.stdout


def test_reasons_are_measured(folder, hears):
    louder = folder.with_name("louder")
    assert invoke("flaw", folder, "--stem", "drums", "--gain", "12", "--out", louder).exit_code == 0
    hears({"drums": -12.0})
    correct(louder)
    (drums,) = (stem for stem in advice_in(louder.with_name("louder-corrected")).stems if stem.reasons)
    assert drums.name == "drums"
    against = [reason for reason in drums.reasons if reason.usual is not None]
    assert against
    assert all(reason.measured > reason.usual for reason in against)  # it is to be lowered


def test_text_of_the_phrase_bank_is_called_so(folder, hears, monkeypatch):
    hears({"drums": -4.0})
    monkeypatch.setattr("explainer.verify.slips", lambda _: ("nothing is good enough",))
    correct(folder)
    assert advice_in(folder.with_name("my song-corrected")).text_source is TextSource.PHRASES


def test_numbers_only(folder, hears):
    hears({"drums": -4.0})
    correct(folder, "--no-explain")
    advice = advice_in(folder.with_name("my song-corrected"))
    assert (advice.text, advice.text_source) == ("", None)
    assert not any(stem.reasons for stem in advice.stems)


def test_a_good_mix_is_left_in_words_too(folder):
    correct(folder)
    advice = advice_in(folder.with_name("my song-corrected"))
    assert advice.balanced
    assert advice.text
    assert " dB" not in advice.text


def test_a_short_answer_is_shorter(corrected):
    short, full = (invoke("explain", corrected / "advice.json", "--style", style).stdout for style in ("short", "full"))
    assert len(short) < len(full)
    assert "4.0 dB" in short


def test_explaining_gives_the_same_words_again(corrected):
    told = invoke("explain", corrected / "advice.json", "--json")
    assert told.exit_code == 0, told.output
    assert Advice.from_json(told.stdout) == advice_in(corrected)


@pytest.mark.parametrize("text", ["", "{}", "not JSON", "[1, 2]"])
def test_what_is_no_advice_is_not_explained(tmp_path, text):
    (tmp_path / "advice.json").write_text(text)
    refused("explain", tmp_path / "advice.json")


def test_advice_that_is_not_there(tmp_path):
    assert "nowhere.json" in refused("explain", tmp_path / "nowhere.json").stderr


def test_an_explainer_that_is_none(corrected, tmp_path):
    refused("explain", corrected / "advice.json", "--explainer", tmp_path)


@pytest.fixture
def versions(folder):
    louder = folder.with_name("louder")
    assert invoke("flaw", folder, "--stem", "drums", "--gain", "3", "--out", louder).exit_code == 0
    return folder, louder


def test_two_versions_are_told_apart(versions):
    result = invoke("compare", *versions)
    assert result.exit_code == 0, result.output
    assert "drums" in result.stdout
    assert "3.0 dB" in result.stdout
    assert "vocals" not in result.stdout


def test_the_change_is_exact(versions):
    changes = {row["name"]: row for row in json.loads(invoke("compare", *versions, "--json").stdout)}
    assert changes["drums"]["change_db"] == 3.0
    assert changes["vocals"]["change_db"] == 0.0
    assert {row["likeness"] for row in changes.values()} == {"gain"}


def test_the_same_song_twice(folder):
    result = invoke("compare", folder, folder, "--style", "short")
    assert result.exit_code == 0
    assert " dB" not in result.stdout


def test_other_stems_are_not_compared(versions):
    (versions[1] / "drums.wav").unlink()
    assert "only one of them has" in refused("compare", *versions).stderr


def test_at_no_strength_there_is_nothing_to_say(folder, hears):
    hears({"drums": -4.0})
    correct(folder, "--strength", "0")
    assert advice_in(folder.with_name("my song-corrected")).text == ""
