"""The command line in a process of its own, as people run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import invoke

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments, stdout=subprocess.PIPE, **environment):
    script = "from studio.cli import main; main(prog_name='mixconsole')"
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("command", [(), ("correct",), ("flaw",), ("demo",)])
def test_help_teaches_by_example(command):
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.count("  mixconsole ") >= 2


def test_the_version():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("mixconsole ")


def test_a_real_run_refuses_without_a_traceback(tmp_path):
    result = run("correct", tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [f'Error: There is no song at "{tmp_path / "nowhere"}".']


def test_a_real_run_in_a_plain_ascii_terminal(folder, tmp_path):
    (folder / "bass.wav").rename(folder / "ベース.wav")
    command = ("flaw", folder, "--stem", "ベース", "--gain", "3", "--out", tmp_path / "out")
    result = run(*command, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_real_run_where_names_are_plain_ascii(folder, tmp_path):
    (folder / "bass.wav").rename(folder / "ベース.wav")
    command = ("flaw", folder, "--stem", "ベース", "--gain", "3", "--out", tmp_path / "out")
    result = run(*command, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out" / "ベース.wav").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_real_run_that_nobody_can_hear(folder, tmp_path):
    with open("/dev/full", "w") as full:
        result = run("flaw", folder, "--stem", "bass", "--gain", "3", "--out", tmp_path / "out", stdout=full)
    assert (result.returncode, result.stderr) == (2, "Error: No space left on device.\n")
