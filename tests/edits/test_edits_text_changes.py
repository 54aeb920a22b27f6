"""The changes of `modify`: where they land, and what they are refused for."""

import pytest
from edits_memory_tree import (
    MemoryTree,
    append,
    codes,
    contents,
    insert_after,
    modify,
    planned,
    replace,
    replace_all,
)
from hypothesis import given
from hypothesis import strategies as st

from harness.edits.model import Window


def changed(content: bytes, *changes: dict) -> bytes:
    found = contents(planned(modify("f", *changes), tree=MemoryTree({"f": content})))
    assert found["f"] is not None
    return found["f"]


def problem(content: bytes, *changes: dict):
    found = planned(modify("f", *changes), tree=MemoryTree({"f": content}))
    assert len(codes(found)) == 1
    return found.problems[0]


@pytest.mark.parametrize(
    ("before", "content", "after"),
    [
        (b"a\n", "b\n", b"a\nb\n"),
        (b"a\n", "b", b"a\nb"),
        (b"a", "b\n", b"a\nb\n"),
        (b"", "b", b"b"),
        (b"a", "", b"a"),
    ],
)
def test_append(before, content, after):
    assert changed(before, append(content)) == after


@pytest.mark.parametrize(
    ("before", "anchor", "content", "after"),
    [
        (b"a\nb\nc\n", "b", "x", b"a\nb\nx\nc\n"),
        (b"a\nb\nc\n", "b", "x\n", b"a\nb\nx\nc\n"),
        (b"a\nb\nc\n", "b\n", "x\ny", b"a\nb\nx\ny\nc\n"),
        (b"a\nb\nc\n", "a\nb", "x", b"a\nb\nx\nc\n"),
        (b"a\nb\nc\n", "a\nb\n", "x", b"a\nb\nx\nc\n"),
        (b"a\nb", "b", "x", b"a\nb\nx\n"),
        (b"import os  # os\nx\n", "os", "import re", b"import os  # os\nimport re\nx\n"),
        (b"a\nb\n", "a", "", b"a\n\nb\n"),
    ],
)
def test_insert_after_inserts_whole_lines(before, anchor, content, after):
    assert changed(before, insert_after(anchor, content)) == after


@pytest.mark.parametrize(
    ("content", "anchor", "code"),
    [
        (b"a\nb\n", "z", "anchor-missing"),
        (b"", "z", "anchor-missing"),
        (b"a\nb\n", "", "anchor-empty"),
        (b"pass\npass\n", "pass", "anchor-ambiguous"),
        (b"x\ny\nx\ny\n", "x\ny", "anchor-ambiguous"),
        (b"x\ny\nx\ny\nx\n", "x\ny\nx", "anchor-ambiguous"),
    ],
)
def test_insert_after_never_guesses(content, anchor, code):
    assert problem(content, insert_after(anchor, "new")).code == code


def test_an_ambiguous_anchor_names_its_lines():
    found = problem(b"pass\nx\npass\nx\npass", insert_after("pass", "new"))
    assert "lines 1, 3 and 5" in found.message
    assert "`pass`" in found.message


def test_replace():
    assert changed(b"a\nb\nc\n", replace("b\nc", "x")) == b"a\nx\n"
    assert changed(b"a b c", replace("b", "")) == b"a  c"
    assert changed(b"a", replace("a", "b"), replace("b", "c")) == b"c"


@pytest.mark.parametrize(
    ("content", "old", "code"),
    [
        (b"a\n", "z", "text-missing"),
        (b"a\n", "", "text-empty"),
        (b"a\nb\na\n", "a", "text-ambiguous"),
        (b"aaa", "aa", "text-ambiguous"),
        (b"a  b\n", "a b", "text-missing"),
    ],
)
def test_replace_never_guesses(content, old, code):
    assert problem(content, replace(old, "new")).code == code


def test_an_ambiguous_text_names_its_lines():
    assert "lines 1 and 3" in problem(b"a\nb\na\n", replace("a", "x")).message


def test_a_line_end_that_the_file_lacks_is_told():
    assert "has no line end behind it" in problem(b"a\nb", replace("b\n", "c\n")).hint


def test_replace_all():
    assert changed(b"a b a", replace_all("a", "aa")) == b"aa b aa"
    assert problem(b"a\n", replace_all("z", "x")).code == "text-missing"


class TestLineEnds:
    CRLF = b"one\r\ntwo\r\nthree\r\n"

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_a_file_of_crlf_keeps_them(self, end):
        assert changed(self.CRLF, replace(f"one{end}two", f"1{end}2")) == b"1\r\n2\r\nthree\r\n"
        assert changed(self.CRLF, append(f"four{end}")) == self.CRLF + b"four\r\n"
        assert changed(self.CRLF, insert_after("one", f"x{end}y")) == b"one\r\nx\r\ny\r\ntwo\r\nthree\r\n"
        assert changed(self.CRLF, replace_all(f"{end}t", f"{end}T")) == b"one\r\nTwo\r\nThree\r\n"
        assert changed(self.CRLF[:-2], append(f"four{end}")) == self.CRLF + b"four\r\n"

    @pytest.mark.parametrize("content", [b"one\r\ntwo\n", b"one\r\ntwo\r", b"one\rtwo\r\n"])
    def test_mixed_ones_are_matched_exactly_and_kept(self, content):
        assert changed(content, replace("one", "1")) == content.replace(b"one", b"1")
        assert problem(content, replace("one\ntwo", "x")).code == "text-missing"

    def test_other_line_separators_are_no_line_ends(self):
        content = "a\u2028b\x85c\x0cd\n".encode()
        assert changed(content, insert_after("c", "x")) == content + b"x\n"


class TestEncodings:
    def test_a_file_that_is_not_utf8(self):
        assert problem(b"caf\xe9\n", append("x")).code == "not-utf8-file"

    def test_a_byte_order_mark_stays(self):
        assert changed("\ufeffa\n".encode(), append("b")) == "\ufeffa\nb".encode()

    def test_other_characters_stay(self):
        assert changed("é😀\0\n".encode(), replace("😀", "é")) == "éé\0\n".encode()


class TestErrorsForTheNextAttempt:
    FILE = b"import os\n\ndef first(a):\n    return a\n\ndef second(b):\n    return b + 1\n"

    @pytest.mark.parametrize(
        "change", [replace("def frist(a):", "x"), replace_all("def frist(a):", "x"), insert_after("def frist(a):", "x")]
    )  # fmt: skip
    def test_what_is_missing_shows_the_nearest_windows(self, change):
        found = problem(self.FILE, change)
        assert "change 1" in found.message
        assert found.hint == "Nearest: line 3."
        assert found.nearest[0] == Window(2, ("", "def first(a):", "    return a"))
        assert 1 <= len(found.nearest) <= 3

    def test_a_text_that_only_nearly_stands_there(self):
        found = problem(self.FILE, replace("def second(b):\n    return b + 2\n", "x"))
        assert found.hint == "Nearest: lines 6-7, which differ in the 2nd line."
        found = problem(self.FILE, replace("def second(b):\n  return b + 1\n", "x"))
        assert found.hint == "Nearest: lines 6-7, which differ only in blanks in the 2nd line."

    def test_a_line_that_goes_on_behind_what_was_looked_for_is_as_near(self):
        file = b"def do_urlize(\n    text,\n):\n    pass\n\ndef do_upper(s: str) -> str:\n    return s\n"
        assert problem(file, insert_after("def do_uper(", "x")).hint == "Nearest: line 6."

    def test_parts_of_lines_at_either_end_do_not_differ(self):
        found = problem(self.FILE, replace("first(a):\n    return b\n\ndef sec", "x"))
        assert found.hint == "Nearest: lines 3-6, which differ in the 2nd line."

    def test_what_is_ambiguous_shows_all_places(self):
        found = problem(self.FILE, replace("return", "x"))
        assert found.nearest == (
            Window(3, ("def first(a):", "    return a", "")),
            Window(6, ("def second(b):", "    return b + 1")),
        )
        found = problem(self.FILE, insert_after("def", "x"))
        assert [window.line for window in found.nearest] == [2, 5]
        found = problem(b"a\nb\n" * 9, insert_after("a\nb\n", "x"))
        assert [window.line for window in found.nearest] == [1, 2, 4]
        assert found.nearest[1].lines == ("b", "a", "b", "a")
        assert "lines 2, 4, 6, 8 and 10, perhaps more" in found.message

    def test_a_replacement_that_was_made_already_is_told(self):
        found = problem(self.FILE, replace("    return b\n", "    return b + 1\n"))
        assert "stands in the file already, at line 7" in found.hint

    def test_lines_after_other_changes_are_told_to_be_so(self):
        first, second = append("more\n"), replace("def frist(a):", "x")
        later = "Lines are counted after the changes before this one."
        assert later not in problem(self.FILE, second).hint
        assert later in problem(self.FILE, first, second).hint
        found = planned(modify("f", first), modify("f", second), tree=MemoryTree({"f": self.FILE}))
        assert later in found.problems[0].hint

    def test_a_file_of_crlf_is_shown_without_cr(self):
        found = problem(self.FILE.replace(b"\n", b"\r\n"), replace("def frist(a):", "x"))
        assert found.nearest[0].lines == ("", "def first(a):", "    return a")


words = st.text("ab\n ", max_size=8)


@given(words, words, words, words)
def test_replace_agrees_with_the_one_place_there_is(before, old, after, new):
    content = before + old + after
    starts = [i for i in range(len(content)) if content.startswith(old, i)]
    if old and len(starts) == 1:
        assert changed(content.encode(), replace(old, new)).decode() == before + new + after
    else:
        assert problem(content.encode(), replace(old, new)).code in {"text-ambiguous", "text-empty"}


@given(st.text("ab\n", max_size=12), st.text("ab\n", min_size=1, max_size=4))
def test_insert_after_adds_lines_and_changes_none(content, anchor):
    found = planned(modify("f", insert_after(anchor, "NEW")), tree=MemoryTree({"f": content.encode()}))
    ends = {len(content[:i]) for i in range(len(content)) if content.startswith(anchor, i)}
    lines_of_ends = {content.count("\n", 0, start + len(anchor) - 1) for start in ends}
    if len(lines_of_ends) != 1:
        assert codes(found) in (["anchor-missing"], ["anchor-ambiguous"])
        return
    result = contents(found)["f"].decode()
    assert result.replace("NEW\n", "", 1) in {content, content + "\n"}
    assert result.split("\n")[lines_of_ends.pop() + 1] == "NEW"


@given(
    st.text("ab\n\0\x01", max_size=60),
    st.text("ab\n\0\x01", min_size=1, max_size=5),
    st.text("a\0", max_size=3),
)
def test_replace_all_is_what_python_makes_of_it(content, old, new):
    for text in (content, content * 1000):
        if old in text:
            # A small file of many lines, to be searched as one that is dear to search.
            made = planned(modify("f", replace_all(old, new)), tree=MemoryTree({"f": text.encode()}))
            assert contents(made)["f"] == text.replace(old, new).encode()
