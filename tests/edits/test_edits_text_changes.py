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

from harness.edits.nearest import nearest


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
    assert "1, 3, 5" in found.message
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
    assert "lines 1, 3" in problem(b"a\nb\na\n", replace("a", "x")).message


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


class TestHints:
    FILE = "\n".join(
        ["import os", "", "def first(a):", "    return a", "", "def second(b):", "    return b + 1"]
    )

    def test_the_nearest_lines_come_first(self):
        told = nearest(self.FILE, "def secnd(b):")
        assert told.startswith("Nearest: line 6: def second(b):")

    def test_of_several_lines_the_first_that_differs_is_shown(self):
        told = nearest(self.FILE, "def second(b):\n    return b + 2\n")
        assert "line 6" in told
        assert "line 7" in told
        assert "return b + 1" in told

    def test_at_the_end_of_the_file(self):
        assert "file ends" in nearest("a\nb", "a\nb\nc")

    def test_nothing_like_it(self):
        assert "No line" in nearest(self.FILE, "@@@@@@@@@@@@")
        assert "No line" in nearest("", "x")

    def test_the_problem_carries_it(self):
        assert "line 3" in problem(self.FILE.encode(), replace("def frist(a):", "x")).hint
        assert "line 3" in problem(self.FILE.encode(), insert_after("def frist(a):", "x")).hint

    @given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=20))
    def test_it_is_always_one_printable_line(self, text, wanted):
        assert nearest(text, wanted).isprintable()


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
