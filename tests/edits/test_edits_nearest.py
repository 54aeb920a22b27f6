"""The places of a file nearest to what isn't in it: at most three, the nearest first, found in linear time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edits.model import Window
from harness.edits.nearest import nearest, told_places, windows_at

FILE = """\
import os

def first(a):
    b = a + 1
    return b

def second(b):
    c = b + 2
    return c

def third(c):
    d = c + 3
    return d
""".splitlines()


def starts(found):
    return [window.line for window in found.windows]


class TestByEqualLines:
    def test_the_place_with_most_of_the_lines_comes_first(self):
        found = nearest(FILE, ["def second(b):", "    c = b + 9", "    return c"])
        assert found.hint == "Nearest: lines 7-9, which differ in the 2nd line."
        assert found.windows[0] == Window(6, ("", *FILE[6:9], ""))

    def test_a_line_too_much_or_too_little_does_not_hide_it(self):
        found = nearest(FILE, ["def second(b):", "    return c"])
        assert starts(found)[0] in (6, 7)
        found = nearest(FILE, ["def second(b):", "    pass", "    c = b + 2", "    return c"])
        assert set(FILE[6:9]) <= set(found.windows[0].lines)

    def test_other_indentation_counts_as_equal_and_is_told(self):
        found = nearest(FILE, ["def second(b):", "  c = b + 2", "  return c"])
        assert found.hint == "Nearest: lines 7-9, which differ only in blanks in 2 lines, first in the 2nd."
        assert nearest(FILE, ["    import os"]).hint == "Nearest: line 1, which differs only in blanks."

    def test_several_places_apart_from_each_other(self):
        file = ["start", "x", "end", ""] * 5
        found = nearest(file, ["start", "y", "end"])
        assert starts(found) == [1, 4, 8]
        assert found.windows[1] == Window(4, ("", "start", "x", "end", ""))

    def test_rare_lines_decide(self):
        file = [*["}", ""] * 10, "rare", "}", *["}", "pass"] * 10]
        assert starts(nearest(file, ["rare", "odd", "pass"]))[0] == 20

    def test_lines_that_stand_everywhere_do_not_count(self):
        file = ["pass"] * 100 + ["def f():", "    return 1"] + ["pass"] * 100
        found = nearest(file, ["pass", "def f():", "    return 2", "pass"])
        assert found.hint == "Nearest: lines 100-103, which differ in the 3rd line."

    def test_at_either_end_of_the_file(self):
        found = nearest(FILE, ["nothing", "import os"])
        assert found.windows[0] == Window(1, tuple(FILE[:2]))
        assert "line 1" in found.hint
        found = nearest(FILE, ["    return d", "", "more"])
        assert found.windows[0] == Window(12, tuple(FILE[11:]))

    def test_of_a_long_place_the_window_shows_where_it_differs(self):
        file = [f"line {number}" for number in range(1, 101)]
        wanted = [*file[10:70], "other", *file[71:90]]
        found = nearest(file, wanted)
        assert found.hint == "Nearest: lines 11-90, which differ in the 61st line."
        (window,) = found.windows
        assert len(window.lines) == 12
        assert "line 71" in window.lines
        assert window.lines[0] == f"line {window.line}"


class TestByLikeness:
    def test_the_line_most_like_the_longest_one(self):
        found = nearest(FILE, ["def secnd(b):"])
        assert found.hint == "Nearest: line 7."
        assert found.windows[0] == Window(6, tuple(FILE[5:8]))
        assert len(found.windows) == 3

    def test_the_place_of_the_whole_block_is_told(self):
        found = nearest(FILE, ["x", "def secnd(b):", "y"])
        assert found.hint == "Nearest: lines 6-8, which differ in 3 lines, first in the 1st."
        assert found.windows[0] == Window(5, tuple(FILE[4:9]))

    def test_it_is_found_far_down_in_a_long_file(self):
        file = [f"value_{number} = {number}" for number in range(20_000)] + ["def handle_request(self):"]
        assert nearest(file, ["def handle_request(self, more):"]).hint == "Nearest: line 20001."

    def test_nothing_like_it(self):
        assert nearest(FILE, ["@@@@@@@@@@@@"]).windows == ()
        assert nearest(FILE, ["@@@@@@@@@@@@"]).hint == "No line of the file is like it."
        assert nearest(FILE, []).windows == nearest(FILE, ["", " "]).windows == ()
        assert nearest([], ["x"]).hint == nearest(["", " "], ["x"]).hint == "The file is empty."


class TestParts:
    def test_the_first_and_the_last_line_may_be_parts(self):
        found = nearest(FILE, ["first(a):", "    b = a + 2", "    ret"], partial=True)
        assert found.hint == "Nearest: lines 3-5, which differ in the 2nd line."
        found = nearest(FILE, ["cond(b):", "    c = b + 2", "    return d", "", "def"], partial=True)
        assert found.hint == "Nearest: lines 7-11, which differ in the 3rd line."


class TestWindows:
    def test_a_line_either_side_and_no_more_than_twelve(self):
        assert windows_at(FILE, [2], 3) == (Window(2, ("", *FILE[2:5], "")),)
        assert windows_at(FILE, [0], 1) == (Window(1, tuple(FILE[:2])),)
        assert windows_at(FILE, [12], 1) == (Window(12, tuple(FILE[11:])),)
        assert [len(window.lines) for window in windows_at(["x"] * 99, [5, 90], 50)] == [12, 10]

    def test_long_lines_are_cut(self):
        assert windows_at(["a" * 1000], [0], 1)[0].lines == ("a" * 200,)

    def test_places_in_words(self):
        assert told_places([3], 3) == "line 3"
        assert told_places([3, 9], 3) == "lines 3 and 9"
        assert told_places([3, 9, 20], 3) == "lines 3, 9 and 20, perhaps more"


@given(
    st.lists(st.text("ab \t\r\0é", max_size=6), max_size=30),
    st.lists(st.text("ab \t\r\0é", max_size=6), max_size=6),
    st.booleans(),
)
@settings(max_examples=200)
def test_whatever_the_lines_it_is_a_printable_line_and_excerpts_of_the_file(lines, wanted, partial):
    found = nearest(lines, wanted, partial=partial)
    assert found.hint.isprintable()
    assert found.hint.endswith(".")
    assert len(found.windows) <= 3
    for window in found.windows:
        assert window.lines
        assert window.lines == tuple(lines[window.line - 1 : window.line - 1 + len(window.lines)])


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["x"] * 300_000, ["x"] * 100_000 + ["y"]),
        ([str(number % 20_000) for number in range(300_000)], [str(number) for number in range(100_000)]),
        (["a" * 1_000_000], ["a" * 900_000 + "b"]),
        (["ab" * 80] * 100_000, ["ba" * 80]),
        ([f"{number} word" for number in range(200_000)], ["another word"] * 50_000),
    ],
)
def test_large_and_repetitive_ones_are_searched_at_once(lines, wanted):
    assert len(nearest(lines, wanted).windows) <= 3
