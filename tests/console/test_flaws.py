"""Flaws: ranges, anchors, seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.flaws import PROTOCOLS, RANGE_DB, RAW_DB, Category, category_of, draw_category_db, draw_flaws

FREE = st.lists(st.booleans(), min_size=2, max_size=8).filter(any).map(np.array)


@pytest.mark.parametrize("category", Category)
def test_a_category_draws_from_its_own_range_and_is_read_back(category):
    rng = np.random.default_rng(0)
    low, high = RANGE_DB[category]
    drawn = [draw_category_db(category, rng) for _ in range(200)]
    assert low <= min(drawn) <= max(drawn) <= high
    assert {category_of(flaw_db) for flaw_db in drawn} == {category}


@pytest.mark.parametrize(
    ("flaw_db", "category"),
    [(0.0, "no_error"), (2.9, "no_error"), (3.1, "loud"), (-5.9, "quiet"), (6.1, "very_loud"), (-12.0, "very_quiet")],
)
def test_category_of(flaw_db, category):
    assert category_of(flaw_db) == category


@given(FREE, st.sampled_from(list(PROTOCOLS)), st.integers(0, 2**32))
def test_fixed_stems_are_never_flawed_and_equal_seeds_draw_equal_flaws(free, protocol, seed):
    flaw_db = draw_flaws(protocol, free, np.random.default_rng(seed))
    assert flaw_db.shape == free.shape
    assert (flaw_db[~free] == 0).all()
    assert (np.abs(flaw_db) <= RAW_DB).all()
    np.testing.assert_array_equal(flaw_db, draw_flaws(protocol, free, np.random.default_rng(seed)))


@given(FREE, st.integers(0, 2**32))
def test_each_protocol_flaws_as_many_stems_as_it_says(free, seed):
    count = {name: np.count_nonzero(draw_flaws(name, free, np.random.default_rng(seed))) for name in PROTOCOLS}
    assert count["none"] == 0
    assert count["one"] == 1
    assert count["many"] < len(free)
    assert count["many"] >= 1
    assert count["raw"] == free.sum()


def test_flaws_of_categories_are_never_too_small_to_matter():
    rng = np.random.default_rng(1)
    for _ in range(200):
        flaw_db = draw_flaws("many", np.ones(4, dtype=bool), rng)
        assert (np.abs(flaw_db[flaw_db != 0]) >= 3).all()


def test_unknown_protocol_and_nothing_free_are_refused():
    with pytest.raises(ValueError, match="none, one, many, raw"):
        draw_flaws("some", np.array([True]), np.random.default_rng(0))
    with pytest.raises(ValueError, match="no stem is free"):
        draw_flaws("one", np.array([False]), np.random.default_rng(0))
