"""The README's commands and code are true."""

import re
import shlex
from pathlib import Path

import pytest

from studio.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    (mixconsole .+)$", README, re.MULTILINE)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
FILES = re.findall(r"(?:configs|console|tests|benchmarks)/[\w/]+\.(?:yaml|py|md)", README)


def test_the_readme_is_read():
    assert len(COMMANDS) >= 5
    assert len(PYTHON) == 1
    assert len(FILES) >= 6


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command):
    name, *args = shlex.split(command, comments=True)[1:]
    with main.commands[name].make_context(name, args) as context:
        assert context.params


def test_the_code_runs(small_song, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_song.save("stems")
    exec(PYTHON[0], {})
    assert {path.name for path in Path("out").iterdir()} == {f"{name}.wav" for name in small_song.names}


@pytest.mark.parametrize("file", sorted(set(FILES)))
def test_files_are_where_it_says(file):
    assert (ROOT / file).is_file()
