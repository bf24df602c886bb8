"""The README's commands and code are true."""

import re
import sys
from pathlib import Path

import pytest
from documents import README, ROOT, blocks, check_understood, commands_among, indented, named_files

TEXT = README.read_text("utf-8")
PYTHON = [block.code for block in blocks(TEXT) if block.language == "python"]
SHELL = [block for block in indented(TEXT) + blocks(TEXT) if block.language != "python" and not block.unrun]
COMMANDS = [command for block in SHELL for command in commands_among(block.code)]


@pytest.fixture(autouse=True)
def as_a_script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")  # what Lightning calls is Lightning's affair


def test_the_readme_is_read():
    assert len([command for command in COMMANDS if command[0] == "mixconsole"]) >= 2
    assert len(PYTHON) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_are_understood(command):
    check_understood(command)


def test_the_code_runs(small_song, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in ("stems", "my-song"):
        small_song.save(place)
    exec(PYTHON[0], {})
    assert {path.name for path in Path("out").iterdir()} == {f"{name}.wav" for name in small_song.names}


def test_files_are_where_it_says():
    assert [name for name in named_files(TEXT) if not list(ROOT.glob(name))] == []
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", TEXT)
    assert [link for link in links if not (ROOT / link).exists()] == []
