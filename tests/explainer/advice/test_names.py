"""What stems are called in texts: known words, tracks, and the way back to the users' names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.advice.names import VOCABULARY, alias_by_name, aliases, is_plural, quoted, restore, the

words = st.sampled_from(sorted(VOCABULARY))
names = st.lists(st.one_of(words, words.map(str.upper), st.text(), st.just("Track B")), max_size=12)


@given(names)
def test_aliases_are_distinct_and_made_of_known_words_only(names):
    called = aliases(names)
    assert len(called) == len(set(called)) == len(names)
    for alias in called:
        assert alias in VOCABULARY or (alias.startswith("track ") and alias[6:].isupper() and alias[6:].isascii())


def test_aliases_go_by_the_stems_own_names():
    called = alias_by_name(["gtr L", "Drums"])
    assert list(called.items()) == [("gtr L", "track A"), ("Drums", "drums")]


@given(names)
def test_aliases_are_their_own_aliases(names):
    assert aliases(aliases(names)) == aliases(names)


def test_known_words_stay_whatever_their_spelling():
    names = ["Vocals", "LEAD_VOCALS", "hi hat", " Bass ", "other", "acoustic-guitar"]
    assert aliases(names) == ("vocals", "lead vocals", "hi-hat", "bass", "other instruments", "acoustic guitar")


def test_everything_else_is_a_track_in_order():
    assert aliases(["gtr L", "drums", "{0}\n", "Drums"]) == ("track A", "drums", "track B", "track C")
    many = aliases([f"take {i}" for i in range(28)])
    assert many[25:] == ("track Z", "track AA", "track AB")


def test_a_name_that_is_a_track_already_keeps_its_letter():
    assert aliases(["gtr", "Track A", "track_b", "x"]) == ("track C", "track A", "track B", "track D")


@pytest.mark.parametrize(
    ("alias", "article", "plural"),
    [("vocals", "the vocals", True), ("bass", "the bass", False), ("track AB", "track AB", False)],
)
def test_articles_and_number(alias, article, plural):
    assert the(alias) == article
    assert is_plural(alias) is plural


@pytest.mark.parametrize("stranger", ["guitar {0}", "", "Vocals", "track 1", "track A\n"])
def test_what_is_no_alias_enters_no_text(stranger):
    with pytest.raises(ValueError, match="is no alias"):
        the(stranger)


def test_restore_puts_names_back_in_quotes():
    names = ["gtr L", "vocals", "{0} keys"]
    text = "Track A is too loud next to the vocals: turn track A down, and track B's level up. Soundtrack A, track AB."
    assert restore(text, names) == (
        "“gtr L” is too loud next to the vocals: turn “gtr L” down, and “{0} keys”'s level up. Soundtrack A, track AB."
    )


def test_restore_does_not_search_what_it_put_in():
    assert restore("Turn track A up and track B down.", ["track of B: track B", "drums x"]) == (
        "Turn “track of B: track B” up and “drums x” down."
    )


def test_restore_prefers_the_longer_track():
    names = [f"take {i}" for i in range(27)]
    assert restore("track AA, track A", names) == "“take 26”, “take 0”"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_restored_names_are_on_one_line(names):
    text = " ".join(the(alias) for alias in aliases(names))
    assert len(restore(text, names).splitlines()) == 1


def test_known_words_are_left_as_written():
    assert restore("The Vocals and the bass.", ["VOCALS", "bass"]) == "The Vocals and the bass."


def test_a_long_name_loses_its_middle():
    assert quoted("a" * 50 + "b" * 50) == f"“{'a' * 20}…{'b' * 20}”"
