"""No room on the disk, met for real by a limit on files' sizes: one sentence, status 2, and nothing half."""

import resource
import shutil
from contextlib import contextmanager

import pytest
from commands import correct, everything, invoke
from standin import stand_in

from console.catalogue.task import failed
from console.errors import InputError

pytestmark = pytest.mark.usefixtures("quick_words")
SMALL = 20_000  # bytes: tables and pages fit, sound does not


@contextmanager
def no_file_over(size: int):
    """The system refuses to let files grow further, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def song(folder, tmp_path, monkeypatch):
    """A song that was corrected, with its stems beside it."""
    stand_in(monkeypatch)({"drums": -4.0})
    correct(folder, "--no-explain")
    return folder


COMMANDS = {
    "correct": ("correct", "SONG", "--no-explain"),
    "stems": ("correct", "SONG", "--no-explain", "--stems", "--format", "flac", "--headroom", "1"),
    "flaw": ("flaw", "SONG", "--stem", "vocals", "--gain", "6"),
    "reaper": ("export", "SONG-corrected/advice.json", "--to", "reaper"),
    "dawproject": ("export", "SONG-corrected/advice.json", "--to", "dawproject"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_without_room_it_is_one_sentence_and_nothing_is_left(song, tmp_path, command):
    arguments = [part.replace("SONG", str(song)) for part in COMMANDS[command]]
    before = everything(tmp_path)
    with no_file_over(SMALL):
        result = invoke(*arguments, "--out", tmp_path / "new")
    assert result.exit_code == 2, result.output
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "cannot be written" in result.stderr.splitlines()[-1]
    assert ".part" not in result.stderr
    assert everything(tmp_path) == before
    assert invoke(*arguments, "--out", tmp_path / "new").exit_code == 0


def test_without_room_an_earlier_output_stays(song, tmp_path):
    out = song.with_name(f"{song.name}-corrected")
    before = {path: path.read_bytes() for path in out.iterdir()}
    with no_file_over(SMALL):
        assert invoke("correct", song, "--no-explain", "--force").exit_code == 2
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_without_room_for_what_is_usual_the_old_file_stays(song, tmp_path):
    shutil.copytree(song, tmp_path / "songs" / "one")
    out = tmp_path / "usual.yaml"
    assert invoke("learn", tmp_path / "songs", "--out", out).exit_code == 0
    before = out.read_bytes()
    with no_file_over(10):
        result = invoke("learn", tmp_path / "songs", "--out", out, "--force")
    assert result.exit_code == 2, result.output
    assert f'"{out}" cannot be written: ' in result.stderr
    assert out.read_bytes() == before


def test_libsndfile_does_not_say_why_and_is_taken_for_a_full_disk():
    from console.catalogue.task import Task

    outcome = failed(Task("a", "a", "out"), InputError('"mix.flac" cannot be written: the disk may be full.'))
    assert outcome.no_room
