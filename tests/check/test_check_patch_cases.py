"""What `harness check` makes of diffs, case by case, and of edits to files with CR LF line ends.

The number in a test's id is that of the behavioural case it stands for; `peers` are the ways in
which other tools were seen to fail.
"""

import pytest
from check_watched import EXECUTABLE, WatchedProject, lines, modify, repaired, replace, unusable
from project import create, names

BASE = {
    "src/a.py": "one\ntwo\nthree\n",
    "src/b.py": "b = 1\n",
    "src/tool.sh": "#!/bin/sh\nexit 0\n",
    "src/quote.py": 'text = "said"\n',
    "docs/x y.md": "spaced\n",
    "tests/t.py": "assert True\n",
    "src/tests/t.py": "assert True\n",
    "protected/secret.py": "secret\n",
    "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
    "harness.toml": '[policy]\nprotected = ["protected/"]\n',
}


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


NEW_OVER = {
    "new-file-mode": "diff --git a/{0} b/{0}\nnew file mode 100644\nindex 0000000..587be6b\n"
    "--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n",
    "index-first": "diff --git a/{0} b/{0}\nindex 0000000..587be6b\nnew file mode 100644\n"
    "--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n",
    "only-dev-null": "--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n",
}


@pytest.mark.parametrize("path", ["protected/secret.py", "src/a.py"], ids=["protected", "unprotected"])
@pytest.mark.parametrize("name", NEW_OVER)
def test_42_new_file_over_an_existing_one(repo, name, path):
    result = repo.check(NEW_OVER[name].format(path))
    assert (result.code, result.json["decision"], result.json["tree"]) == (3, "refused", None), result.json
    assert {(v["code"], v["path"]) for v in result.json["violations"]} == {("create-exists", path)}


MODIFY = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
MODIFIED = {"src/a.py": "one\n2\nthree\n"}
DELETE = "--- a/src/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-b = 1\n"
ADD = "--- /dev/null\n+++ b/src/new.py\n@@ -0,0 +1 @@\n+new = 1\n"
MISFIT = "--- a/src/b.py\n+++ b/src/b.py\n@@ -1 +1 @@\n-nothing like it\n+x\n"
GIT_HEADER = "diff --git a/{0} b/{0}\n"
QUOTE = "diff --git a/src/quote.py b/src/quote.py\n"

EXACT = {
    "43-modify": (MODIFY, MODIFIED),
    "43-delete": (DELETE, {"src/b.py": None}),
    "43-modify-and-delete": (MODIFY + DELETE, {**MODIFIED, "src/b.py": None}),
    "43-git-modify-and-delete": (
        GIT_HEADER.format("src/a.py") + "index 4cb29ea..1234567 100644\n" + MODIFY
        + GIT_HEADER.format("src/b.py") + "deleted file mode 100644\nindex 1337a53..0000000\n" + DELETE,
        {**MODIFIED, "src/b.py": None},
    ),
    "48-rename": (
        "diff --git a/src/a.py b/src/c.py\nsimilarity index 100%\nrename from src/a.py\nrename to src/c.py\n",
        {"src/a.py": None, "src/c.py": BASE["src/a.py"]},
    ),
    "48-copy": (
        "diff --git a/src/a.py b/src/c.py\nsimilarity index 100%\ncopy from src/a.py\ncopy to src/c.py\n",
        {"src/c.py": BASE["src/a.py"]},
    ),
    "48-mode": (
        GIT_HEADER.format("src/tool.sh") + "old mode 100644\nnew mode 100755\n",
        {"src/tool.sh": (EXECUTABLE, BASE["src/tool.sh"])},
    ),
    "48-path-with-a-space": (
        "diff --git a/docs/x y.md b/docs/x y.md\n--- a/docs/x y.md\t\n+++ b/docs/x y.md\t\n@@ -1 +1 @@\n-spaced\n+wide\n",
        {"docs/x y.md": "wide\n"},
    ),
    "48-quoted-path": (
        '--- "a/src/\\141.py"\n+++ "b/src/\\141.py"\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n', MODIFIED,
    ),
    "48-quoted-unicode-path": (
        '--- /dev/null\n+++ "b/src/\\303\\251.py"\n@@ -0,0 +1 @@\n+e\n', {"src/é.py": "e\n"},
    ),
    "53-odd-quote-at-the-end": (
        "--- a/src/quote.py\n+++ b/src/quote.py\n@@ -1 +1 @@\n-text = \"said\"\n+text = 'it\"s'  # \"\n",
        {"src/quote.py": "text = 'it\"s'  # \"\n"},
    ),
    "53-new-file-that-ends-in-an-odd-quote": (
        "--- /dev/null\n+++ b/notes.txt\n@@ -0,0 +1 @@\n+5 inch: 5\"\n\\ No newline at end of file\n",
        {"notes.txt": '5 inch: 5"'},
    ),
    "53-git-header-without-an-index-line": (
        GIT_HEADER.format("src/a.py") + MODIFY, MODIFIED,
    ),
    "53-new-file-without-an-index-line": (
        GIT_HEADER.format("src/new.py") + "new file mode 100644\n" + ADD, {"src/new.py": "new = 1\n"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_a_valid_diff_makes_exactly_that_tree(repo, name):
    reply, after = EXACT[name]
    document = repo.accepted(repo.check(reply), after)
    assert document["format"] == "unified-diff"
    assert document["repairs"] == []


HALFWAY = {
    "44-first-fits-and-second-does-not": MODIFY + MISFIT,
    "44-first-does-not-fit-and-second-does": MISFIT + MODIFY,
    "44-second-hunk-of-a-file-does-not-fit": MODIFY + "@@ -9 +9 @@\n-nowhere\n+here\n" + ADD,
    "45-new-file-beside-one-that-does-not-fit": ADD + MISFIT,
    "45-new-file-behind-one-that-does-not-fit": MISFIT + ADD,
    "45-new-file-beside-a-missing-one": ADD + MISFIT.replace("src/b.py", "src/nowhere.py"),
}
OPERATIONS = {
    "peers-10-codex-update-that-does-not-fit": "*** Begin Patch\n*** Add File: src/new.py\n+new = 1\n"
    "*** Update File: src/b.py\n@@\n-nothing like it\n+x\n*** End Patch\n",
    "peers-10-second-search-that-does-not-fit": "src/a.py\n```\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n```\n"
    "\nsrc/b.py\n```\n<<<<<<< SEARCH\nnothing like it\n=======\nx\n>>>>>>> REPLACE\n```\n",
    "peers-10-second-change-of-one-operation": lines(
        create("src/new.py", "new = 1\n"), modify("src/a.py", replace("two", "2"), replace("nowhere", "x"))
    ),
}


@pytest.mark.parametrize("name", HALFWAY | OPERATIONS)
def test_what_fits_in_part_is_not_applied_at_all(repo, name):
    result = repo.check((HALFWAY | OPERATIONS)[name])
    document = result.json
    assert (result.code, document["decision"]) == (4, "unusable"), document
    assert (document["tree"], document["changes"]) == (None, [])
    assert document["operations"]["applied"] == 0
    told = " ".join(f"{v['path']} {v['message']}" for v in document["violations"])
    assert any(path in told for path in ("src/b.py", "src/nowhere.py", "src/a.py")), "the file is named"


BOTH_SIDES = {
    "48-rename-into-a-protected-folder": (
        "diff --git a/src/a.py b/protected/a.py\nsimilarity index 100%\nrename from src/a.py\nrename to protected/a.py\n",
        {"protected-path"}, {"protected/a.py"},
    ),
    "48-rename-out-of-a-protected-folder": (
        "diff --git a/protected/secret.py b/src/s.py\nsimilarity index 100%\nrename from protected/secret.py\n"
        "rename to src/s.py\n",
        {"protected-path"}, {"protected/secret.py"},
    ),
    "48-copy-into-a-protected-folder": (
        "diff --git a/src/a.py b/protected/a.py\nsimilarity index 100%\ncopy from src/a.py\ncopy to protected/a.py\n",
        {"protected-path"}, {"protected/a.py"},
    ),
    "48-mode-of-a-protected-file": (
        GIT_HEADER.format("protected/secret.py") + "old mode 100644\nnew mode 100755\n",
        {"protected-path"}, {"protected/secret.py"},
    ),
    "48-deletion-of-a-protected-file": (
        "--- a/protected/secret.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n", {"protected-path"}, {"protected/secret.py"},
    ),
    "48-quoted-protected-path": (
        '--- "a/\\160rotected/secret.py"\n+++ "b/\\160rotected/secret.py"\n@@ -1 +1 @@\n-secret\n+mine\n',
        {"protected-path"}, {"protected/secret.py"},
    ),
    "48-symlink": (
        GIT_HEADER.format("src/link") + "new file mode 120000\n--- /dev/null\n+++ b/src/link\n@@ -0,0 +1 @@\n"
        "+/etc/passwd\n\\ No newline at end of file\n",
        {"symlink"}, {"src/link"},
    ),
    "48-submodule": (
        GIT_HEADER.format("src/sub") + "new file mode 160000\n--- /dev/null\n+++ b/src/sub\n@@ -0,0 +1 @@\n"
        f"+Subproject commit {'1' * 40}\n",
        {"gitlink"}, {"src/sub"},
    ),
    "48-operations-rename-into": (
        lines({"type": "rename", "file_path": "src/a.py", "new_path": "protected/a.py"}),
        {"protected-path"}, {"protected/a.py"},
    ),
    "48-operations-rename-out": (
        lines({"type": "rename", "file_path": "protected/secret.py", "new_path": "src/s.py"}),
        {"protected-path"}, {"protected/secret.py"},
    ),
    "48-operations-mode": (
        lines({"type": "mode", "file_path": "protected/secret.py", "mode": "100755"}),
        {"protected-path"}, {"protected/secret.py"},
    ),
    "48-codex-move-out": (
        "*** Begin Patch\n*** Update File: protected/secret.py\n*** Move to: src/s.py\n@@\n-secret\n+mine\n*** End Patch\n",
        {"protected-path"}, {"protected/secret.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOTH_SIDES)
def test_what_must_not_change_is_seen_on_both_sides(repo, name):
    reply, codes, paths = BOTH_SIDES[name]
    result = repo.check(reply)
    assert (result.code, result.json["decision"]) == (3, "refused"), result.json
    assert names(result.json["violations"]) >= codes
    assert {v["path"] for v in result.json["violations"] if v["code"] in codes} == paths
    assert result.json["tree"], "the tree that was judged is told"


HEADER = "# NDJSON Operations Applied (1 files)\n\n"


def test_51_a_header_that_says_applied_is_only_prose_before_the_diff(repo):
    document = repo.accepted(repo.check(HEADER + MODIFY), MODIFIED)
    assert repaired(document) == {"prose"}
    protected = repo.check(
        HEADER + MODIFY.replace("src/a.py", "protected/secret.py").replace(" one\n-two", "-secret")
    )
    assert protected.json["decision"] != "accepted"


def test_51_a_header_and_names_without_hunks_change_nothing_and_say_so(repo):
    result = repo.check(HEADER + GIT_HEADER.format("src/a.py") + "+++ b/src/a.py\n")
    assert (result.code, result.json["decision"], result.json["tree"]) == (4, "unusable", None)


LF_EDITS = {
    "ndjson": lines(modify("crlf.txt", replace("one\ntwo\n", "one\n2\nmore\n"))),
    "codex-patch": "*** Begin Patch\n*** Update File: crlf.txt\n@@\n one\n-two\n+2\n+more\n three\n*** End Patch\n",
    "search-replace": "crlf.txt\n```\n<<<<<<< SEARCH\none\ntwo\n=======\none\n2\nmore\n>>>>>>> REPLACE\n```\n",
    "unified-diff": "--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n+more\n three\n",
    "whole-file": "crlf.txt\n```\none\n2\nmore\nthree\n```\n",
}


@pytest.mark.parametrize("style", LF_EDITS)
def test_56_a_file_with_crlf_keeps_it(repo, style):
    document = repo.accepted(repo.check(LF_EDITS[style]), {"crlf.txt": b"one\r\n2\r\nmore\r\nthree\r\n"})
    assert document["format"] == style


def test_43_a_valid_diff_needs_no_repair(repo):
    reply = MODIFY + DELETE + ADD
    after = {**MODIFIED, "src/b.py": None, "src/new.py": "new = 1\n"}
    assert repo.accepted(repo.check(reply, "--strict"), after)["repairs"] == []


def test_56_a_strict_check_does_not_convert_a_diff(repo):
    document = repo.check(LF_EDITS["unified-diff"], "--strict").json
    assert (document["decision"], document["tree"]) == ("unusable", None)


def test_56_a_diff_that_has_the_line_ends_is_taken_as_it_is(repo):
    reply = b"--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,3 +1,3 @@\n one\r\n-two\r\n+2\r\n three\r\n"
    document = repo.accepted(repo.check(reply, "--strict"), {"crlf.txt": b"one\r\n2\r\nthree\r\n"})
    assert document["repairs"] == []


# Texts whose paths a diff library and git read differently.
TWO_READINGS = {
    "peers-2-no-prefix-where-both-files-exist": "--- src/tests/t.py\n+++ src/tests/t.py\n@@ -1 +1 @@\n-assert True\n+assert 1\n",
    "peers-2-no-prefix-leads-to-a-protected-file": "--- src/protected/secret.py\n+++ src/protected/secret.py\n@@ -1 +1 @@\n-secret\n+mine\n",
    "peers-2-implicit-rename": "diff --git a/src/c.py b/src/c.py\n--- a/protected/secret.py\n+++ b/src/c.py\n@@ -1 +1 @@\n-secret\n+mine\n",
    "peers-2-rename-lines-that-lie": "diff --git a/src/a.py b/src/c.py\nsimilarity index 100%\n"
    "rename from protected/secret.py\nrename to src/c.py\n",
}


@pytest.mark.parametrize("name", TWO_READINGS)
@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["default", "strict"])
def test_a_path_with_two_readings_is_never_chosen(repo, name, strict):
    result = repo.check(TWO_READINGS[name], *strict)
    assert result.code in (3, 4), result.json
    assert result.json["decision"] != "accepted"


def test_peers_2_a_quoted_name_is_what_git_writes(repo):
    reply = '--- "a/tests/\\164.py"\n+++ "b/tests/\\164.py"\n@@ -1 +1 @@\n-assert True\n+assert 1\n'
    repo.accepted(repo.check(reply), {"tests/t.py": "assert 1\n"})


def test_peers_2_a_missing_prefix_with_one_reading_is_a_named_repair(repo):
    reply = MODIFY.replace("a/src", "src").replace("b/src", "src")
    document = repo.accepted(repo.check(reply), MODIFIED)
    assert repaired(document) == {"missing-prefix"}
    assert repo.check(reply, "--strict").json["decision"] == "unusable"


@pytest.mark.parametrize("header", ["@@ ... @@", "@@ def f(): @@", "@@", "@@ -1,3 @@"])
def test_peers_3_a_hunk_header_without_numbers_is_not_success(repo, header):
    result = repo.check(MODIFY.replace("@@ -1,3 +1,3 @@", header))
    document = unusable(result, *names(result.json["violations"]))
    assert names(document["violations"]) & {"bad-hunk-header", "bad-diff", "no-edits"}


def test_peers_3_a_file_without_hunks_beside_one_with_them_spoils_both(repo):
    result = repo.check(MODIFY + GIT_HEADER.format("src/b.py") + "--- a/src/b.py\n+++ b/src/b.py\n")
    assert (result.code, result.json["tree"]) == (4, None)
