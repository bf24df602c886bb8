"""What people ask: instructions from the phrase bank."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.flaws import Category
from explainer.advice.names import the
from explainer.phrasing.answers import Task, instruction
from explainer.phrasing.bank import templates, variants
from explainer.phrasing.plan import Style

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)
INSTRUCTIONS = [f"instructions.{kind}" for kind in [*Task, *Category, *Style, "anchor"] if kind != Category.NO_ERROR]


def lines(group: str) -> set[str]:
    return {text for template in templates()[group] for text in variants(template)}


@pytest.mark.parametrize("group", INSTRUCTIONS)
def test_at_least_20_instructions_per_category(group: str) -> None:
    assert len(templates()[group]) >= 20
    assert len(lines(group)) == len(templates()[group])  # all differ


@given(
    seeds,
    st.sampled_from([*Task, *Category]),
    st.none() | st.sampled_from(Style),
    st.sampled_from(["drums", "bass", None]),
)
def test_an_instruction_is_plain_english_and_names_the_anchor(rng, task, style, anchor) -> None:
    text = instruction(task, rng, anchor, style)
    assert re.fullmatch(r"[A-Z][^{}<>|\n]*[.?]", text), text
    assert not re.search(r"  | [.,;:?!]|[.?!] [a-z]", text), text
    assert anchor is None or the(anchor) in text.lower()
    assert not any(word in text.lower().replace("the drums", "") for word in ("vocals", "guitar"))


def test_an_instruction_takes_only_aliases() -> None:
    with pytest.raises(ValueError, match="is no alias"):
        instruction(Task.ANY, np.random.default_rng(0), "gtr {L}\n")


def test_a_neutral_question_gives_nothing_away() -> None:
    """What fits one flaw, several and none may presuppose none of them."""
    assert not any(re.search(r"\b(one stem is|stems are off|is fine)\b", text) for text in lines("instructions.any"))
