"""Verified words: whatever a model writes, what comes out agrees with the numbers and says where it is from."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from advices import advice
from tiny import tiny_base

from console.correct import Action, Move
from console.errors import InputError
from explainer.advice.versions import back_from, changes_of
from explainer.language.model import Explainer
from explainer.language.numbers import Numbers
from explainer.language.told.ask import Ask
from explainer.lessons.imagined import imagine
from explainer.lessons.lessons import ImaginedLessons
from explainer.lessons.steps import StepLessons
from explainer.phrasing.answers import Task, compare, respond, worded
from explainer.phrasing.bank import Draw
from explainer.phrasing.plan import StepKind, Style, plan
from explainer.reading.agreement import contradictions, differences
from explainer.speak import explain, explain_changes
from explainer.system import agreement

WRONG = "Turn <stem> all the way up."


@pytest.fixture(scope="module")
def slotted(tmp_path_factory) -> Explainer:
    return Explainer.build(tiny_base(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Explainer:
    return Explainer.build(tiny_base(tmp_path_factory.mktemp("base")), numbers=Numbers.WRITTEN)


def scripted(explainer: Explainer, monkeypatch, right: Callable[[Ask, int], bool]) -> list[list[Ask]]:
    """Lets the model write what is right where that says so, by the question and its try; gives what was asked."""
    asked: list[list[Ask]] = []
    tries: dict[tuple[int, object], int] = {}

    def write(asks: list[Ask], *_: object, **__: object) -> list[str]:
        asked.append(asks)
        texts = []
        for ask in asks:
            key = (id(ask.advice), ask.step and id(ask.step))
            tries[key] = tries.get(key, 0) + 1
            rng = np.random.default_rng(tries[key])
            if not right(ask, tries[key]):
                texts.append(WRONG)
            elif ask.step is not None:
                texts.append(worded(ask.step, Draw(rng)))
            elif ask.compare:
                texts.append(compare(changes_of(ask.advice), ask.style, rng))
            else:
                texts.append(respond(ask.advice, ask.style, rng))
        return texts

    monkeypatch.setattr(explainer, "write", write)
    return asked


def advices(count: int) -> list:
    rng = np.random.default_rng(1)
    return [imagine(rng) for _ in range(count)]


@pytest.mark.parametrize("mode", Numbers)
def test_what_the_phrase_bank_says_when_the_model_fails_agrees_and_says_so(mode, monkeypatch, request):
    explainer = request.getfixturevalue(str(mode if mode is Numbers.WRITTEN else "slotted"))
    scripted(explainer, monkeypatch, lambda ask, tried: False)
    told = advices(8)
    wrong = 0
    for one, about in zip(explain(explainer, told, tries=2), told, strict=True):
        assert (one.source, one.tries, one.from_bank) == ("phrases", 2, one.steps)
        assert one.contradictions
        wrong += contradictions(one.written, about) != ()
    assert wrong <= 1  # as the reader reads the phrase bank, which does not know all of English


@pytest.mark.parametrize("mode", Numbers)
def test_only_what_contradicts_is_written_again(mode, monkeypatch, request):
    explainer = request.getfixturevalue(str(mode if mode is Numbers.WRITTEN else "slotted"))
    asked = scripted(explainer, monkeypatch, lambda ask, tried: tried > 1)
    told = advices(4)
    for one, about in zip(explain(explainer, told), told, strict=True):
        assert (one.source, one.tries, one.contradictions) == ("model", 2, ())
        assert contradictions(one.written, about) == ()
    parts = sum(1 if mode is Numbers.WRITTEN else len(plan(about, Style.FULL).steps) for about in told)
    assert sum(map(len, asked)) == 2 * parts


def test_a_step_that_the_model_cannot_word_is_the_banks_and_the_rest_its_own(slotted, monkeypatch):
    scripted(slotted, monkeypatch, lambda ask, tried: ask.step.kind is not StepKind.OPENING)
    told = [about for about in advices(30) if len(about.moving) > 1]
    for one in explain(slotted, told):
        assert (one.source, one.from_bank) == ("mixed", 1)


def test_each_step_is_told_how_the_one_before_it_began(slotted, monkeypatch):
    asked = scripted(slotted, monkeypatch, lambda ask, tried: True)
    explain(slotted, [advice([4.0, -3.0, 0.0])])
    before = [asks[0].before for asks in asked]
    assert before[0] == ""
    assert all(before[1:])
    assert len(set(before)) == len(before)


def test_names_come_back_into_the_text(slotted, monkeypatch):
    scripted(slotted, monkeypatch, lambda ask, tried: True)
    named = advice([4.0, 0.0])
    named = replace(named, stems=(replace(named.stems[0], name="gtr {L}"), named.stems[1]))
    one = explain(slotted, [named])[0]
    assert "“gtr {L}”" in one.text
    assert "rack A" in one.written


def test_an_untrained_model_is_never_believed(slotted):
    told = [ask.advice for ask in islice(ImaginedLessons().asks(0), 2)]
    slotted.eval()
    for one in explain(slotted, told, Style.SHORT, tries=1):
        assert one.from_bank > 0


def test_an_untrained_model_writes_no_number(slotted):
    told = [ask.advice for ask in islice(ImaginedLessons().asks(3), 3)]
    for one in explain(slotted, told, Style.FULL, tries=1):
        assert not any(sign.isdigit() for sign in one.first.replace("dB", "")) or "<" in one.first


def test_of_silence_nothing_is_said(slotted):
    silent = advice([0.0, 0.0])
    move = Move(Action.SILENT, 0.0, 0.0, 0.0, 0.0)
    silent = replace(silent, stems=tuple(replace(stem, move=move) for stem in silent.stems))
    with pytest.raises(InputError, match="silent"):
        explain(slotted, [silent])


PAIRS = ({"vocals": 3.0, "gtr {L}": -2.24}, {"vocals": 0.0, "drums": 0.03}, {"drums": -6.5})


@pytest.mark.parametrize("mode", Numbers)
def test_changes_are_told_by_the_model_and_written_again_where_they_are_wrong(mode, monkeypatch, request):
    explainer = request.getfixturevalue(str(mode if mode is Numbers.WRITTEN else "slotted"))
    asked = scripted(explainer, monkeypatch, lambda ask, tried: tried > 1)
    for one, changes in zip(explain_changes(explainer, PAIRS), PAIRS, strict=True):
        assert (one.source, one.tries, one.contradictions) == ("model", 2, ())
        assert differences(one.written, back_from(changes)) == ()
    assert all(ask.compare and ask.task is Task.COMPARE for asks in asked for ask in asks)


def test_changes_that_the_model_never_gets_right_are_told_by_the_phrase_bank(slotted, monkeypatch):
    scripted(slotted, monkeypatch, lambda ask, tried: False)
    told = explain_changes(slotted, PAIRS, Style.SHORT, tries=2)
    for one, changes in zip(told, PAIRS, strict=True):
        assert (one.source, one.tries) == ("phrases", 2)
        assert one.contradictions
        assert differences(one.written, back_from(changes)) == ()
    assert "“gtr {L}”" in told[0].text
    assert "{" not in told[0].written
    with pytest.raises(InputError, match="no stem"):
        explain_changes(slotted, [{}])


@pytest.mark.parametrize("lessons", [ImaginedLessons(compared=0.5), StepLessons(ImaginedLessons(compared=0.5))])
def test_agreement_counts_answers_on_one_mix_and_on_two_versions(lessons):
    asks = list(islice(lessons.asks(0), 40))
    pairs = sum(ask.compare for ask in asks)

    class Writer:
        def __init__(self, knows: bool):
            self.knows = knows

        def write(self, asks: list[Ask]) -> list[str]:
            return [ask.response if self.knows or not ask.compare else "Louder." for ask in asks]

    assert 0 < pairs < 40
    right = agreement(Writer(True), asks)
    assert right > 0.95  # the phrase bank's own, read again
    assert (
        agreement(Writer(False), asks) < right - 0.5 * pairs / 40
    )  # that others are the same can be said wrongly, too
