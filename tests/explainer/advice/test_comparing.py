"""Two versions in numbers and words: what is right passes, whatever is wrong with a text is found."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import InputError
from explainer.advice.names import aliases
from explainer.advice.versions import back_from, changes_of, way_back
from explainer.lessons.imagined import imagine
from explainer.phrasing.answers import compare
from explainer.phrasing.plan import Style
from explainer.reading.agreement import differences

NAMES = ("vocals", "drums", "bass", "gtr {L}")
CHANGES_DB = {"vocals": 3.0, "drums": -2.24, "bass": 0.0}


@settings(max_examples=300)
@given(st.integers(0, 1 << 32), st.lists(st.floats(-24, 24), min_size=1, max_size=4), st.sampled_from(Style))
def test_what_the_phrase_bank_says_is_right(seed, changes_db, style):
    changes = {name: 0.0 if abs(db) < 6 else db for name, db in zip(NAMES, changes_db, strict=False)}
    back = back_from(changes)
    text = compare(changes_of(back), style, np.random.default_rng(seed))
    assert differences(text, back) == ()
    moving = [name for name, db in zip(aliases(list(changes)), changes.values(), strict=True) if db]
    if moving:  # another number, or another direction, is found
        number = re.search(r"\d+\.\d", text)[0]
        assert differences(text.replace(number, f"{float(number) + 0.1:.1f}", 1), back)
    else:
        assert differences("Turn the vocals down by 3.0 dB.", back)
        assert differences("", back) == ("It does not say that nothing changed.",)


def test_the_way_back_undoes_the_changes():
    back = back_from(CHANGES_DB)
    assert [stem.move.gain_db for stem in back.stems] == [-3.0, 2.24, 0.0]
    assert changes_of(back) == CHANGES_DB
    assert (back.anchor, back.balanced) == (None, False)
    rng = np.random.default_rng(0)
    advice = imagine(rng)
    same = way_back(advice, {stem.name: 0.04 for stem in advice.stems})
    assert same.balanced


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("In B the vocals are 3.0 dB louder and the drums 2.2 dB quieter.", ""),
        ("In B the vocals are 3.0 dB louder.", "drums changed"),
        ("In B the vocals are 3.0 dB quieter and the drums 2.2 dB quieter.", "vocals changed by -3 dB, not by +3.0 dB"),
        ("In B the vocals are 3.0 dB louder, the drums 2.2 dB quieter and the bass 2.2 dB louder.", "bass changed"),
        ("In B the vocals are 3.0 dB louder and the drums 2.3 dB quieter.", "by -2.3 dB, not by -2.2 dB"),
        (
            "In B the vocals are 3.0 dB louder and the drums 2.2 dB quieter. To get back to A, turn the vocals up by "
            "3.0 dB and the drums up by 2.2 dB.",
            "vocals does not lead back",
        ),
        (
            "In B the vocals are 3.0 dB louder and the drums 2.2 dB quieter. To get back to A, turn the vocals down by "
            "2.2 dB.",
            "moves vocals by 2.2 dB",
        ),
        ("In B the vocals are 3.0 dB louder and the drums 2.2 dB quieter, at 80 Hz.", "80 Hz"),
    ],
)
def test_each_way_to_be_wrong_is_found(text, wrong):
    found = " ".join(differences(text, back_from(CHANGES_DB)))
    assert wrong in found
    assert bool(wrong) == bool(found)


@pytest.mark.parametrize(("changes", "said"), [({}, "no stem"), ({"drums": float("nan")}, '"drums" is no number')])
def test_what_cannot_be_compared_is_named(changes, said):
    with pytest.raises(InputError, match=said):
        back_from(changes)
