"""From verdicts to figures: means, what was dropped, and position bias; through CSV and back."""

import csv
import io
import json
from collections.abc import Iterator, Sequence

import pytest

from console.errors import InputError
from explainer.evaluation.judge import Criterion, Judge, Judged, Question, Reply, judge, summarise
from explainer.evaluation.judge.judgements import COLUMNS


class Scripted:
    """Scores each answer as a function of its text and place tells; None is no reply."""

    name = "scripted"

    def __init__(self, score):
        self.score = score

    def replies(self, questions: Sequence[Question]) -> Iterator[Reply]:
        for question in questions:
            scores = [self.score(text, place) for place, text in enumerate(question.answers, start=1)]
            entries = [{"answer": n, **dict.fromkeys(Criterion, s)} for n, s in enumerate(scores, start=1)]
            yield Reply(failure="time-out") if None in scores else Reply(json.dumps({"answers": entries}))


def songs(answers: dict[str, str], count: int = 6) -> list[Judged]:
    return [Judged(f"song | {n % 3}|0|many|-|{n}", {"bass": -3.0}, answers) for n in range(count)]


def test_means_are_of_each_answer_whatever_its_place():
    found = judge(songs({"good": "right", "bad": "wrong"}), Scripted(lambda text, _: 5 if text == "right" else 2))
    told = summarise(found.rows)["scripted"]
    assert (told["questions"], told["valid"], told["invalid"], told["both_orders"]) == (12, 12, 0, 6)
    for criterion in (*Criterion, "overall"):
        assert told["answers"]["good"][criterion] == {"mean": 5.0, "low": 5.0, "high": 5.0, "n": 6}
        assert told["answers"]["bad"][criterion] == {"mean": 2.0, "low": 2.0, "high": 2.0, "n": 6}
        assert told["position_bias"][criterion]["mean"] == 0.0


def test_a_judge_that_likes_the_first_answer_is_found_out():
    found = judge(songs({"a": "one", "b": "two", "c": "three"}), Scripted(lambda _, place: 5 if place == 1 else 3))
    told = summarise(found.rows)["scripted"]
    # Of three answers the first and the last change places, the middle one stays.
    assert told["position_bias"]["fluency"] == {"mean": 2.0, "low": 2.0, "high": 2.0, "n": 12}
    two = summarise(judge(songs({"a": "x", "b": "y"}), Scripted(lambda _, place: 5 if place == 1 else 3)).rows)
    assert {figures["fluency"]["mean"] for figures in two["scripted"]["answers"].values()} == {4.0}  # both ways round


def test_a_biased_endpoint_is_found_out(endpoint, items):
    told = summarise(judge(items, endpoint("likes-the-first")).rows)["likes-the-first"]
    assert told["position_bias"]["overall"]["mean"] == 2.0


def test_what_is_invalid_is_counted_by_reason_and_enters_no_mean():
    scripts = Scripted(lambda text, place: None if place == 1 and text == "two" else 9 if text == "three" else 4)
    items = [*songs({"a": "one", "b": "two"}), Judged("last|0|many|-|0", {"bass": 1.0}, {"a": "three", "b": "one"})]
    found = judge(items, scripts)
    told = summarise(found.rows)["scripted"]
    assert told["why"] == {"a score is not from 1 to 5": 2, "time-out": 6}
    assert (told["questions"], told["valid"], told["invalid"], told["both_orders"]) == (14, 6, 8, 0)
    assert told["answers"]["a"]["fluency"]["mean"] == 4.0
    assert told["answers"]["a"]["fluency"]["n"] == 6
    assert told["position_bias"]["fluency"] == {"mean": None, "low": None, "high": None, "n": 0}


def test_with_no_verdict_at_all_nothing_is_made_up():
    told = summarise(judge(songs({"a": "one", "b": "two"}), Scripted(lambda *_: None)).rows)["scripted"]
    assert (told["valid"], told["invalid"], told["answers"]) == (0, 12, {})
    assert summarise([]) == {}


def test_intervals_are_over_songs():
    items = songs({"a": "one", "b": "two"})
    lone = [item for item in items if item.id.startswith("song | 0")]
    scripts = Scripted(lambda text, place: place)
    assert summarise(judge(lone, scripts).rows)["scripted"]["answers"]["a"]["overall"]["low"] is None
    by_song = [Judged(item.id, {"bass": 0.0}, {"a": "1245"[int(item.id[7])], "b": "3"}) for item in items]
    figure = summarise(judge(by_song, Scripted(lambda text, _: int(text))).rows)["scripted"]["answers"]["a"]["overall"]
    assert figure["mean"] == pytest.approx(7 / 3)
    assert (figure["low"], figure["high"]) == (1.0, 4.0)  # of three songs one can be drawn three times


def test_rows_survive_csv_and_json():
    scripts = Scripted(lambda text, place: None if place == 1 and text == "two" else 4)
    rows = judge(songs({"a": "one", "b": "two"}), scripts).rows
    assert all(tuple(row) == COLUMNS for row in rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    read = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert summarise(read) == summarise(rows) == json.loads(json.dumps(summarise(rows)))


def test_judges_are_told_apart():
    rows = [*judge(songs({"a": "x"}), Scripted(lambda *_: 4)).rows]
    rows += [{**row, "judge": "another", "fluency": 2} for row in rows]
    told = summarise(rows)
    assert told["scripted"]["answers"]["a"]["fluency"]["mean"] == 4.0
    assert told["another"]["answers"]["a"]["fluency"]["mean"] == 2.0


def test_progress_is_told_after_each_question():
    told = []
    judge(songs({"a": "x", "b": "y"}, 3), Scripted(lambda *_: 4), advance=lambda: told.append(1))
    assert len(told) == 6


def test_ids_may_not_come_twice():
    item = Judged("x", {"bass": 0.0}, {"a": "x"})
    with pytest.raises(InputError, match="same id"):
        judge([item, item], Scripted(lambda *_: 4))


def test_a_judge_is_whatever_replies():
    assert isinstance(Scripted(lambda *_: 4), Judge)
