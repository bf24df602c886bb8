"""Words of an evaluation: what a text says is read as it is meant, and judged as the numbers are."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from consoles import random_console
from hypothesis import given
from hypothesis import strategies as st
from songs import noise_song
from tiny import tiny_base

from console.balance import ROLES
from console.data.table import SongTable, tabulate
from console.errors import InputError
from console.evaluation.items import Asked, Items, Protocol
from console.evaluation.listeners import Believed, listeners
from console.evaluation.numbers import numbers
from console.read.roles import Role
from explainer.advice.advice import ModelStamp
from explainer.evaluation.texts.faders import faders, judged
from explainer.evaluation.texts.questions import Question, listener_of, questions, true_advice
from explainer.evaluation.texts.text_metrics import Near, Skipped, one_by_one
from explainer.evaluation.texts.written import COLUMNS, UNVERIFIED, references, summary, words
from explainer.language.model import Explainer
from explainer.language.numbers import Numbers
from explainer.language.told.conditioning import Conditioning
from explainer.phrasing.answers import compare, respond
from explainer.phrasing.plan import Style

STAMP = ModelStamp("test", "0", "")
NAMES = tuple(map(str, ROLES))
GAINS = st.one_of(st.just(0.0), st.floats(1.0, 12.0).map(lambda db: round(db, 2)))
SIGNED = st.builds(lambda db, up: db if up else 0.0 - db, GAINS, st.booleans())
ROUNDED_DB = 0.0551  # to two decimals where it is written down, to one where it is said
METRICS = {"bleu": one_by_one(lambda text, reference: float(text == reference)), "meteor": Skipped("not here")}


@pytest.fixture(scope="module")
def table() -> SongTable:
    return tabulate(noise_song(seconds=10.5, title="A | Song"))


@pytest.fixture(scope="module")
def explainer(tmp_path_factory) -> Explainer:
    return Explainer.build(tiny_base(tmp_path_factory.mktemp("base")), embedding_width=32, numbers=Numbers.WRITTEN)


def heard(table: SongTable, protocol: Protocol, who: str | None = None, mix: bool = False) -> tuple[Asked, Believed]:
    """A chunk, and what is believed of it: by default by a console with random weights."""
    asked = Items([table], protocol)[0]
    asked = asked.of_mix() if mix else asked
    return asked, listeners(random_console(), protocol)[who or listener_of(protocol)].believe(asked)


WRITTEN = "predictions, numbers written"


def asked_of(table: SongTable, protocol: Protocol, who: str | None = None, mix: bool = False) -> list[Question]:
    return questions(*heard(table, protocol, who, mix), STAMP)


def truly(question: Question) -> Question:
    """The question of a console that is always right."""
    return replace(question, advice=question.truth)


def scripted(explainer: Explainer, monkeypatch: pytest.MonkeyPatch, answers: list) -> None:
    """Lets the model answer as each function in turn tells."""
    left = iter(answers)
    monkeypatch.setattr(
        explainer, "write", lambda asks, *_, **__: (lambda answer: [answer(ask) for ask in asks])(next(left))
    )


def right(ask) -> str:
    rng = np.random.default_rng(0)
    return respond(ask.advice, Style.FULL, rng)


def wrong(ask) -> str:
    return "Turn track Z up 99.9 dB."


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("style", Style)
def test_all_that_is_read_from_the_phrase_bank_s_true_advice_is_right(table, protocol, style):
    asked = [truly(question) for question in asked_of(table, protocol)[::3]]
    misread = 0
    for question, row in zip(asked, words(asked, None, style, metrics={}), strict=True):
        flawed = [db for db in question.correction_db.values() if db]
        if row["moves_right"] != 1:  # the reader does not know all of the phrase bank's English
            misread += 1
            continue
        for name, db in question.correction_db.items():
            meant = db if abs(db) >= (0.1 if question.compare else 1.0) else 0.0
            assert row[f"said_db_{name}"] == pytest.approx(meant, abs=ROUNDED_DB)
            assert row[f"said_way_{name}"] == (("up" if meant > 0 else "down") if meant else "")
        assert row["error_db"] <= ROUNDED_DB or 0 < min(map(abs, flawed)) < 1
        assert row["joint"] == (1 if len(flawed) <= 1 else "")
        assert [row["stem"], row["direction"]] == [1 if len(flawed) == 1 else ""] * 2
        if len(flawed) == 1 and abs(abs(flawed[0]) - 6) > ROUNDED_DB:
            assert row["severity"] == 1
    assert misread <= max(2, len(asked) // 10)


@given(db=st.tuples(*[SIGNED] * 3), style=st.sampled_from(Style), seed=st.integers(0, 99))
def test_faders_are_read_as_they_are_said(db, style, seed):
    question = Question("", "", "", "", "", *[ADVICE] * 2, dict(zip(NAMES[1:], db, strict=True)))
    said = faders(respond(true_advice(ADVICE, question.correction_db), style, np.random.default_rng(seed)), NAMES)
    assert {name: fader.db for name, fader in said.items()} == pytest.approx(
        {name: gain for name, gain in question.correction_db.items() if gain}, abs=ROUNDED_DB
    )
    told = judged(said, question.correction_db)
    assert told["moves_right"] == 1
    assert told["error_db"] <= ROUNDED_DB
    assert told["said_stem"] == (
        max(question.correction_db, key=lambda n: abs(said[n].db) if n in said else 0) if said else ""
    )


@given(db=SIGNED.filter(bool), style=st.sampled_from(Style), seed=st.integers(0, 99))
def test_a_text_of_the_opposite_direction_is_wrong(db, style, seed):
    correction_db = {"drums": db, "bass": 0.0, "other": 0.0}
    text = respond(true_advice(ADVICE, {"drums": -db}), style, np.random.default_rng(seed))
    told = judged(faders(text, NAMES), correction_db)
    assert (told["stem"], told["direction"], told["joint"], told["moves_right"]) == (1, 0, 0, 0)
    assert told["error_db"] == pytest.approx(2 * abs(db) / 3, abs=0.04)


@given(changes=st.tuples(*[SIGNED] * 4), style=st.sampled_from(Style), seed=st.integers(0, 99))
def test_what_changed_is_read_as_the_correction_that_undoes_it(changes, style, seed):
    by_name = dict(zip(NAMES, changes, strict=True))
    text = compare(
        {"other instruments" if n == "other" else n: db for n, db in by_name.items()},
        style,
        np.random.default_rng(seed),
    )
    said = faders(text, NAMES, compare=True)
    assert {name: fader.db for name, fader in said.items()} == pytest.approx(
        {name: -db for name, db in by_name.items() if db}, abs=ROUNDED_DB
    )


def test_the_single_answer_is_the_move_that_is_largest():
    said = faders("Turn the bass up by 2.0 dB and the drums down by 5.0 dB.", NAMES)
    told = judged(said, {"drums": -4.0, "bass": 0.0, "other": 0.0})
    assert (told["said_stem"], told["said_db"], told["joint"], told["moves_right"]) == ("drums", -5.0, 1, 0)
    assert told["error_db"] == pytest.approx(1.0)
    assert told["severity"] == 1
    assert judged(said, {"drums": -6.5})["severity"] == 0


def test_nothing_said_is_right_where_nothing_is_wrong_alone():
    said = faders("The balance is right: leave everything as it is.", NAMES)
    assert said == {}
    assert judged(said, {"drums": 0.0, "bass": 0.0})["joint"] == 1
    told = judged(said, {"drums": 4.0, "bass": 0.0})
    assert (told["joint"], told["stem"], told["direction"], told["severity"]) == (0, 0, 0, 0)
    assert told["error_db"] == 2.0
    assert judged(said, {"drums": 4.0, "bass": -4.0})["joint"] == ""


def test_a_move_without_a_number_has_a_direction_and_no_error():
    told = judged(faders("Turn the drums down.", NAMES), {"drums": -4.0, "bass": 0.0})
    assert (told["joint"], told["error_db"], told["said_db"]) == (1, "", "")


def test_a_range_alone_counts_by_its_middle():
    assert faders("Turn the drums down by 2 to 4 dB.", NAMES)["drums"].db == -3.0


def test_who_contradicts_himself_is_not_right():
    said = faders("Turn the drums down by 3 dB. Turn the drums up by 3 dB.", NAMES)
    assert said["drums"].way == "both"
    assert judged(said, {"drums": -3.0})["joint"] == 0


def test_questions_have_the_console_s_numbers_and_reasons_for_its_moves_alone(table):
    asked, believed = heard(table, Protocol.MANY)
    told = questions(asked, believed, STAMP)
    rows = numbers(asked, listeners(random_console(), Protocol.MANY))
    by_id = {row["id"]: row for row in rows if row["listener"] == "console"}
    assert [question.id for question in told] == list(asked.ids)
    for question, embedding in zip(told, believed.embedding, strict=True):
        assert torch.equal(question.embedding, embedding)
        for stem in question.advice.stems:
            gain_db = by_id[question.id][f"gain_db_{stem.name}"]
            assert stem.move.gain_db == pytest.approx(gain_db, abs=0.006)
            assert stem.move.moves or not stem.reasons
        for stem in question.truth.stems:
            true_db = question.correction_db.get(stem.name, 0.0)
            assert stem.move.gain_db == pytest.approx(true_db if abs(true_db) >= 1 else 0.0, abs=0.006)
            assert true_db == -by_id[question.id][f"flaw_db_{stem.name}"] or abs(true_db) < 12
    assert any(stem.reasons for question in told for stem in question.truth.stems)


def test_some_items_are_the_same_as_among_all(table):
    asked, believed = heard(table, Protocol.SINGLE)
    every, some = questions(asked, believed, STAMP), questions(asked, believed, STAMP, at=[7, 2])
    assert [q.id for q in some] == [asked.ids[7], asked.ids[2]]
    assert [q.truth for q in some] == [every[7].truth, every[2].truth]
    assert questions(asked, believed, STAMP, at=[]) == []


def test_of_the_mix_alone_no_reason_is_told(table):
    told = asked_of(table, Protocol.MANY, mix=True)
    assert {question.input for question in told} == {"mix"}
    assert not any(stem.reasons for q in told for advice in (q.advice, q.truth) for stem in advice.stems)


def test_two_versions_are_told_as_they_were_measured(table):
    told = asked_of(table, Protocol.AB)
    assert all(question.compare for question in told)
    for question in told:
        for advised, true in zip(question.advice.stems, question.truth.stems, strict=True):
            assert advised.move.gain_db == pytest.approx(true.move.gain_db, abs=0.02)


def test_rows_have_the_same_columns_and_equal_calls_give_equal_rows(table, explainer, monkeypatch):
    asked = asked_of(table, Protocol.SINGLE)[:4]
    rows = []
    for _ in range(2):
        scripted(explainer, monkeypatch, [right, right])
        rows.append(words(asked, explainer, metrics=METRICS))
    assert rows[0] == rows[1]
    assert all(tuple(row) == COLUMNS for row in rows[0])
    assert {row["meteor_best"] for row in rows[0]} == {""}
    assert words([], explainer) == []


def test_who_wrote_is_told(table, explainer, monkeypatch):
    asked = asked_of(table, Protocol.SINGLE)[:4]
    scripted(
        explainer, monkeypatch, [wrong, lambda ask: right(ask) if ask.advice is asked[0].advice else wrong(ask), wrong]
    )
    rows = words(asked, explainer, metrics={})
    assert [(row["source"], row["tries"], row["contradictions_first"]) for row in rows] == [
        ("model", 2, 1),
        *[("phrases", 3, 1)] * 3,
    ]
    told = summary(rows)
    assert (told["first_right"], told["regenerated"], told["fallen_back"]) == (0.0, 0.25, 0.75)
    assert {row["conditioning"] for row in rows} == {WRITTEN}
    scripted(explainer, monkeypatch, [right])
    told = summary(words(asked, explainer, metrics={}))
    assert (told["first_right"], told["regenerated"], told["fallen_back"]) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("protocol", [Protocol.SINGLE, Protocol.AB])
def test_unverified_words_are_the_model_s_own(table, explainer, monkeypatch, protocol):
    asked = asked_of(table, protocol)[:3]
    scripted(explainer, monkeypatch, [wrong])
    rows = words(asked, explainer, tries=0, metrics={})
    assert [(row["text"], row["source"], row["tries"]) for row in rows] == [(wrong(None), "model", 1)] * 3
    assert [row["contradictions_first"] for row in rows] == [1] * 3
    told = summary(rows)
    assert (told["first_right"], told["regenerated"], told["fallen_back"]) == (0.0, 0.0, 0.0)


def test_what_was_verified_stands_beside_it_as_it_was_written_first(table, explainer, monkeypatch):
    asked = asked_of(table, Protocol.SINGLE)[:3]
    scripted(explainer, monkeypatch, [wrong, right])
    verified, first = (rows := words(asked, explainer, metrics={}, first=True))[:3], rows[3:]
    assert [row["first_text"] for row in verified] == [row["text"] for row in first] == [wrong(None)] * 3
    assert {row["conditioning"] for row in first} == {f"{WRITTEN}{UNVERIFIED}"}
    assert summary(first)["first_right"] == summary(verified)["first_right"] == 0.0
    assert summary(verified)["regenerated"] == 1.0


def test_an_untrained_model_is_replaced_by_the_phrase_bank(table, explainer):
    row = words(asked_of(table, Protocol.SINGLE)[:1], explainer, tries=1, metrics={})[0]
    assert (row["source"], row["contradictions_first"]) == ("phrases", 1)
    one = words(asked_of(table, Protocol.AB)[:1], explainer, tries=1, metrics={})[0]
    assert (one["source"], one["listener"]) == ("phrases", "levels of both versions")


@pytest.mark.parametrize("tries", [0, 1])
def test_a_console_whose_embeddings_cannot_be_read(table, tmp_path, monkeypatch, tries):
    asked = asked_of(table, Protocol.SINGLE)[:1]
    reads = Explainer.build(tiny_base(tmp_path), conditioning=Conditioning.BOTH, numbers=Numbers.WRITTEN)
    with pytest.raises(InputError, match=r"of 128 numbers.*have 32"):
        words(asked, reads, tries=tries, metrics={})
    does_not = Explainer.build(tmp_path, numbers=Numbers.WRITTEN)
    scripted(does_not, monkeypatch, [lambda ask: right(ask) if ask.embedding is None else ""])
    assert words(asked, does_not, tries=tries, metrics={})[0]["source"] == "model"


def test_references_do_not_depend_on_what_the_console_says(table):
    by_console = asked_of(table, Protocol.SINGLE)
    by_baseline = asked_of(table, Protocol.SINGLE, "equal loudness")
    for one, other in zip(by_console[:6], by_baseline[:6], strict=True):
        told = references(one, Style.FULL)
        assert told == references(other, Style.FULL)
        assert len(told) == 5
        assert len(set(told)) > 1
    assert references(by_console[0], Style.FULL, seed=1) != references(by_console[0], Style.FULL)


def test_texts_are_held_against_their_own_references(table, explainer, monkeypatch):
    asked = asked_of(table, Protocol.SINGLE)[:2]
    told = [references(question, Style.FULL)[0] for question in asked]
    scripted(explainer, monkeypatch, [lambda ask: told[[q.advice for q in asked].index(ask.advice)]])
    rows = words(asked, explainer, tries=0, metrics=METRICS)
    assert [row["bleu_best"] for row in rows] == [1.0, 1.0]
    assert all(0.2 <= row["bleu_mean"] <= 1.0 for row in rows)
    assert summary(rows)["corpus_bleu"] == pytest.approx(100.0)


def test_a_summary_is_the_same_of_rows_read_back_from_csv(table):
    rows = words(
        [truly(q) for q in asked_of(table, Protocol.SINGLE)[:5]],
        None,
        metrics={"bleu": lambda t, r: [Near(1.0, 1.0)] * len(t)},
    )
    assert summary(rows) == summary([{name: str(cell) for name, cell in row.items()} for row in rows])
    assert "first_right" not in summary(rows)
    assert summary([]) == {}


def _advice():
    asked, believed = heard(tabulate(noise_song(seconds=10.5)), Protocol.NONE)
    return replace(questions(asked, believed, STAMP)[0].truth, anchor=None)


ADVICE = _advice()


def test_the_stems_of_an_item_are_called_by_their_roles():
    assert tuple(stem.name for stem in ADVICE.stems) == NAMES
    assert tuple(stem.role for stem in ADVICE.stems) == tuple(Role)
