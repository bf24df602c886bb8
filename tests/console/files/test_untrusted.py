"""Files that nobody vouches for are read within bounds, and refused in one sentence that names them."""

import csv
import os
import resource
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from console.errors import InputError
from console.files.untrusted import compose_yaml, csv_rows, load_json, load_yaml, parse_json, read_text

DEEP = "[" * 100_000
ALIASES = "a: &a0 [x, x]\n" + "".join(f"b{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
NESTED_ALIASES = "a: &a0 [x]\n" + "".join(f"b{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))


def refusal(path, read) -> str:
    """What is said of a file; quickly, and in one line."""
    start = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError) as caught:
        read(path)
    assert time.process_time() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (DEEP, "nested more than 64 deep"),
        ("{a: " * 1000, "nested more than 64 deep"),
        ("- " * 1000 + "x", "nested more than 64 deep"),
        (NESTED_ALIASES, "nested more than 64 deep"),
        (ALIASES, "more than 100,000 entries"),
        ("x: &x {<<: [*x]}", "holds itself"),
        ("a: 1\nb: 2\na: 3", 'line 3: "a" is there twice'),
        ("a: [", "cannot be read as YAML"),
        ("\x00", "cannot be read as YAML"),
        ("x" * 1_000_001, "is over 1 MB, and a list is smaller"),
        ("--- a\n--- b", "cannot be read as YAML"),
        ("a: *b", "cannot be read as YAML"),
    ],
)
def test_yaml_that_cannot_be_read(tmp_path, text, why, words):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert why in refusal(path, lambda path: load_yaml(path, "a list", words=words))


@pytest.mark.parametrize("text", ["a: 2020-99-99", "a: " + "1" * 5000, "a: !!python/object:os.system {}", "? [a]\n: b"])
def test_yaml_whose_values_are_none(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert "cannot be read as YAML" in refusal(path, lambda path: load_yaml(path, "a list"))


def test_yaml_composed_by_hand_is_bounded_too(tmp_path):
    for text in (DEEP, ALIASES, NESTED_ALIASES):
        with pytest.raises(InputError, match=r"a\.yaml"):
            compose_yaml(text, "a.yaml")


def test_few_aliases_are_put_in_their_place(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("\ufeffa: &a {x: 01}\nb: *a\nc: {<<: *a, y: no}\n")
    assert load_yaml(path, "a list") == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": False}}
    path.write_text("a: 01\nb: no\n")
    assert load_yaml(path, "a list", words=True) == {"a": "01", "b": "no"}


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab[]{}\"'\\ \n:é"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab[{"\\'), inner, max_size=4),
    max_leaves=20,
)


@given(TREES)
def test_what_is_sound_is_read_as_it_is(tmp_path_factory, tree):
    import json

    path = tmp_path_factory.mktemp("sound") / "a"
    path.write_text(json.dumps(tree), "utf-8")
    assert load_json(path, "a file") == tree
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    assert load_yaml(path, "a file") == tree


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (DEEP, "nested more than 64 deep"),
        ('{"a":' * 1000, "nested more than 64 deep"),
        ('["\\"", ' * 100, "nested more than 64 deep"),
        ("1" * 5000, "a number of 5000 digits"),
        ('{"a": 1, "a": 2}', '"a" twice'),
        ("{", "cannot be read as JSON"),
        ('"' + r"\"" * 400_000, "cannot be read as JSON"),
        ("[" * 60 + "]" * 60 + "x", "cannot be read as JSON"),
        (" " * 1_000_001, "is over 1 MB"),
    ],
)
def test_json_that_cannot_be_read(tmp_path, text, why):
    path = tmp_path / "a.json"
    path.write_text(text)
    assert why in refusal(path, lambda path: load_json(path, "a list"))


def test_brackets_in_strings_are_none():
    text = r'["' + "[" * 500 + r"\"" + "{" * 500 + '"]'
    assert parse_json(text) == ["[" * 500 + '"' + "{" * 500]


def rows(path):
    return list(csv_rows(path, read_text(path, "a table")))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1," + "x" * csv.field_size_limit() + "x\n", "line 2, is no CSV: field larger"),
        ("a,b\n" + '1,"' + "x\n" * 100_000, "is no CSV: field larger"),
        ("a\0b", "zero bytes"),
    ],
)
def test_csv_that_cannot_be_read(tmp_path, text, why):
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert why in refusal(path, rows)


def test_csv_of_too_many_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n" * 12)
    with pytest.raises(InputError, match=r"a\.csv.* more than 10 rows"):
        list(csv_rows(path, read_text(path, "a table"), most_rows=10))


def test_csv_lines_are_told_as_people_count_them(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffa,b\r\n"one\ntwo",\u2028\r\n\r\nx, y\r\n'.encode())
    assert rows(path) == [(1, ["a", "b"]), (3, ["one\ntwo", "\u2028"]), (5, ["x", " y"])]


def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path):
        assert "ordinary file" in refusal(path, lambda path: read_text(path, "a table"))
    assert "cannot be read" in refusal(tmp_path / "none", lambda path: read_text(path, "a table"))


def test_text_in_another_code(tmp_path):
    (tmp_path / "a.csv").write_bytes("a,é".encode("utf-16"))
    assert "not in UTF-8" in refusal(tmp_path / "a.csv", lambda path: read_text(path, "a table"))
    assert read_text(tmp_path / "a.csv", "a table", replace=True).startswith("��a")
