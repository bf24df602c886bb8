"""Names and lists as they are shown to people."""

import pytest

from explainer.advice.shown import listed, shown


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Größe ドラム", "Größe ドラム"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31m", "�[31m"),
        ("\udcff", "�"),
        ("a\u202eb", "ab"),
    ],
)
def test_shown_names_upset_no_line(name, line):
    assert shown(name) == line


def test_lists_are_read_aloud():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
