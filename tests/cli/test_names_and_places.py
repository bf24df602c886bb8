"""Names of every kind, of stems and of places."""

import errno
import json
import unicodedata
from pathlib import Path

import pytest
from commands import advice_in, correct, invoke, refused
from rich.cells import cell_len

pytestmark = pytest.mark.usefixtures("quick_words")

SAID = ("Drum Overheads L", "Electric Guitar Rhythm L", "ドラ" * 30, "x" * 250)


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize(("passes", "narrowest"), [((), 66), (("--passes", "2"), 76)])
def test_the_table_shortens_nothing_but_names(folder, tmp_path, hears, monkeypatch, columns, passes, narrowest):
    monkeypatch.setenv("COLUMNS", columns)
    for new, path in zip(SAID, sorted(folder.glob("*.wav")), strict=True):
        path.rename(folder / f"{new}.wav")
    hears(**{name: (-1) ** i * (i + 12.5) for i, name in enumerate(SAID)})
    rows = correct(folder, "--out", tmp_path / "out", *passes).stdout.split("\n\n")[1].splitlines()
    assert len(rows) == 5
    assert all(word in rows[0] for word in ("stem", "role", "LUFS", "gain", "range", "flawed", "action"))
    assert ("left" in rows[0]) == bool(passes)
    for stem, row in zip(advice_in(tmp_path / "out").stems, rows[1:], strict=True):
        move = stem.move
        numbers = f"{stem.loudness_lufs:.1f} {move.gain_db:+.1f} dB {move.low_db:+.1f} to {move.high_db:+.1f} 100 %"
        numbers += f" {move.gain_db:+.1f} dB" if passes else ""  # it hears the same again
        said = [stem.role, *numbers.split(), move.action]
        assert row.split()[-len(said) :] == said
        assert "…" in row or stem.name in row
        assert cell_len(row) <= max(int(columns), narrowest)


def test_a_name_may_be_given_decomposed(folder, tmp_path, hears):
    for old, new in (("bass", "Größe"), ("drums", "Höhe")):
        (folder / f"{old}.wav").rename(folder / f"{new}.wav")
    anchor, locked = (unicodedata.normalize("NFD", name) for name in ("Größe", "Höhe"))
    correct(folder, "--out", tmp_path / "out", "--anchor", anchor, "--lock", locked)
    advice = advice_in(tmp_path / "out")
    assert advice.anchor == "Größe"
    assert {stem.name: stem.move.action for stem in advice.stems}["Höhe"] == "locked"
    assert invoke("flaw", folder, "--stem", anchor, "--gain", "3", "--out", tmp_path / "riddle").exit_code == 0
    assert json.loads((tmp_path / "riddle" / "flaw.json").read_text())["flaw_db"]["Größe"] == 3


def test_what_is_said_of_a_name_stays_on_its_line(tmp_path):
    said = refused("correct", tmp_path / "a\nb\x1b[31m\u202ec").stderr
    assert "a b\N{REPLACEMENT CHARACTER}[31mc" in said


@pytest.mark.parametrize("arguments", [("correct", ""), ("flaw", "", "--stem", "a", "--gain", "3", "--out", "b")])
def test_an_empty_name_is_refused(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "empty name" in result.stderr


def test_the_folder_one_is_in_is_called_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = invoke("correct", ".")
    assert (result.exit_code, result.stderr) == (2, 'Error: "empty" is an empty folder.\n')


def test_places_that_the_system_refuses(folder, tmp_path, monkeypatch):
    long = "x" * 300
    (tmp_path / "loop").symlink_to("loop")
    refused("correct", tmp_path / long)
    refused("correct", folder, "--out", tmp_path / long)
    refused("correct", tmp_path / "loop")
    refused("correct", folder, "--out", tmp_path / "loop")
    for options in (("--song", tmp_path / long), ("--song", folder, "--out", tmp_path / long)):
        result = invoke("demo", *options)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)

    def exists(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", exists)
    result = invoke("correct", folder)
    assert (result.exit_code, result.stderr) == (2, f'Error: "{folder}" cannot be used: Permission denied.\n')
