"""`mixconsole correct --headroom`, and the warning of a mix over full scale."""

import re

import pytest
import torch
from commands import RATE, advice_in, correct, mix_in, refused

from console.read.song import Song
from console.stream.peak import true_peak_dbtp

pytestmark = pytest.mark.usefixtures("quick_words")


def test_a_mix_over_full_scale_is_kept_and_warned_of(folder, tmp_path, hears):
    hears(drums=12.0)
    result = correct(folder, "--out", tmp_path / "out")
    peak_dbtp = true_peak_dbtp(mix_in(tmp_path / "out"), RATE)
    assert peak_dbtp > 0
    assert f"{peak_dbtp:+.2f} dBTP" in result.stderr
    assert advice_in(tmp_path / "out").mix.trim_db == 0


@pytest.mark.parametrize("headroom_db", [0.0, 1.0, 7.5])
def test_headroom_puts_the_true_peak_there(folder, tmp_path, hears, headroom_db):
    hears(drums=12.0)
    result = correct(folder, "--out", tmp_path / "out", "--headroom", headroom_db)
    assert -headroom_db - 0.02 <= true_peak_dbtp(mix_in(tmp_path / "out"), RATE) <= -headroom_db + 1e-3
    assert "Warning" not in result.stderr
    advice = advice_in(tmp_path / "out")
    assert advice.mix.trim_db < 0
    gains_db = [stem.move.gain_db + advice.mix.trim_db for stem in advice.stems]
    assert torch.equal(Song.load(folder).mix(gains_db), mix_in(tmp_path / "out"))


def test_the_warning_advises_what_headroom_does(folder, tmp_path, hears):
    trims_db = []
    for gain_db in (12.0, 12.37, 12.81, 13.19):
        hears(drums=gain_db)
        warned = correct(folder, "--out", tmp_path / "out", "--force").stderr
        correct(folder, "--out", tmp_path / "out", "--force", "--headroom", "0")
        trims_db.append(
            (re.search(r"lowering it ([\d.]+) dB", warned).group(1), advice_in(tmp_path / "out").mix.trim_db)
        )
    assert [f"{-trim_db:.2f}" for _, trim_db in trims_db] == [advised for advised, _ in trims_db]


def test_headroom_that_is_there_changes_nothing(folder, tmp_path):
    correct(folder, "--out", tmp_path / "out", "--headroom", "0")
    assert advice_in(tmp_path / "out").mix.trim_db == 0
    assert torch.equal(mix_in(tmp_path / "out"), Song.load(folder).mix())


def test_flac_over_full_scale_says_what_to_do(folder, tmp_path, hears):
    hears(drums=12.0)
    result = refused("correct", folder, "--out", tmp_path / "out", "--format", "flac")
    assert "--headroom 0" in result.stderr
    correct(folder, "--out", tmp_path / "out", "--format", "flac", "--headroom", "0")
