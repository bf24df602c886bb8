"""Verified words: whatever a model writes, what comes out agrees with the numbers and says where it is from."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from test_conditioning import advice
from tiny import tiny_base

from console.correct import Action, Move
from console.errors import InputError
from explainer.advice.versions import back_from, changes_of
from explainer.language.ask import Ask
from explainer.language.model import Explainer
from explainer.lessons.imagined import imagine
from explainer.lessons.lessons import ImaginedLessons
from explainer.phrasing.answers import Task, compare, respond
from explainer.phrasing.plan import Style
from explainer.reading.agreement import contradictions, differences
from explainer.speak import explain, explain_changes, faults
from explainer.system import agreement


@pytest.fixture(scope="module")
def untrained(tmp_path_factory) -> Explainer:
    return Explainer.build(tiny_base(tmp_path_factory.mktemp("base")))


def scripted(explainer, monkeypatch, right: list[bool]) -> list[int]:
    """Lets the model write what is right at the tries that say so; gives how much was asked at each."""
    asked: list[int] = []

    def write(asks: list[Ask], *_: object, **__: object) -> list[str]:
        asked.append(len(asks))
        rng = np.random.default_rng(len(asked))
        return [
            respond(a.advice, Style.FULL, rng) if right[len(asked) - 1] else "Turn track Z up 99.9 dB." for a in asks
        ]

    monkeypatch.setattr(explainer, "write", write)
    return asked


def advices(count: int) -> list:
    rng = np.random.default_rng(1)
    return [imagine(rng) for _ in range(count)]


def test_what_the_phrase_bank_says_when_the_model_fails_agrees_and_says_so(untrained, monkeypatch):
    asked = scripted(untrained, monkeypatch, [False, False])
    told = advices(5)
    for one, about in zip(explain(untrained, told, tries=2), told, strict=True):
        assert (one.source, one.tries) == ("phrases", 2)
        assert one.contradictions
        assert contradictions(one.written, about) == ()
    assert asked == [5, 5]


def test_only_what_contradicts_is_written_again(untrained, monkeypatch):
    asked = scripted(untrained, monkeypatch, [False, True, True])
    told = advices(4)
    for one, about in zip(explain(untrained, told), told, strict=True):
        assert (one.source, one.tries, one.contradictions) == ("model", 2, ())
        assert contradictions(one.written, about) == ()
    assert asked == [4, 4]


def test_names_come_back_into_the_text(untrained, monkeypatch):
    scripted(untrained, monkeypatch, [True])
    named = advice([4.0, 0.0])
    named = replace(named, stems=(replace(named.stems[0], name="gtr {L}"), named.stems[1]))
    one = explain(untrained, [named])[0]
    assert "“gtr {L}”" in one.text
    assert "rack A" in one.written


def test_an_untrained_model_is_never_believed(untrained):
    told = [ask.advice for ask in islice(ImaginedLessons().asks(0), 2)]
    untrained.eval()
    assert [one.source for one in explain(untrained, told, Style.SHORT, tries=1)] == ["phrases"] * 2


def test_of_silence_nothing_is_said(untrained):
    silent = advice([0.0, 0.0])
    move = Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)
    silent = replace(silent, stems=tuple(replace(stem, move=move) for stem in silent.stems))
    with pytest.raises(InputError, match="silent"):
        explain(untrained, [silent])


PAIRS = ({"vocals": 3.0, "gtr {L}": -2.24}, {"vocals": 0.0, "drums": 0.03}, {"drums": -6.5})


def comparing(explainer, monkeypatch, right: list[bool]) -> list[list[Ask]]:
    """Lets the model tell of two versions what is right at the tries that say so; gives what was asked at each."""
    asked: list[list[Ask]] = []

    def write(asks: list[Ask], *_: object, **__: object) -> list[str]:
        asked.append(asks)
        rng = np.random.default_rng(len(asked))
        wrong = "In B the vocals are 9.9 dB louder."
        return [compare(changes_of(a.advice), Style.FULL, rng) if right[len(asked) - 1] else wrong for a in asks]

    monkeypatch.setattr(explainer, "write", write)
    return asked


def test_changes_are_told_by_the_model_and_written_again_where_they_are_wrong(untrained, monkeypatch):
    asked = comparing(untrained, monkeypatch, [False, True])
    for one, changes in zip(explain_changes(untrained, PAIRS), PAIRS, strict=True):
        assert (one.source, one.tries, one.contradictions) == ("model", 2, ())
        assert differences(one.written, back_from(changes)) == ()
    assert [len(asks) for asks in asked] == [3, 3]
    assert all(ask.compare and ask.task is Task.COMPARE for asks in asked for ask in asks)


def test_changes_that_the_model_never_gets_right_are_told_by_the_phrase_bank(untrained, monkeypatch):
    comparing(untrained, monkeypatch, [False, False])
    told = explain_changes(untrained, PAIRS, Style.SHORT, tries=2)
    for one, changes in zip(told, PAIRS, strict=True):
        assert (one.source, one.tries) == ("phrases", 2)
        assert one.contradictions
        assert differences(one.first, back_from(changes)) != ()
        assert differences(one.written, back_from(changes)) == ()
    assert "“gtr {L}”" in told[0].text
    assert "{" not in told[0].written
    with pytest.raises(InputError, match="no stem"):
        explain_changes(untrained, [{}])


def test_the_real_model_is_asked_about_two_versions(untrained):
    assert [one.source for one in explain_changes(untrained, PAIRS[2:], tries=1)] == ["phrases"]


def test_agreement_counts_answers_on_one_mix_and_on_two_versions():
    asks = list(islice(ImaginedLessons(compared=0.5).asks(0), 40))
    pairs = sum(ask.compare for ask in asks)

    class Writer:
        def __init__(self, knows: bool):
            self.knows = knows

        def write(self, asks: list[Ask]) -> list[str]:
            return [ask.response if self.knows or not ask.compare else "Louder." for ask in asks]

    assert 0 < pairs < 40
    assert all(faults(ask.response, ask) == () for ask in asks)
    assert agreement(Writer(True), asks) == 1.0
    assert agreement(Writer(False), asks) == pytest.approx(1 - pairs / 40)
