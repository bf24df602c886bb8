"""Guarded numbers: whatever the scores say, only those that may stand there are written, and all right texts can be."""

import re
from itertools import islice
from string import ascii_letters

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explainer.advice.claims import Severity
from explainer.language.facts import Fact, Kind
from explainer.language.known import Known
from explainer.language.numerals import Numerals
from explainer.language.wording import COUNTS, DEGREES, HEARD, wrong_next
from explainer.lessons.lessons import ImaginedLessons

WORDS = (*"0123456789. ", *ascii_letters, "7.3", "24", " above", " below", "vocals ", "bass ")  # of several signs, too
SIGNS = {token: word for token, word in enumerate(WORDS) if re.fullmatch(r"[0-9.]+", word)}
NUMBERS = st.lists(st.from_regex(r"[1-9]?[0-9]\.[0-9]|[1-9][0-9]{0,3}", fullmatch=True), min_size=1, max_size=5)
SIZES = [word for of_size in DEGREES.values() for words in of_size for word in words]
ANY_WORD = re.compile(rf"\b({'|'.join(['a', *COUNTS, *HEARD, *SIZES])})\b")
STEMS = Known(
    frozenset({"3.2"}),
    {
        "vocals": [
            Fact.of(Kind.GAIN, 3.3),
            Fact.of(Kind.RANGE, 2.1, 4.4),
            Fact.of(Kind.LEVEL, 7.3, 5.0),
            Fact.of(Kind.SHARE, 12.0, 27.0),
        ],
        "bass": [Fact.of(Kind.GAIN, 1.5), Fact.of(Kind.BAND, 40.0, 120.0, 250.0), Fact.of(Kind.TIME, 60.0)],
    },
    frozenset({(-7.3, "bass"), (-5.0, "bass"), (6.1, "")}),
    ("vocals", "bass", "drums"),
    {"vocals": Severity.PLAIN, "bass": Severity.LITTLE},
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
        ("The vocals by ", "3.2 3.3 2.1 7.3 12"),
        ("The bass by ", "3.2 1.5 40 120 250 60"),
        ("The drums by ", "3.2"),  # they do not move
        ("The vocals: 3.2 dB (2.1 to ", "3.2 4.4"),  # of a range the other end
        ("The vocals sit 7.3 LU below, where ", "3.2 5.0 5"),
        ("The vocals: 2.1 to 4.4 dB, as ", "3.2 3.3 7.3 12"),
        ("The vocals: 3.3 dB. They hold ", "3.2 2.1 7.3 12"),  # still spoken of
        ("The vocals: 3.3 dB. The bass by ", "3.2 1.5 40 120 250 60"),
        ("The vocals. All is well. The bass. It holds ", "3.2 1.5 40 120 250 60"),
        ("The vocals sit 7.3 LU below, where 5.0 LU is usual. They hold ", "3.2 3.3 2.1 12"),  # not twice
        ("Two stems are off: ", "3.2 3.3 2.1 7.3 12 1.5 40 120 250 60"),
        ("The vocals lie ", "3.2 7.3"),
        ("Turn the vocals up 3.3 dB (from ", "3.2 2.1"),
        ("The vocals' share of the energy is ", "3.2 12"),
        ("The bass is heard in only ", "3.2 60"),
        ("Next to the bass the vocals lie ", "3.2 7.3"),
        ("The vocals, next to the bass, lie ", "3.2 7.3"),
        ("The vocals: 3.3 dB. The range is ", "3.2 2.1 40 120 250"),  # theirs, as before
    ],
)
def test_what_may_come_next_depends_on_what_is_spoken_of(text, allowed):
    assert STEMS.allowed(text) == set(allowed.split())


def test_a_range_across_zero_has_its_minus():
    known = Known(frozenset(), {"vocals": [Fact.of(Kind.GAIN, 1.2), Fact.of(Kind.RANGE, -0.2, 2.0)]})
    assert known.allowed("The vocals by 1.2 dB (from ") == set()
    assert known.allowed("The vocals by 1.2 dB (from -") == {"0.2"}
    assert known.allowed("The vocals by 1.2 dB (from -0.2 to ") == {"2.0", "2"}
    even = Known(frozenset(), {"vocals": [Fact.of(Kind.RANGE, -0.2, 0.2)]})
    assert even.allowed("The vocals by -0.2 to ") == {"0.2"}


def test_what_is_measured_may_be_as_large_as_what_is_usual():
    known = Known(frozenset(), {"bass": [Fact.of(Kind.LEVEL, 5.1, 5.1), Fact.of(Kind.LEVEL, 0.5, 9.9)]})
    assert known.allowed("The bass is 5.1 LU above the vocals, where ") == {"5.1"}


def test_the_unit_of_the_number_before_tells_what_goes_on():
    known = Known(frozenset(), {"bass": [Fact.of(Kind.RANGE, 0.3, 9.8), Fact.of(Kind.LEVEL, 9.8, 4.5)]})
    assert known.allowed("The bass is 9.8 LU below the rest of the mix, where ") == {"4.5"}


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
    sides = {*wrong_next(f"Two stems: {text}", STEMS)} & {"above", "below", "rest", "everything", "mix", *STEMS.names}
    assert sides == set(wrong.split())


def test_a_number_that_two_facts_share_may_come_again():
    known = Known(frozenset(), {"vocals": [Fact.of(Kind.GAIN, 4.4), Fact.of(Kind.RANGE, 4.4, 6.0)]})
    assert known.allowed("Turn the vocals up by 4.4 dB. Between ") == {"4.4"}


def test_the_first_count_is_of_those_that_move():
    assert {"one", "Three", "four"} < wrong_next("", STEMS)
    assert not {"two", "Two"} & wrong_next("There are", STEMS)
    assert not COUNTS & wrong_next("Two stems are off, the worst", STEMS)  # "one first"
    assert not COUNTS & wrong_next("The vocals: 3.2 dB. Between", STEMS)  # "two good mixes"
    assert not wrong_next("The", Known(frozenset(), {}))


def test_a_size_is_that_of_the_stem_which_is_spoken_of():
    vocals, bass = (wrong_next(f"Two stems are off: the {name} up a", STEMS) for name in ("vocals", "bass"))
    assert {"little", "lot"} < vocals
    assert "little" not in bass
    assert "lot" in bass
    assert {"slightly", "a"} < wrong_next("Two stems are off: the vocals are", STEMS)
    assert "a" not in wrong_next("Two stems are off: the vocals hold 12 %, against", STEMS)
    assert "a" not in wrong_next("Two stems are off: the bass is", STEMS)
    assert not {"little", "slightly"} & wrong_next("Two stems are off, each a", STEMS)


def test_how_much_it_sounds_is_told_of_whom_it_is_known():
    assert "heard" in wrong_next("Two stems are off: the vocals are", STEMS)
    assert "only" in wrong_next("Two stems are off: the vocals play in", STEMS)
    assert not {"heard", "only"} & wrong_next("Two stems are off: the bass is", STEMS)


def test_the_token_of_a_wrong_word_is_barred_and_no_other():
    guard = Numerals(SIGNS, _tokens, lambda ids: "The vocals sit 7.3 LU", [STEMS])
    open_to = guard(torch.zeros(1, len(WORDS)), torch.zeros(1, 1, dtype=torch.long)).isfinite()[0]
    assert (bool(open_to[WORDS.index(" above")]), bool(open_to[WORDS.index(" below")])) == (False, True)


def test_every_text_of_the_phrase_bank_may_be_written():
    for ask in islice(ImaginedLessons(compared=0.2, short=0.2).asks(8), 400):
        known = Known.of(ask.advice, ask.instruction, ask.compare)
        for number in re.finditer(r"\d+(?:\.\d+)?", ask.response):
            before = ask.response[: number.start()]
            assert number[0] in known.allowed(before), (before, number[0])
        for said in ANY_WORD.finditer(ask.response):
            assert said[1] not in wrong_next(ask.response[: said.start()].rstrip(), known)
        for said in re.finditer(r"(?<= LU) (above|below)(?: the)?(?= (\w+))", ask.response):
            assert said[1] not in wrong_next(ask.response[: said.start()], known)
            assert said[2] not in wrong_next(ask.response[: said.end()], known)
