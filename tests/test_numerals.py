"""Guarded digits: whatever the scores say, only known numbers are written, and all of those can be."""

import re

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from explainer.imagined import imagine
from explainer.numerals import Numerals, spelled
from explainer.phrases import Style, respond

SIGNS = "0123456789. d"
NUMBERS = st.lists(st.from_regex(r"[1-9]?[0-9]\.[0-9]|[1-9][0-9]{0,3}", fullmatch=True), min_size=1, max_size=5)


def _tokens(text: str) -> list[int]:
    return [SIGNS.index(sign) for sign in text]


def _written(numerals: Numerals, scores: torch.Tensor) -> str:
    ids: list[int] = []
    for row in scores:
        guarded = numerals(row[None], torch.tensor(ids, dtype=torch.long)[None])
        ids.append(int(guarded.argmax()))
    return "".join(SIGNS[at] for at in ids)


@given(known=NUMBERS, seed=st.integers(0, 1000))
def test_every_number_is_the_beginning_of_a_known_one(known, seed):
    scores = torch.randn(60, len(SIGNS), generator=torch.Generator().manual_seed(seed))
    for number in re.findall(r"\d[\d.]*", _written(Numerals(_tokens, [known]), scores)):
        assert any(whole.startswith(number.rstrip(".")) for whole in known)


@given(known=NUMBERS)
def test_a_known_number_can_be_written_and_nothing_else_is_changed(known):
    numerals = Numerals(_tokens, [known])
    for number in known:
        wanted = torch.nn.functional.one_hot(torch.tensor(_tokens(f" {number} d")), len(SIGNS)).float()
        assert _written(numerals, wanted) == f" {number} d"


def test_each_row_has_numbers_of_its_own():
    numerals = Numerals(_tokens, [["7"], ["8"]])
    scores = torch.zeros(2, len(SIGNS))
    guarded = numerals(scores, torch.zeros(2, 0, dtype=torch.long))
    assert [row[:10].isfinite().nonzero().flatten().tolist() for row in guarded] == [[7], [8]]
    assert (guarded[:, 10:] == 0).all()


def test_all_numbers_of_the_phrase_bank_may_be_written():
    rng = np.random.default_rng(0)
    for _ in range(200):
        advice = imagine(rng)
        text = respond(advice, Style.FULL, rng)
        assert set(re.findall(r"\d+(?:\.\d+)?", text)) <= set(spelled(advice)) | {"1"}
