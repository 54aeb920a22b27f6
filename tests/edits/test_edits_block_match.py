"""Where a block of lines stands in a file: every place is found, and what is kept stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edits.block_match import Fit, exact_fits, fitted, tolerant_fits
from harness.edits.kept_lines import kept_lines

few = st.lists(st.sampled_from(["a", "b", ""]), max_size=10)
blocks = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=3)
indents = st.sampled_from(["", " ", "  ", "\t", " \t"])
ends = st.sampled_from(["", " ", "\t", "\r", " \r"])
blanked = st.builds("{}{}{}".format, indents, st.sampled_from(["a", "b", ""]), ends)


def lines(text: str) -> list[str]:
    return text.split("\n")


class TestExact:
    def test_every_place_also_where_they_overlap(self):
        assert exact_fits(lines("a\na\na\nb"), ["a", "a"]) == [Fit(0), Fit(1)]
        assert exact_fits(lines("a\nb\nc"), ["b", "c"]) == [Fit(1)]
        assert exact_fits(lines("a\nb"), ["a", "b", "c"]) == []
        assert exact_fits([], ["a"]) == exact_fits(["a"], []) == []

    def test_a_line_is_no_part_of_one(self):
        assert exact_fits(["ab", "b"], ["b"]) == [Fit(1)]
        assert exact_fits(["a", "", "b"], [""]) == [Fit(1)]

    @given(few, blocks)
    def test_the_first_three_of_all_places(self, file, block):
        places = [i for i in range(len(file)) if file[i : i + len(block)] == block]
        assert [fit.start for fit in exact_fits(file, block)] == places[:3]


class TestTolerant:
    @pytest.mark.parametrize(
        ("file", "block", "fit"),
        [
            ("x\na \nb\t\ny", "a\nb", Fit(1, "whitespace")),
            ("x\na\nb\ny", "a  \nb\t", Fit(1, "whitespace")),
            ("x\n    a\n\n      b\ny", "a\n\n  b", Fit(1, "indentation", added="    ")),
            ("x\na\n  b\ny", "  a\n    b", Fit(1, "indentation", dropped="  ")),
            ("x\n\ta \ny", "a", Fit(1, "indentation", added="\t")),
            ("x\n  \n    b\ny", "\n  b", Fit(1, "indentation", added="  ")),
        ],
    )
    def test_blanks_at_line_ends_or_one_indentation(self, file, block, fit):
        assert tolerant_fits(lines(file), lines(block)) == [fit]

    @pytest.mark.parametrize(
        ("file", "block"),
        [
            ("a b", "ab"),
            ("a  b", "a b"),
            ("  a\n  b", "a\n b"),
            ("\ta", "    a"),
            ("\ta\n    b", "a\nb"),
            ("\n\n", "\n"),
            ("a", " "),
            ("a", "b"),
            ("a", "a\nb"),
        ],
    )
    def test_nothing_else_is_overlooked(self, file, block):
        assert tolerant_fits(lines(file), lines(block)) == []

    def test_several_places_are_all_told(self):
        assert [fit.start for fit in tolerant_fits(["a ", "b", "a\t"], ["a"])] == [0, 2]
        assert [fit.start for fit in tolerant_fits(["  a", "b", " a", "\ta", "   a"], ["a"])] == [0, 2, 3]

    def test_what_comes_in_must_be_able_to_lose_the_indentation_too(self):
        file = ["x", "a"]
        assert tolerant_fits(file, ["  a"], ["  b", "", "   c"]) == [Fit(1, "indentation", dropped="  ")]
        assert tolerant_fits(file, ["  a"], ["  b", " c"]) == []
        # The other place would be the only one, if this one didn't count.
        assert tolerant_fits([*file, "    a"], ["  a"], ["  b", " c"]) == []

    def test_too_many_places_to_look_at_are_none(self):
        alternating = ["x", " x"] * 20_000
        assert tolerant_fits([*alternating, "x", "x"], [" x", " x"] * 5_000) == []

    def test_the_line_end_is_that_of_the_first_line_replaced(self):
        (fit,) = tolerant_fits(["a\r", "b\r", "c"], ["a", "b"])
        assert fitted(["a\r", "b\r", "c"], fit, ["a", "b"], ["a", "x", ""]) == ["a\r", "x\r", "\r"]
        (fit,) = tolerant_fits(["a", "b"], ["a\r", "b\r"])
        assert fitted(["a", "b"], fit, ["a\r", "b\r"], ["a\r", "x\r"]) == ["a", "x"]
        (fit,) = tolerant_fits(["a\r ", "b"], ["a\r", "b\r"])
        assert fitted(["a\r ", "b"], fit, ["a\r", "b\r"], ["x\r", "b\r"]) == ["x", "b"]

    @given(
        st.lists(blanked, max_size=8),
        st.lists(blanked, min_size=1, max_size=3),
        st.lists(blanked, max_size=3),
    )
    @settings(max_examples=300)
    def test_it_finds_what_the_definition_says(self, file, block, new):
        found = tolerant_fits(file, block, new)
        assert [fit.start for fit in found] == _by_definition(file, block, new)
        for fit in found:
            for index, line in enumerate(block):
                there = file[fit.start + index]
                assert fit.adjusted(line).rstrip() == there.rstrip() or not line.strip()


def _by_definition(file, block, new):
    """The places of a block, looked at one by one."""
    if not any(line.strip() for line in block):
        return []
    starts = range(len(file) - len(block) + 1)
    pairs = {start: list(zip(file[start:], block, strict=False)) for start in starts}
    same = [s for s in starts if all(there.rstrip() == line.rstrip() for there, line in pairs[s])]
    if same:
        return same[:3]
    found = []
    for start in starts:
        if not all(there.strip() == line.strip() for there, line in pairs[start]):
            continue
        told = [(_indent(there), _indent(line)) for there, line in pairs[start] if line.strip()]
        added = {there.removesuffix(line) if there.endswith(line) else None for there, line in told}
        dropped = {line.removesuffix(there) if line.endswith(there) else None for there, line in told}
        if len(dropped) == 1 and None not in dropped and any(dropped):
            if not all(line.startswith(*dropped) for line in new if line.strip()):
                return []
            found.append(start)
        elif len(added) == 1 and None not in added:
            found.append(start)
        if len(found) == 3:
            break
    return found


def _indent(line):
    return line[: len(line) - len(line.lstrip())]


class TestFitted:
    def test_the_lines_that_stay_are_the_files(self):
        file = ["def f():", "    a = 1  ", "", "    b = 2\t", "    return a"]
        old, new = ["a = 1", "", "b = 2", "return a"], ["x = 0", "a = 1", "", "b = 3", "return a", "    pass"]
        (fit,) = tolerant_fits(file, old, new)
        assert fitted(file, fit, old, new) == [
            "    x = 0", "    a = 1  ", "", "    b = 3", "    return a", "        pass",
        ]  # fmt: skip

    def test_lines_that_stay_between_others_do_too(self):
        file = ["a ", "x ", "b ", "y ", "c ", "}", "z ", "} "]
        old, new = list("axbyc}z}"), list("aXbYc}Z}")
        (fit,) = tolerant_fits(file, old, new)
        assert fitted(file, fit, old, new) == ["a ", "X", "b ", "Y", "c ", "}", "Z", "} "]

    @given(few, few)
    def test_kept_lines_are_equal_and_in_order(self, old, new):
        kept = kept_lines(old, new)
        assert all(new[n] == old[o] for n, o in kept.items())
        assert list(kept) == sorted(kept)
        assert list(kept.values()) == sorted(set(kept.values()))
        assert (len(kept) == len(new)) >= (old == new)

    def test_kept_lines_of_large_blocks_are_found_at_once(self):
        old = [f"line {index % 1000}" for index in range(100_000)]
        new = [line if index % 1000 else f"new {index}" for index, line in enumerate(old)]
        assert len(kept_lines(old, new)) == 99_900
        assert len(kept_lines(old, old[::-1])) > 0

    @given(st.lists(st.integers(0, 30), unique=True, max_size=12), st.data())
    def test_of_lines_that_stand_once_all_that_stay_in_order_are_kept(self, numbers, data):
        old = [str(number) for number in numbers]
        stays = [data.draw(st.booleans()) for _ in old]
        new = []
        for line, stay in zip(old, stays, strict=True):
            new += [line] if stay else [f"new {line}"]
        assert list(kept_lines(old, new).values()) == [i for i, stay in enumerate(stays) if stay]
