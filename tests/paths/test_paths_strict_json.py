"""Strict JSON: one reading, or an error that says why there is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.strict_json import BadNumberError, DuplicateKeyError, JSONDecodeError, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_json_writes_is_read_as_it_was(value):
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("{", JSONDecodeError, "property name"),
        ('{"a": 1} x', JSONDecodeError, "Extra data"),
        ('{"b": 1, "a": 1, "a": 1}', DuplicateKeyError, "twice"),
        ('[{"\\u0061": 1, "a": 2}]', DuplicateKeyError, "twice"),
        ("NaN", BadNumberError, "NaN is not a JSON number"),
        ("[-Infinity]", BadNumberError, "-Infinity is not a JSON number"),
        ("1e999", BadNumberError, "1e999 is too large"),
        ("-1" + "0" * 400 + ".0", BadNumberError, "0... is too large"),
        ("9" * 5000, BadNumberError, "too many digits, 5000"),
    ],
)
def test_anything_else_says_why(text, error, said):
    with pytest.raises(error, match=said):
        parse(text)
    assert issubclass(error, ValueError)


def test_the_key_that_stands_twice_is_named():
    with pytest.raises(DuplicateKeyError) as caught:
        parse('{"a": 1, "b": 1, "c": 1, "b": 2, "c": 2}')
    assert caught.value.key == "b"


def test_digits_can_be_limited():
    assert parse("1234", integer_digits=4) == 1234
    with pytest.raises(BadNumberError, match="5 digits; 4 are the limit"):
        parse("12345", integer_digits=4)


def test_too_deep_is_no_crash():
    with pytest.raises(RecursionError):
        parse("[" * 100_000)


@pytest.mark.parametrize(
    "text", ['{"a": [1, 2.5]}', ' {"a": [1, 2.5]}', '{"a": [1, 2.5]}\r\n\t ', "\n1 ", '"x"\n']
)
def test_blanks_around_a_value_do_not_matter(text):
    assert parse(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[" + "9" * 5000 + ", NaN", BadNumberError),
        ("[1e999, 1e999 x", BadNumberError),
        ('[{"a": 1, "a": 2}, 1e999]', DuplicateKeyError),
        ('{"a": 1} {"a": 1, "a": 2}', JSONDecodeError),
        ('{"a": 1}\u00a0', JSONDecodeError),
    ],
)
def test_what_comes_first_is_what_is_said(text, error):
    with pytest.raises(error):
        parse(text)
