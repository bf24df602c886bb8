"""A run: what it leaves behind, that it goes on where it was, and that equal runs are equal."""

import csv
import json

import numpy as np
import pytest
from evaluations import CSVS, TITLES, Noise, explainer, plan, tables
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import explainer.evaluation.run as running
from console import InputError
from console.evaluation.items import Protocol
from explainer.evaluation.chosen import ChosenExplainer
from explainer.evaluation.judge import Rules
from explainer.evaluation.plan import Wording
from explainer.evaluation.run import run
from explainer.evaluation.texts.sample import spread

FIGURES = {"calibration.png", "error-by-flaw.png", "confusion.png", "agreement.png", "words-and-numbers.png"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What was measured of the songs."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    return explainer(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def written(writer, monkeypatch):
    """Whoever is chosen, the scripted explainer writes."""
    monkeypatch.setattr(ChosenExplainer, "opened", lambda self: (writer,))
    monkeypatch.setattr(ChosenExplainer, "identity", lambda self: {"explainer": "scripted"})


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures take most of a small run's time."""
    for draw in ("number_figures", "word_figures"):
        monkeypatch.setattr(running, draw, lambda *_: None)


@pytest.fixture(scope="module")
def whole(cache, writer, tmp_path_factory):
    """A whole run that nobody disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChosenExplainer, "opened", lambda self: (writer,))
        patch.setattr(ChosenExplainer, "identity", lambda self: {"explainer": "scripted"})
        return run(plan(cache, judge=Rules()), tmp_path_factory.mktemp("whole") / "run", progress=False)


def read(folder, name):
    with (folder / f"{name}.csv").open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_every_item_is_heard_both_ways_by_all_listeners(whole):
    numbers = read(whole, "numbers")
    assert len({row["id"] for row in numbers}) == 60
    assert {row["song"] for row in numbers} == set(TITLES)
    heard = {(row["listener"], row["input"]) for row in numbers}
    assert {("console", "stems"), ("console", "mix"), ("oracle", "stems"), ("equal loudness", "stems")} <= heard
    assert len(numbers) == 60 * len(heard)


def test_the_sample_is_put_into_words_and_held_against_its_numbers(whole):
    words, agreement = read(whole, "words"), read(whole, "agreement")
    ids = [row["id"] for row in words]
    told = ["predictions, numbers written", "predictions, numbers written, as first written", "phrases"]
    assert list(dict.fromkeys(row["conditioning"] for row in words)) == told
    assert len(set(ids)) == 12
    assert [(r["id"], r["conditioning"]) for r in agreement] == [(r["id"], r["conditioning"]) for r in words]
    assert {row["song"] for row in words} == set(TITLES)
    verified = [row for row in agreement if row["conditioning"] in (told[0], told[2])]
    assert all(row["agrees"] == "1" for row in verified)
    first = [row for row in words if row["conditioning"] == told[1]]
    assert sum(int(row["contradictions_first"]) for row in first) == 3


def test_a_judge_reads_a_part_of_the_sample_in_both_orders(whole):
    judged = read(whole, "judge")
    assert len({row["id"] for row in judged}) == 5
    assert {(row["answer"], row["order"]) for row in judged} == {(a, o) for a in ("explainer", "phrases") for o in "01"}


def test_the_summary_has_the_figures_of_the_tables(whole):
    told = json.loads((whole / "summary.json").read_text(), parse_constant=pytest.fail)
    console = next(s for s in told["numbers"] if (s["listener"], s["input"], s["group"]) == ("console", "stems", ""))
    rows = [r for r in read(whole, "numbers") if (r["listener"], r["input"]) == ("console", "stems")]
    assert console["figures"]["joint"][0] == pytest.approx(np.mean([int(row["joint"]) for row in rows]))
    phrases = next(of for of in told["words"] if of["conditioning"] == "phrases")
    rows = [r for r in read(whole, "words") if r["conditioning"] == "phrases"]
    assert phrases["read"]["error_db"][0] == pytest.approx(np.mean([float(row["error_db"]) for row in rows]))
    assert phrases["items"] == 12
    text = (whole / "summary.md").read_text()
    assert f"{100 * console['figures']['joint'][0]:.1f} [" in text
    for heading in ("## Numbers", "### By category", "## Words", "## Numbers against words", "## Judge", "## Left out"):
        assert heading in text
    assert "| A / Song |" in text  # a bar would end the cell
    assert "| words: bertscore | No folder of a model is given for it. |" in text


def test_figures_and_scalars_are_there(whole):
    assert {path.name for path in (whole / "figures").iterdir()} == FIGURES
    for path in (whole / "figures").iterdir():
        with Image.open(path) as image:
            assert np.asarray(image.convert("L")).std() > 10
    events = EventAccumulator(str(whole / "tensorboard"))
    events.Reload()
    tags = events.Tags()["scalars"]
    assert {"numbers/stems/console/mae_db", "numbers/mix/console/joint", "words/stems/phrases/corpus_bleu"} <= set(tags)
    told = json.loads((whole / "summary.json").read_text())["numbers"][0]["figures"]["mae_db"][0]
    assert events.Scalars("numbers/stems/console/mae_db")[0].value == pytest.approx(told)


def test_a_run_that_is_done_does_nothing_again(whole, cache, writer, monkeypatch):
    before = tables(whole), (whole / "summary.md").read_bytes()
    monkeypatch.setattr(writer, "write", lambda *_: pytest.fail("written again"))
    monkeypatch.setattr(running, "numbers", lambda *_: pytest.fail("measured again"))
    assert run(plan(cache, judge=Rules()), whole, progress=False) == whole
    assert (tables(whole), (whole / "summary.md").read_bytes()) == before
    assert len(list((whole / "tensorboard").iterdir())) == 1


class Stopped(Exception):
    """In place of a kill."""


SLOW = [pytest.param(step, marks=pytest.mark.slow) for step in ("numbers", "agreement", "write_scalars")]


@pytest.mark.parametrize("step", ["words", "judge", *SLOW])
def test_a_run_that_was_stopped_goes_on_and_ends_like_any_other(whole, cache, tmp_path, monkeypatch, undrawn, step):
    calls = iter(range(100))

    def once_then_stop(*args, **kwargs):
        if next(calls) >= (1 if step == "numbers" else 0):
            raise Stopped
        return original(*args, **kwargs)

    original = getattr(running, step)
    monkeypatch.setattr(running, step, once_then_stop)
    with pytest.raises(Stopped):
        run(plan(cache, judge=Rules()), tmp_path / "run", progress=False)
    monkeypatch.setattr(running, step, original)
    assert tables(tmp_path / "run") != tables(whole) or step == "write_scalars"
    run(plan(cache, judge=Rules()), tmp_path / "run", progress=False)
    assert tables(tmp_path / "run") == tables(whole)
    for name in ("summary.json", "summary.md"):
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()


def test_workers_change_nothing(whole, cache, tmp_path, undrawn):
    place = run(plan(cache, explainer=None, workers=1), tmp_path / "run", progress=False)
    assert tables(place)["numbers.csv"] == tables(whole)["numbers.csv"]


def test_another_seed_asks_of_other_items(whole, cache, tmp_path, undrawn):
    place = run(plan(cache, seed=1, inputs=("stems",)), tmp_path / "run", progress=False)
    assert {row["id"] for row in read(place, "words")} != {row["id"] for row in read(whole, "words")}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"explainer": None}, "explainer=none"),
        ({"console": None}, "console=baselines"),
        ({"protocol": Protocol.AB, "inputs": ("mix",)}, "hears the mix alone"),
    ],
)
def test_what_is_left_out_says_why(cache, tmp_path, undrawn, changes, why):
    place = run(plan(cache, source=Noise(TITLES[:1]), judge=Rules(), **changes), tmp_path / "run", progress=False)
    told = json.loads((place / "summary.json").read_text())
    assert why in told["left_out"]["words"]
    assert told["left_out"]["judge"] == "There are no texts to judge."
    assert set(tables(place)) == {"numbers.csv"}
    assert told["words"] == []


def test_two_versions_are_put_into_words(cache, tmp_path):
    asked = plan(cache, source=Noise(TITLES[:1]), protocol=Protocol.AB, judge=Rules())
    place = run(asked, tmp_path / "run", progress=False)
    assert set(tables(place)) == set(CSVS)
    assert {row["listener"] for row in read(place, "words")} == {"levels of both versions"}
    assert "what changed" not in (place / "summary.md").read_text()
    phrases = [row for row in read(place, "words") if row["conditioning"] == "phrases"]
    assert all(float(row["error_db"]) < 0.05 for row in phrases)


def test_the_words_may_be_about_the_mix_alone(cache, tmp_path, undrawn):
    asked = plan(cache, source=Noise(TITLES[:1]), inputs=("mix",), words=Wording(sample=3, tries=0))
    rows = read(run(asked, tmp_path / "run", progress=False), "words")
    assert {row["input"] for row in rows} == {"mix"}
    assert {row["conditioning"] for row in rows} == {"predictions, numbers written, as first written", "phrases"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"inputs": ()}, "inputs is"),
        ({"inputs": ("stems", "stems")}, r"\[stems,stems\]"),
        ({"judged": -1}, "judged"),
        ({"words": {"sample": -1}}, r"words\.sample"),
        ({"words": {"style": "long"}}, r'words\.style is short or full or plain, not "long"'),
        ({"words": {"inputs": ("left",)}}, r"words\.inputs"),
    ],
)
def test_a_plan_that_cannot_be_is_told_in_a_sentence(cache, wrong, told):
    with pytest.raises(InputError, match=told):
        plan(cache, **{name: Wording(**value) if name == "words" else value for name, value in wrong.items()})


@given(count=st.integers(0, 40), of=st.integers(0, 40), seed=st.integers(0, 3))
def test_a_sample_is_spread_evenly(count, of, seed):
    chosen = spread(range(of), count, seed)
    assert chosen == spread(range(of), count, seed)
    assert sorted(set(chosen)) == chosen
    assert len(chosen) == (min(count, of) or of)
    for edge in range(of + 1):  # every stretch has its share
        assert abs(sum(at < edge for at in chosen) - len(chosen) * edge / max(of, 1)) <= 1 + 1e-9
