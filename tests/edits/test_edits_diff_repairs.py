"""Diffs that git refuses, and the few ways in which they are mended: each named, none under `strict`."""

import pytest
from diff_fitting import fitted, patched, repairs, windows
from edits_memory_tree import codes

from harness.edits.model import Unusable
from harness.edits.repairs import FRAMING

CODE = b"class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
FILES = {"src/a.py": CODE}
HEAD = b"--- a/src/a.py\n+++ b/src/a.py\n"
BODY = b"     def f(self):\n-        return 1\n+        return one\n \n     def g(self):\n"
CHANGED = CODE.replace(b"return 1", b"return one")
DIFF_OF_X = b"```diff\ndiff --git a/x b/x\nnew file mode 100644\n```\n"


def refused_under_strict(files, reply: bytes) -> None:
    assert isinstance(fitted(files, reply, strict=True), Unusable)


class TestHunkCounts:
    @pytest.mark.parametrize(
        "header", [b"@@ -2,4 +2,5 @@", b"@@ -2,9 +2,9 @@", b"@@ -2 +2 @@", b"@@ -2,3 +2,3 @@"]
    )
    def test_lines_that_stand_in_full_are_counted_anew(self, tmp_path, header):
        reply = HEAD + header + b"\n" + BODY + b"diff --git a/x b/x\nnew file mode 100644\n"
        found = fitted(FILES, reply)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CHANGED, "x": b""}
        assert repairs(found) == [("hunk-counts", 2)]
        assert found.repairs[0].detail.endswith("lines are -4 +4")
        refused_under_strict(FILES, reply)

    def test_a_new_file(self, tmp_path):
        reply = b"```diff\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,7 @@\n+one\n+two\n```\n"
        found = fitted({}, reply)
        assert patched(tmp_path, {}, found) == {"n": b"one\ntwo\n"}
        assert [name for name, _ in repairs(found) if name not in FRAMING] == ["hunk-counts"]
        refused_under_strict({}, reply)

    def test_and_moved(self, tmp_path):
        reply = HEAD + b"@@ -3,9 +3,9 @@\n" + BODY + HEAD.replace(b"a.py", b"b.py") + b"@@ -1 +1 @@\n-b\n+c\n"
        files = {**FILES, "src/b.py": b"b\n"}
        found = fitted(files, reply)
        assert patched(tmp_path, files, found) == {"src/a.py": CHANGED, "src/b.py": b"c\n"}
        assert repairs(found) == [("hunk-counts", 2), ("relocated", 2)]

    def test_an_empty_line_is_one_of_context_and_named(self, tmp_path):
        reply = b"```diff\n" + HEAD + b"@@ -2,9 +2,9 @@\n" + BODY.replace(b"\n \n", b"\n\n") + b"\n```\n"
        found = fitted(FILES, reply)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CHANGED}
        assert [name for name, _ in repairs(found) if name not in FRAMING] == ["hunk-counts", "blank-context"]

    @pytest.mark.parametrize(
        "body",
        [
            BODY.replace(b"def g", b"def h"),
            BODY.replace(b"     def f", b"    def f"),
            BODY.replace(b"-        return 1", b"-        return  1"),
            BODY + b"+    more\n-    nothing\n",
        ],
    )
    def test_only_where_all_of_it_matches(self, body):
        found = fitted(
            FILES, HEAD + b"@@ -2,9 +2,9 @@\n" + body + b"diff --git a/x b/x\nnew file mode 100644\n"
        )
        assert codes(found) == ["bad-diff"]
        assert "wrong line counts" in found.problems[0].message
        assert windows(found)[0]

    @pytest.mark.parametrize("line", [b"--- a/src/b.py", b"+++ b/src/b.py", b"--- a comment"])
    def test_not_with_a_line_that_may_be_a_header(self, line):
        reply = b"```diff\n" + HEAD + b"@@ -2,9 +2,9 @@\n" + BODY + line + b"\n```\n"
        assert codes(fitted(FILES, reply)) == ["bad-diff"]
        new = b"--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+n\n" + line + b"\n"
        assert codes(fitted(FILES, new)) == ["bad-diff"]

    def test_not_with_two_places(self):
        reply = b"```\n" + HEAD + b"@@ -9,9 +9,9 @@\n     def f(self):\n-        return 1\n```\n"
        found = fitted({"src/a.py": CODE + CODE}, reply)
        assert codes(found) == ["hunk-ambiguous"]
        assert windows(found) == [[1, 7]]

    @pytest.mark.parametrize("header", [b"@@ -1,6 +1,6 @@", b"@@ -1,9 +1,9 @@", b"@@ -1,2 +1,2 @@"])
    @pytest.mark.parametrize("behind", [b"", DIFF_OF_X])
    def test_not_up_to_a_fence_that_may_be_a_line_of_it(self, header, behind):
        """In a Markdown file a fence is context; without its blank it would end the hunk, and lose the rest."""
        files = {"r.md": b"# T\nold\n```python\nx = 1\n```\nend\n"}
        body = b"\n # T\n-old\n+new\n```python\n-x = 1\n+x = 2\n ```\n end\n```\nDone.\n"
        reply = b"```diff\n--- a/r.md\n+++ b/r.md\n" + header + body + behind
        found = fitted(files, reply)
        assert codes(found) == ["bad-diff"]
        assert (found.problems[0].path, found.problems[0].line) == ("r.md", 8)
        refused_under_strict(files, reply)
        whole = reply.replace(b"\n```python", b"\n ```python").replace(header, b"@@ -1,6 +1,6 @@")
        assert not isinstance(fitted(files, whole), Unusable)

    def test_changes_behind_the_prose_that_follows_a_fence_are_none_of_the_hunk(self):
        """The counts of a header are often wrong, and what follows may show an option or a table."""
        reply = b"```diff\n" + HEAD + b"@@ -2,9 +2,9 @@\n" + BODY + b"```\n\nRun it:\n\n```\n+---+\n-v\n```\n"
        assert ("hunk-counts", 2) in repairs(fitted(FILES, reply))
        assert codes(fitted(FILES, reply.replace(b"\nRun it:\n", b" end\n"))) == ["bad-diff"]

    def test_empty_lines_between_hunks_belong_to_none(self, tmp_path):
        first, second = b"@@ -1,2 +1,2 @@\n-class A:\n+class B:\n     def f(self):\n", b"@@ -5,2 +5,2 @@\n"
        reply = HEAD + first + b"\n\n" + second + b"     def g(self):\n-        return 2\n+        return 3\n"
        found = fitted(FILES, reply)
        changed = CODE.replace(b"class A", b"class B").replace(b"return 2", b"return 3")
        assert patched(tmp_path, FILES, found) == {"src/a.py": changed}
        assert repairs(found) == [("blank-context", 5)]
        refused_under_strict(FILES, reply)

    def test_never_in_the_last_hunk_of_a_cut_reply(self):
        first = b"--- a/src/b.py\n+++ b/src/b.py\n@@ -1 +1 @@\n-b\n+c\n"
        files = {**FILES, "src/b.py": b"b\n"}
        for truncated, header in (
            (True, b"@@ -2,3 +2,3 @@\n"),
            (True, b"@@ -2,9 +2,9 @@\n"),
            (False, b"@@ -2,9 +2,9 @@\n"),
        ):
            found = fitted(files, first + HEAD + header + BODY, truncated=truncated)
            assert [file.path for file in found.files] == ["src/b.py"]
            assert repairs(found) == [("cut-file", 6)]


class TestMissingPrefix:
    BARE = b"--- src/a.py\n+++ src/a.py\n@@ -2,4 +2,4 @@\n" + BODY

    @pytest.mark.parametrize(
        "first", [b"", b"diff --git src/a.py src/a.py\n", b"diff --git a/src/a.py b/src/a.py\n"]
    )
    def test_where_only_the_whole_path_exists(self, tmp_path, first):
        found = fitted(FILES, first + self.BARE)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CHANGED}
        assert repairs(found) == [("missing-prefix", 1)]
        refused_under_strict(FILES, first + self.BARE)

    def test_where_only_the_path_without_its_first_folder_exists_git_reads_that(self):
        found = fitted({"a.py": CODE}, self.BARE)
        assert (found.patch, found.repairs) == (self.BARE, ())
        assert [file.path for file in found.files] == ["a.py"]

    @pytest.mark.parametrize("strict", [True, False])
    def test_where_both_exist_neither_is_chosen(self, strict):
        found = fitted({**FILES, "a.py": CODE}, self.BARE, strict=strict)
        assert codes(found) == ["ambiguous-file-names"]
        assert "`src/a.py`" in found.problems[0].message
        assert "`a.py`" in found.problems[0].message

    def test_where_neither_exists_both_are_named(self):
        found = fitted({"other": b""}, self.BARE)
        assert codes(found) == ["file-missing"]
        assert "`src/a.py` does not exist, nor does `a.py`" in found.problems[0].message

    def test_a_prefix_of_gits_is_no_folder(self):
        """`b/` exists, but git means a prefix by it, and there is no such file without."""
        reply = self.BARE.replace(b"src/a.py", b"b/a.py")
        assert codes(fitted({"b/a.py": CODE}, reply)) == ["file-missing"]

    NEW = b"--- /dev/null\n+++ src/n.py\n@@ -0,0 +1 @@\n+n\n"

    @pytest.mark.parametrize("first", [b"", b"diff --git src/n.py src/n.py\nnew file mode 100644\n"])
    def test_a_new_file_in_a_folder_there_is(self, tmp_path, first):
        found = fitted(FILES, first + self.NEW)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CODE, "src/n.py": b"n\n"}
        assert repairs(found) == [("missing-prefix", 1)]

    @pytest.mark.parametrize(
        ("files", "path"),
        [
            ({"other/a.py": b""}, b"src/n.py"),
            ({"src/a.py": b"", "lib/a.py": b""}, b"src/lib/n.py"),
            ({"lib/a.py": b""}, b"src/lib/n.py"),
        ],
    )
    def test_a_new_file_that_could_be_in_two_places(self, files, path):
        found = fitted(files, self.NEW.replace(b"src/n.py", path))
        assert codes(found) == ["ambiguous-file-names"]

    def test_a_folder_named_like_a_prefix_of_gits(self, tmp_path):
        """git's own letters differ on the two sides, or in the line above: `diff --git i/f w/f`."""
        files = {"1/a.py": CODE, "f": b"old\n"}
        new, old = self.NEW.replace(b"src", b"1"), self.BARE.replace(b"src", b"1")
        found = fitted(files, new + old)
        assert patched(tmp_path, files, found) == {"1/a.py": CHANGED, "1/n.py": b"n\n", "f": b"old\n"}
        assert repairs(found) == [("missing-prefix", 1), ("missing-prefix", 5)]
        assert codes(fitted({"f": b""}, new)) == ["ambiguous-file-names"]
        header = b"diff --git i/n.py w/n.py\nnew file mode 100644\n"
        of_git = header + self.NEW.replace(b"src", b"w") + b"--- i/f\n+++ w/f\n@@ -1 +1 @@\n-old\n+new\n"
        for strict in (False, True):
            assert fitted(files, of_git, strict=strict).patch == of_git

    def test_without_a_folder(self, tmp_path):
        files = {"top": b"old\n", **FILES}
        reply = b"--- top\n+++ top\n@@ -1 +1 @@\n-old\n+new\n" + HEAD + b"@@ -2,4 +2,4 @@\n" + BODY
        found = fitted(files, reply)
        assert patched(tmp_path, files, found) == {"top": b"new\n", "src/a.py": CHANGED}
        assert repairs(found) == [("missing-prefix", 1)]

    def test_a_deletion_and_a_rename(self, tmp_path):
        files = {"d/gone": b"g\n", "src/a.py": CODE}
        reply = (
            b"--- d/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-g\ndiff --git src/a.py src/b.py\nsimilarity index 90%\n"
            b"rename from src/a.py\nrename to src/b.py\n--- src/a.py\n+++ src/b.py\n@@ -2,4 +2,4 @@\n" + BODY
        )
        found = fitted(files, reply)
        assert patched(tmp_path, files, found) == {"src/b.py": CHANGED}
        assert repairs(found) == [("missing-prefix", 1), ("missing-prefix", 5)]

    @pytest.mark.parametrize("name", ["sp ace/x y.py", 'quo"te/é\\.py', "tab/\t.py"])
    def test_names_are_quoted_where_git_wants_it(self, tmp_path, name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").encode()
        line = b'"%s"' % quoted if quoted != name.encode() else quoted
        reply = b"--- %s\n+++ %s\n@@ -2,4 +2,4 @@\n" % (line, line) + BODY
        found = fitted({name: CODE}, reply)
        assert patched(tmp_path, {name: CODE}, found) == {name: CHANGED}
        assert repairs(found) == [("missing-prefix", 1)]


class TestBlanks:
    def test_at_line_ends(self, tmp_path):
        files = {
            "src/a.py": CODE.replace(b"def f(self):\n", b"def f(self):  \n").replace(b"\n\n", b"\n    \n")
        }
        reply = HEAD + b"@@ -2,4 +2,4 @@\n" + BODY
        found = fitted(files, reply)
        changed = files["src/a.py"].replace(b"return 1", b"return one")
        assert patched(tmp_path, files, found) == {"src/a.py": changed}
        assert repairs(found) == [("whitespace", 2)]
        refused_under_strict(files, reply)

    def test_of_indentation_are_given_to_the_new_lines_too(self, tmp_path):
        body = b" def f(self):\n-    return 1\n+    if self:\n+        return one\n \n def g(self):\n"
        found = fitted(FILES, HEAD + b"@@ -2,4 +2,5 @@\n" + body)
        changed = CODE.replace(b"        return 1\n", b"        if self:\n            return one\n")
        assert patched(tmp_path, FILES, found) == {"src/a.py": changed}
        assert repairs(found) == [("indentation", 2)]

    def test_too_many_of_indentation(self, tmp_path):
        body = BODY.replace(b" " * 4 + b"def", b" " * 8 + b"def").replace(
            b" " * 8 + b"return", b" " * 12 + b"return"
        )
        found = fitted(FILES, HEAD + b"@@ -7,4 +7,4 @@\n" + body)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CHANGED}
        assert repairs(found) == [("indentation", 2), ("relocated", 2)]

    def test_with_two_places_are_refused(self):
        twice = CODE.replace(b"def f(self):\n", b"def f(self): \n") * 2
        found = fitted({"src/a.py": twice}, HEAD + b"@@ -2,4 +2,4 @@\n" + BODY)
        assert codes(found) == ["hunk-ambiguous"]
        assert windows(found) == [[1, 7]]

    def test_an_exact_place_comes_before_one_with_other_blanks(self, tmp_path):
        files = {"src/a.py": CODE.replace(b"def f(self):\n", b"def f(self): \n") + CODE}
        found = fitted(files, HEAD + b"@@ -40,4 +40,4 @@\n" + BODY)
        assert repairs(found) == [("relocated", 8)]
        assert patched(tmp_path, files, found)["src/a.py"].endswith(CHANGED)


CRLF = CODE.replace(b"\n", b"\r\n")


class TestLineEnds:
    REPLY = HEAD + b"@@ -2,4 +2,4 @@\n" + BODY

    def test_a_file_with_crlf_keeps_it(self, tmp_path):
        found = fitted({"src/a.py": CRLF}, self.REPLY)
        assert patched(tmp_path, {"src/a.py": CRLF}, found) == {"src/a.py": CHANGED.replace(b"\n", b"\r\n")}
        assert repairs(found) == [("line-endings", 1)]
        refused_under_strict({"src/a.py": CRLF}, self.REPLY)

    @pytest.mark.parametrize(
        "first", [b"", b"diff --git a/src/a.py b/src/a.py\nindex 1234567..89abcde 100644\n"]
    )
    def test_a_file_with_lf_keeps_it(self, tmp_path, first):
        reply = (first + self.REPLY).replace(b"\n", b"\r\n")
        found = fitted(FILES, reply)
        assert patched(tmp_path, FILES, found) == {"src/a.py": CHANGED}
        assert repairs(found) == [("line-endings", 1)]
        refused_under_strict(FILES, reply)

    def test_a_diff_that_has_the_files_line_ends_is_left_alone(self, tmp_path):
        reply = HEAD + b"@@ -2,4 +2,4 @@\n" + BODY.replace(b"\n", b"\r\n")
        found = fitted({"src/a.py": CRLF}, reply, strict=True)
        assert found.patch == reply
        assert patched(tmp_path, {"src/a.py": CRLF}, found) == {"src/a.py": CHANGED.replace(b"\n", b"\r\n")}

    @pytest.mark.parametrize(
        ("content", "body"),
        [
            (CRLF.replace(b"class A:\r\n", b"class A:\n"), BODY),
            (CRLF, BODY.replace(b"def f(self):\n", b"def f(self):\r\n")),
            (
                CODE,
                BODY.replace(b"\n", b"\r\n").replace(b"+        return one\r\n", b"+        return one\n"),
            ),
            (CODE.replace(b"class A:\n", b"class A:\r\n"), BODY.replace(b"\n", b"\r\n")),
        ],
    )
    def test_mixed_ones_are_never_converted(self, content, body):
        found = fitted({"src/a.py": content}, HEAD + b"@@ -2,4 +2,4 @@\n" + body)
        assert codes(found) == ["hunk-missing"]


MARK = b"\xef\xbb\xbf"
BODIES = {
    b"-1,3 +1,3": (b" a\n-b\n+B\n c\n", b"a\nB\nc\n"),
    b"-1,2 +1,2": (b"-a\n+A\n b\n", b"A\nb\nc\n"),
    b"-1,2 +1,3": (b"+new\n a\n b\n", b"new\na\nb\nc\n"),
    b"-1,2 +1,1": (b"-a\n b\n", b"b\nc\n"),
    b"-1,1 +1,2": (b"+new\n-a\n+A\n", b"new\nA\nb\nc\n"),
}


class TestByteOrderMark:
    """Where a file begins with one, nobody who reads it sees that, and no hunk has it."""

    @pytest.mark.parametrize("numbers", BODIES)
    @pytest.mark.parametrize("crlf", [False, True])
    def test_the_file_keeps_it(self, tmp_path, numbers, crlf):
        body, after = BODIES[numbers]
        own = (lambda text: text.replace(b"\n", b"\r\n")) if crlf else bytes
        files, reply = {"f": MARK + own(b"a\nb\nc\n")}, b"--- a/f\n+++ b/f\n@@ %s @@\n" % numbers + body
        found = fitted(files, reply)
        assert patched(tmp_path, files, found) == {"f": MARK + own(after)}
        assert ("byte-order-mark", 1) in repairs(found)
        refused_under_strict(files, reply)

    def test_a_hunk_that_has_it_or_stands_elsewhere_is_as_it_is(self):
        files = {"f": MARK + b"a\nb\nc\n"}
        with_it = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-%sa\n+A\n b\n" % MARK
        below = b"--- a/f\n+++ b/f\n@@ -2,2 +2,2 @@\n b\n-c\n+C\n"
        for reply in (with_it, below):
            assert (fitted(files, reply).patch, repairs(fitted(files, reply))) == (reply, [])


def test_what_keeps_a_hunk_from_its_place_is_told_though_nobody_sees_it():
    reply = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n"
    assert "only in line ends (CR LF) in the 1st line" in fitted({"f": b"a\r\nb\n"}, reply).problems[0].hint
    for content in ("a\nb\n".encode("utf-16"), b"a\xe9\nb\n"):
        assert "not UTF-8 text" in fitted({"f": content}, reply).problems[0].hint
    marked = fitted({"f": b"\xef\xbb\xbfa\nb\n"}, reply, strict=True)
    assert "only in the byte-order mark in the 1st line" in marked.problems[0].hint


class TestLastLine:
    UNENDED = b"one\ntwo\nthree"
    MARKER = b"\\ No newline at end of file\n"

    @pytest.mark.parametrize(
        ("body", "changed"),
        [
            (b" two\n-three\n+3\n", b"one\ntwo\n3"),
            (b"-two\n+2\n three\n", b"one\n2\nthree"),
            (b" two\n three\n+four\n", b"one\ntwo\nthree\nfour"),
            (b" two\n-three\n", b"one\ntwo\n"),
            (b"+2\n two\n-three\n+3\n" + MARKER, b"one\n2\ntwo\n3"),
        ],
    )
    def test_a_file_without_a_last_line_end_keeps_none(self, tmp_path, body, changed):
        old = sum(body.count(b"\n" + sign) + body.startswith(sign) for sign in (b" ", b"-"))
        new = sum(body.count(b"\n" + sign) + body.startswith(sign) for sign in (b" ", b"+"))
        reply = b"--- a/f\n+++ b/f\n@@ -2,%d +2,%d @@\n" % (old, new) + body
        found = fitted({"f": self.UNENDED}, reply)
        assert patched(tmp_path, {"f": self.UNENDED}, found) == {"f": changed}
        assert repairs(found) == [("line-endings", 2)]
        refused_under_strict({"f": self.UNENDED}, reply)

    @pytest.mark.parametrize("strict", [True, False])
    def test_one_that_is_told_may_be_given_or_taken(self, tmp_path, strict):
        given = b"--- a/f\n+++ b/f\n@@ -2,2 +2,2 @@\n two\n-three\n" + self.MARKER + b"+3\n"
        found = fitted({"f": self.UNENDED}, given, strict=strict)
        assert patched(tmp_path, {"f": self.UNENDED}, found) == {"f": b"one\ntwo\n3\n"}
        taken = b"--- a/f\n+++ b/f\n@@ -2,2 +2,2 @@\n two\n-three\n+3\n" + self.MARKER
        ended = {"f": self.UNENDED + b"\n"}
        found = fitted(ended, taken, strict=strict)
        assert patched(tmp_path, ended, found) == {"f": b"one\ntwo\n3"}

    def test_a_line_in_the_middle_cannot_lose_its_end(self):
        reply = b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-one\n" + self.MARKER + b"+1\n" + self.MARKER
        assert codes(fitted({"f": self.UNENDED}, reply)) == ["hunk-missing"]

    def test_a_marker_where_the_file_has_a_line_end(self):
        reply = b"--- a/f\n+++ b/f\n@@ -3 +3 @@\n-three\n" + self.MARKER + b"+3\n"
        assert codes(fitted({"f": b"one\ntwo\nthree\n"}, reply)) == ["hunk-missing"]


def test_only_the_files_that_need_it_are_written_anew(tmp_path):
    files = {"f": b"1\n2\n3\n", "g": b"1\n2\n3\n"}
    untouched = b"diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -2,2 +2,2 @@ a heading\n-2\n+two\n 3\n"
    reply = b"--- a/f\n+++ b/f\n@@ -9,2 +9,2 @@\n-2\n+two\n 3\n\nprose\n" + untouched
    found = fitted(files, reply)
    assert found.patch.endswith(untouched)
    assert b"prose" not in found.patch
    assert found.patch.startswith(b"\n--- a/f\n")
    assert patched(tmp_path, files, found) == {"f": b"1\ntwo\n3\n", "g": b"1\ntwo\n3\n"}


def test_a_traditional_file_written_anew_is_not_taken_for_part_of_the_header_before(tmp_path):
    files = {"f": b"1\n2\n3\n", "g": b"g\n"}
    mode = b"diff --git a/g b/g\nold mode 100644\nnew mode 100755\n"
    reply = mode + b"\n--- a/f\n+++ b/f\n@@ -9,2 +9,2 @@\n-2\n+two\n 3\n"
    found = fitted(files, reply)
    assert patched(tmp_path, files, found) == {"f": b"1\ntwo\n3\n", "g": b"g\n"}
    assert (tmp_path / "g").stat().st_mode & 0o111


def test_hunks_near_to_each_other_become_one(tmp_path):
    lines = [b"%d\n" % number for number in range(1, 31)]
    files = {"f": b"".join(lines)}
    hunks = b"".join(b"@@ -%d +%d @@\n-%d\n+x%d\n" % (at, at, at, at) for at in (2, 3, 5, 12, 30, 25))
    found = fitted(files, b"--- a/f\n+++ b/f\n" + hunks)
    changed = [b"x" + line if int(line) in (2, 3, 5, 12, 30, 25) else line for line in lines]
    assert patched(tmp_path, files, found) == {"f": b"".join(changed)}
    assert found.patch.count(b"@@ -") == 2
