"""What a prefix is told of a whole mix: every number as it is spoken."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from advices import advice
from hypothesis import given
from hypothesis import strategies as st

from explainer.language.told.conditioning import BIN, LARGEST, MOST_STEMS, binned, describe, feature_width, told
from explainer.lessons.imagined import imagine


@given(st.integers(-240, 240))
def test_a_number_can_be_read_from_its_bin_and_from_itself(tenths):
    row = binned(tenths / 10)
    assert row[0] * LARGEST == pytest.approx(tenths / 10)
    assert sum(row[1:]) == 1.0
    assert abs(row[1:].index(1.0) * BIN - LARGEST - tenths / 10) <= BIN / 2 + 1e-9
    assert len(row) == len(binned(None))
    assert not any(binned(None))


def test_a_row_for_each_stem_and_one_for_the_mix():
    rng = np.random.default_rng(0)
    for _ in range(50):
        imagined = imagine(rng)
        rows = describe(imagined)
        assert rows.shape == (len(imagined.stems) + 1, feature_width())
        assert rows.isfinite().all()
        assert rows.abs().max() <= 10


def test_what_is_not_spoken_is_not_told():
    """The second decimal is never said."""
    torch.testing.assert_close(describe(advice([3.21, 0.0])), describe(advice([3.19, 0.0])))
    assert not torch.equal(describe(advice([3.2, 0.0])), describe(advice([3.3, 0.0])))
    assert not torch.equal(describe(advice([3.2, 0.0])), describe(advice([-3.2, 0.0])))


def test_two_versions_are_told_from_one():
    assert not torch.equal(describe(advice([3.0])), describe(advice([3.0]), compare=True))


def test_of_many_stems_those_that_move_most_are_told_and_the_anchor():
    gains_db = [0.0] * 5 + [float(i) for i in range(1, 18)] + [0.0]
    kept = told(advice(gains_db, anchor=22))
    assert len(kept) == MOST_STEMS
    assert [stem.name for stem in kept] == [f"s{i}" for i in range(7, 23)]
    assert describe(advice(gains_db, anchor=22)).shape == (MOST_STEMS + 1, feature_width())


@pytest.mark.parametrize("stems", [1, 4, MOST_STEMS])
def test_all_of_few_stems_are_told(stems):
    assert len(told(advice([1.0] * stems))) == stems


def test_reasons_that_are_not_told_change_nothing():
    rng = np.random.default_rng(1)
    found = next(a for a in iter(lambda: imagine(rng), None) if any(len(s.reasons) == 3 for s in a.stems))
    fewer = replace(found, stems=tuple(replace(s, reasons=s.reasons[:2]) for s in found.stems))
    torch.testing.assert_close(describe(found), describe(fewer))
