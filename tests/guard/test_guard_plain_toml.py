"""The reader of plain TOML against tomllib, which decides what TOML means."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.guard.plain_toml import NotPlainError, read_plain
from harness.templates.content import starter_files

ROOT = Path(__file__).parents[2]
PIECES = [
    *("[policy]", "[policy.content]", "[a]", "[a.b]", "[[a]]", "[ policy ]", "[]", "[a", "a]", "[a.b.c]"),
    *("protected = ", "a = ", "b.c = ", "key=", '"quoted" = ', "=", "a", "b", " ", "\t", ",", "#", "# a = 1"),
    *("[", "]", "{", "}", '"', "'", '"x"', "'y'", '""', "''", '"""', "'''", '"#"', "'#'", '"]"', "'['", "\\"),
    *('"a\\"b"', '"a=["', "true", "false", "1", "0", "01", "1_0", "-1", "1.5", "1.", ".5", "1e3", "nan"),
    *(
        "2026-01-01",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\x00",
        "\ufeff",
        "é",
        "\u00a0",
        '["a", "b"]',
        "['a',]",
        "[1]",
    ),
]


def plain(text: str):
    try:
        return read_plain(text)
    except NotPlainError:
        return None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("a = 1\n[a]\n")
@example("[a]\nb = 1\n[a.b]\n")
@example("[a.b]\n[a]\nb = 1\n")
@example("[a.b]\nx = 1\n[a]\ny = 1\n")
@example("[a]\n[a]\n")
@example("a = [\n'x' # ]\n,\n]\n")
@example('a = ["x"\nb = ["y"]\n')
@example('a = "x" "y"\n')
@example('a = ["x",, "y"]\n')
@example("a = [,]\n")
@example("a = []\nb = [ ]\n")
def test_what_it_reads_tomllib_reads_alike(text):
    found = plain(text)
    if found is not None:
        assert tomllib.loads(text) == found


KEYS = st.text("abc-_19", min_size=1, max_size=4)
STRINGS = st.text(st.characters(exclude_characters="\\\"'", exclude_categories=["C", "Zl", "Zp"]), max_size=8)
QUOTED = st.tuples(st.sampled_from("\"'"), STRINGS).map(lambda pair: pair[0] + pair[1] + pair[0])
VALUES = st.one_of(
    QUOTED.filter(str.isprintable),
    st.sampled_from(["true", "false", "0", "17", "600.5"]),
    st.lists(QUOTED.filter(str.isprintable), max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.lists(QUOTED.filter(str.isprintable), max_size=3).map(
        lambda items: "[\n" + ",  # why\n".join(items) + "\n]"
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_it_reads_what_is_plain(tables):
    lines = []
    for table, values in tables.items():
        lines += [
            "# a comment",
            f"[{table}] # and another",
            *(f"{key} = {value}" for key, value in values.items()),
        ]
    text = "\n".join(lines)
    assert read_plain(text) == tomllib.loads(text)


def test_it_reads_the_configurations_there_are():
    (written,) = (
        file.content for file in starter_files(["pyproject.toml", "tests"]) if file.path == "harness.toml"
    )
    for text in (written, (ROOT / "examples/textkit/harness.toml").read_text()):
        assert read_plain(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = "\\n"',
        'a = """x"""',
        "a = {}",
        "a.b = 1",
        '"a" = 1',
        "[[a]]",
        "a = 1979-05-27",
        "a = -1",
        "a = [1]",
    ],
)
def test_it_leaves_the_rest_to_tomllib(text):
    with pytest.raises(NotPlainError):
        read_plain(text)


def test_a_long_text_takes_moments():
    assert plain("a = [" + '"x",\n' * 20_000 + "]") is not None
    assert plain("a = [" + "\n" * 200_000) is None
    assert plain("[" * 1_000_000) is None
