"""`train.py predict` on a catalogue: each song once, by however many processes, and again after they were killed."""

import csv
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet
import pytest
from songs import noise_song

from console import Console, InputError, Song
from console.catalogue.believed import LISTENED, STRIKES, Believed, known_of
from console.catalogue.table import COLUMNS
from console.catalogue.walk import tasks_of
from console.files import whole
from console.network.posterior import N_BINS

ROOT = Path(__file__).resolve().parents[3]
QUIET = ["--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false", "--trainer.accelerator=cpu"]


@pytest.fixture
def catalogue(small_song, tmp_path):
    """Two songs in folders, one in a zip, and one that cannot be read."""
    root = tmp_path / "songs"
    small_song.save(root / "album" / "a")
    noise_song(seconds=4.0, title="b").save(root / "album" / "b")
    shutil.make_archive(str(root / "=c"), "zip", root / "album" / "a")
    (root / "broken").mkdir()
    (root / "broken" / "vocals.wav").write_text("no sound")
    return root


@pytest.fixture
def predict(monkeypatch, catalogue, tmp_path):
    """Runs the command in this process, and gives what is said of failures."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")
    monkeypatch.setattr("console.training.believing.give_memory_back", lambda: None)  # of the tests' process
    from train import main

    def run(*options):
        places = ["--data.root", str(catalogue), f"--data.init_args.out={tmp_path / 'out'}"]
        with pytest.raises(InputError) as refused:
            main(["predict", "-c", str(ROOT / "configs" / "predict.yaml"), *places, *QUIET, *options])
        return str(refused.value)

    return run


def table(out, name="songs.csv"):
    return list(csv.DictReader((out / name).read_text("utf-8-sig").splitlines()))


def test_every_song_is_told_as_a_correction_tells_it(predict, catalogue, tmp_path, capsys):
    from studio.catalogue.rows import rows_of
    from studio.mixdown import run

    out = tmp_path / "out"
    assert predict() == f"1 of 4 songs failed: {out / 'failures.csv'} tells why."
    assert "4 songs: 3 done, 1 failed." in capsys.readouterr().out
    rows = table(out)
    assert [row["song"] for row in rows] == ["'=c.zip"] * 4 + ["album/a"] * 4 + ["album/b"] * 4
    mixdown = run(Song.load(catalogue / "album" / "a"), Console.from_pretrained())
    wanted = rows_of("album/a", mixdown.advice, [round(each, 2) for each in mixdown.believed.median_db.tolist()])
    told = [row for row in rows if row["song"] == "album/a"]
    for row, want in zip(told, wanted, strict=True):
        for name in COLUMNS.keys() & LISTENED.keys():
            numeric = isinstance(want[name], float | int)
            assert (float(row[name]) if numeric else row[name]) == (want[name] if numeric else want[name] or ""), name
    for row in rows:
        chances = [float(each) for each in row["probability"].split()]
        assert len(chances) == N_BINS
        assert sum(chances) == pytest.approx(1, abs=1e-3)
    columns = pyarrow.parquet.read_table(out / "songs.parquet").to_pydict()
    assert columns["probability"][0] == pytest.approx([float(each) for each in rows[0]["probability"].split()])
    (failure,) = table(out, "failures.csv")
    assert failure["song"] == "broken"
    assert "vocals.wav" in failure["failure"]


def test_what_is_finished_is_passed_over_until_it_changes(predict, catalogue, tmp_path, capsys):
    out = tmp_path / "out"

    def done():
        predict()
        found = re.search(r"done(?: \((\d) of them before\))?", capsys.readouterr().out)
        return 3 - int(found[1] or 0)

    assert done() == 3
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*.json") if path.stem != "broken"}
    assert done() == 0
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}
    path = catalogue / "album" / "a" / "drums.wav"  # another song
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    assert done() == 1
    (out / "album" / "b.json").write_text((out / "album" / "b.json").read_text()[:-100])  # damaged
    assert done() == 1
    assert len(table(out)) == 12
    predict("--data.init_args.anchor=drums")  # other settings; "b" has no such stem
    assert {row["song"] for row in table(out)} == {"'=c.zip", "album/a"}
    assert {row["anchor"] for row in table(out)} == {"drums"}
    assert 'no stem "drums"' in table(out, "failures.csv")[0]["failure"]


def test_a_song_that_ends_its_process_again_and_again_is_given_up_and_tried_anew(predict, catalogue, tmp_path):
    predict()
    (task,) = [task for task in tasks_of(str(catalogue), str(tmp_path / "out"), kind=".json") if task.name == "album/b"]
    known = known_of(task)
    Believed(known.settings, known.song, begun=STRIKES).write(task)
    assert predict().startswith("2 of 4 songs failed")
    told = {row["song"]: row["failure"] for row in table(tmp_path / "out", "failures.csv")}
    assert f"was ended in the midst of it, {STRIKES} times" in told["album/b"]
    assert predict().startswith("1 of 4 songs failed")


def test_without_room_it_stops_and_keeps_what_is_finished(predict, tmp_path, monkeypatch):
    out, write, full = tmp_path / "out", whole.os.replace, []

    def replace(part, path):
        if Path(path).name == "b.json" and "rows" in Path(part).read_text() and full:
            raise OSError(errno.ENOSPC, "No space left on device")
        full.extend([1] if Path(path).name == "a.json" else [])
        write(part, path)

    monkeypatch.setattr(whole.os, "replace", replace)
    assert "No space left on device" in predict()
    assert json.loads((out / "album" / "a.json").read_text())["rows"]
    assert not list(out.rglob("*.part"))
    monkeypatch.setattr(whole.os, "replace", write)
    assert predict().startswith("1 of 4 songs failed")
    assert len(table(out)) == 12


def test_an_empty_catalogue_and_a_second_run_are_one_sentence(predict, tmp_path):
    from console.catalogue.walk import alone

    (tmp_path / "none").mkdir()
    assert "holds no songs" in predict(f"--data.init_args.root={tmp_path / 'none'}")
    with alone(str(tmp_path / "out")):
        assert "Another run is writing to" in predict()


@pytest.mark.slow
def test_two_processes_killed_in_the_middle_lose_no_song_and_do_none_twice(small_song, tmp_path):
    names = [f"song {number}" for number in range(9)]
    for name in names:
        small_song.save(tmp_path / "songs" / name)
    out = tmp_path / "songs-believed"
    command = [
        sys.executable,
        str(ROOT / "train.py"),
        "predict",
        "-c",
        str(ROOT / "configs" / "console" / "smoke.yaml"),
    ]
    command += ["--data.root", str(tmp_path / "songs"), "--trainer.strategy=ddp", "--trainer.devices=2", *QUIET]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def finished():
        return {
            path.stem: path.stat().st_mtime_ns for path in out.glob("song*.json") if '"begun": 0' in path.read_text()
        }

    before: dict[str, int] = {}
    for victim in ("second", "first"):
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            while len(finished()) < len(before) + 2:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.02)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]) if victim == "second" else process.pid, signal.SIGKILL)
            told = process.communicate(timeout=60)[1]  # until the other one, too, has ended
            assert process.returncode != 0
            assert "Another process of this run is gone" in told
        now = finished()
        assert before.items() <= now.items()
        before = now
    assert len(before) < len(names)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"9 songs: 9 done ({len(before)} of them before), 0 failed." in done.stdout
    assert before.items() <= finished().items()  # none of these was done again
    assert [row["song"] for row in table(out)] == [name for name in names for _ in range(4)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert "9 songs: 9 done (9 of them before), 0 failed." in done.stdout, done.stderr


def test_processes_share_songs_and_one_that_has_none_does_nothing():
    from console.catalogue.listen import Asked
    from console.catalogue.task import Outcome, Task
    from console.data.catalogue import NOTHING, Songs, _Share

    for count, processes in ((0, 2), (1, 2), (7, 3), (9, 2)):
        songs = Songs([Task(str(number), str(number), str(number)) for number in range(count)], Asked(""))
        shares = [list(_Share(songs, processes, rank)) for rank in range(processes)]
        assert all(shares)
        assert sorted(at for share in shares for at in share if at != NOTHING) == list(range(count))
    outcome, believed = songs[NOTHING].heard_by(Console())
    assert outcome == Outcome(Task("", "", ""), found=True)
    assert believed is None
