"""Automatic metrics held against people's means."""

import csv

import pytest
from simulated import TRUTH, write_mixes, write_texts

from console.errors import InputError
from studio.study.outcome import evaluate

ERROR_DB = {"console": 1.0, "equal loudness": 3.0, "do nothing": 5.0, "oracle": 0.0}


def table(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def numbers(key, **more):
    return [
        {
            "id": page.item,
            "song": "song",
            "chunk": n,
            "input": "stems",
            "listener": listener,
            "category": "loud",
            "flaw_db_bass": page.flaw_db["bass"],
            "flaw_db_vocals": "",
            "error_db": error_db,
            "joint": 1,
            "said_stem": "bass",
            **more,
        }
        for n, page in enumerate(key.mixes)
        for listener, error_db in ERROR_DB.items()
    ]


@pytest.fixture
def mushra(key, tmp_path):
    return write_mixes(tmp_path / "mushra.csv", key, noise=1.0, bias=0.0)


def test_a_metric_that_ranks_as_people_do(key, mushra, tmp_path):
    path = table(tmp_path / "numbers.csv", numbers(key))
    (found,) = evaluate([mushra], key, [path]).correlations["numbers.csv"]
    assert (found.metric, found.people, found.n) == ("error_db", "score", 18)  # do nothing is the flawed mix
    assert found.rho < -0.9
    assert found.tau < -0.7
    assert found.p < 1e-6
    assert TRUTH["console"] > TRUTH["equal loudness"] > TRUTH["flawed"]


def test_each_input_by_itself(key, mushra, tmp_path):
    path = table(tmp_path / "numbers.csv", numbers(key) + numbers(key, input="mix", error_db=2.0))
    outcome = evaluate([mushra], key, [path])
    assert [found.metric for found in outcome.correlations["numbers.csv"]] == ["error_db (stems)"]
    assert "error_db (stems)" in outcome.to_markdown()


def words(key, style="full"):
    return [
        {"id": page.item, "style": style, "text": "Turn it down.", "bleu_best": 0.1 * n, "length_words": 3}
        for n, page in enumerate(key.texts)
    ]


def test_words_against_every_scale(key, tmp_path):
    quality = {page.item: 1 + 0.8 * n for n, page in enumerate(key.texts)}
    lss = write_texts(tmp_path / "lss.csv", key, quality, noise=0.3)
    path = table(tmp_path / "words.csv", words(key) + words(key, "short"))
    found = evaluate([lss], key, [path]).correlations["words.csv"]
    assert [(one.metric, one.people) for one in found] == [("bleu_best", scale) for scale in key.scales]
    assert all(one.rho > 0.9 and one.n == 6 for one in found)


def test_a_table_of_other_flaws(key, mushra, tmp_path):
    rows = numbers(key)
    rows[0]["flaw_db_bass"] = -4.0
    with pytest.raises(InputError, match="run the evaluation with seed 0"):
        evaluate([mushra], key, [table(tmp_path / "numbers.csv", rows)])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "other|0|single|-|0", "listener": "console", "error_db": 1}], "nothing that was rated"),
        ([{"name": "x", "error_db": 1}], 'a column "id"'),
    ],
)
def test_tables_that_tell_nothing(key, mushra, tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        evaluate([mushra], key, [table(tmp_path / "numbers.csv", rows)])


def test_an_item_told_twice(key, mushra, tmp_path):
    with pytest.raises(InputError, match="twice"):
        evaluate([mushra], key, [table(tmp_path / "numbers.csv", 2 * numbers(key))])


def test_words_say_nothing_where_no_text_was_rated(key, mushra, tmp_path):
    with pytest.raises(InputError, match="nothing that was rated"):
        evaluate([mushra], key, [table(tmp_path / "words.csv", words(key))])
