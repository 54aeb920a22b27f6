"""Blocks of lines to files: found once or refused, each in what the ones before it left."""

from itertools import pairwise

import pytest
from edits_memory_tree import (
    MemoryTree,
    block,
    blocks,
    codes,
    contents,
    create,
    done,
    modify,
    planned,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edits.limits import Limits
from harness.edits.model import Block, Create, Delete, PlannedTree, Rename, Unusable, WriteFile
from harness.edits.repairs import Repair
from harness.tree_entry import NewFile

FILE = b"""\
import os


class First:
    def run(self):
        return 1

    def stop(self):
        return 2


class Second:
    def run(self):
        return 1
"""
MARK = b"\xef\xbb\xbf"


def changed(content, *changes, **how):
    found = done(blocks("f", *changes), tree=MemoryTree({"f": content}), **how)
    return contents(found)["f"]


def repaired(content, *changes):
    """The file, and the repairs it took."""
    found = done(blocks("f", *changes), tree=MemoryTree({"f": content}))
    return contents(found)["f"], found.repairs


def problem(content, *changes, **how):
    found = done(blocks("f", *changes), tree=MemoryTree({"f": content}), **how)
    assert len(codes(found)) == 1
    return found.problems[0]


def replaced(old, new):
    return FILE.replace(old, new, 1)


class TestExact:
    def test_the_one_place_is_replaced_and_all_else_stays(self):
        found = done(blocks("f", block("        return 2", "        return 3")), tree=MemoryTree({"f": FILE}))
        assert contents(found) == {"f": replaced(b"2", b"3")}
        assert (found.declared, found.created, found.applied, found.repairs) == ({"f"}, frozenset(), 1, ())

    def test_lines_can_be_added_removed_and_moved(self):
        assert changed(b"a\nb\nc\n", block("b", "b\nx\ny")) == b"a\nb\nx\ny\nc\n"
        assert changed(b"a\nb\nc\n", block("a\nb", "b")) == b"b\nc\n"
        assert changed(b"a\nb\nc\n", block("a\nb\nc", "")) == b""
        assert changed(b"a\nb\nc\n", block("b\nc", "c\nb")) == b"a\nc\nb\n"

    def test_each_block_is_found_in_what_the_ones_before_it_left(self):
        assert changed(b"a\nb\n", block("a", "x"), block("x\nb", "y")) == b"y\n"
        assert changed(b"a\na\n", block("a\na", "a\nb"), block("a", "c")) == b"c\nb\n"
        assert problem(b"a\nb\n", block("b", "a"), block("a", "x")).code == "block-ambiguous"

    def test_several_operations_on_a_file_go_on_from_each_other(self):
        found = done(
            blocks("f", block("a", "b")), blocks("f", block("b", "c")), tree=MemoryTree({"f": b"a\n"})
        )
        assert contents(found) == {"f": b"c\n"}
        assert found.applied == 2

    def test_a_place_is_never_chosen(self):
        for strict in (False, True):
            found = problem(FILE, block("        return 1", "        return 3", line=7), strict=strict)
            assert (found.code, found.path, found.operation, found.line) == ("block-ambiguous", "f", 1, 7)
            assert "block 1" in found.message
            assert "lines 6 and 14" in found.message
            assert [window.line for window in found.nearest] == [5, 13]
            assert found.nearest[0].lines == ("    def run(self):", "        return 1", "")

    def test_what_is_missing_shows_the_nearest_places(self):
        old = "class Second:\n    def run(self):\n        return 3"
        found = problem(FILE, block("import os", "import re"), block(old, "x", line=9))
        assert (found.code, found.line) == ("block-missing", 9)
        assert "block 2" in found.message
        assert found.hint.startswith("Nearest: lines 12-14, which differ in the 3rd line.")
        assert found.nearest[0].lines == ("", "class Second:", "    def run(self):", "        return 1")
        assert 1 <= len(found.nearest) <= 3

    def test_what_stands_there_already_is_told(self):
        found = problem(
            FILE, block("    def run(me):\n        return 2", "    def stop(self):\n        return 2")
        )
        assert "Its new lines stand there already, at line 8." in found.hint

    def test_nothing_of_the_reply_is_planned_with_a_problem(self):
        found = done(
            blocks("f", block("a", "b")), blocks("g", block("x", "y")), blocks("g", block("z", "y")),
            tree=MemoryTree({"f": b"a\n", "g": b"g\n"}),
        )  # fmt: skip
        assert isinstance(found, Unusable)
        assert found.good == (1,)
        assert [problem.operation for problem in found.problems] == [2]

    def test_no_blocks_change_nothing(self):
        found = done(blocks("f"), tree=MemoryTree({"f": b"a\n"}))
        assert (found.files, found.skipped, found.applied, found.declared) == ({}, (1,), 0, frozenset())


class TestTolerant:
    def test_blanks_at_line_ends(self):
        found = repaired(b"a\nb \nc\t\nd\n", block("b\nc", "b\nx"))
        assert found == (
            b"a\nb \nx\nd\n",
            (Repair("whitespace", 2, "block 1: blanks at line ends differ", "f"),),
        )

    def test_an_indentation_that_is_lacking(self):
        found = repaired(
            FILE, block("def stop(self):\n    return 2", "def stop(self):\n    if self:\n        return 3")
        )
        assert found[0] == replaced(b"        return 2", b"        if self:\n            return 3")
        detail = "block 1: its lines lack 4 blanks of indentation"
        assert found[1] == (Repair("indentation", 8, detail, "f"),)

    def test_an_indentation_that_is_too_much(self):
        file, (repair,) = repaired(b"a\n\tb\nc\n", block("\ta\n\t\tb", "\ta\n\t\tx"))
        assert file == b"a\n\tx\nc\n"
        assert repair.detail == "block 1: its lines have 1 tab of indentation too much"

    @pytest.mark.parametrize(
        "old", ["def stop(self):\n    return 2", "    def stop(self):  \n        return 2"]
    )
    def test_strictly_only_what_stands_there_is_found(self, old):
        assert problem(FILE, block(old, "x"), strict=True).code == "block-missing"

    def test_several_places_are_refused(self):
        found = problem(b"a \nb\na\t\n", block("a", "x"))
        assert (found.code, [window.line for window in found.nearest]) == ("block-ambiguous", [1, 2])

    def test_another_text_is_never_overlooked(self):
        for old in ("return  2", "Return 2", "        return 2;", "    def stop(self):\n    return 2"):
            assert problem(FILE, block(old, "x")).code == "block-missing"

    def test_each_repair_is_told_with_its_place(self):
        _, repairs = repaired(b"a \nb\n c\n", block("a", "x\ny"), block("b", "z"), block("c", "w"))
        assert [(repair.name, repair.line) for repair in repairs] == [("whitespace", 1), ("indentation", 4)]


class TestAnchors:
    RUN = "    def run(self):\n        return 1", "    def run(self):\n        return 3"

    def test_the_place_below_the_anchor_is_meant(self):
        assert changed(FILE, block(*self.RUN, anchors=("class First:",))) == replaced(b"1", b"3")
        after = FILE[:-2] + b"3\n"
        assert changed(FILE, block(*self.RUN, anchors=("class Second:",))) == after
        assert changed(FILE, block(*self.RUN, anchors=("class Second:",)), strict=True) == after
        old, new = "        return 1", "        return 3"
        assert changed(FILE, block(old, new, anchors=("class Second:", "def run(self):"))) == after

    def test_also_where_only_blanks_differ(self):
        old, new = "def run(self):\n    return 1", "def run(self):\n    return 3"
        file, repairs = repaired(FILE, block(old, new, anchors=("class Second:",)))
        assert file == FILE[:-2] + b"3\n"
        assert [(repair.name, repair.line) for repair in repairs] == [("indentation", 13)]

    @pytest.mark.parametrize(
        ("anchors", "told"),
        [
            (("class Third:",), "`class Third:` is not there"),
            (("def run(self):",), "`def run(self):` stands there more than once"),
            (("class First:", "class Second:"), "`class Second:` is not there"),
            (("    def stop(self):",), "but none is indented below its anchor"),
            (("import os",), "but none is indented below its anchor"),
        ],
    )
    def test_an_anchor_that_does_not_decide(self, anchors, told):
        found = problem(FILE, block(*self.RUN, anchors=anchors))
        assert found.code == "block-ambiguous"
        assert told in found.message
        assert len(found.nearest) == 2

    def test_several_places_below_one_anchor(self):
        file = b"def f():\n    x\n    x\ny\n    x\n"
        found = problem(file, block("    x", "    z", anchors=("def f():",)))
        assert found.code == "block-ambiguous"
        assert "lines 2 and 3, also indented below its anchor `def f():`" in found.message

    @pytest.mark.parametrize(
        "file",
        [
            "def f(\n    a,\n):\n    x\n\ndef g():\n    x\n",
            "int f()\n{\n    x\n}\nint g()\n{\n    x\n}\n",
            "f {\n\n    x\n}\n# f\n    x\n",
            "def f():\n\tx\ny\n    x\n",
        ],
    )
    def test_what_belongs_to_an_anchor(self, file):
        first = file.split("\n")[0]
        old = "\tx" if "\t" in file else "    x"
        content = (file + (old + "\n" if "\t" in file else "")).encode()
        made = changed(content, block(old, "z", anchors=(first,)))
        assert made == content.replace(f"{old}\n".encode(), b"z\n", 1)

    def test_one_place_above_its_anchor_is_refused(self):
        for strict in (False, True):
            found = problem(FILE, block("        return 2", "x", anchors=("class Second:",)), strict=strict)
            assert found.code == "anchor-elsewhere"
            assert "line 9" in found.message
            assert "`class Second:`" in found.message
            assert found.nearest[0].lines[1] == "class Second:"

    def test_an_anchor_that_is_nowhere_is_overlooked_where_the_lines_match(self):
        change = block("        return 2", "        return 3", anchors=("class Third:",))
        file, (repair,) = repaired(FILE, change)
        assert file == replaced(b"2", b"3")
        assert (repair.name, repair.line, repair.path) == ("relocated", 9, "f")
        assert "`class Third:`" in repair.detail
        assert problem(FILE, change, strict=True).code == "anchor-elsewhere"
        # Not two things at once.
        assert (
            problem(FILE, block("return 2", "return 3", anchors=("class Third:",))).code == "anchor-elsewhere"
        )

    def test_of_several_anchors_each_counts(self):
        change = block("        return 2", "        return 3", anchors=("class Third:", "class Second:"))
        found = problem(FILE, change)
        assert found.code == "anchor-elsewhere"
        assert "`class Second:`" in found.message
        change = block(
            "        return 2", "        return 3", anchors=("class Third:", "class First:", "def go():")
        )
        file, repairs = repaired(FILE, change)
        assert file == replaced(b"2", b"3")
        assert [repair.detail.split("`")[1] for repair in repairs] == ["class Third:", "def go():"]

    def test_a_block_may_begin_with_its_anchor(self):
        change = block("class Second:\n    def run(self):", "class Third:", anchors=("class Second:",))
        assert changed(FILE, change).endswith(b"class Third:\n        return 1\n")


class TestTheEnd:
    def test_only_the_place_at_the_end_counts(self):
        assert changed(b"a\nb\na\n", block("a", "x", at_end=True)) == b"a\nb\nx\n"
        assert changed(b"a\nb\na ", block("a", "x", at_end=True)) == b"a\nb\nx"
        found = problem(b"a\nb\n", block("a", "x", at_end=True))
        assert found.code == "block-missing"
        assert "at the end" in found.message
        assert problem(b"a\n", block("a\nb\nc", "x", at_end=True)).code == "block-missing"

    @pytest.mark.parametrize(
        ("before", "after"),
        [(b"a\n", b"a\nx\ny\n"), (b"a", b"a\nx\ny\n"), (b"", b"x\ny\n"), (b"a\r\nb\r\n", b"a\r\nb\r\nx\r\ny\r\n"),
         (b"a\nb\r\n", b"a\nb\r\nx\r\ny\r\n"), (b"a\r\nb\nc", b"a\r\nb\nc\nx\ny\n")],
    )  # fmt: skip
    def test_lines_behind_everything(self, before, after):
        assert changed(before, block("", "x\ny", at_end=True)) == after

    @pytest.mark.parametrize(
        ("old", "new", "after"),
        [
            ("b", "x", b"a\nx"),
            ("b", "b\nx", b"a\nb\nx"),
            ("b", "x\nb", b"a\nx\nb"),
            ("a\nb", "a\nx", b"a\nx"),
            ("a", "x", b"x\nb"),
            ("b", "", b"a\n"),
            ("a\nb", "a", b"a\n"),
            ("a\nb", "x", b"x"),
            ("a\nb", "", b""),
        ],
    )
    def test_a_missing_line_end_stays_missing_unless_its_line_goes(self, old, new, after):
        assert changed(b"a\nb", block(old, new)) == after


class TestNewFiles:
    def test_a_block_without_old_lines_makes_a_missing_file(self):
        found = done(blocks("src/new", block("", "a\n\nb")), tree=MemoryTree())
        assert found.files == {"src/new": NewFile(b"a\n\nb\n", "100644")}
        assert found.created == found.declared == {"src/new"}

    def test_later_blocks_go_on_with_it(self):
        assert contents(done(blocks("f", block("", "a\nb"), block("b", "c")))) == {"f": b"a\nc\n"}
        found = done(blocks("f", block("", "a")), blocks("f", block("a", "b")))
        assert contents(found) == {"f": b"b\n"}
        assert found.created == {"f"}

    def test_it_fills_an_empty_file(self):
        tree = MemoryTree({"f": b"", "g": MARK}, {"f": "100755"})
        found = done(blocks("f", block("", "a")), blocks("g", block("", "a")), tree=tree)
        assert found.files == {"f": NewFile(b"a\n", "100755"), "g": NewFile(MARK + b"a\n", "100644")}
        assert found.created == frozenset()

    @pytest.mark.parametrize("content", [b"a\n", b"\n", b" "])
    def test_it_never_guesses_where_in_a_file_it_belongs(self, content):
        assert problem(content, block("", "x")).code == "empty-search"
        assert problem(content, block("", "x", anchors=("a",))).code == "empty-search"
        assert codes(done(blocks("f", block("", "a"), block("", "b")))) == ["empty-search"]

    @pytest.mark.parametrize(
        "change", [block("a", "b"), block("", "b", at_end=True), block("", "b", anchors=("a",))]
    )
    def test_a_missing_file_is_not_made_of_anything_else(self, change):
        assert codes(done(blocks("f", change))) == ["file-missing"]

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("src", "is-folder"),
            ("src/a/b", "parent-not-folder"),
            ("link", "not-a-file"),
            ("../x", "path-traversal"),
        ],
    )
    def test_where_none_can_be(self, path, code):
        tree = MemoryTree({"src/a": b"a\n", "link": b"src/a"}, {"link": "120000"})
        assert codes(done(blocks(path, block("", "x")), tree=tree)) == [code]

    def test_it_excludes_what_a_create_excludes(self):
        tree = MemoryTree({"f": b"a\n"})
        new = blocks("f", block("", "x"))
        delete = Delete(type="delete", file_path="f")
        assert codes(done(delete, new, tree=tree)) == ["duplicate-operation"]
        assert codes(done(new, Create(type="create", file_path="f", content=""))) == ["duplicate-operation"]

    def test_changes_go_with_what_a_modify_goes_with(self):
        change, delete = blocks("f", block("a", "b")), Delete(type="delete", file_path="f")
        rename = Rename(type="rename", file_path="f", new_path="g")
        assert codes(done(change, delete, tree=MemoryTree({"f": b"a\n"}))) == ["duplicate-operation"]
        assert codes(done(delete, change, tree=MemoryTree({"f": b"a\n"}))) == ["file-missing"]
        moved = done(rename, blocks("g", block("a", "b")), tree=MemoryTree({"f": b"a\n"}))
        assert contents(moved) == {"f": None, "g": b"b\n"}


class TestWriteFile:
    def test_a_missing_file_is_created(self):
        found = done(WriteFile("src/f", "a\n"))
        assert found.files == {"src/f": NewFile(b"a\n", "100644")}
        assert found.created == found.declared == {"src/f"}

    def test_a_file_gets_another_content_and_keeps_its_mode(self):
        found = done(WriteFile("f", "a\n"), tree=MemoryTree({"f": b"b\n"}, {"f": "100755"}))
        assert found.files == {"f": NewFile(b"a\n", "100755")}
        assert (found.created, found.declared) == (frozenset(), {"f"})

    @pytest.mark.parametrize(
        ("path", "code"), [("src", "is-folder"), ("src/a/b", "parent-not-folder"), ("link", "not-a-file")]
    )
    def test_where_no_file_is(self, path, code):
        tree = MemoryTree({"src/a": b"a\n", "link": b"src/a"}, {"link": "120000"})
        assert codes(done(WriteFile(path, "x"), tree=tree)) == [code]

    def test_it_is_the_only_one_on_its_path(self):
        for other in (
            WriteFile("f", "b"),
            Delete(type="delete", file_path="f"),
            Create(type="create", file_path="f", content=""),
        ):
            for tree in (MemoryTree({"f": b"x\n"}), MemoryTree()):
                assert codes(done(WriteFile("f", "a"), other, tree=tree)) == ["duplicate-operation"]

    def test_line_ends_of_the_file_are_kept(self):
        tree = MemoryTree({"f": b"a\r\nb\r\n"})
        found = done(WriteFile("f", "x\ny\n"), tree=tree)
        assert contents(found) == {"f": b"x\r\ny\r\n"}
        (repair,) = found.repairs
        assert (repair.name, repair.path) == ("line-endings", "f")
        strict = done(WriteFile("f", "x\ny\n"), tree=tree, strict=True)
        assert (contents(strict), strict.repairs) == ({"f": b"x\ny\n"}, ())

    @pytest.mark.parametrize(
        ("before", "content"),
        [(b"a\r\n", "x\r\ny\n"), (b"a\r\nb\n", "x\n"), (b"a\r\nb\r", "x\n"), (b"a\n", "x\n"), (b"a", "x\n"), (b"a\r\n", "x"), (b"", "x\n")],
    )  # fmt: skip
    def test_where_neither_side_says_it_for_all_lines_nothing_is_changed(self, before, content):
        found = done(WriteFile("f", content), tree=MemoryTree({"f": before}))
        assert (contents(found), found.repairs) == ({"f": content.encode()}, ())

    def test_a_byte_order_mark_of_the_file_is_kept(self):
        found = done(WriteFile("f", "x\n"), tree=MemoryTree({"f": MARK + b"a\n"}))
        assert contents(found) == {"f": MARK + b"x\n"}
        assert [(repair.name, repair.path) for repair in found.repairs] == [("byte-order-mark", "f")]
        found = done(WriteFile("f", "\ufeffx\n"), tree=MemoryTree({"f": MARK + b"a\n"}))
        assert (contents(found), found.repairs) == ({"f": MARK + b"x\n"}, ())
        strict = done(WriteFile("f", "x\n"), tree=MemoryTree({"f": MARK + b"a\n"}), strict=True)
        assert contents(strict) == {"f": b"x\n"}

    def test_half_a_character_is_no_content(self):
        assert codes(done(WriteFile("f", "\ud800"))) == ["lone-surrogate"]
        assert codes(done(blocks("f", block("", "\udcff")))) == ["lone-surrogate"]

    def test_any_bytes_can_be_replaced(self):
        assert contents(done(WriteFile("f", "x\n"), tree=MemoryTree({"f": b"\xff\r\n"}))) == {"f": b"x\r\n"}


class TestLineEnds:
    def test_a_file_of_crlf_is_matched_without_and_keeps_them(self):
        for strict in (False, True):
            for end in ("", "\r"):
                change = Block(1, (f"b{end}",), (f"x{end}", f"y{end}"))
                made = done(blocks("f", change), tree=MemoryTree({"f": b"a\r\nb\r\nc"}), strict=strict)
                assert (contents(made), made.repairs) == ({"f": b"a\r\nx\r\ny\r\nc"}, ())

    def test_in_a_mixed_file_new_lines_are_as_the_first_they_replace(self):
        mixed = b"a\nb\r\nc\nd\r\n"
        assert changed(mixed, block("a", "x\ny"), strict=True) == b"x\ny\nb\r\nc\nd\r\n"
        file, (repair,) = repaired(mixed, block("b\nc", "x\nc"))
        assert (file, repair.name) == (b"a\nx\r\nc\nd\r\n", "whitespace")
        file, (repair,) = repaired(mixed, block("c\nd", "c\nd\ne"))
        assert (file, repair.name) == (b"a\nb\r\nc\nd\r\ne\n", "whitespace")
        assert problem(mixed, block("b", "x"), strict=True).code == "block-missing"

    def test_crlf_in_the_block_alone_is_overlooked(self):
        change = Block(1, ("a\r", "b\r"), ("a\r", "x\r"))
        made = done(blocks("f", change), tree=MemoryTree({"f": b"a\nb\n"}))
        assert contents(made) == {"f": b"a\nx\n"}
        assert [repair.name for repair in made.repairs] == ["whitespace"]

    def test_other_separators_are_no_line_ends(self):
        content = "a\u2028b\x85c\x0cd\x0be\rf\n".encode()
        assert changed(content + b"x\n", block("x", "y")) == content + b"y\n"

    def test_a_byte_order_mark_stays_and_is_no_part_of_the_line(self):
        assert changed(MARK + b"a\nb\n", block("a", "x"), strict=True) == MARK + b"x\nb\n"
        assert changed(MARK + b"a\n", block("a", ""), strict=True) == MARK
        assert changed(MARK + b"a\n", block("\ufeffa", "\ufeffx"), strict=True) == MARK + b"x\n"
        assert changed(MARK + b"a\n", block("\ufeffa", "x"), strict=True) == b"x\n"
        assert problem(b"a\n", block("\ufeffa", "x")).code == "block-missing"
        assert problem(MARK + b"b\na\n", block("\ufeffa", "x")).code == "block-missing"

    def test_a_file_that_is_not_utf8(self):
        found = problem(b"caf\xe9\n", block("caf", "x"))
        assert (found.code, found.path) == ("not-utf8-file", "f")


class TestBaseBlob:
    def test_it_is_checked_as_for_every_operation(self):
        tree = MemoryTree({"f": b"a\n"})
        blob = tree.entry("f").oid
        for operation in (blocks("f", block("a", "b"), base_blob=blob), WriteFile("f", "b", base_blob=blob)):
            assert isinstance(done(operation, tree=tree), PlannedTree)
        for operation in (
            blocks("f", block("a", "b"), base_blob="0" * 40),
            WriteFile("f", "b", base_blob="0" * 40),
        ):
            (found,) = done(operation, tree=tree).problems
            assert found.code == "stale-base"
            assert blob in found.message
            assert "0" * 40 in found.message

    def test_a_new_file_has_none(self):
        for operation in (
            blocks("f", block("", "b"), base_blob="0" * 40),
            WriteFile("f", "b", base_blob="0" * 40),
        ):
            assert codes(done(operation)) == ["bad-base-blob"]
        assert codes(done(blocks("f", block("a", "b"), base_blob="0" * 40))) == ["file-missing"]


class TestLimits:
    BIG = b"".join(b"line %d of a long file, as long as this\n" % number for number in range(400_000))

    def test_ten_thousand_blocks_of_a_large_file_are_not_begun(self):
        change = [block(f"line {number} of a long file, as long as this", "x") for number in range(10_000)]
        found = done(blocks("f", *change), tree=MemoryTree({"f": self.BIG}))
        assert codes(found) == ["too-much-work"]
        assert "block" not in found.problems[0].message

    def test_nor_are_they_as_operations_of_their_own(self):
        change = [
            blocks("f", block(f"line {number} of a long file, as long as this", "x"))
            for number in range(10_000)
        ]
        assert codes(done(*change, tree=MemoryTree({"f": self.BIG}))) == ["too-much-work"]

    def test_a_few_of_them_are_made(self):
        change = [block(f"line {number} of a long file, as long as this", "x") for number in range(3)]
        assert changed(self.BIG, *change).startswith(b"x\nx\nx\nline 3")

    def test_work_and_size_have_limits(self):
        content = b"some line\n" * 100
        grow = block("", "x\n" * 1000, at_end=True)
        assert problem(content, *[grow] * 10, limits=Limits(file_bytes=4000)).code == "file-too-large"
        found = problem(content, *[grow] * 10, limits=Limits(text_work=40_000))
        assert found.code == "too-much-work"
        assert "block 4" in found.message
        many = block("x", "y", anchors=("some line",) * 1000)
        assert problem(content, many, limits=Limits(text_work=1_000_000)).code == "too-much-work"

    def test_two_thousand_blocks_of_one_file_pass(self):
        content = "".join(f"    line {number}\n" for number in range(2000))
        change = [block(f"line {number}", f"new {number}") for number in range(2000)]
        made, repairs = repaired(content.encode(), *change)
        assert made.decode() == content.replace("line", "new")
        assert len(repairs) == 2000


words = st.text("abc {}\t", max_size=6)
files = st.lists(words, min_size=1, max_size=20)


@st.composite
def unique_blocks(draw):
    """A file, and blocks that stand in it once and don't touch each other, in any order; and the result."""
    file = [f"{word}{number}" for number, word in enumerate(draw(files))]
    cuts = sorted(draw(st.sets(st.integers(0, len(file)), min_size=2)) | {0, len(file)})
    pieces = [file[first:last] for first, last in pairwise(cuts)]
    after, changes = [], []
    for number, piece in enumerate(pieces):
        if draw(st.booleans()):
            new = draw(st.lists(st.sampled_from([*piece, f"new{number}", "", "  }"]), max_size=4))
            # What comes in must not look like an old line of another block.
            changes.append((tuple(piece), tuple(new)))
            after += new
        else:
            after += piece
    return file, draw(st.permutations(changes)), after


@given(unique_blocks(), st.booleans(), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_blocks_make_what_splicing_by_hand_makes(made, strict, end, marked):
    file, changes, after = made
    operation = blocks("f", *(Block(1, old, new) for old, new in changes))
    content = MARK * marked + b"".join(line.encode() + end for line in file)
    found = done(operation, tree=MemoryTree({"f": content}), strict=strict)
    if not changes:
        assert found.skipped == (1,)
        return
    assert contents(found) == {"f": MARK * marked + b"".join(line.encode() + end for line in after)}
    assert found.repairs == ()


@given(unique_blocks(), st.data())
@settings(max_examples=100)
def test_blanks_that_differ_make_the_same_file_unless_strict(made, data):
    file, changes, after = made
    if not changes:
        return
    told = []
    for old, new in changes:
        indent = data.draw(st.sampled_from(["", " ", "\t", "    "]))
        ends = data.draw(st.lists(st.sampled_from(["", " ", "\t "]), min_size=len(old), max_size=len(old)))
        told.append(
            (tuple(indent + line + end for line, end in zip(old, ends, strict=True)),
             tuple(indent + line if line.strip() else line for line in new))
        )  # fmt: skip
    differ = any(old != other for (old, _), (other, _) in zip(changes, told, strict=True))
    operation = blocks("f", *(Block(1, old, new) for old, new in told))
    tree = MemoryTree({"f": "".join(f"{line}\n" for line in file).encode()})
    found = done(operation, tree=tree)
    assert contents(found) == {"f": "".join(f"{line}\n" for line in after).encode()}
    assert bool(found.repairs) == differ
    assert isinstance(done(operation, tree=tree, strict=True), Unusable) == differ


anything = st.text("ab \t\r\n\ufeff\0\ud800é", max_size=12)
lines_of_anything = st.lists(st.text("ab \t\r\ufeff\0\ud800", max_size=3), max_size=3).map(tuple)
any_block = st.builds(
    Block, st.integers(1, 9), lines_of_anything, lines_of_anything, lines_of_anything, st.booleans()
)


@given(st.text("ab \t\r\n\ufeff\0é", max_size=20), st.lists(any_block, max_size=3), st.booleans())
@settings(max_examples=200)
def test_whatever_the_blocks_the_answer_is_a_file_or_why_not(content, changes, strict):
    found = done(
        blocks("f", *changes),
        WriteFile("g", content),
        tree=MemoryTree({"f": content.encode()}),
        strict=strict,
    )
    assert isinstance(found, PlannedTree | Unusable)
    if isinstance(found, Unusable):
        for problem in found.problems:
            assert problem.message.isprintable()
            assert problem.hint.isprintable()
            assert len(problem.nearest) <= 3


@given(
    st.lists(st.sampled_from(["a", "b", " a", ""]), min_size=1, max_size=8), st.lists(any_block, max_size=2)
)
def test_a_file_of_crlf_stays_one(lines, changes):
    changes = [
        Block(1, b.old, tuple(line.strip("\r") for line in b.new), b.anchors, b.at_end) for b in changes
    ]
    changes = [change for change in changes if not any("\r" in line for line in change.new)]
    found = done(
        blocks("f", *changes), tree=MemoryTree({"f": "".join(f"{line}\r\n" for line in lines).encode()})
    )
    if isinstance(found, PlannedTree) and (file := found.files.get("f")):
        assert file.content.count(b"\r\n") == file.content.count(b"\n") == file.content.count(b"\r")


def test_json_changes_and_blocks_agree_on_line_ends():
    tree = MemoryTree({"f": b"a\r\nb\r\n"})
    by_json = planned(
        modify("f", {"type": "replace", "old_text": "a\n", "new_text": "x\n"}), create("g"), tree=tree
    )
    by_block = done(blocks("f", block("a", "x")), tree=tree)
    assert contents(by_json)["f"] == contents(by_block)["f"] == b"x\r\nb\r\n"
