"""Instruction data in a folder: nothing of a lesson is lost, `datasets` reads it, and it is written whole or not."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from datasets import load_dataset

from console.data.sources.synthetic import SyntheticSource
from console.errors import InputError
from explainer.language.told.ask import Ask
from explainer.lessons.heard import HeardLessons
from explainer.lessons.jsonl import UNMEASURED_LUFS, JsonlLessons, main, write_jsonl
from explainer.lessons.lessons import ImaginedLessons, Lessons
from explainer.phrasing.answers import Task
from explainer.phrasing.plan import Style
from explainer.speak import faults


@pytest.fixture(scope="module")
def heard(tmp_path_factory) -> HeardLessons:
    source = SyntheticSource(songs=2, seed=1, seconds=14.0)
    return HeardLessons(source, compared=0.3, cache=str(tmp_path_factory.mktemp("tables")))


def kept(ask: Ask) -> Ask:
    """What of a lesson is written down."""
    stems = tuple(replace(stem, loudness_lufs=UNMEASURED_LUFS) for stem in ask.advice.stems)
    return replace(ask, advice=replace(ask.advice, stems=stems), embedding=None)


def assert_kept(lessons: Lessons, folder: Path, count: int) -> None:
    read = list(JsonlLessons(str(folder)).asks(3))
    assert len(read) == count
    for ask in islice(lessons.asks(0), count):
        assert kept(ask) in read


def test_imagined_lessons_come_back_as_they_were(tmp_path):
    write_jsonl(ImaginedLessons(), tmp_path / "lessons", 40)
    assert_kept(ImaginedLessons(), tmp_path / "lessons", 40)


def test_heard_lessons_come_back_with_the_sound_they_name(heard, tmp_path):
    write_jsonl(heard, tmp_path / "lessons", 40)
    assert_kept(heard, tmp_path / "lessons", 40)
    rows = [json.loads(line) for line in (tmp_path / "lessons" / "train.json").read_text().splitlines()]
    for row in rows:
        assert row["audio"]["song"] == row["song"]
        assert all(len(stem["truth"]["gains_db"]) == len(row["audio"]["start_s"]) for stem in row["stems"])
    assert {row["task"] for row in rows} >= {Task.SINGLE, Task.COMPARE}
    assert {row["style"] for row in rows} == {Style.SHORT, Style.FULL}


def test_a_folder_is_loaded_by_datasets_without_a_network(heard, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    write_jsonl(ImaginedLessons(), tmp_path / "imagined", 30, references=2)
    rows = load_dataset(str(tmp_path / "imagined"), cache_dir=str(tmp_path / "cache"))["train"]
    assert len(rows) == 30
    assert sorted(path.name for path in (tmp_path / "imagined").iterdir()) == ["README.md", "train.json"]
    write_jsonl(heard, tmp_path / "heard", 12, split="valid")
    rows = load_dataset(str(tmp_path / "heard"), cache_dir=str(tmp_path / "cache"))["validation"]
    for row, ask in zip(rows, islice(heard.asks(0), 12), strict=True):
        assert row["response"] == ask.response
        assert row["stems"][0]["truth"]["flaw_db"] == pytest.approx(ask.origin.stems[0].flaw_db)
        assert row["stems"][0]["posterior"]["median_db"] == pytest.approx(ask.origin.stems[0].median_db)


def test_the_references_are_other_right_answers(tmp_path):
    lessons = ImaginedLessons(compared=0.3)
    write_jsonl(lessons, tmp_path / "lessons", 40, references=3)
    lines = (tmp_path / "lessons" / "train.json").read_text().splitlines()
    wrong = 0
    for line, ask in zip(lines, islice(lessons.asks(0), 40), strict=True):
        row = json.loads(line)
        answers = [row["response"], *row["references"]]
        assert len(set(answers)) == len(answers) == 4
        wrong += sum(bool(faults(answer, ask)) for answer in answers)
    assert wrong <= 8  # of 160, as the reader reads them, which does not know all of English


def test_the_data_card_tells_what_is_in_it(heard, tmp_path):
    write_jsonl(heard, tmp_path / "lessons", 30, command="python -m explainer.lessons --n 30")
    card = (tmp_path / "lessons" / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    told = yaml.safe_load(head)
    assert (told["license"], told["size_categories"]) == ("apache-2.0", ["n<1K"])
    assert told["configs"][0]["data_files"] == [{"split": "train", "path": "train.json"}]
    assert "python -m explainer.lessons --n 30" in body
    assert "There is no audio in it" in body
    assert f"{heard.console.name} {heard.console.version}" in body
    for field in ("task", "style", "anchor"):
        counts = [line.split("|")[2] for line in body.splitlines() if line.startswith(f"| {field} ")]
        assert sum(map(int, counts)) == 30


def test_names_of_any_kind_stay_on_their_line(tmp_path):
    strange = "gtr\u2028L\x85\n{x}\udcff"

    class One:
        def asks(self, seed: int) -> Iterator[Ask]:
            ask = next(ImaginedLessons(compared=0.0).asks(seed))
            first, *rest = ask.advice.stems
            yield replace(ask, advice=replace(ask.advice, anchor=None, stems=(replace(first, name=strange), *rest)))

    write_jsonl(One(), tmp_path / "lessons", 5)
    read = list(JsonlLessons(str(tmp_path / "lessons")).asks(0))
    assert [ask.advice.stems[0].name for ask in read] == [strange.replace("\udcff", "?")]


def test_what_fails_leaves_nothing_behind(tmp_path):
    class Broken:
        def asks(self, seed: int) -> Iterator[Ask]:
            yield from islice(ImaginedLessons().asks(seed), 3)
            raise InputError("the song is gone")

    class Empty:
        def asks(self, seed: int) -> Iterator[Ask]:
            yield from ()

    with pytest.raises(InputError, match="gone"):
        write_jsonl(Broken(), tmp_path / "lessons", 5)
    with pytest.raises(InputError, match="no lessons"):
        write_jsonl(Empty(), tmp_path / "lessons", 5)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(InputError, match="exists"):
        write_jsonl(ImaginedLessons(), tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("line", [json.dumps({"stems": []}), "[]", "5", "null", "{", '{"stems": 5}', ""])
def test_a_line_that_is_no_conversation_is_named(tmp_path, line):
    with pytest.raises(InputError, match="holds no instruction data"):
        JsonlLessons(str(tmp_path))
    (tmp_path / "train.json").write_text(line + "\n")
    with pytest.raises(InputError, match="line 1"):
        list(JsonlLessons(str(tmp_path)).asks(0))
    with pytest.raises(InputError, match="at least one"):
        write_jsonl(ImaginedLessons(), tmp_path / "new", 0)


def test_the_command_writes_a_folder_or_says_why_not(tmp_path):
    out = tmp_path / "lessons"
    assert CliRunner().invoke(main, ["--out", str(out), "--n", "3"]).exit_code == 0
    assert len((out / "train.json").read_text().splitlines()) == 3
    again = CliRunner().invoke(main, ["--out", str(out), "--n", "3"])
    assert again.exit_code == 2
    assert "exists" in again.output
    taught = CliRunner().invoke(main, ["--help"]).output
    assert "datasets.load_dataset" in taught
    assert "python train.py fit" in taught
