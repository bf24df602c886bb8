"""Runs of models that nobody trained: guarded and unguarded side by side, here or behind an endpoint."""

import csv
from pathlib import Path

import numpy as np
import pytest
from answering import answering
from evaluations import plan
from tiny import tiny_base

import explainer.evaluation.run as running
from console import InputError
from explainer.evaluation.run import run
from explainer.evaluation.untuned import ChosenEndpoint, ChosenModel
from explainer.language.instructed.local import LocalModel
from explainer.phrasing.answers import worded
from explainer.phrasing.bank import Draw

WORDS = {"sample": 3, "tries": 1}
FIRST = ", as first written"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def scripted(monkeypatch) -> None:
    """Under guard the phrase bank's words, else a number; and no pictures, which take long."""

    def answers(self, conversations, steps, *_) -> list[str]:
        draw = Draw(np.random.default_rng(0))
        return [worded(step, draw) if self.guarded else "It is 3 dB too loud." for step in steps]

    monkeypatch.setattr(LocalModel, "answers", answers)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for draw in ("number_figures", "word_figures"):
        monkeypatch.setattr(running, draw, lambda *_: None)


def words_of(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of words by who wrote them."""
    rows: dict[str, list[dict[str, str]]] = {}
    with (folder / "words.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["conditioning"], []).append(row)
    return rows


def few(cache: Path, explainer: object):
    from explainer.evaluation.plan import Wording

    return plan(cache, explainer=explainer, words=Wording(**WORDS))


def test_guarded_and_unguarded_stand_side_by_side(cache, base, tmp_path):
    found = words_of(run(few(cache, ChosenModel(str(base))), tmp_path / "run", progress=False))
    both = ("instructed", "instructed, unguarded")
    assert set(found) == {*both, *(f"{name}{FIRST}" for name in both), "phrases"}
    assert {row["contradictions_first"] for row in found["instructed"]} == {"0"}
    assert {row["contradictions_first"] for row in found["instructed, unguarded"]} == {"1"}
    assert {row["source"] for row in found["instructed, unguarded"]} == {"phrases"}
    assert "instructed, unguarded" in (tmp_path / "run" / "summary.md").read_text()


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({"guarded": True}, "instructed"),
        ({"guarded": False}, "instructed, unguarded"),
        ({"numbers": "written"}, "instructed, numbers written, unguarded"),
    ],
)
def test_one_of_both_can_be_chosen(options, label, base):
    assert [one.label for one in ChosenModel(str(base), **options).opened()] == [label]


def test_what_is_guarded_and_what_is_not_is_one_model_in_memory(base):
    guarded, unguarded = ChosenModel(str(base)).opened()
    assert guarded.model.language is unguarded.model.language


def test_an_endpoint_is_asked_beforehand_and_not_once_all_is_done(cache, tmp_path):
    with answering(lambda messages: "It is 3 dB too loud.") as (address, asked):
        chosen = ChosenEndpoint(address, "any")
        found = words_of(run(few(cache, chosen), tmp_path / "run", progress=False))
        assert asked
    assert {row["source"] for row in found["instructed, unguarded"]} == {"phrases"}
    assert (run(few(cache, chosen), tmp_path / "run", progress=False) / "words.csv").is_file()
    with pytest.raises(InputError, match="cannot be reached"):
        run(few(cache, chosen), tmp_path / "another", progress=False)
    assert not (tmp_path / "another").exists()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: ChosenModel("nowhere-at-all").ready(), '"nowhere-at-all" is no model'),
        (lambda: ChosenModel("").ready(), '"" is no model'),
        (lambda: ChosenModel("smollm2").ready(), "mixconsole models fetch smollm2"),
        (lambda: ChosenModel(".", dtype="int3").ready(), "float32 or bfloat16"),
        (lambda: ChosenModel(".", numbers="words"), "explainer.numbers is slots or written"),
        (lambda: ChosenEndpoint("host", "any"), '"host" is no address of a language model'),
        (lambda: ChosenEndpoint("http://host/v1", "any", tries=0), "at least 1"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_measured(made, why, tmp_path, monkeypatch):
    monkeypatch.setenv("MIXCONSOLE_MODELS", str(tmp_path))
    with pytest.raises(InputError, match=why):
        made()


def test_a_model_that_was_not_tuned_to_answer_is_refused_before_anything_is_measured(cache, tmp_path):
    with pytest.raises(InputError, match="has no chat template"):
        few(cache, ChosenModel(str(tiny_base(tmp_path, template=None))))
    with pytest.raises(InputError, match="is no model here"):
        few(cache, ChosenModel(str(cache)))
