"""Sections of a large object: as if it were parsed, at whatever depth."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.storage.lean_sections import Sections, part, rows

VALUE = {"a": {"b": {"c": [1, 2]}, "x": None}, "n": 1.5, "Big": {"Key": "word"}, "e": {}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def test_it_reads_like_a_mapping():
    found = Sections(json.dumps(VALUE).encode())
    assert found == VALUE
    assert list(found) == list(VALUE)
    assert found.get("missing") is None
    assert found["a"] is found["a"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a", "b", "c"), [1, 2]),
        (("a", "x"), None),
        (("n",), 1.5),
        (("n", "b"), None),
        (("big", "key"), "word"),
        (("missing", "b"), None),
        (("a", "b", "c", "d"), None),
    ],
)
def test_a_part_is_found_whether_its_section_was_parsed_or_not(path: tuple[str, ...], expected: object):
    found = Sections(json.dumps(VALUE).encode())
    assert part(found, *path) == part(VALUE, *path) == expected
    found.get(path[0])
    assert part(found, *path) == expected


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.lists(st.text(max_size=3), min_size=1, max_size=3))
def test_any_object(value: dict[str, object], path: list[str]):
    found = Sections(json.dumps(value).encode())
    assert part(found, *path) == part(value, *path)
    assert found == value


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"3", b"{", b'{"a": }', b'{"a": 1} x', b"{" * 100_000, b'{"a": NaN}', b'{"a": "\\ud800"}']
)
def test_what_is_no_object_is_refused(content: bytes):
    with pytest.raises((ValueError, RecursionError)):
        Sections(content)


def test_numbers_beyond_a_double_are_read():
    found = Sections(b'{"a": {"b": 1e999, "c": -1e999}, "d": 1e999}')
    assert part(found, "a", "b") == math.inf
    assert found["a"] == {"b": math.inf, "c": -math.inf}
    assert found["d"] == math.inf


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([[1, 2.5], [2, 3]], [(1.0, 2.5), (2.0, 3.0)]),
        ([[1, 2, 3, 4, 5]], [(1.0, 2.0, 3.0, 4.0, 5.0)]),
        ([], []),
        ([[1, None]], None),
        ([[1, "2"]], None),
        ([[1, 2], [1, 2, 3, 4, 5]], None),
        ([{"x": 1, "y": 2}], None),
        ({}, None),
        (None, None),
    ],
)
def test_rows_of_numbers(value: object, expected: object):
    found = Sections(json.dumps({"a": {"values": value}}).encode())
    assert rows(found, "a", "values") == rows(found, "A", "Values") == expected
    assert rows(found, "b", "values") is None
    assert rows({"a": {"values": value}}, "a", "values") is None
