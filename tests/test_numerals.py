"""Guarded numbers: whatever the scores say, only those that may stand there are written, and all right texts can be."""

import re
from itertools import islice
from string import ascii_letters

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explainer.known import COUNTS, Known
from explainer.lessons import ImaginedLessons
from explainer.numerals import Numerals

WORDS = (*"0123456789. ", *ascii_letters, "7.3", "24", " above", " below", "vocals ", "bass ")  # of several signs, too
SIGNS = {token: word for token, word in enumerate(WORDS) if re.fullmatch(r"[0-9.]+", word)}
NUMBERS = st.lists(st.from_regex(r"[1-9]?[0-9]\.[0-9]|[1-9][0-9]{0,3}", fullmatch=True), min_size=1, max_size=5)
STEMS = Known(
    frozenset({"3.2"}),
    {"vocals": [frozenset({"2.1", "4.4"}), frozenset({"7.3", "5.0", "5"})], "bass": [frozenset({"1.5", "2.8"})]},
    frozenset({(-7.3, "bass"), (-5.0, "bass"), (6.1, "")}),
    ("vocals", "bass", "drums"),
)


def _tokens(text: str) -> list[int]:
    ids: list[int] = []
    while text:
        ids.append(max((at for at, word in enumerate(WORDS) if text.startswith(word)), key=lambda at: len(WORDS[at])))
        text = text.removeprefix(WORDS[ids[-1]])
    return ids


def _text(ids) -> str:
    return "".join(WORDS[at] for at in ids)


def _guard(*known: Known) -> Numerals:
    return Numerals(SIGNS, _tokens, _text, known)


def _written(numerals: Numerals, scores: torch.Tensor) -> str:
    ids: list[int] = []
    for row in scores:
        guarded = numerals(row[None], torch.tensor(ids, dtype=torch.long)[None])
        ids.append(int(guarded.argmax()))
    return _text(ids)


@given(known=NUMBERS, seed=st.integers(0, 1000))
def test_every_number_is_the_beginning_of_a_known_one(known, seed):
    scores = torch.randn(120, len(WORDS), generator=torch.Generator().manual_seed(seed))
    for number in re.findall(r"\d+\.?\d*", _written(_guard(Known(frozenset(known), {})), scores)):
        assert any(whole.startswith(number.rstrip(".")) for whole in known)


@given(known=NUMBERS)
def test_a_known_number_can_be_written_and_nothing_else_is_changed(known):
    numerals = _guard(Known(frozenset(known), {}))
    for number in known:
        wanted = torch.nn.functional.one_hot(torch.tensor(_tokens(f" {number} d")), len(WORDS)).float()
        assert _written(numerals, wanted) == f" {number} d"


def test_each_row_has_numbers_of_its_own():
    numerals = _guard(Known(frozenset("7"), {}), Known(frozenset("8"), {}))
    guarded = numerals(torch.zeros(2, len(WORDS)), torch.zeros(2, 0, dtype=torch.long))
    free = [[WORDS[at] for at in row.isfinite().nonzero().flatten().tolist()] for row in guarded]
    rest = [word for at, word in enumerate(WORDS) if at not in SIGNS or word == "."]
    assert free == [["7", *rest], ["8", *rest]]
    assert (guarded[guarded.isfinite()] == 0).all()


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("The vocals by ", "3.2 2.1 4.4 7.3 5.0 5"),
        ("The bass by ", "3.2 1.5 2.8"),
        ("The vocals: 3.2 dB (2.1 to ", "3.2 4.4"),  # of a range the other end
        ("The vocals sit 7.3 LU below, where ", "3.2 5.0 5"),
        ("The vocals sit 5 LU below, where ", "3.2 7.3"),
        ("The vocals: 2.1 to 4.4 dB, as ", "3.2 2.1 4.4 7.3 5.0 5"),
        ("The vocals: 3.2 dB. They sit ", "3.2 2.1 4.4 7.3 5.0 5"),  # still spoken of
        ("The vocals: 3.2 dB. The bass sits ", "3.2 1.5 2.8"),
        ("The vocals. All is well. The bass. It sits ", "3.2 1.5 2.8"),
        ("The vocals sit 7.3 LU below, where 5.0 LU is usual. They sit ", "3.2 2.1 4.4"),  # not twice
        ("Two stems are off: ", "3.2 2.1 4.4 7.3 5.0 5 1.5 2.8"),
    ],
)
def test_what_may_come_next_depends_on_what_is_spoken_of(text, allowed):
    assert STEMS.allowed(text) == set(allowed.split())


def test_a_range_across_zero_has_its_minus():
    known = Known(frozenset(), {"vocals": [frozenset({"-0.2", "2.0"}), frozenset({"1.2"})]})
    assert known.allowed("The vocals by 1.2 dB (") == {"2.0", "1.2"}
    assert known.allowed("The vocals by 1.2 dB (-") == {"0.2", "2.0", "1.2"}
    assert known.allowed("The vocals by 1.2 dB (-0.2 to ") == {"2.0"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The vocals sit 7.3 LU", "above"),
        ("The vocals sit 7.3", ""),
        ("It sits 9.9 LU", ""),
        ("The vocals sit 7.3 LU below the", "rest everything mix vocals drums"),
        ("The vocals sit 7.3 LU below", "rest everything mix vocals drums"),
        ("The vocals sit 6.1 LU above the", "vocals bass drums"),
        ("The vocals sit 6.1 LU below the", ""),
    ],
)
def test_what_lies_below_the_anchor_is_not_said_to_lie_above_or_beside_another(text, wrong):
    assert STEMS.wrong(text) == set(wrong.split())


def test_a_number_that_two_facts_share_may_come_again():
    known = Known(frozenset(), {"vocals": [frozenset({"4.4"}), frozenset({"4.4", "6.0"})]})
    assert known.allowed("Turn the vocals up by 4.4 dB. Between ") == {"4.4", "6.0"}


def test_the_first_count_is_of_those_that_move():
    assert {"one", "Three", "four"} < STEMS.wrong("")
    assert not {"two", "Two"} & STEMS.wrong("There are")
    assert not STEMS.wrong("Two stems are off, the worst")  # "one first"
    assert not STEMS.wrong("The vocals: 3.2 dB. Between")  # "two good mixes"
    assert not Known(frozenset(), {}).wrong("The")


def test_the_token_of_a_wrong_word_is_barred_and_no_other():
    guard = Numerals(SIGNS, _tokens, lambda ids: "The vocals sit 7.3 LU", [STEMS])
    open_to = guard(torch.zeros(1, len(WORDS)), torch.zeros(1, 1, dtype=torch.long)).isfinite()[0]
    assert (bool(open_to[WORDS.index(" above")]), bool(open_to[WORDS.index(" below")])) == (False, True)


def test_every_text_of_the_phrase_bank_may_be_written():
    for ask in islice(ImaginedLessons(compared=0.2, short=0.2).asks(3), 400):
        known = Known.of(ask.advice, ask.instruction)
        for number in re.finditer(r"\d+(?:\.\d+)?", ask.response):
            before = ask.response[: number.start()]
            assert number[0] in known.allowed(before), (before, number[0])
        for said in re.finditer(rf"\b({'|'.join(COUNTS)})\b", ask.response):
            assert said[1] not in known.wrong(ask.response[: said.start()])
        for said in re.finditer(r"(?<= LU) (above|below)(?: the)?(?= (\w+))", ask.response):
            assert said[1] not in known.wrong(ask.response[: said.start()])
            assert said[2] not in known.wrong(ask.response[: said.end()])
