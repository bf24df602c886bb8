"""Songs in processes: one that dies takes its song along and no other."""

import time
from contextlib import closing
from pathlib import Path

import pytest
from pretended import begun, pretend, processes, tasks

from console.files.part import _prefix
from studio.catalogue.pool import KILLED, in_processes


def test_a_killed_process_is_told_by_its_song_and_no_other_is_lost(tmp_path):
    songs = tasks(tmp_path, "a", "killer", "b", "once", "hungry", "c")
    outcomes = {outcome.task.name: outcome.failure for outcome in in_processes(pretend, songs, 2)}
    assert outcomes == {"a": "", "b": "", "c": "", "once": "", "hungry": "", "killer": KILLED}
    # Alone once more, and then never again; the others once.
    assert begun(tmp_path) == ["a", "b", "c", "hungry", "hungry", "killer", "killer", "once", "once"]


def test_another_process_takes_over_after_so_many_songs(tmp_path):
    outcomes = list(in_processes(pretend, tasks(tmp_path, *"abcde"), 1, songs_each=2))
    assert [outcome.task.name for outcome in outcomes] == list("abcde")
    assert len(processes(tmp_path)) == 3


def test_who_stops_listening_leaves_no_process_and_no_half_song(tmp_path):
    songs = tasks(tmp_path, "a", "slow")
    with closing(in_processes(pretend, songs, 2)) as outcomes:
        assert next(outcomes).task.name == "a"
        while begun(tmp_path) != ["a", "slow"]:
            time.sleep(0.02)
        started = time.monotonic()
    assert time.monotonic() - started < 20
    for process in processes(tmp_path):
        path = Path(f"/proc/{process}")
        for _ in range(500):  # one that had ended its song ends by itself
            if not path.exists():
                break
            time.sleep(0.02)
        assert not path.exists()


def test_what_a_killed_process_left_is_removed(tmp_path):
    (song,) = tasks(tmp_path, "killer")
    out = Path(song.out)
    half = out.parent / f"{_prefix(out)}0123456789ab.part"  # as a process leaves it that was killed while it wrote
    half.mkdir(parents=True)
    (half / "mix.wav").touch()
    assert [outcome.failure for outcome in in_processes(pretend, [song], 1)] == [KILLED]
    assert not half.exists()


@pytest.mark.parametrize("jobs", [1, 8])
def test_more_processes_than_songs_are_not_begun(tmp_path, jobs):
    assert len(list(in_processes(pretend, tasks(tmp_path, "a"), jobs))) == 1
    assert len(processes(tmp_path)) == 1
