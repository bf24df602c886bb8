"""`mixconsole flaw`: one stem changes by that much."""

import json

import pytest
import torch
from commands import correct, invoke, mix_in, refused, silence

from console.read.song import Song


def test_a_flaw_changes_one_stem_by_that_much(folder, tmp_path):
    result = invoke("flaw", folder, "--stem", "bass", "--gain", "-4.5", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    before, after = Song.load(folder), Song.load(tmp_path / "out")
    assert after.names == before.names
    assert after.roles == before.roles
    bass = before.index("bass")
    torch.testing.assert_close(after.audio[bass], before.audio[bass] * 10 ** (-4.5 / 20))
    others = [i for i in range(len(before.names)) if i != bass]
    assert torch.equal(after.audio[others], before.audio[others])
    truth = json.loads((tmp_path / "out" / "flaw.json").read_text())
    assert truth == {"song": "my song", "flaw_db": {"bass": -4.5, "drums": 0.0, "other": 0.0, "vocals": 0.0}}


def test_a_flaw_and_its_correction_give_the_song_again(folder, tmp_path, hears):
    invoke("flaw", folder, "--stem", "bass", "--gain", "6", "--out", tmp_path / "flawed")
    hears(bass=-6.0)
    correct(tmp_path / "flawed", "--out", tmp_path / "out")
    torch.testing.assert_close(mix_in(tmp_path / "out"), Song.load(folder).mix())


def test_a_flawed_copy_keeps_roles_that_its_names_do_not_tell(folder, tmp_path):
    options = ("--stem", "other", "--gain", "3", "--role", "other=bass", "--format", "flac")
    invoke("flaw", folder, *options, "--out", tmp_path / "out")
    assert Song.load(tmp_path / "out").roles[2] == "bass"


@pytest.mark.parametrize(
    ("stem", "gain_db", "said"),
    [
        ("drum", "3", "drums"),
        ("vocals", "3", "silent"),
        ("drums", "inf", "finite"),
        ("drums", "1000", "1000 dB"),
        ("drums", "0", "0 dB"),
    ],
)
def test_a_flaw_that_cannot_be_made(folder, tmp_path, stem, gain_db, said):
    silence(folder, "vocals")
    result = invoke("flaw", folder, "--stem", stem, "--gain", gain_db, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_flaw_replaces_only_with_force(folder, tmp_path):
    command = ("flaw", folder, "--stem", "bass", "--gain", "3", "--out", tmp_path / "out")
    assert invoke(*command).exit_code == 0
    refused(*command)
    assert invoke(*command, "--force").exit_code == 0
