"""Words held against numbers: who agrees with whom, who was right, and what the wording costs."""

import csv
import io
from dataclasses import replace
from functools import cache

import pytest
from consoles import random_console
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song

from console.balance import ROLES
from console.data.table import SongTable, tabulate
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import listeners
from console.evaluation.numbers import numbers
from explainer.advice.advice import ModelStamp
from explainer.evaluation.texts.beside_numbers import COLUMNS, agreement, who_was_right
from explainer.evaluation.texts.questions import listener_of, questions
from explainer.evaluation.texts.written import words

FREE = ("drums", "bass", "other")
DB = st.one_of(st.just(0.0), st.floats(-12, 12).map(lambda db: round(db, 2)))
DBS = st.fixed_dictionaries(dict.fromkeys(FREE, DB))


@cache
def table() -> SongTable:
    return tabulate(noise_song(seconds=10.5))


def rows_of(protocol: Protocol, right: bool = False) -> tuple[list[dict], list[dict]]:
    """Numbers and words of the phrase bank on ten items; `right`: words on the true corrections."""
    asked = Items([table()], protocol)[0]
    heard = listeners(random_console(), protocol)
    told = questions(asked, heard[listener_of(protocol)].believe(asked), ModelStamp("test", "0", ""), range(0, 30, 3))
    told = [replace(question, advice=question.truth) for question in told] if right else told
    return numbers(asked, heard), words(told, None, metrics={})


def number_row(flaw_db: dict[str, float], median_db: dict[str, float], width_db: float = 1.0) -> dict:
    row: dict = {"id": "a", "input": "stems", "listener": "console", "anchor": "vocals"}
    for role in map(str, ROLES):
        row[f"flaw_db_{role}"], median = flaw_db.get(role, 0.0), median_db.get(role, 0.0)
        row |= {f"gain_db_{role}": median if abs(median) >= 1 else 0.0}
        row |= {f"median_db_{role}": median, f"low_db_{role}": median - width_db, f"high_db_{role}": median + width_db}
    return row


def word_row(said_db: dict[str, float | str]) -> dict:
    row: dict = dict.fromkeys(("song", "protocol", "style", "conditioning", "source"), "x")
    row |= {"id": "a", "input": "stems", "listener": "console"}
    for role in map(str, ROLES):
        db = said_db.get(role, 0.0)
        way = db if isinstance(db, str) else "" if not db else "up" if db > 0 else "down"
        row |= {f"said_way_{role}": way, f"said_db_{role}": "" if isinstance(db, str) else db}
    return row


def held(flaw_db: dict, median_db: dict, said_db: dict) -> dict:
    return agreement([number_row(flaw_db, median_db)], [word_row(said_db)])[0]


def moved(db: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in db.items() if abs(value) >= 1}


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.MANY, Protocol.AB])
def test_what_the_phrase_bank_says_of_the_numbers_agrees_with_them(protocol):
    rows = agreement(*rows_of(protocol))
    assert len(rows) == 10
    for row in rows:
        assert tuple(row) == COLUMNS
        assert row["agrees"] == 1
        assert row["right"] in ("both", "neither")
        assert row["wording_cost_db"] == pytest.approx(row["leaving_cost_db"], abs=0.0551)
    assert sum(who_was_right(rows)["differ"].values()) == 0


def test_true_words_on_wrong_numbers_are_right_and_cost_less_than_nothing():
    rows = agreement(*rows_of(Protocol.MANY, right=True))
    # The reader does not know all of the phrase bank's English.
    rows = [row for row in rows if row["text_right"] == 1]
    assert len(rows) >= 0.8 * len(agreement(*rows_of(Protocol.MANY, right=True)))
    assert {row["right"] for row in rows} <= {"both", "text"}
    assert all(row["text_error_db"] <= 0.0551 for row in rows)
    assert sum(row["wording_cost_db"] for row in rows) < 0
    counts = who_was_right(rows)
    assert counts["differ"]["text"] > 0
    assert sum(sum(of.values()) for of in counts.values()) == len(rows)


def test_rows_read_back_from_csv_say_the_same():
    def read_back(rows: list[dict]) -> list[dict]:
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        return list(csv.DictReader(io.StringIO(text.getvalue())))

    told, said = rows_of(Protocol.SINGLE)
    rows = agreement(told, said)
    assert agreement(read_back(told), read_back(said)) == rows
    assert who_was_right(read_back(rows)) == who_was_right(rows)


@given(flaw_db=DBS, median_db=DBS)
def test_saying_what_is_believed_agrees_whatever_is_true(flaw_db, median_db):
    row = held(flaw_db, median_db, moved(median_db))
    assert row["agrees"] == 1
    assert row["text_right"] == row["posterior_right"]
    assert row["text_error_db"] == row["advised_error_db"]
    assert row["wording_cost_db"] == row["leaving_cost_db"]


@given(flaw_db=DBS, median_db=DBS)
def test_saying_what_is_true_is_right_and_costs_what_the_belief_is_off(flaw_db, median_db):
    truth = {name: -db + 0.0 for name, db in flaw_db.items()}
    row = held(flaw_db, median_db, moved(truth))
    assert row["text_right"] == 1
    assert row["right"] in ("both", "text")
    if moved(truth) == {name: db for name, db in truth.items() if db}:
        assert row["text_error_db"] == 0
        assert row["wording_cost_db"] == -row["posterior_error_db"]


@given(rows=st.lists(st.tuples(DBS, DBS, DBS), min_size=1, max_size=6))
def test_who_was_right_adds_up(rows):
    told = [held(flaw_db, median_db, moved(said_db)) for flaw_db, median_db, said_db in rows]
    table = who_was_right(told)
    assert set(table) == {"agree", "differ"}
    assert sum(sum(counts.values()) for counts in table.values()) == len(rows)
    assert sum(table["agree"].values()) == sum(row["agrees"] for row in told)
    assert table["agree"]["text"] == table["agree"]["posterior"] == 0  # who move alike are right alike
    assert sum(counts["both"] + counts["text"] for counts in table.values()) == sum(row["text_right"] for row in told)


def test_each_kind_of_difference_shows_in_its_own_column():
    truth, believed = {"drums": 4.0}, {"drums": -4.2}
    columns = ("same_stems", "same_directions", "within_range", "agrees", "right")

    def told(said_db: dict) -> tuple:
        row = held(truth, believed, said_db)
        return tuple(row[name] for name in columns)

    assert told({"drums": -4.2}) == (1, 1, 1, 1, "both")
    assert told({"drums": -5.3}) == (1, 1, 0, 0, "both")
    assert told({"drums": 4.2}) == (1, 0, 0, 0, "posterior")
    assert told({"bass": -4.2}) == (0, 1, 1, 0, "posterior")
    assert told({"drums": -4.2, "bass": 2.0}) == (0, 1, 1, 0, "posterior")
    assert told({}) == (0, 1, 1, 0, "posterior")


def test_a_tenth_that_was_rounded_is_in_the_range():
    assert held({"drums": 4.0}, {"drums": -4.0}, {"drums": -5.0})["within_range"] == 1
    assert held({"drums": 4.0}, {"drums": -4.04}, {"drums": -3.0})["within_range"] == 1
    assert held({"drums": 4.0}, {"drums": -4.2}, {"drums": -3.0})["within_range"] == 0


def test_a_move_without_a_number_has_no_cost():
    row = held({"drums": 4.0}, {"drums": -4.0}, {"drums": "down"})
    assert (row["text_error_db"], row["wording_cost_db"], row["within_range"]) == ("", "", 0)
    assert row["right"] == "both"


def test_leaving_what_is_under_one_db_has_a_cost_of_its_own():
    row = held({"drums": 0.9}, {"drums": -0.9}, {})
    assert row["agrees"] == 1
    assert row["wording_cost_db"] == row["leaving_cost_db"] == pytest.approx(0.3)


def test_the_anchor_and_stems_that_are_missing_do_not_count():
    number = number_row({"drums": 3.0}, {"drums": -3.0}) | dict.fromkeys(
        (f"{name}_other" for name in ("flaw_db", "median_db", "low_db", "high_db")), ""
    )
    word = word_row({"drums": -3.6}) | {"said_db_other": ""}
    row = agreement([number], [word])[0]
    assert row["text_error_db"] == pytest.approx(0.3)
    assert agreement([number], [word_row({"drums": -3.0, "vocals": 2.0})])[0]["text_right"] == 0


def test_words_without_numbers_are_an_error():
    number = number_row({}, {})
    with pytest.raises(ValueError, match="no numbers"):
        agreement([number | {"input": "mix"}, number | {"listener": "do nothing"}], [word_row({})])
    assert agreement([number], []) == []
