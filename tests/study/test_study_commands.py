"""`mixconsole study export` and `mixconsole study import` as people call them."""

import json

import pytest
from click.testing import CliRunner
from simulated import write_mixes

from studio.cli import main
from studio.study.key import Key


def invoke(*arguments):
    return CliRunner().invoke(main, ["study", *map(str, arguments)])


def refused(*arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_out_and_back(one_song, tmp_path):
    result = invoke("export", one_song, "--out", tmp_path / "test", "--items", "2", "--no-texts", "--protocol", "many")
    assert result.exit_code == 0, result.output
    assert "About 15 raters per mix" in result.stdout
    key = Key.load(tmp_path / "test-key.json")
    assert f"{key.mixes_test}.yaml: 2 pages" in result.stdout
    assert key.texts == ()
    answers = write_mixes(tmp_path / "mushra.csv", key)
    told = invoke("import", answers, "--key", tmp_path / "test-key.json")
    assert told.exit_code == 0, told.output
    assert "| reference | 100.0 [" in told.stdout
    assert told.stdout.startswith((tmp_path / "test-results" / "study.md").read_text())
    assert json.loads((tmp_path / "test-results" / "study.json").read_text())["raters"] == 15
    assert "--force" in refused("import", answers, "--key", tmp_path / "test-key.json")


def test_fewer_items_than_asked_for(one_song, tmp_path):
    result = invoke(
        *("export", one_song, "--out", tmp_path / "test", "--items", "5", "--protocol", "none", "--no-texts"),
        *("--listeners", "console"),
    )
    assert result.exit_code == 0, result.output
    assert "no more than 3 items" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"), [("", "no key"), ("{}", "study: Field required"), ("[1]", "no key"), ("no JSON", "no key")]
)
def test_what_is_no_key(tmp_path, text, message):
    (tmp_path / "key.json").write_text(text)
    (tmp_path / "mushra.csv").write_text("")
    assert message in refused("import", tmp_path / "mushra.csv", "--key", tmp_path / "key.json")


def test_a_key_of_another_version(key, tmp_path):
    key.save(tmp_path / "key.json")
    old = json.loads((tmp_path / "key.json").read_text()) | {"schema": 0}
    (tmp_path / "key.json").write_text(json.dumps(old))
    (tmp_path / "mushra.csv").write_text("")
    assert "another version" in refused("import", tmp_path / "mushra.csv", "--key", tmp_path / "key.json")


def test_files_that_are_not_there(key, tmp_path):
    key.save(tmp_path / "key.json")
    assert "nowhere.csv" in refused("import", tmp_path / "nowhere.csv", "--key", tmp_path / "key.json")
    assert "no-key.json" in refused("import", tmp_path / "nowhere.csv", "--key", tmp_path / "no-key.json")
    assert "no songs" in refused("export", tmp_path / "songs", "--out", tmp_path / "test")


def test_a_listener_that_there_is_not(one_song, tmp_path):
    message = refused("export", one_song, "--out", tmp_path / "test", "--listeners", "console,me")
    assert "gaussian-bayes-loudest-seconds" in message


def test_an_explainer_that_is_none_is_found_before_the_work(one_song, tmp_path, monkeypatch):
    def draw(*_):
        raise AssertionError("the songs were read")

    monkeypatch.setattr("studio.study.export.draw_items", draw)
    command = ("export", one_song, "--out", tmp_path / "test", "--items", "2", "--explainer", "nowhere")
    assert "nowhere" in refused(*command)
    assert not (tmp_path / "test").exists()
