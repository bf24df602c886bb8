"""What is wrong with the input is one sentence and status 2, and nothing is left behind."""

import re

import numpy as np
import pytest
import soundfile as sf
from commands import RATE, advice_in, correct, everything, invoke, refused, silence

from console.model import Console

LISTEN = Console.listen  # the real one


def only_one(folder):
    for name in ("bass", "drums", "other"):
        (folder / f"{name}.wav").unlink()


def no_stem(folder):
    only_one(folder)
    (folder / "vocals.wav").unlink()
    (folder / "notes.txt").write_text("louder!")


def cut(folder):
    (folder / "bass.wav").unlink()
    path = folder / "bass.flac"
    sf.write(path, 0.1 * np.random.default_rng(0).standard_normal((RATE, 2)), RATE)
    path.write_bytes(path.read_bytes()[:100_000])


def not_a_number(folder):
    sf.write(folder / "bass.wav", np.full((RATE, 2), np.nan), RATE, subtype="FLOAT")


SPOILERS = {
    "one stem only": (only_one, "holds 1 stem"),
    "no audio files": (no_stem, "holds no audio, only notes.txt"),
    "truncated": (cut, '"bass.flac" is (damaged or )?truncated'),
    "text": (lambda folder: (folder / "bass.wav").write_text("la la la"), '"bass.wav" cannot be read as audio'),
    "empty file": (lambda folder: (folder / "bass.wav").write_bytes(b""), '"bass.wav" is an empty file'),
    "no samples": (lambda folder: sf.write(folder / "bass.wav", np.zeros((0, 2)), RATE), '"bass.wav" holds no sound'),
    "all silent": (lambda folder: silence(folder, "bass", "drums", "other", "vocals"), "All stems .* are silent"),
    "all silent but one": (lambda folder: silence(folder, "bass", "drums", "other"), "only one stem sounds"),
    "not a number": (not_a_number, '"bass.wav" holds NaN'),
    "same name twice": (
        lambda folder: sf.write(folder / "bass.flac", np.ones((RATE, 2)) / 9, RATE),
        r'two files for one stem \("bass.flac", "bass.wav"\)',
    ),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILERS.values(), ids=SPOILERS)
@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_song_that_cannot_be_used(folder, spoil, said, extra):
    spoil(folder)
    assert re.search(said, refused("correct", folder, *extra).stderr)


@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_song_that_is_not_there(tmp_path, extra):
    result = refused("correct", tmp_path / "nowhere", *extra)
    assert "nowhere" in result.stderr


@pytest.mark.parametrize("option", ["--anchor", "--lock"])
def test_an_unknown_stem_lists_those_there_are(folder, option):
    result = refused("correct", folder, option, "drum")
    assert '"drum"' in result.stderr
    assert "bass, drums, other, vocals" in result.stderr


@pytest.mark.parametrize("extra", [(), ("--json",)], ids=["", "json"])
def test_a_silent_anchor(folder, monkeypatch, extra):
    monkeypatch.setattr(Console, "listen", LISTEN)
    silence(folder, "drums")
    assert "silent" in refused("correct", folder, "--anchor", "drums", *extra).stderr


def test_an_unknown_stem_is_told_before_the_listening(folder, monkeypatch):
    monkeypatch.setattr(Console, "listen", lambda *arguments: pytest.fail("listened"))
    refused("correct", folder, "--lock", "drum")


@pytest.mark.parametrize("role", ["drum=bass", "drums=kazoo"])
def test_an_unknown_role(folder, role):
    assert "drums" in refused("correct", folder, "--role", role).stderr


def test_an_output_that_exists_is_replaced_only_with_force(folder, tmp_path, hears):
    correct(folder, "--out", tmp_path / "out", "--stems")
    assert "--force" in refused("correct", folder, "--out", tmp_path / "out").stderr
    hears(vocals=6.0)
    correct(folder, "--out", tmp_path / "out", "--force")
    assert everything(tmp_path / "out") == ["advice.json", "faders.png", "mix.wav"]
    assert not advice_in(tmp_path / "out").balanced


def test_the_song_is_never_replaced(folder):
    refused("correct", folder, "--out", folder, "--force")
    refused("flaw", folder, "--stem", "bass", "--gain", "3", "--out", folder, "--force")


def test_an_output_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused("correct", folder, "--out", tmp_path / "file" / "out")
    refused("correct", folder, "--out", tmp_path / "file", "--force")


def test_stems_need_a_place(folder):
    assert "--out" in refused("correct", folder, "--json", "--stems").stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--strength", "101"),
        ("--strength", "nan"),
        ("--passes", "0"),
        ("--passes", "1.5"),
        ("--headroom", "-1"),
        ("--headroom", "inf"),
        ("--headroom", "61"),
        ("--out", ""),
        ("--role", "drums"),
        ("--role", "=drums"),
        ("--format", "mp3"),
        ("--loudness", "11"),
    ],
)
def test_a_wrong_option_is_told_with_status_2(folder, options):
    result = invoke("correct", folder, *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr
    assert [path.name for path in folder.parent.iterdir()] == ["my song"]
