"""`mixconsole correct CATALOGUE --each`: what is finished stays, what fails is told, one table tells all."""

import csv
import errno
import io
import json
import os
import shutil

import pyarrow.parquet
import pytest
from click.testing import CliRunner

from console.catalogue import walk
from console.catalogue.task import Outcome
from console.catalogue.walk import tasks_of
from console.errors import InputError
from console.read.several import catalogue as songs_below
from studio.catalogue import work
from studio.catalogue.asked import Asked, Desk
from studio.catalogue.run import correct_each
from studio.catalogue.stamp import STAMP, stamp_in
from studio.cli import main

OUTPUTS = ["advice.json", "faders.png", "mix.wav", STAMP]
SONGS = ["=c", "album/a", "album/b"]


def here(work, tasks):
    """The work, in this process."""
    return (work(task) for task in tasks)


@pytest.fixture
def each(catalogue, tmp_path):
    """Corrects the catalogue; tells the tally, and the names of the songs that were worked on."""

    def correct(asked=None, **options):
        told = []
        tally = correct_each(
            str(catalogue),
            str(tmp_path / "out"),
            asked or Asked(),
            here,
            tell=lambda tally, outcome: told.append(outcome),
            **options,
        )
        return tally, [outcome.task.name for outcome in told if outcome and not outcome.failure]

    return correct


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_every_song_gets_its_folder_and_its_rows(each, hears, tmp_path):
    hears({"drums": -4.0})
    tally, done = each()
    assert (tally.songs, tally.done, tally.found) == (4, 3, 0)
    assert done == ["=c.zip", "album/a", "album/b"]
    out = tmp_path / "out"
    for song in SONGS:
        assert sorted(path.name for path in (out / f"{song}-corrected").iterdir()) == OUTPUTS
    rows = table(out / "songs.csv")
    assert [row["song"] for row in rows] == ["'=c.zip"] * 4 + ["album/a"] * 4 + ["album/b"] * 4
    drums = [row for row in rows if row["stem"] == "drums"]
    assert {(row["correction_db"], row["median_db"], row["chance"], row["action"]) for row in drums} == {
        ("-4", "-4", "1", "lower")
    }
    columns = pyarrow.parquet.read_table(out / "songs.parquet").to_pydict()
    assert columns["correction_db"] == [float(row["correction_db"]) for row in rows]
    assert columns["song"][0] == "=c.zip"  # no spreadsheet reads it
    (failure,) = table(out / "failures.csv")
    assert failure["song"] == "broken"
    assert "vocals.wav" in failure["failure"]


def test_what_is_finished_is_passed_over_until_it_changes(each, catalogue, hears, tmp_path):
    each()
    out = tmp_path / "out"
    tally, done = each()
    assert (tally.found, done) == (3, [])
    assert len(table(out / "songs.csv")) == 12
    path = catalogue / "album" / "a" / "drums.wav"  # another input
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    assert each()[1] == ["album/a"]
    (out / "album" / "b-corrected" / "mix.wav").write_bytes(b"RIFF")  # an output that is no longer what was written
    assert each()[1] == ["album/b"]
    (out / "album" / "b-corrected" / STAMP).write_text("[")
    with pytest.raises(StopIteration):  # it may be a person's own now: it is told, and not replaced
        next(iter(each()[1]))
    assert "--force" in table(out / "failures.csv")[0]["failure"]
    assert each(force=True)[1] == ["=c.zip", "album/a", "album/b"]
    hears({"bass": 3.0})
    assert each(Asked(anchor="drums"))[1] == ["=c.zip", "album/a", "album/b"]
    assert {row["anchor"] for row in table(out / "songs.csv")} == {"drums"}
    assert each(Asked(anchor="drums"))[1] == []


def test_settings_that_change_the_outputs_change_their_key(tmp_path):
    from studio.usual import told

    key = Asked().key("weights")
    assert Asked().key("weights") == key
    others = [
        Asked(anchor="drums"),
        Asked(strength_percent=50.0),
        Asked(roles={"a": "drums"}),
        Asked(link=(("a", "b"),)),
        Asked(told=told(genre="metal")),
        Asked(audio_format="flac"),
    ]
    keys = {each.key("weights") for each in others} | {Asked().key("others")}
    assert len(keys | {key}) == len(others) + 2
    assert Asked(told=told(genre="metal")).key("weights") in keys


def test_outputs_that_nobody_stamped_are_not_replaced(each, catalogue, tmp_path):
    mine = tmp_path / "out" / "album" / "a-corrected"
    mine.mkdir(parents=True)
    (mine / "mix.wav").write_text("mine")
    tally, done = each()
    assert done == ["=c.zip", "album/b"]
    assert (mine / "mix.wav").read_text() == "mine"
    assert {outcome.task.name for outcome in tally.failed} == {"album/a", "broken"}


def test_a_fault_of_ours_in_one_song_stops_no_other(each, monkeypatch, tmp_path):
    corrected = Desk.corrected

    def slip(self, song, *rest):
        if song.name == "a":
            raise ZeroDivisionError("division by zero")
        return corrected(self, song, *rest)

    monkeypatch.setattr(Desk, "corrected", slip)
    assert each()[1] == ["=c.zip", "album/b"]
    failures = {row["song"]: row for row in table(tmp_path / "out" / "failures.csv")}
    assert "ZeroDivisionError" in failures["album/a"]["failure"]
    assert "test_catalogue.py:" in failures["album/a"]["where"]
    assert not (tmp_path / "out" / "album" / "a-corrected").exists()


def test_want_of_memory_is_known_behind_what_a_library_made_of_it(catalogue):
    (task,) = [task for task in tasks_of(str(catalogue), "out") if task.name == "album/a"]
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("could not convert b, a, and x to a common type") from error  # as scipy does
    except ValueError as error:
        outcome = work.failed(task, error)
    assert outcome.starved
    assert outcome.failure.startswith("There is not enough memory")


def test_a_full_disk_stops_the_run_and_what_is_finished_stays(each, monkeypatch, tmp_path):
    written = work.write_stamp

    def full(folder, settings, song, mixdown):
        if mixdown.song.title == "a":
            raise OSError(errno.ENOSPC, "No space left on device")
        written(folder, settings, song, mixdown)

    monkeypatch.setattr(work, "write_stamp", full)
    with pytest.raises(InputError, match="no room to write"):
        each()
    assert stamp_in(str(tmp_path / "out" / "=c-corrected")) is not None
    assert not (tmp_path / "out" / "album" / "b-corrected").exists()
    monkeypatch.setattr(work, "write_stamp", written)
    assert each()[1] == ["album/a", "album/b"]


def test_a_run_that_is_stopped_goes_on_and_nothing_half_is_left(each, catalogue, monkeypatch, tmp_path):
    written = work.write_stamp

    def stopped(folder, settings, song, mixdown):
        if mixdown.song.title == "b":
            raise KeyboardInterrupt
        written(folder, settings, song, mixdown)

    monkeypatch.setattr(work, "write_stamp", stopped)
    with pytest.raises(KeyboardInterrupt):
        each()
    assert sorted(path.name for path in (tmp_path / "out" / "album").iterdir()) == ["a-corrected"]
    monkeypatch.setattr(work, "write_stamp", written)
    tally, done = each()
    assert (tally.found, done) == (2, ["album/b"])
    assert len(table(tmp_path / "out" / "songs.csv")) == 12


def test_two_runs_at_one_place_are_refused(each, tmp_path):
    (tmp_path / "out").mkdir()
    with walk.alone(str(tmp_path / "out")), pytest.raises(InputError, match="Another run"):
        each()


def test_the_walk_finds_songs_as_they_lie(catalogue, small_song):
    root = catalogue
    small_song.save(root / "artist" / "first" / "song" / "stems")  # of which the title is not "stems"
    small_song.save(root / "artist" / "second" / "one")
    small_song.save(root / "artist" / "second" / "two")
    for group in ("Drums", "Vocals"):  # parts of one song
        shutil.copytree(root / "album" / "a", root / "grouped" / group)
        for path in (root / "grouped" / group).glob("*.wav"):
            path.rename(path.with_name(f"{group} {path.name}"))
    (root / "split").mkdir()
    (root / "split" / "linked").symlink_to(root / "album" / "a", target_is_directory=True)
    found = [path.relative_to(root).as_posix() for path in songs_below(root)]
    assert found == [
        "=c.zip",
        "album/a",
        "album/b",
        "artist/first/song",
        "artist/second/one",
        "artist/second/two",
        "broken",
        "grouped",
    ]
    assert [path.name for path in songs_below(root / "album" / "a")] == ["a"]
    assert "album/a" not in [path.relative_to(root).as_posix() for path in songs_below(root, root / "album")]


def test_songs_of_one_title_go_to_places_of_their_own(catalogue):
    shutil.copytree(catalogue / "album" / "a", catalogue / "=c")
    places = {task.name: task.out for task in tasks_of(str(catalogue), "out")}
    assert places["=c"] == os.path.join("out", "=c-corrected")
    assert places["=c.zip"] == os.path.join("out", "=c.zip-corrected")


def test_the_command_tells_and_ends_as_it_went(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.commands.each._engine", lambda jobs, dask, slurm: here)
    arguments = ["correct", str(catalogue), "--each", "--out", str(tmp_path / "out"), "--no-explain"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout.startswith("4 songs: 3 done, 1 failed, ")
    assert result.stderr.startswith('Error: broken: "vocals.wav" cannot be read')
    shutil.rmtree(catalogue / "broken")
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "3 songs: 3 done (3 of them before), 0 failed." in result.stdout
    assert table(tmp_path / "out" / "failures.csv") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--jobs", "2"], "go with --each"),
        (["--each", "--json"], "leave out --json"),
        (["--each", "--jobs", "2", "--dask", "tcp://127.0.0.1:1"], "give one of them"),
        (["--each", "--slurm", "nowhere.yaml"], "nowhere.yaml"),
        (["--each", "--anchor", ""], "failed"),
    ],
)
def test_what_does_not_go_together_is_refused(catalogue, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    if said == "failed":
        monkeypatch.setattr("studio.commands.each._engine", lambda jobs, dask, slurm: here)
    result = CliRunner().invoke(main, ["correct", str(catalogue), *options])
    assert result.exit_code == 2
    assert said in result.output


def test_an_empty_catalogue_is_refused(tmp_path):
    (tmp_path / "nothing").mkdir()
    result = CliRunner().invoke(main, ["correct", str(tmp_path / "nothing"), "--each", "--jobs", "1"])
    assert result.exit_code == 2
    assert "holds no songs" in result.stderr
    assert not (tmp_path / "nothing-corrected").exists()


def test_a_file_that_is_no_song_is_refused_and_leaves_no_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("the bass is too loud")
    result = CliRunner().invoke(main, ["correct", str(tmp_path / "notes.txt"), "--each"])
    assert result.exit_code == 2
    assert "is no song and no folder of songs" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_stamp_tells_the_sizes_of_all_outputs(each, tmp_path):
    each(Asked(with_stems=True))
    folder = tmp_path / "out" / "album" / "a-corrected"
    files = json.loads((folder / STAMP).read_text())["files"]
    assert files["mix.wav"] == (folder / "mix.wav").stat().st_size
    assert {name for name in files if name.startswith("stems/")} == {
        f"stems/{name}" for name in os.listdir(folder / "stems")
    }


def test_what_came_of_a_song_is_small(catalogue):
    import pickle

    (task,) = [task for task in tasks_of(str(catalogue), "out") if task.name == "album/a"]
    assert len(pickle.dumps(Outcome(task))) < 2_000  # what is sent between machines
