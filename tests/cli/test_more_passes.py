"""`mixconsole correct --passes`: listening again."""

import pytest
import torch
from commands import advice_in, correct, mix_in

from console.model import Console
from console.network.posterior import GainPosterior
from console.read.song import Song


@pytest.fixture
def hears_half(folder, monkeypatch):
    """A console that says half of what is still to do; the returned function sets the right corrections."""
    right, given = {}, Song.load(folder)

    def listen(self, song, anchor=None, usual=None):
        done_db = 20 * torch.log10(song.peaks / given.peaks)
        left_db = torch.tensor([right.get(name, 0.0) for name in song.names]) - done_db
        return GainPosterior.certain(song.names, left_db / 2, anchor)

    monkeypatch.setattr(Console, "listen", listen)
    return right.update


def test_passes_come_nearer_and_tell_what_is_left(folder, tmp_path, hears_half):
    hears_half(vocals=8.0)
    result = correct(folder, "--out", tmp_path / "out", "--passes", "3", "--stems")
    advice = advice_in(tmp_path / "out")
    assert advice.passes == 3
    assert [stem.move.gain_db for stem in advice.stems] == [0.0, 0.0, 0.0, 7.0]
    assert advice.residual == ((0.0, 0.0, 0.0, 2.0), (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.5))
    gains_db = [stem.move.gain_db for stem in advice.stems]
    assert torch.equal(Song.load(folder).mix(gains_db), mix_in(tmp_path / "out"))
    header, *_, vocals = result.stdout.split("\n\n")[1].splitlines()
    assert header.split()[-2:] == ["left", "action"]
    assert vocals.split()[-3:] == ["+0.5", "dB", "raise"]
    assert "2.0 dB after pass 1, 1.0 dB after pass 2 and 0.5 dB after pass 3." in result.stdout


def test_a_pass_that_is_taken_back_is_told(folder, tmp_path, hears):
    hears(vocals=6.0)  # whatever is done
    result = correct(folder, "--out", tmp_path / "out", "--passes", "4")
    advice = advice_in(tmp_path / "out")
    assert (advice.passes, advice.took_back, advice.moving[0].move.gain_db) == (1, True, 6.0)
    assert "pass 2 left 6.0 dB and was taken back." in result.stdout


def test_by_default_nothing_is_heard_again(folder, tmp_path, hears):
    hears(vocals=6.0)
    result = correct(folder, "--out", tmp_path / "out")
    advice = advice_in(tmp_path / "out")
    assert (advice.passes, advice.residual) == (1, ())
    assert "left" not in result.stdout
