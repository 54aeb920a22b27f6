"""Where the hunks of a diff go: their own place, another one if it is the only one, or nowhere."""

import pytest
from diff_fitting import fitted, patched, repairs, windows
from edits_memory_tree import codes

from harness.edits.diff_fit import FittedPatch
from harness.edits.limits import Limits

TEN = b"".join(b"line %d\n" % number for number in range(1, 11))
TWICE = b"head\nsame\nold\nend\n" + TEN + b"same\nold\nend\ntail\n"
FILES = {"f": TEN}


def diff(*hunks: bytes, path: bytes = b"f") -> bytes:
    return b"--- a/%s\n+++ b/%s\n" % (path, path) + b"".join(hunks)


def hunk(at: int, *lines: bytes, new_at: int | None = None) -> bytes:
    """A hunk whose counts are right, at the line it says."""
    old = sum(line[:1] in b" -" for line in lines)
    new = sum(line[:1] in b" +" for line in lines)
    return b"@@ -%d,%d +%d,%d @@\n" % (at, old, new_at or at, new) + b"\n".join(lines) + b"\n"


CHANGE_5 = (b" line 4", b"-line 5", b"+five", b" line 6")
CHANGED_5 = TEN.replace(b"line 5", b"five")


@pytest.mark.parametrize("strict", [True, False])
def test_a_hunk_in_its_place_leaves_the_diff_as_it_stands(tmp_path, strict):
    reply = diff(hunk(4, *CHANGE_5))
    found = fitted(FILES, reply, strict=strict)
    assert found.patch == reply
    assert found.repairs == ()
    assert patched(tmp_path, FILES, found) == {"f": CHANGED_5}


@pytest.mark.parametrize("at", [1, 2, 3, 5, 7, 40, 999_999_999])
def test_a_hunk_that_fits_elsewhere_and_only_there_is_moved_and_named(tmp_path, at):
    found = fitted(FILES, diff(hunk(at, *CHANGE_5)))
    assert patched(tmp_path, FILES, found) == {"f": CHANGED_5}
    assert repairs(found) == [("relocated", 4)]
    assert found.repairs[0].path == "f"
    assert found.repairs[0].detail == f"hunk 1 (line 3 of the reply): line {at} -> 4"


def test_after_fifty_hunks_without_a_place_no_more_are_tried_and_that_is_told():
    found = fitted(FILES, diff(*(hunk(1, b"-no line %d" % number, b"+new") for number in range(60))))
    assert codes(found) == ["hunk-missing"] * 50
    assert found.problems[-1].message.endswith("; nothing was tried behind this problem, the 50th")
    assert "nothing was tried" not in found.problems[-2].message


def test_what_is_moved_is_refused_under_strict_with_its_place():
    found = fitted(FILES, diff(hunk(7, *CHANGE_5)), strict=True)
    assert codes(found) == ["hunk-elsewhere"]
    assert "stands at line 4" in found.problems[0].message
    assert windows(found) == [[3]]


def test_a_wrong_number_on_the_new_side_alone_is_named_too(tmp_path):
    """git begins to look by the new number, so another place could have been nearer."""
    reply = diff(hunk(2, b" line 2", b"+more", b" line 3"), hunk(8, b" line 8", b"-line 9", b" line 10"))
    found = fitted(FILES, reply)
    changed = TEN.replace(b"line 2\n", b"line 2\nmore\n").replace(b"line 9\n", b"")
    assert patched(tmp_path, FILES, found) == {"f": changed}
    assert [r.detail for r in found.repairs] == ["hunk 2 (line 7 of the reply): line 8, new line 8 -> 9"]
    assert codes(fitted(FILES, reply, strict=True)) == ["hunk-elsewhere"]


def test_a_hunk_with_two_places_is_refused_with_both():
    lines = (b" same", b"-old", b"+new", b" end")
    for at, strict in ((1, False), (3, False), (17, False)):
        found = fitted({"f": TWICE}, diff(hunk(at, *lines)), strict=strict)
        assert codes(found) == ["hunk-ambiguous"]
        assert "lines 2 and 15" in found.problems[0].message
        assert windows(found) == [[1, 14]]


def test_a_last_line_that_lacks_its_line_end_keeps_a_hunk_from_no_place(tmp_path):
    """The place it names goes before one that fits to the letter; without a number for either, it has two."""
    files, lines = (
        {"f": TWICE.removesuffix(b"tail\n").removesuffix(b"\n")},
        (b" same", b"-old", b"+new", b" end"),
    )
    found = fitted(files, diff(hunk(15, *lines)))
    assert patched(tmp_path, files, found) == {"f": b"new".join(files["f"].rsplit(b"old", 1))}
    assert repairs(found) == [("line-endings", 15)]
    assert windows(fitted(files, diff(hunk(9, *lines)))) == [[1, 14]]


def test_a_hunk_that_fits_but_for_blanks_where_it_says_is_not_moved_to_where_it_fits_exactly():
    files = {"f": TWICE.replace(b"same", b"same ", 1)}
    found = fitted(files, diff(hunk(2, b" same", b"-old", b"+new", b" end")))
    assert codes(found) == ["hunk-ambiguous"]
    assert "fits lines 2 and 15" in found.problems[0].message


@pytest.mark.parametrize("strict", [True, False])
def test_a_hunk_that_stands_at_its_old_and_at_its_new_number_is_refused_with_both(strict):
    lines = (b" same", b"-old", b"+new", b" end")
    reply = diff(hunk(1, b" top", b"+more", b" head"), hunk(16, *lines, new_at=4))
    found = fitted({"f": b"top\n" + TWICE}, reply, strict=strict)
    assert codes(found) == ["hunk-ambiguous"]
    assert windows(found) == [[2, 15]]
    assert "old line 16, new line 4" in found.problems[0].message


@pytest.mark.parametrize("at", [2, 15])
def test_a_hunk_that_stands_where_it_says_may_stand_elsewhere_too(tmp_path, at):
    found = fitted({"f": TWICE}, diff(hunk(at, b" same", b"-old", b"+new", b" end")))
    assert found.repairs == ()
    changed = TWICE.split(b"\n")
    changed[at] = b"new"
    assert patched(tmp_path, {"f": TWICE}, found) == {"f": b"\n".join(changed)}


def test_lines_of_an_earlier_hunk_are_taken(tmp_path):
    """Once the first place is changed the second is the only one left, for git as well."""
    reply = diff(hunk(2, b" same", b"-old", b"+new", b" end"), hunk(9, b" same", b"-old", b"+new", b" end"))
    found = fitted({"f": TWICE}, reply)
    assert repairs(found) == [("relocated", 15)]
    assert patched(tmp_path, {"f": TWICE}, found) == {"f": TWICE.replace(b"old", b"new")}


def test_hunks_that_share_context_are_refused_and_said_to():
    reply = diff(hunk(4, *CHANGE_5), hunk(6, b" line 6", b"-line 7", b" line 8", new_at=6))
    found = fitted(FILES, reply)
    assert codes(found) == ["hunk-missing"]
    assert "earlier hunk" in found.problems[0].message


def test_hunks_out_of_order_stand_where_git_finds_them(tmp_path):
    first, second = hunk(8, b" line 8", b"-line 9", b"+nine", b"+more", b" line 10"), hunk(4, *CHANGE_5)
    for strict in (True, False):
        found = fitted(FILES, diff(first, second), strict=strict)
        assert found.repairs == ()
    changed = CHANGED_5.replace(b"line 9\n", b"nine\nmore\n")
    assert patched(tmp_path, FILES, found) == {"f": changed}


class TestWithoutContext:
    """git wants a hunk without context behind it at the end of the file, without any before at its start."""

    def test_behind_the_change(self, tmp_path):
        found = fitted(FILES, diff(hunk(4, *CHANGE_5[:3])))
        assert [r.detail for r in found.repairs] == [
            "hunk 1 (line 3 of the reply): end of the file -> line 4"
        ]
        assert patched(tmp_path, FILES, found) == {"f": CHANGED_5}
        assert codes(fitted(FILES, diff(hunk(4, *CHANGE_5[:3])), strict=True)) == ["hunk-elsewhere"]

    def test_behind_the_change_where_git_would_take_the_end_instead(self):
        lines = (b" same", b"-old", b"+new")
        content = b"same\nold\nother\nsame\nold\n"
        assert codes(fitted({"f": content}, diff(hunk(1, *lines)))) == ["hunk-ambiguous"]
        assert isinstance(fitted({"f": content}, diff(hunk(4, *lines))), FittedPatch)

    def test_a_removed_line_alone(self, tmp_path):
        found = fitted(FILES, diff(hunk(5, b"-line 5", b"+five")))
        assert repairs(found) == [("relocated", 5)]
        assert patched(tmp_path, FILES, found) == {"f": CHANGED_5}

    def test_a_hunk_that_says_line_1_and_is_elsewhere(self, tmp_path):
        found = fitted(FILES, diff(hunk(1, *CHANGE_5)))
        assert repairs(found) == [("relocated", 4)]
        assert patched(tmp_path, FILES, found) == {"f": CHANGED_5}

    @pytest.mark.parametrize("strict", [True, False])
    def test_lines_only_added_go_to_the_end_if_that_is_where_they_belong(self, tmp_path, strict):
        found = fitted(FILES, diff(b"@@ -10,0 +11 @@\n+line 11\n"), strict=strict)
        assert found.repairs == ()
        assert patched(tmp_path, FILES, found) == {"f": TEN + b"line 11\n"}

    @pytest.mark.parametrize("strict", [True, False])
    @pytest.mark.parametrize(
        "header", [b"@@ -4,0 +5 @@", b"@@ -0,0 +1 @@", b"@@ -11,0 +12 @@", b"@@ -1,0 +2 @@"]
    )
    def test_lines_only_added_in_the_middle_are_not_put_at_the_end(self, header, strict):
        found = fitted(FILES, diff(header + b"\n+more\n"), strict=strict)
        assert codes(found) == ["hunk-without-context"]

    def test_lines_only_added_are_not_glued_to_a_last_line(self):
        files = {"f": b"one\ntwo"}
        assert codes(fitted(files, diff(b"@@ -2,0 +3 @@\n+three\n"))) == ["hunk-without-context"]

    @pytest.mark.parametrize("strict", [True, False])
    def test_a_new_and_an_empty_file(self, tmp_path, strict):
        reply = diff(b"@@ -0,0 +1,2 @@\n+one\n+two\n") + b"--- /dev/null\n+++ b/g\n@@ -0,0 +1 @@\n+one\n"
        found = fitted({"f": b""}, reply, strict=strict)
        assert patched(tmp_path, {"f": b""}, found) == {"f": b"one\ntwo\n", "g": b"one\n"}


class TestSeveralFiles:
    def test_the_same_file_twice(self, tmp_path):
        reply = diff(hunk(4, *CHANGE_5)) + diff(hunk(4, b" line 4", b"-five", b"+5", b" line 6"))
        found = fitted(FILES, reply, strict=True)
        assert patched(tmp_path, FILES, found) == {"f": TEN.replace(b"line 5", b"5")}

    def test_the_second_hunks_of_a_file_may_have_been_moved_by_the_first(self, tmp_path):
        more = hunk(1, b"+zero", b" line 1", b" line 2")
        found = fitted(FILES, diff(more) + diff(hunk(4, *CHANGE_5)))
        assert repairs(found) == [("relocated", 5)]
        assert patched(tmp_path, FILES, found) == {"f": b"zero\n" + CHANGED_5}

    def test_a_file_that_was_removed_is_gone(self):
        gone = b"--- a/f\n+++ /dev/null\n" + hunk(1, *(b"-line %d" % n for n in range(1, 11)), new_at=0)
        gone = gone.replace(b"+0,0", b"+0,0")
        found = fitted(FILES, gone + diff(hunk(4, *CHANGE_5)))
        assert codes(found) == ["file-missing"]

    def test_one_that_does_not_fit_undoes_all_and_says_what_else_would(self):
        files = {"f": TEN, "g": TEN, "h": TEN}
        bad = hunk(4, b" line 4", b"-line five", b"+5", b" line 6")
        reply = diff(hunk(4, *CHANGE_5)) + diff(bad, path=b"g") + diff(hunk(4, *CHANGE_5), path=b"h")
        found = fitted(files, reply)
        assert codes(found) == ["hunk-missing"]
        problem = found.problems[0]
        assert (problem.path, problem.operation, problem.line) == ("g", 2, 10)
        assert "hunk 1 of `g`" in problem.message
        assert "Nothing was kept; 2 other files of the diff would apply." in problem.hint
        assert found.good == (1, 3)
        assert any("line 5" in line for line in problem.nearest[0].lines)

    def test_every_hunk_that_does_not_fit_is_told_and_spoils_no_other(self):
        bad = hunk(2, b" line 2", b"-line III", b"+3", b"+3b", b" line 4")
        good = hunk(6, b" line 6", b"-line 7", b" line 8", new_at=7)
        found = fitted(FILES, diff(bad, good, hunk(9, b" line IX", b"-line 10", new_at=9)), strict=True)
        assert [(p.code, p.line) for p in found.problems] == [("hunk-missing", 3), ("hunk-missing", 13)]

    def test_a_missing_file(self):
        found = fitted(FILES, diff(hunk(4, *CHANGE_5), path=b"nowhere"))
        assert codes(found) == ["file-missing"]
        assert found.problems[0].path == "nowhere"

    def test_windows_show_text_as_it_reads(self):
        files = {"f": "naïve ☃\nold\nend\n".encode()}
        found = fitted(files, diff(hunk(1, b" na?ve", b"-old", b"+new", b" end")))
        assert found.problems[0].nearest[0].lines[0] == "naïve ☃"


def test_a_deletion_that_leaves_lines():
    reply = b"--- a/f\n+++ /dev/null\n@@ -9,2 +0,0 @@\n-line 9\n-line 10\n"
    assert codes(fitted(FILES, reply)) == ["deletion-incomplete"]
    header = b"diff --git a/f b/f\ndeleted file mode 100644\nindex 1234567..0000000\n"
    for without_hunk in (header, header + b"--- a/f\n+++ /dev/null\n"):
        found = fitted(FILES, without_hunk)
        assert codes(found) == ["deletion-incomplete"]
        assert "10 of its lines" in found.problems[0].message
        assert fitted({"f": b""}, without_hunk).patch == without_hunk


class TestCost:
    BIG = b"".join(b"line %06d\n" % number for number in range(20_000))

    def hunks(self, count: int, shift: int = 0) -> bytes:
        return diff(
            *(
                hunk(
                    at + shift, b" line %06d" % (at - 1), b"-line %06d" % at, b"+x", b" line %06d" % (at + 1)
                )
                for at in range(5, 5 + 6 * count, 6)
            )
        )

    def test_many_hunks_where_they_say_are_cheap(self):
        assert isinstance(fitted({"f": self.BIG}, self.hunks(3000)), FittedPatch)

    def test_many_searches_are_refused(self):
        found = fitted({"f": self.BIG}, self.hunks(3000, 1), limits=Limits(text_work=64 * 1024 * 1024))
        assert codes(found) == ["too-much-work"]

    def test_many_hunks_on_a_large_file_are_refused_before_git_sees_them(self):
        found = fitted({"f": self.BIG}, self.hunks(3000), limits=Limits(text_work=16 * 1024 * 1024))
        assert codes(found) == ["too-much-work"]

    def test_many_copies_of_a_large_file_are_refused(self):
        copy = b"diff --git a/f b/c%d\nsimilarity index 100%%\ncopy from f\ncopy to c%d\n"
        reply = b"".join(copy % (number, number) for number in range(2000))
        assert codes(fitted({"f": self.BIG}, reply)) == ["too-much-work"]
        assert isinstance(fitted({"f": b"small\n"}, reply), FittedPatch)

    def test_a_file_that_would_grow_past_the_limit(self):
        found = fitted({"f": b"a\n"}, diff(b"@@ -1 +1,3 @@\n a\n+bb\n+cc\n"), limits=Limits(file_bytes=6))
        assert codes(found) == ["file-too-large"]

    def test_lines_all_alike_are_searched_in_linear_time(self):
        lines = [b" a"] * 60_000
        found = fitted({"f": b"a\n" * 200_000}, diff(hunk(7, *lines, b"-b", b"+c", b" a")))
        assert codes(found) == ["hunk-missing"]
