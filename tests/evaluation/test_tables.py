"""Tables as a paper prints them, means with their intervals, and runs side by side."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.evaluation.figures.bootstrap import Figure
from console.evaluation.figures.figure_table import decibels, figure_table, percent, plain
from console.evaluation.figures.markdown import markdown
from explainer.evaluation.sweep import as_markdown, side_by_side
from explainer.evaluation.tables.means import means

UNKNOWN = Figure(math.nan, math.nan, math.nan)


def test_figures_have_their_unit_and_interval():
    assert percent(Figure(0.5, 0.25, 0.755)) == "50.0 [25.0, 75.5]"
    assert decibels(Figure(1.234, math.nan, math.nan)) == "1.23"
    assert plain(Figure(-0.01, -0.02, 0.04)) == "0.0 [0.0, 0.0]"
    assert decibels(UNKNOWN) == "–"


def test_a_column_that_nothing_tells_is_left_out():
    columns = {"a": ("A %", percent), "b": ("B", decibels), "c": ("C", plain)}
    rows = [(("one",), {"a": Figure(1.0, 1.0, 1.0), "b": UNKNOWN}), (("two",), {"b": UNKNOWN})]
    assert figure_table(["who"], rows, columns).splitlines() == [
        "| who | A % |",
        "| --- | --- |",
        "| one | 100.0 [100.0, 100.0] |",
        "| two | – |",
    ]


@given(rows=st.lists(st.lists(st.text(max_size=6).filter(str.isprintable), min_size=2, max_size=2), max_size=4))
def test_every_row_of_a_table_has_as_many_cells(rows):
    lines = markdown(["a", "b"], rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert {line.count("|") for line in lines} == {3}


@given(
    values=st.lists(st.floats(-24, 24), min_size=1, max_size=12),
    songs=st.lists(st.sampled_from(["a", "b", "1999"]), min_size=12, max_size=12),
)
def test_means_are_over_rows_and_intervals_over_songs(values, songs):
    rows = [{"song": song, "error_db": value, "meteor_best": ""} for song, value in zip(songs, values, strict=False)]
    told = means(rows, ["error_db", "meteor_best", "bleu_best"])
    as_text = means([{name: str(cell) for name, cell in row.items()} for row in rows], ["error_db"])
    assert as_text["error_db"] == pytest.approx(told["error_db"], nan_ok=True)
    assert set(told) == {"error_db"}
    assert told["error_db"].value == pytest.approx(np.mean(values))
    if len({row["song"] for row in rows}) == 1:
        assert math.isnan(told["error_db"].low)
    else:
        assert min(values) - 1e-9 <= told["error_db"].low <= told["error_db"].high <= max(values) + 1e-9


def summary(protocol: str, joint: float, words: bool = False) -> dict:
    figures = {"joint": [joint, 0.1, 0.9], "mae_db": [1.0, None, None]}
    number = {"protocol": protocol, "input": "stems", "group": "", "figures": figures}
    told = {
        "conditioning": "both",
        "input": "stems",
        "read": {"joint": [joint, 0.1, 0.9]},
        "held": {"agrees": [1.0, 1.0, 1.0]},
        "texts": {"first_right": 0.875},
    }
    return {
        "main": ["stems", "console"],
        "settings": {"console": {"name": "checkpoint", "source": "my/ear"}},
        "numbers": [{**number, "listener": "console"}, {**number, "listener": "oracle"}],
        "words": [told] * words,
    }


def test_runs_side_by_side_are_a_table(tmp_path):
    for name, told in {"b": summary("many", 0.25, words=True), "a": summary("single", 0.5)}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(json.dumps(told))
    (tmp_path / "unfinished").mkdir()
    text = side_by_side(tmp_path).read_text()
    assert text.index("| a | my/ear | single | console | stems | 50.0 [10.0, 90.0] | 1.00 |") < text.index(
        "| b | my/ear | many |"
    )
    assert "| b | both | stems | 25.0 [10.0, 90.0] | 87.5 | 100.0 [100.0, 100.0] |" in text
    assert "oracle" not in text
    assert "## Words" not in as_markdown({"a": summary("single", 0.5)})
