"""Processes that are killed, or write to one place at once: what is there is whole, and halves are removed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.errors import InputError
from console.files import part as parts
from console.files.whole import whole_file, whole_folder

ROOT = Path(__file__).resolve().parents[3]
WRITE_AND_WAIT = """
import sys, time
from pathlib import Path
from console.files.whole import {how}
with {how}(sys.argv[1]) as part:
    ({file}).write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""
FOLDER = WRITE_AND_WAIT.format(how="whole_folder", file='part / "mix.wav"')
FILE = WRITE_AND_WAIT.format(how="whole_file", file="part")
AGAIN_AND_AGAIN = """
import sys
from console.files.whole import whole_folder
print("ready", flush=True)
for count in range(100_000):
    with whole_folder(sys.argv[1], force=True) as part:
        (part / "stems").mkdir()
        for name in ("a.json", "b.json", "stems/c.json"):
            (part / name).write_text(str(count))
"""
AT_ONCE = """
import sys
from console.errors import InputError
from console.files.whole import whole_folder
print("ready", flush=True)
sys.stdin.readline()
try:
    with whole_folder(sys.argv[1]) as part:
        (part / "mix.wav").write_text(sys.argv[2])
        (part / "advice.json").write_text(sys.argv[2])
except InputError as error:
    sys.exit(str(error))
"""


def started(script: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def killed(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def test_the_leftover_of_a_killed_run_is_removed_by_the_next_one_and_not_while_it_lives(tmp_path):
    out = tmp_path / "out"
    first = started(FOLDER, out)
    try:
        [left] = left_in(tmp_path)
        for force in (False, True):
            refused = pytest.raises(InputError, match=r'out" is being written by another run')
            with refused, whole_folder(out, force):
                pytest.fail("it is in use")
        with whole_folder(tmp_path / "another") as part:
            (part / "mix.wav").write_text("other")
        assert (left / "mix.wav").read_text() == "half"
    finally:
        killed(first)
    assert left_in(tmp_path) == [left]
    with whole_folder(out) as part:
        assert not left.exists()
        (part / "mix.wav").write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "out"]


def test_a_file_may_be_written_by_several_and_the_leftover_of_a_killed_one_is_removed(tmp_path):
    path = tmp_path / "table"
    first = started(FILE, path)
    try:
        with whole_file(path) as part:
            part.write_text("whole")
        assert [left.read_text() for left in left_in(tmp_path)] == ["half"]
    finally:
        killed(first)
    with whole_file(path) as part:
        part.write_text("again")
    assert path.read_text() == "again"
    assert left_in(tmp_path) == []


def test_what_may_be_another_hosts_is_left(tmp_path, monkeypatch):
    with monkeypatch.context() as there:
        there.setattr(parts, "_host", lambda: b"another")
        other = tmp_path / f"{parts._prefix(tmp_path / 'out')}{'0' * 12}.part"
    other.mkdir()
    (tmp_path / ".0123456789ab.part").mkdir()  # nobody knows whose
    with whole_folder(tmp_path / "out"):
        pass
    assert len(left_in(tmp_path)) == 2


def test_an_earlier_folder_that_a_killed_run_had_moved_aside_is_put_back(tmp_path):
    out = tmp_path / "out"
    aside = tmp_path / f"{parts._prefix(out)}{'0' * 12}.old"
    aside.mkdir()
    (aside / "mix.wav").write_text("earlier")
    with pytest.raises(InputError, match="exists"), whole_folder(out):
        pytest.fail("it is there again")
    assert (out / "mix.wav").read_text() == "earlier"


@pytest.mark.parametrize("wait_s", [0.0, 0.013, 0.031, 0.052, 0.089])
def test_a_folder_that_is_replaced_is_whole_whenever_it_is_looked_at(tmp_path, wait_s):
    out = tmp_path / "out"
    process = started(AGAIN_AND_AGAIN, out)
    while not out.exists():
        time.sleep(0.001)
    time.sleep(wait_s)
    killed(process)
    counts = {(out / name).read_text() for name in ("a.json", "b.json", "stems/c.json")}
    assert len(counts) == 1
    with whole_folder(out, force=True) as part:
        (part / "mix.wav").write_text("whole")
    assert left_in(tmp_path) == []


def test_of_runs_that_write_to_one_place_at_once_one_wins_and_the_others_say_so(tmp_path):
    out = tmp_path / "out"
    runs = [started(AT_ONCE, out, name) for name in "abc"]
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    told = [run.communicate()[1] for run in runs]
    [winner] = [name for name, run in zip("abc", runs, strict=True) if run.returncode == 0]
    assert {path.name: path.read_text() for path in out.iterdir()} == {"mix.wav": winner, "advice.json": winner}
    said = [words for words, run in zip(told, runs, strict=True) if run.returncode]
    assert all("another run" in words or "appeared while" in words or "exists" in words for words in said)
    assert left_in(tmp_path) == []
