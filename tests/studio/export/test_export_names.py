"""Names of files that every system takes, all different."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.export.names import file_name, file_names


@given(st.lists(st.text(), max_size=8))
def test_names_are_safe_and_different(names):
    safe = file_names(names)
    assert len({name.casefold() for name in safe}) == len(names)
    for name in safe:
        assert name.encode()
        assert len(name.encode()) <= 130
        assert name.isprintable()
        assert not re.search(r'[<>:"/\\|?*]', name)
        assert name == name.strip()
        assert name[0] not in ".~"
        assert name[-1] != "."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lead Vox", "Lead Vox"),
        ("日本語 é", "日本語 é"),
        ("", "_"),
        ("..", "_"),
        (".hidden", "_.hidden"),
        ("a/b\\c:d", "a_b_c_d"),
        ("CON", "_CON"),
        ("com1.wav", "_com1.wav"),
        ("console", "console"),
        ("dots...", "dots"),
    ],
)
def test_a_name(name, expected):
    assert file_name(name) == expected


def test_a_long_name_is_cut_between_letters():
    assert file_name("é" * 100) == "é" * 60
