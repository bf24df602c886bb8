"""Pictures of an evaluation show what the tables say."""

import numpy as np
import pytest
from PIL import Image

from console.balance import ROLES
from console.evaluation.listeners import CONSOLE
from explainer.evaluation.pictures.by_stem import by_stem
from explainer.evaluation.pictures.of_numbers import ANSWERS, confusion, number_figures
from explainer.evaluation.tables.means import mean_over_songs

NOTHING = len(ANSWERS)


def row(flaws_db: dict, said: str = "", said_db: float = 0.0, anchor: str = "bass", **other: object) -> dict:
    """A row of numbers; what is believed is right to 1 dB but for the stems in `other`."""
    told = {"song": "a", "listener": CONSOLE, "input": "stems", "anchor": anchor, "said_stem": said, "said_db": said_db}
    for role in ROLES:
        flaw_db = flaws_db.get(str(role), 0.0)
        told |= {f"flaw_db_{role}": flaw_db, f"median_db_{role}": -flaw_db, f"chance_{role}": float(flaw_db != 0)}
        told |= {f"low_db_{role}": -flaw_db - 1.0, f"high_db_{role}": -flaw_db + 1.0}
    return told | {"n_flawed": len(flaws_db)} | other


def test_stems_are_counted_but_for_the_anchor_and_those_that_are_not_there():
    rows = [row({"drums": -4.0}), row({}, median_db_other="", flaw_db_other="")]
    told = by_stem(rows)[CONSOLE, "stems"]
    assert len(told.flaw_db) == 5
    assert sorted(told.flaw_db.tolist()) == [-4.0, 0.0, 0.0, 0.0, 0.0]
    assert told.error_db.max() == 0
    assert told.covered.tolist() == [1.0] * 5
    assert told.only(told.flaw_db != 0).n_flawed.tolist() == [1]
    as_text = by_stem([{name: str(cell) for name, cell in each.items()} for each in rows])[CONSOLE, "stems"]
    assert all((mine == other).all() for mine, other in zip(told, as_text, strict=True))


def test_an_error_is_how_far_the_median_is_from_the_right_correction():
    told = by_stem([row({"drums": -4.0}, median_db_drums=1.0, low_db_drums=0.0, high_db_drums=3.9)])[CONSOLE, "stems"]
    flawed = told.only(told.flaw_db != 0)
    assert flawed.error_db.tolist() == [3.0]
    assert flawed.covered.tolist() == [0.0]


def test_a_mean_of_nothing_is_unknown():
    assert np.isnan(mean_over_songs(np.zeros(0), np.zeros(0, dtype=int))).all()


def test_each_answer_is_counted_against_its_truth():
    quiet, loud = ANSWERS.index(("drums", "too quiet")), ANSWERS.index(("vocals", "too loud"))
    rows = [
        row({"drums": -4.0}, "drums", 3.0),
        row({"drums": -4.0}, "vocals", -3.0),
        row({}, "vocals", -3.0),
        row({"vocals": 5.0}),
        row({"vocals": 5.0, "drums": 3.0}, "vocals", -3.0),
    ]
    table = confusion(rows)["stems"]
    assert table.sum() == 4  # with two flaws there is not one answer
    assert (table[quiet, quiet], table[quiet, loud], table[NOTHING, loud], table[loud, NOTHING]) == (1, 1, 1, 1)


@pytest.mark.parametrize("listener", [CONSOLE, "oracle"])
def test_pictures_are_drawn_of_whatever_there_is(tmp_path, listener):
    rng = np.random.default_rng(0)
    some = [row({"drums": float(rng.uniform(-12, 12))}, song=f"{at % 3}", listener=listener) for at in range(30)]
    for name, rows in {"few": some[:1], "many": some, "raw": [row({"drums": 3.0, "vocals": -3.0})]}.items():
        (tmp_path / name).mkdir()
        files = number_figures(lambda rows=rows: rows, tmp_path / name)
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == sorted(files)
        assert ("confusion.png" in files) is (name != "raw")
        for file in files:
            with Image.open(tmp_path / name / file) as image:
                assert image.format == "PNG"
                assert min(image.size) > 400
