"""`mixconsole report`: forms, files, and what is refused."""

import json

import pytest
from commands import invoke
from musics import music

from console.music.music import Music


@pytest.fixture(autouse=True)
def analysed(monkeypatch):
    """The music takes its time: it stands in."""
    made = music()
    monkeypatch.setattr("console.music.analyse.analyse", lambda song, tell: made)
    return made


def test_a_song_is_told_with_its_stems(folder):
    said = invoke("report", folder)
    assert said.exit_code == 0
    assert "128.0 BPM" in said.output
    assert "Stems in the mix" in said.output


def test_the_file_tells_the_form(folder, tmp_path, analysed):
    page, kept, text = (tmp_path / name for name in ("a.html", "a.json", "a.md"))
    for file in (page, kept, text):
        said = invoke("report", folder, "-o", file)
        assert said.exit_code == 0
        assert f"Written to {file}" in said.output
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert Music.from_json(kept.read_bytes()) == analysed
    assert text.read_text("utf-8").startswith("# made up")
    again = invoke("report", kept, "--for-llm", "short")  # from what was kept
    assert again.exit_code == 0
    assert "tempo: 128.0 BPM (0.90)" in again.output
    refused = invoke("report", kept, "-o", page)
    assert refused.exit_code == 2
    assert "--force" in refused.output
    nowhere = tmp_path / "nowhere" / "x.html"
    lost = invoke("report", kept, "-o", nowhere)
    assert (lost.exit_code, "is no folder" in lost.output) == (2, True)
    assert invoke("report", kept, "-o", page, "--force").exit_code == 0


def test_what_cannot_be_is_one_sentence(folder, tmp_path):
    for arguments in ((), (folder, "--json", "--for-llm", "full"), (tmp_path / "none",)):
        said = invoke("report", *arguments)
        assert (said.exit_code, said.output.count("\n")) == (2, 1), said.output
        assert said.output.startswith("Error: ")


def test_the_schema_names_every_part():
    said = invoke("report", "--schema")
    assert said.exit_code == 0
    told = json.loads(said.output)
    assert set(told["properties"]) == {*json.loads(music().to_json()), "balance"}
