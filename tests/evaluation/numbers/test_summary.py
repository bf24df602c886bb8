"""Figures of rows, their groups and tables."""

import csv
import io
import math

import numpy as np
import pytest
from consoles import random_console
from songs import noise_song

from console.balance import ROLES
from console.data.table import tabulate
from console.evaluation.figures.summary import summarise
from console.evaluation.figures.tables import number_tables
from console.evaluation.items import Items, Protocol
from console.evaluation.listeners import CONSOLE, listeners
from console.evaluation.numbers import COLUMNS, numbers

LOUD = random_console(seed=3)


@pytest.fixture(scope="module")
def tables():
    return [tabulate(noise_song(seconds=10.0, seed=seed, title=f"Song / {seed}")) for seed in range(3)]


def rows_of(tables, protocol, console=LOUD):
    asked = Items(tables, protocol)
    who = listeners(console, protocol)
    return [row for index in range(len(asked)) for row in numbers(asked[index], who)]


@pytest.fixture(scope="module")
def single(tables):
    return rows_of(tables, Protocol.SINGLE)


@pytest.fixture(scope="module")
def many(tables):
    return rows_of(tables, Protocol.MANY)


def whole(summaries, listener):
    (one,) = [s for s in summaries if s.listener == listener and not s.group]
    return one


def test_figures_are_means_over_the_rows(single):
    rows = [row for row in single if row["listener"] == CONSOLE]
    told = whole(summarise(single), CONSOLE)
    assert (told.items, told.songs) == (90, 3)
    unflawed = [row for row in rows if not row["n_flawed"]]
    assert told.figures["joint"].value == pytest.approx(np.mean([row["joint"] for row in rows]))
    assert told.figures["no_error"].value == pytest.approx(np.mean([row["joint"] for row in unflawed]))
    assert told.figures["touched"].value == pytest.approx(np.mean([row["fp"] > 0 for row in unflawed]))
    assert told.figures["mae_db"].value == pytest.approx(np.mean([row["error_db"] for row in rows]))  # three free each
    flawed = [row["covered_flawed"] for row in rows if row["n_flawed"]]
    assert told.figures["coverage_flawed"].value == pytest.approx(np.mean(flawed))
    loud = [row["joint"] for row in rows if row["category"] == "loud"]
    (group,) = [s for s in summarise(rows) if (s.group, s.member) == ("category", "loud")]
    assert group.figures["joint"].value == pytest.approx(np.mean(loud))


def test_rows_read_back_as_text_give_the_same(single):
    single = [row for row in single if row["listener"] == CONSOLE]
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(single)
    file.seek(0)
    for one, other in zip(summarise(single), summarise(csv.DictReader(file)), strict=True):
        assert one[:-2] == other[:-2]
        assert all(np.array_equal(one.figures[name], other.figures[name], equal_nan=True) for name in one.figures)


def test_summaries_come_by_listener_and_group(single, many):
    summaries = summarise(row for row in (*single, *many) if row["listener"] in (CONSOLE, "oracle"))
    assert [s.protocol for s in summaries] == sorted((s.protocol for s in summaries), reverse=True)
    mine = [s for s in summaries if s.listener == CONSOLE and s.protocol == "many"]
    assert (mine[0].group, mine[0].member) == ("", "")
    sizes = {s.member: s.items for s in mine if s.group == "flaw_db"}
    assert sum(sizes.values()) == 90
    assert list(sizes) == ["3 to 6", "6 to 9", "9 and more"]
    flawed = {s.member: s.items for s in mine if s.group == "n_flawed"}
    assert list(flawed) == ["1", "2", "3"]
    assert sum(flawed.values()) == 90
    songs = [s for s in mine if s.group == "song"]
    assert [(s.member, s.items, s.songs) for s in songs] == [(f"Song / {seed}", 30, 1) for seed in range(3)]
    for song in songs:
        assert math.isfinite(song.figures["mae_db"].value)
        assert math.isnan(song.figures["mae_db"].low)
    counted = sum(song.figures["mae_db"].value for song in songs) / 3
    assert mine[0].figures["mae_db"].value == pytest.approx(counted)
    assert mine[0].figures["mae_db"].low < counted < mine[0].figures["mae_db"].high


def test_detection_is_counted_over_all_items(many):
    for listener in (CONSOLE, "equal loudness", "oracle", "do nothing"):
        rows = [row for row in many if row["listener"] == listener]
        tp, fp, fn = (sum(row[name] for row in rows) for name in ("tp", "fp", "fn"))
        told = whole(summarise(rows), listener).figures
        assert told["recall"].value == pytest.approx(tp / (tp + fn))
        assert told["f1"].value == pytest.approx(2 * tp / (2 * tp + fp + fn))
        assert told["precision"].value == pytest.approx(tp / (tp + fp) if tp + fp else math.nan, nan_ok=True)
        assert (fp, fn) == (0, 0) or listener != "oracle"
        assert (tp, fp) == (0, 0) or listener != "do nothing"


def test_the_errors_distribution(many):
    rows = [row for row in many if row["listener"] == CONSOLE]
    errors_db = [
        abs(row[f"median_db_{role}"] + row[f"flaw_db_{role}"])
        for row in rows
        for role in ROLES
        if role != row["anchor"]
    ]
    told = whole(summarise(rows), CONSOLE).figures
    assert told["error_p50_db"].value == pytest.approx(np.quantile(errors_db, 0.5, method="inverted_cdf"), abs=0.02)
    assert told["error_p90_db"].value == pytest.approx(np.quantile(errors_db, 0.9, method="inverted_cdf"), abs=0.02)
    assert told["error_p90_db"].low <= told["error_p90_db"].value <= told["error_p90_db"].high
    assert told["within_3_db"].value == pytest.approx(np.mean(np.array(errors_db) <= 3), abs=1e-3)
    assert told["crps_db"].value < told["mae_db"].value


def test_the_oracle_and_doing_nothing_are_the_ends_of_the_scale(single, many):
    best, nothing = (
        whole(summarise(row for row in single if row["listener"] == name), name).figures
        for name in ("oracle", "do nothing")
    )
    assert best["joint"] == (1, 1, 1)
    assert best["mae_db"].value <= 0.25
    assert nothing["joint"].value == pytest.approx(0.2)
    assert nothing["stft_after"] == nothing["stft_before"]
    assert nothing["si_sdr_after_db"] == nothing["si_sdr_before_db"]
    assert nothing["si_sdr_before_db"].value < 30 < best["si_sdr_after_db"].value
    rows = [row for row in many if row["listener"] == "do nothing"]
    flaws_db = [abs(row[f"flaw_db_{role}"]) for row in rows for role in ROLES if role != row["anchor"]]
    assert whole(summarise(rows), "do nothing").figures["mae_db"].value == pytest.approx(np.mean(flaws_db), abs=1e-4)


def test_without_a_flaw_there_is_nothing_to_find(tables):
    rows = [row for row in rows_of(tables[:2], Protocol.NONE) if row["listener"] == "do nothing"]
    told = whole(summarise(rows), "do nothing").figures
    assert told["no_error"] == told["joint"] == told["moves_right"] == (1, 1, 1)
    assert all(math.isnan(told[name].value) for name in ("stem", "coverage_flawed", "si_sdr_after_db", "recall"))


def test_the_tables_print_them(single):
    text = "\n".join(number_tables(summarise(single), CONSOLE))
    assert "| oracle | stems | 100.0 [100.0, 100.0] |" in text
    assert f"### By category: {CONSOLE}" in text


def test_no_rows_have_no_figures():
    assert summarise([]) == []
