"""The demonstration: what it puts on the song, how it keeps score, and whether it says so when it failed."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from standin import stand_in

from console.audio.io import read_audio
from console.desk.losses import spectral_distance
from console.errors import InputError
from console.model import Console
from console.read.roles import Role
from console.read.song import Song
from console.stream.peak import true_peak_dbtp
from explainer.advice.advice import Advice
from studio.cli import main
from studio.mixdown import run
from studio.page.incoming.opening import demonstrated
from studio.session import Session
from studio.trial.demo import Outcome, error_db, verdict
from studio.trial.example import example_song
from studio.trial.spoil import CLEAR_DB, HEADROOM_DB, draw_flaw_db, draw_stem, spoil

RATE = 44100
FILES = ["advice.json", "faders.png", "flaw.json", "mix-corrected.wav", "mix-flawed.wav", "mix-original.wav"]


@pytest.fixture
def hears(monkeypatch):
    return stand_in(monkeypatch)


@pytest.fixture
def folder(small_song, tmp_path):
    small_song.save(tmp_path / "song")
    return tmp_path / "song"


def demo(*arguments):
    return CliRunner().invoke(main, ["demo", *map(str, arguments)])


def test_the_demo_is_told_what_is_usual(folder, tmp_path, hears):
    hears(vocals=9.0)
    result = demo("--song", folder, "--stem", "vocals", "--gain", "-9", "--out", tmp_path / "out", "--genre", "metal")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Judged against what is usual in metal.\n")
    advice = Advice.from_json((tmp_path / "out" / "advice.json").read_text("utf-8"))
    assert advice.usual.where == "in metal"
    assert "in metal" in advice.text


def test_the_demo_spoils_corrects_and_compares(folder, tmp_path, hears):
    hears(vocals=9.0)
    result = demo("--song", folder, "--stem", "vocals", "--gain", "-9", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert "The flaw really was: vocals turned down 9 dB." in result.stdout
    assert "2.25 dB before, 0.00 dB after" in result.stdout
    assert "100 % of the error is gone" in result.stdout
    original, flawed, corrected = (
        torch.from_numpy(read_audio(tmp_path / "out" / f"mix-{name}.wav")[0].T)
        for name in ("original", "flawed", "corrected")
    )
    song = Song.load(folder)
    assert torch.equal(original, song.mix())
    assert torch.equal(flawed, spoil(song, "vocals", -9.0).song.mix())
    torch.testing.assert_close(corrected, original)
    before, after = re.search(r"([\d.]+) before, ([\d.]+) after\.$", result.stdout, re.MULTILINE).groups()
    assert float(before) == pytest.approx(spectral_distance(flawed, original), abs=1e-3)
    assert float(after) == pytest.approx(0, abs=1e-3)
    assert json.loads((tmp_path / "out" / "flaw.json").read_text())["flaw_db"]["vocals"] == -9


def test_the_demo_owns_up_when_it_made_things_worse(folder, tmp_path, hears):
    hears(vocals=-9.0)
    result = demo("--song", folder, "--stem", "vocals", "--gain", "-9", "--out", tmp_path / "out")
    assert "made the mix worse" in result.stdout


def test_the_demo_replaces_its_own_output_only(folder, tmp_path, hears):
    command = ("--song", folder, "--out", tmp_path / "out")
    assert demo(*command).exit_code == 0
    assert demo(*command, "--seed", "1").exit_code == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    result = demo("--song", folder, "--out", tmp_path / "mine")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_the_demo_replaces_no_riddle_and_no_notes(folder, tmp_path, hears):
    out, riddle = tmp_path / "out", tmp_path / "riddle"
    assert CliRunner().invoke(main, ["flaw", str(folder), "--stem=bass", "--gain=3", f"--out={riddle}"]).exit_code == 0
    assert demo("--song", folder, "--out", out).exit_code == 0
    (out / "notes.txt").write_text("what I heard")
    for precious in (riddle, out):
        before = sorted(precious.iterdir())
        assert demo("--song", folder, "--out", precious).exit_code == 2
        assert sorted(precious.iterdir()) == before


@pytest.mark.parametrize(("flaw_db", "heard_db"), [(3.0, 12.0), (24.0, -24.0)], ids=["corrected", "flawed"])
def test_the_demo_lowers_all_three_mixes_alike_before_one_clips(folder, tmp_path, hears, flaw_db, heard_db):
    hears(drums=heard_db)
    out = tmp_path / "out"
    result = demo("--song", folder, "--stem", "drums", "--gain", flaw_db, "--out", out)
    assert result.stderr == ""
    mixes = [read_audio(out / f"mix-{name}.wav")[0].T for name in ("original", "flawed", "corrected")]
    peaks_dbtp = [true_peak_dbtp(torch.from_numpy(mix), RATE) for mix in mixes]
    assert max(peaks_dbtp) == pytest.approx(-1, abs=0.02)
    advice = Advice.from_json((out / "advice.json").read_text())
    trim_db = advice.mix.trim_db
    assert trim_db < -3
    assert f"All stems are {-trim_db:.2f} dB lower" in result.stdout
    assert f"original and the flawed mix are {-trim_db:.2f} dB lower, too" in result.stdout
    assert advice.mix.true_peak_dbtp == pytest.approx(peaks_dbtp[2], abs=0.006)
    song = Song.load(folder)
    torch.testing.assert_close(torch.from_numpy(mixes[0]), song.mix() * 10 ** (trim_db / 20))
    spoilt = spoil(song, "drums", flaw_db).song
    gains_db = [stem.move.gain_db + trim_db for stem in advice.stems]
    torch.testing.assert_close(torch.from_numpy(mixes[2]), spoilt.mix(gains_db))


def test_the_demo_goes_to_the_working_folder(folder, tmp_path, hears, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert demo("--song", folder).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "mixconsole-demo").iterdir()) == FILES


def test_the_example_song_is_the_one_in_stempeg(falcon_path):
    assert example_song() == falcon_path


def test_the_demo_of_the_example_song(falcon_path, tmp_path, hears):
    hears(vocals=-10.0)
    result = demo("--stem", "vocals", "--gain", "10", "--anchor", "drums", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "3.33 dB before, 0.00 dB after" in result.stdout  # over the three stems that are free


def test_without_stempeg_the_demo_says_what_to_do(tmp_path, hears, monkeypatch):
    monkeypatch.setattr("studio.trial.example.find_spec", lambda name: None)
    result = demo("--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "pip install stempeg" in result.stderr
    assert "--song" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--stem", "drum"), "drums"),
        (("--anchor", "drum"), "drums"),
        (("--stem", "drums", "--anchor", "drums"), "both"),
        (("--gain", "nan"), "finite"),
        (("--gain", "0"), "0 dB"),
        (("--gain", "-97"), "-97 dB"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_a_demo_that_cannot_be_given(folder, tmp_path, hears, options, said):
    result = demo("--song", folder, "--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_song_can_be_too_short_for_a_demo(small_song, tmp_path, hears):
    Song(small_song.audio[..., :800], small_song.names, RATE).save(tmp_path / "song")
    result = demo("--song", tmp_path / "song", "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "too short" in result.stderr


def test_a_mono_song_can_be_shown(small_song, tmp_path, hears):
    Song(small_song.audio[:, :1], small_song.names, RATE).save(tmp_path / "song")
    result = demo("--song", tmp_path / "song", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "nan" not in result.stdout


def test_what_is_drawn_is_clear_and_repeats():
    draws = [draw_flaw_db(np.random.default_rng(seed)) for seed in range(50)]
    assert draws == [draw_flaw_db(np.random.default_rng(seed)) for seed in range(50)]
    assert all(CLEAR_DB[0] <= abs(flaw_db) <= CLEAR_DB[1] and flaw_db % 0.5 == 0 for flaw_db in draws)
    assert min(draws) < 0 < max(draws)


def test_the_stem_that_is_drawn_sounds_and_is_no_anchor(small_song):
    drawn = {draw_stem(small_song, np.random.default_rng(seed), "drums") for seed in range(20)}
    assert drawn == {"vocals", "bass"}
    others = Song(small_song.audio, ("a", "b", "c", "d"), small_song.sample_rate, (Role.OTHER,) * 4)
    assert {draw_stem(others, np.random.default_rng(seed)) for seed in range(40)} == {"a", "b", "c", "d"}
    audio = small_song.audio.clone()
    audio[1:] = 0
    alone = Song(audio, small_song.names, small_song.sample_rate)
    with pytest.raises(InputError, match="no stem"):
        draw_stem(alone, np.random.default_rng(0), anchor="vocals")


def outcome(song, hears, flaw_db=-9.0, distance=(1.0, 0.5), **heard):
    hears(**heard)
    spoilt = spoil(song, "vocals", flaw_db)
    mixdown = run(spoilt.song, Console.from_pretrained())
    return Outcome(spoilt, mixdown, error_db(spoilt, mixdown.advice), distance)


def test_the_error_is_the_mean_over_the_free_stems(small_song, hears):
    assert outcome(small_song, hears, vocals=7.0, bass=-4.0).error_db == pytest.approx((9 / 4, (2 + 4) / 4))
    spoilt = spoil(small_song, "vocals", -9.0)
    anchored = run(spoilt.song, Console.from_pretrained(), anchor="drums")
    assert error_db(spoilt, anchored.advice) == pytest.approx((9 / 3, (2 + 4) / 3))


@pytest.mark.parametrize(
    ("heard", "distance", "said"),
    [
        ({"vocals": 7.0}, (1.0, 0.5), "78 % of the error is gone"),
        ({"vocals": 7.0}, (0.5, 1.0), "levels closer .* sound further"),
        ({"bass": 7.0}, (1.0, 0.5), "sound closer .* levels further"),
        ({"bass": 7.0}, (0.5, 1.0), "worse"),
        ({}, (0.5, 0.5), "heard nothing wrong"),
    ],
)
def test_the_verdict_is_honest(small_song, hears, heard, distance, said):
    assert re.search(said, verdict(outcome(small_song, hears, distance=distance, **heard)))


def test_the_verdict_on_a_song_without_a_flaw(small_song, hears):
    fine = outcome(small_song, hears, flaw_db=0.0, distance=(0.0, 0.0))
    assert "left" in verdict(fine)
    assert "worse" in verdict(replace(outcome(small_song, hears, 0.0, bass=4.0), distance=(0.0, 1.0)))


@pytest.mark.parametrize("seed", [0, 3])
def test_the_song_to_try_clips_nowhere_that_its_faders_are_suggested_to_stand(seed, tmp_path):
    path, flaw = demonstrated(tmp_path, seed)
    session = Session.open(path)
    original = Song.load(example_song())
    peaks = dict(zip(original.names, original.peaks.tolist(), strict=True))
    lower = {
        20 * math.log10(peak / peaks[name]) - (flaw["flaw_db"] if name == flaw["stem"] else 0.0)
        for name, peak in zip(session.song.names, session.song.peaks.tolist(), strict=True)
    }
    assert max(lower) - min(lower) < 1e-4  # by one gain
    for anchor in (None, *session.song.names):
        session.anchor(anchor)
        session.reset()
        for _ in range(2):  # as it was opened, and as suggested
            assert session.measure().data["true_peak_dbtp"] <= -HEADROOM_DB, anchor
            session.apply()
