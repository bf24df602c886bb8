"""Words on the command line: with a correction, for an advice that is there, and for two versions of a song."""

import json
import re
import shutil

import pytest
import torch
from commands import advice_in, correct, invoke, refused
from torch.nn.functional import pad

from console.read.song import Song
from explainer.advice.advice import Advice, TextSource
from explainer.reading.agreement import contradictions
from explainer.speak import Explained


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
    monkeypatch.setattr("explainer.speak.slips", lambda _: ("nothing is good enough",))
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
    told = json.loads(invoke("compare", *versions, "--json").stdout)
    changes = {row["name"]: row for row in told["stems"]}
    assert changes["drums"]["change_db"] == 3.0
    assert changes["vocals"]["change_db"] == 0.0
    assert {row["likeness"] for row in changes.values()} == {"gain"}
    assert {(row["lag_samples"], row["polarity"]) for row in changes.values()} == {(0, "same")}
    assert (told["lag_samples"], told["common_db"], told["only_a"]) == (0, 0.0, [])
    assert "drums +3.00 dB" in invoke("compare", *versions).stdout


def test_the_same_song_twice(folder):
    result = invoke("compare", folder, folder, "--style", "short")
    assert result.exit_code == 0
    assert " dB" not in result.stdout


@pytest.fixture
def version(folder):
    """Compares the song with a version of it that a function makes of its audio; gives what is said."""
    song = Song.load(folder)

    def told(change, names=song.names):
        place = folder.with_name("version")
        Song(change(song.audio.clone()), names, song.sample_rate).save(place)
        result = invoke("compare", folder, place)
        assert result.exit_code == 0, result.output
        assert json.loads(invoke("compare", folder, place, "--json").stdout)
        return result.stdout

    told.place = folder.with_name("version")
    return told


def flipped(audio, *stems):
    audio[list(stems)] *= -1
    return audio


LATE = (3, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda audio: pad(audio, LATE), ["B is 3 samples (0.07 ms) late.", "0.00 dB"]),
        (lambda audio: audio[..., 441:], ["B is 441 samples (10.00 ms) early.", "0.00 dB"]),
        (lambda audio: flipped(audio, 0), ["bass: polarity inverted, 0.00 dB."]),
        (lambda audio: flipped(audio, 0, 1, 2, 3), ["The polarity of B is inverted as a whole.", "0.00 dB"]),
        (
            lambda audio: flipped(pad(0.5 * audio, LATE), 1),
            ["6.02 dB softer as a whole", "3 samples", "drums: polarity"],
        ),
        (
            lambda audio: torch.stack([audio[0], audio[1].roll(26, -1), audio[2], audio[3]]),
            ["drums: 26 samples (0.59 ms) later than in A, 0.00 dB."],
        ),
    ],
)
def test_delay_and_polarity_are_told_and_never_called_the_same(version, change, said):
    told = version(change)
    assert [part for part in said if part not in told] == []
    assert not re.search(r"same|identical|nothing|match", told)


def test_words_on_one_stem_do_not_deny_what_differs_of_another(version, monkeypatch):
    """The explainer likes to add that nothing else changed."""
    text = "In B, the drums are 6.0 dB louder. Nothing else changed."
    told = [Explained(text, TextSource.MODEL, 1)]
    monkeypatch.setattr("studio.terminal.versions.explain_changes", lambda *_, **__: told)
    assert text in version(lambda audio: torch.stack([audio[0], audio[1] * 2, audio[2], audio[3]]))
    shutil.rmtree(version.place)

    def change(audio):
        audio[1] *= 2
        return flipped(audio, 0)

    said = version(change)
    assert "“drums” is 6.0 dB louder" in said
    assert "drums +6.02 dB" in said
    assert not re.search(r"same|identical|nothing|else|only", said, re.IGNORECASE)


def test_a_gain_of_the_whole_is_told_as_such(version):
    assert version(lambda audio: audio * 10 ** (-1.02 / 20)).strip() == (
        "B is 1.02 dB softer as a whole; the balance is the same."
    )


def test_longer_tails_are_no_difference_of_gain(version):
    def change(audio):
        audio = pad(audio, (0, 9000))
        audio[2, :, -9000:] = audio[2, :, :9000]
        return audio

    told = version(change)
    assert told == "No level differs: 0.00 dB.\nSounds longer in B: “other” by 0.2 s. Compared is what both have.\n"


def test_stems_of_one_version_only_are_told(versions, tmp_path):
    (versions[1] / "drums.wav").unlink()
    result = invoke("compare", *versions)
    assert result.exit_code == 0
    assert "Only A has “drums”." in result.stdout
    assert not re.search(r"same|identical|nothing", result.stdout)


def test_a_corrected_folder_is_a_version(folder, hears):
    hears({"drums": -4.0})
    out = folder.with_name("my song-corrected")
    correct(folder)
    assert "correct SONG --stems" in refused("compare", folder, out).stderr
    correct(folder, "--stems", "--force")
    for pair, change_db in (((folder, out), -4.0), ((out, folder), 4.0)):
        told = json.loads(invoke("compare", *pair, "--json").stdout)
        assert {row["name"]: row["change_db"] for row in told["stems"]}["drums"] == change_db


def test_at_no_strength_there_is_nothing_to_say(folder, hears):
    hears({"drums": -4.0})
    correct(folder, "--strength", "0")
    assert advice_in(folder.with_name("my song-corrected")).text == ""


def test_a_locked_stem_that_is_off_is_told(folder, hears):
    hears({"drums": -4.0})
    result = correct(folder, "--lock", "drums")
    advice = advice_in(folder.with_name("my song-corrected"))
    assert (advice.balanced, advice.still) == (False, True)
    for said in (advice.text, result.stdout):
        assert "The drums are locked, but 4.0 dB too loud." in said
        assert "every other stem up 4.0 dB" in said
        assert said.count("Nothing else needs to move") == 1
        assert "balance" not in said.replace("Balancing", "")
    assert "phrase bank" not in result.stdout
    again = invoke("explain", folder.with_name("my song-corrected") / "advice.json", "--json")
    assert Advice.from_json(again.stdout) == advice


def test_what_is_said_of_the_moves_comes_after_the_locked_stem(folder, hears):
    hears({"drums": -4.0, "vocals": 3.0})
    said = correct(folder, "--lock", "drums").stdout
    assert said.index("drums are locked") < said.index("Apart from that: ") < said.rindex("3.0 dB")
    said = correct(folder, "--lock", "drums", "--no-explain", "--force").stdout
    assert "The drums are locked, but 4.0 dB too loud." in said


def test_balancing_the_others_round_a_locked_stem_gives_the_same_balance(folder, hears):
    """What it would take differs from the full correction by one gain on everything."""
    hears({"drums": -4.0, "vocals": 3.0})
    correct(folder, "--no-explain")
    free = {stem.name: stem.move.gain_db for stem in advice_in(folder.with_name("my song-corrected")).stems}
    said = correct(folder, "--lock", "drums", "--no-explain", "--force").stdout
    others_db = float(re.search(r"every other stem up ([\d.]+) dB", said)[1])
    held = {stem.name: stem.move.gain_db for stem in advice_in(folder.with_name("my song-corrected")).stems}
    round_it = {name: gain_db + others_db * (name != "drums") for name, gain_db in held.items()}
    assert {round(round_it[name] - free[name], 2) for name in free} == {4.0}


@pytest.mark.parametrize("explained", [True, False])
def test_at_half_strength_no_full_range_is_claimed(folder, hears, explained):
    hears({"drums": -4.0})
    options = [] if explained else ["--no-explain"]
    result = correct(folder, "--strength", "50", *options)
    assert "Gains and ranges are 50 % of the full ones." in result.stdout
    advice = advice_in(folder.with_name("my song-corrected"))
    assert ("50 %" in advice.text) == explained
    assert contradictions(advice.text, advice) == () or not explained


def test_at_no_strength_no_range_is_shown(folder, hears):
    hears({"drums": -4.0})
    assert "to +0.0" not in correct(folder, "--strength", "0").stdout


@pytest.mark.parametrize(
    ("command", "option"), [("correct", "--console"), ("correct", "--explainer"), ("compare", "--explainer")]
)
@pytest.mark.parametrize("wrong", ["nowhere", "nobody/nothing", "."])
def test_a_model_that_is_not_there_is_found_before_the_work(folder, monkeypatch, command, option, wrong):
    monkeypatch.undo()  # the console that is asked for, not the test's

    def load(*_):
        raise AssertionError("the stems were read")

    monkeypatch.setattr(Song, "load", load)
    monkeypatch.setattr(Song, "opened", load)
    paths = [folder] * (2 if command == "compare" else 1)
    said = refused(command, *paths, f"{option}={wrong}").stderr
    assert wrong in said
