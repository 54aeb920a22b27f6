"""`harness check` on diffs that git refuses: mended where there is one reading, by name; never under `--strict`."""

import pytest
from check_watched import WatchedProject, repaired, unusable

CODE = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
BASE = {
    "src/a.py": CODE,
    "src/twice.py": "same\nold\nend\nother\nsame\nold\nend\n",
    "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
    "unended.txt": "one\ntwo",
}
CHANGED = CODE.replace("return 1", "return one")
BODY = "     def f(self):\n-        return 1\n+        return one\n \n     def g(self):\n"
HEAD = "--- a/src/a.py\n+++ b/src/a.py\n"
NEXT = "--- /dev/null\n+++ b/src/n.py\n@@ -0,0 +1 @@\n+n = 1\n"


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


MENDED = {
    "hunk-counts": (HEAD + "@@ -2,9 +2,7 @@\n" + BODY + NEXT, {"src/a.py": CHANGED, "src/n.py": "n = 1\n"}),
    "missing-prefix": ("--- src/a.py\n+++ src/a.py\n@@ -2,4 +2,4 @@\n" + BODY, {"src/a.py": CHANGED}),
    "relocated": (HEAD + "@@ -40,4 +40,4 @@\n" + BODY, {"src/a.py": CHANGED}),
    "whitespace": (
        HEAD + "@@ -2,4 +2,4 @@\n" + BODY.replace("def f(self):\n", "def f(self):  \n"), {"src/a.py": CHANGED},
    ),
    "indentation": (
        HEAD + "@@ -2,4 +2,4 @@\n" + BODY.replace("    def", "def").replace("        return", "    return"),
        {"src/a.py": CHANGED},
    ),
    "line-endings": (
        "--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n", {"crlf.txt": b"one\r\n2\r\nthree\r\n"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MENDED)
def test_what_has_one_reading_is_mended_and_named(repo, name):
    reply, after = MENDED[name]
    document = repo.accepted(repo.check(reply), after)
    assert repaired(document) == {name}
    (repair,) = document["repairs"]
    assert set(repair) == {"name", "line", "detail", "path"}
    assert repair["line"] and repair["detail"]
    strict = repo.check(reply, "--strict").json
    assert (strict["decision"], strict["tree"]) == ("unusable", None)


def test_a_last_line_without_a_line_end_keeps_none(repo):
    reply = "--- a/unended.txt\n+++ b/unended.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    document = repo.accepted(repo.check(reply), {"unended.txt": "one\n2"})
    assert repaired(document) == {"line-endings"}


def test_an_empty_line_of_context_in_a_hunk_counted_anew_is_named(repo):
    reply = HEAD + "@@ -2,9 +2,7 @@\n" + BODY.replace("\n \n", "\n\n") + NEXT
    document = repo.accepted(repo.check(reply), {"src/a.py": CHANGED, "src/n.py": "n = 1\n"})
    assert repaired(document) == {"hunk-counts", "blank-context"}


CUT = NEXT + HEAD + "@@ -2,4 +2,4 @@\n" + BODY


@pytest.mark.parametrize("said", [("--truncated",), ()], ids=["the-agent-says-so", "the-count-says-so"])
def test_of_a_cut_diff_the_whole_files_are_kept(repo, said):
    reply = CUT if said else CUT.removesuffix("     def g(self):\n")
    document = repo.accepted(repo.check(reply, *said), {"src/n.py": "n = 1\n"})
    assert (document["truncated"], repaired(document)) == (True, {"cut-file"})
    assert document["operations"]["declared"] == 1
    unusable(repo.check(reply, *said, "--strict"), "truncated-diff" if said else "bad-diff")


def test_a_cut_diff_of_one_file_gives_nothing(repo):
    document = unusable(repo.check(HEAD + "@@ -2,4 +2,4 @@\n" + BODY, "--truncated"), "truncated-diff")
    assert document["truncated"]


def test_two_places_are_both_shown_and_nothing_is_kept(repo):
    reply = NEXT + "--- a/src/twice.py\n+++ b/src/twice.py\n@@ -9,3 +9,3 @@\n same\n-old\n+new\n end\n"
    document = unusable(repo.check(reply), "hunk-ambiguous")
    (problem,) = document["operations"]["rejected"]
    assert (problem["operation"], problem["path"], problem["line"]) == (2, "src/twice.py", 7)
    assert [window["line"] for window in problem["nearest"]] == [1, 4]
    assert document["operations"]["would_apply"] == [1]
    assert "1 other file of the diff would apply" in problem["hint"]


def test_what_is_nearest_is_shown(repo):
    reply = HEAD + "@@ -2,4 +2,4 @@\n" + BODY.replace("return 1", "return 3")
    (problem,) = unusable(repo.check(reply), "hunk-missing")["operations"]["rejected"]
    assert "hunk 1 of `src/a.py`" in problem["message"]
    assert "        return 1" in problem["nearest"][0]["lines"]
    assert "Nothing was kept" in problem["hint"]


def test_under_strict_a_hunk_is_where_it_says_or_refused_with_its_place(repo):
    reply = HEAD + "@@ -3,4 +3,4 @@\n" + BODY
    (problem,) = unusable(repo.check(reply, "--strict"), "hunk-elsewhere")["operations"]["rejected"]
    assert "stands at line 2" in problem["message"]
    assert problem["nearest"][0]["line"] == 1
