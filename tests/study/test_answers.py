"""Answers read back: simulated raters of a known taste, in files as webMUSHRA's service writes them."""

import json
import math

import numpy as np
import pytest
from simulated import TRUTH, write_mixes, write_texts

from console.errors import InputError
from studio.study.figures import agreement, means, trusted
from studio.study.outcome import ALL, JUDGED, evaluate, folder_beside, write
from studio.study.raters import raters_for, reliability_of
from studio.study.results import Ratings, read_answers

RANKED = sorted(TRUTH, key=lambda system: -TRUTH[system])


def test_the_ranking_is_recovered(key, tmp_path):
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key)], key)
    assert sorted(outcome.systems, key=lambda system: -outcome.systems[system].value) == RANKED
    for system, mean in outcome.systems.items():
        assert mean.low <= mean.value <= mean.high
        assert mean.value == pytest.approx(TRUTH[system], abs=5)
    assert outcome.raters == 15
    assert outcome.left_out == ()


def test_how_much_better_than_the_flawed_mix(key, tmp_path):
    """Raters' biases cancel: the interval of the difference is narrower than those of the scores."""
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key, bias=10.0)], key)
    better, score = outcome.improvement["console"], outcome.systems["console"]
    assert better.low < 45 < better.high
    assert better.high - better.low < score.high - score.low
    assert outcome.improvement["flawed"] == (0, 0, 0)


def test_an_export_is_answered_and_read(exported, tmp_path):
    _, key = exported
    quality = dict(zip((page.item for page in key.texts), (1.5, 2.5, 3.5, 4.5), strict=True))
    files = [write_mixes(tmp_path / "mushra.csv", key), write_texts(tmp_path / "lss.csv", key, quality)]
    outcome = evaluate(files, key)
    assert sorted(outcome.systems, key=lambda system: -outcome.systems[system].value) == RANKED
    assert set(outcome.by_item) == {page.item for page in key.mixes}
    assert set(outcome.texts) == set(key.scales)
    for told in outcome.text_items.values():
        assert sorted(told, key=lambda item: told[item].value) == list(quality)


def test_agreement_falls_with_noise(key, tmp_path):
    found = [
        evaluate([write_mixes(tmp_path / f"{noise}.csv", key, noise=noise, bias=0.0)], key).mixes[JUDGED]
        for noise in (2.0, 12.0, 40.0)
    ]
    for figure in ("alpha_ordinal", "alpha_interval", "kappa", "reliability"):
        values = [getattr(one, figure) for one in found]
        assert values == sorted(values, reverse=True)
        assert values[0] > 0.85 > 0.5 > values[-1] or figure == "reliability"
    assert [one.raters_needed for one in found] == sorted(one.raters_needed for one in found)


def test_raters_who_agree_by_chance_only(key, tmp_path):
    flat = dict.fromkeys(TRUTH, 50.0) | {"reference": 100.0}
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key, raters=30, truth=flat, bias=0.0)], key)
    assert outcome.mixes[JUDGED].alpha_interval == pytest.approx(0, abs=0.05)
    assert outcome.mixes[JUDGED].kappa == pytest.approx(0, abs=0.05)
    assert outcome.mixes[ALL].alpha_interval > 0.7  # the reference is easily told


def test_who_rates_at_random_is_left_out(key, tmp_path):
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key, deaf=3)], key)
    assert outcome.left_out == ("rater 15", "rater 16", "rater 17")
    assert outcome.raters == 18
    assert outcome.mixes[ALL].raters == 15
    alone = evaluate([write_mixes(tmp_path / "alone.csv", key)], key)
    assert outcome.systems == alone.systems
    assert "18 raters of mixes, 3 of them left out" in outcome.to_markdown()


@pytest.mark.parametrize(
    ("below", "of", "kept"), [(0, 20, True), (3, 20, True), (4, 20, False), (1, 6, False), (1, 7, True)]
)
def test_the_screening_allows_fifteen_percent(below, of, kept):
    units = tuple((f"page{n}", "reference") for n in range(of))
    score = np.full((1, of), 90.0)
    score[0, :below] = 89.0
    assert trusted(Ratings(("one",), units, score)) == [kept]


def test_pages_that_were_not_rated_do_not_count_in_the_screening():
    units = tuple((f"page{n}", "reference") for n in range(20))
    score = np.full((1, 20), math.nan)
    score[0, :5] = [100, 100, 100, 100, 80]
    assert trusted(Ratings(("one",), units, score)) == [False]


def test_nobody_is_left(key, tmp_path):
    with pytest.raises(InputError, match="None of the 4 raters"):
        evaluate([write_mixes(tmp_path / "mushra.csv", key, raters=0, deaf=4)], key)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    units = (("page", "a"),)
    covered = 0
    for _ in range(200):
        ratings = Ratings(tuple(map(str, range(30))), units, rng.normal(60, 10, size=(30, 1)))
        told = means(ratings, {"a": units})["a"]
        covered += told.low <= 60 <= told.high
    assert 0.9 <= covered / 200 <= 0.98


def test_missing_answers_do_not_bend_the_mean():
    """The rater who skipped a unit is missing from that unit only."""
    units = (("page", "a"), ("page", "b"))
    ratings = Ratings(("x", "y"), units, np.array([[100.0, 0.0], [50.0, math.nan]]))
    assert means(ratings, {"both": units})["both"].value == (75 + 0) / 2


def test_answers_given_twice_count_once(key, tmp_path):
    path = write_mixes(tmp_path / "mushra.csv", key)
    once = evaluate([path], key)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines + lines[1:]))
    twice = evaluate([path], key)
    assert twice.systems == once.systems
    assert twice.repeated == 15 * 6 * 5
    assert "given twice" in twice.to_markdown()


def test_answers_without_a_questionnaire_are_told_apart_by_session(key, tmp_path):
    path = write_mixes(tmp_path / "mushra.csv", key, raters=4, change=lambda row: row.pop("rater"))
    assert read_answers([path], key).mixes.raters == ("0000-0", "0000-1", "0000-2", "0000-3")


def test_answers_of_an_older_service_have_no_session(key, tmp_path):
    path = write_mixes(tmp_path / "mushra.csv", key, raters=4, change=lambda row: row.pop("session_uuid"))
    assert len(read_answers([path], key).mixes.raters) == 4


def test_skipped_scales_are_missing(key, tmp_path):
    path = write_texts(tmp_path / "lss.csv", key, dict.fromkeys((page.item for page in key.texts), 3.0))
    head, first, *rest = path.read_text().splitlines()
    cells = first.split(",")
    cells[3] = "NA"
    path.write_text("\n".join([head, ",".join(cells), *rest]) + "\n")
    texts = read_answers([path], key).texts
    assert np.isnan(texts["effectiveness"].score).sum() == 1
    assert not np.isnan(texts["musicality"].score).any()


def test_what_is_written_is_what_was_found(key, tmp_path):
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key)], key)
    write(outcome, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "study.json").read_text())
    assert told["systems"]["console"]["value"] == outcome.systems["console"].value
    assert told["mixes"][ALL]["alpha_interval"] == outcome.mixes[ALL].alpha_interval
    text = (tmp_path / "out" / "study.md").read_text()
    assert f"| console | {outcome.systems['console'].value:.1f} [" in text
    with pytest.raises(InputError, match="--force"):
        write(outcome, tmp_path / "out")
    write(outcome, tmp_path / "out", force=True)
    with pytest.raises(InputError, match="is a file"):
        write(outcome, tmp_path / "mushra.csv")


def test_one_rater_has_nobody_to_agree_with(key, tmp_path):
    outcome = evaluate([write_mixes(tmp_path / "mushra.csv", key, raters=1)], key)
    assert math.isnan(outcome.mixes[ALL].alpha_interval)
    assert json.loads(outcome.to_json())["mixes"][ALL]["alpha_interval"] is None
    assert outcome.systems["flawed"].low == outcome.systems["flawed"].high


def change(**cells):
    return lambda row: row.update(cells)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"session_test_id": "mixes-other"}, 'line 3: is of the test "mixes-other", and the key is of "mixes-study"'),
        ({"trial_id": "nowhere"}, 'no stimulus "[^"]+" on a page "nowhere"'),
        ({"rating_stimulus": "m9z"}, 'no stimulus "m9z"'),
        ({"rating_score": "101"}, "a rating is from 0 to 100, not 101"),
        ({"rating_score": "-1"}, "a rating is from 0 to 100"),
        ({"rating_score": "nan"}, "a rating is from 0 to 100"),
        ({"rating_score": "fine"}, '"fine" is no rating'),
        ({"rater": "", "session_uuid": ""}, "does not tell who rated"),
    ],
)
def test_answers_that_cannot_be(key, tmp_path, cells, message):
    path = write_mixes(tmp_path / "mushra.csv", key, raters=1, change=change(**cells))
    with pytest.raises(InputError, match=message):
        read_answers([path], key)


@pytest.mark.parametrize("rating", ["0", "6", "2.5"])
def test_texts_are_rated_in_whole_points(key, tmp_path, rating):
    path = write_texts(tmp_path / "lss.csv", key, dict.fromkeys((page.item for page in key.texts), 3.0), raters=1)
    head, first, *_ = path.read_text().splitlines()
    cells = first.split(",")
    cells[5] = rating
    path.write_text("\n".join([head, ",".join(cells)]) + "\n")
    with pytest.raises(InputError, match="a whole number from 1 to 5"):
        read_answers([path], key)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "no result of webMUSHRA's"),
        ("session_test_id,rater,trial_id,rating_stimulus,rating_score\n", "holds no answers"),
        ("session_test_id,rater,trial_id,rating_stimulus,rating_score\nmixes-study,me,page0\n", "3 columns, not 5"),
    ],
)
def test_files_without_answers(key, tmp_path, text, message):
    (tmp_path / "mushra.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_answers([tmp_path / "mushra.csv"], key)


def test_the_outcome_lies_beside_its_key(tmp_path):
    assert folder_beside(tmp_path / "test-key.json") == tmp_path / "test-results"


def test_fifteen_raters_for_a_reliability_of_four_fifths():
    assert reliability_of(15, 4 / 19) == pytest.approx(0.8)
    assert raters_for(4 / 19) == 15
    for icc in (0.05, 0.1, 0.3, 0.7, 0.99):
        raters = raters_for(icc)
        assert reliability_of(raters, icc) >= 0.8 - 1e-9
        assert raters == 1 or reliability_of(raters - 1, icc) < 0.8
    assert raters_for(0.0) is None


def test_reliability_is_what_two_panels_correlate_by():
    """Spearman and Brown's formula against panels of simulated raters, whose single ICC is known."""
    rng = np.random.default_rng(0)
    mixes, icc, raters = 4000, 0.3, 5
    quality = rng.normal(0, math.sqrt(icc), mixes)
    panels = [quality + rng.normal(0, math.sqrt(1 - icc), (raters, mixes)) for _ in range(2)]
    correlation = np.corrcoef(panels[0].mean(0), panels[1].mean(0))[0, 1]
    assert correlation == pytest.approx(reliability_of(raters, icc), abs=0.03)
    units = tuple((str(n), "") for n in range(200))
    ratings = Ratings(tuple(map(str, range(raters))), units, 50 + 10 * panels[0][:, :200])
    assert agreement(ratings, True).alpha_interval == pytest.approx(icc, abs=0.1)
