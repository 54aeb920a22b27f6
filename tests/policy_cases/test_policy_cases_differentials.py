"""Texts that diff libraries, git and a reader understand differently: the verdict is on the tree they make.

Further ones stand in the tests of `harness check`, as `LIES` and `TWO_READINGS`.
"""

from __future__ import annotations

import json
import unicodedata

import pytest
from policy_cases_phases import told
from policy_cases_project import new_project
from project import create

SECRET = "locked/core.py"
BASE = {
    "harness.toml": '[policy]\nprotected = ["locked/"]\n',
    "src/main.py": "MAIN = 1\n",
    SECRET: "CORE = 1\n",
    "locked/core.py_notes.md": "CORE = 1\n",
}
CHANGE = "@@ -1 +1 @@\n-CORE = 1\n+mine\n"
HIDDEN = f"--- a/{SECRET}\n+++ b/{SECRET}\n{CHANGE}"
ALLOWED = "diff --git a/src/main.py b/src/main.py\n--- a/src/main.py\n+++ b/src/main.py\n@@ -1 +1 @@\n-MAIN = 1\n+MAIN = 2\n"
LIES = {
    "shorter-name-on-the-new-side": f"--- a/{SECRET}_notes.md\n+++ b/{SECRET}\n{CHANGE}",
    "shorter-name-on-the-old-side": f"--- a/{SECRET}\n+++ b/{SECRET}_notes.md\n{CHANGE}",
    "hunk-extended-arabic-digit": f"{ALLOWED}\n@@ -\u06f1 +\u06f1 @@\n{HIDDEN}",
    "hunk-devanagari-digit": f"{ALLOWED}\n@@ -\u0967 +\u0967 @@\n{HIDDEN}",
    "hunk-count-that-swallows-the-next-file": ALLOWED.replace("@@ -1 +1 @@", "@@ -1,4 +1,4 @@") + HIDDEN,
    "hunk-count-that-ends-too-early": ALLOWED.replace("@@ -1 +1 @@", "@@ -1 +0,0 @@") + HIDDEN,
    "headers-with-crlf": HIDDEN.replace("\n", "\r\n"),
    "header-with-one-cr": f"--- a/{SECRET}\r\n+++ b/{SECRET}\n{CHANGE}",
    "old-name-in-the-header-alone": f"diff --git a/{SECRET} b/src/x.py\n--- a/src/main.py\n+++ b/src/x.py\n{CHANGE}",
    "new-over-protected": f"diff --git a/src/x.py b/src/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/{SECRET}\n"
    "@@ -0,0 +1 @@\n+mine\n",
    "two-headers-then-one-body": f"diff --git a/src/main.py b/src/main.py\ndiff --git a/{SECRET} b/{SECRET}\n{HIDDEN}",
    "another-case": "--- /dev/null\n+++ b/LOCKED/new.py\n@@ -0,0 +1 @@\n+mine\n",
    "a-kelvin-sign-folds-to-k": "--- /dev/null\n+++ b/loc\u212aed/new.py\n@@ -0,0 +1 @@\n+mine\n",
    "a-wide-letter-folds": "--- /dev/null\n+++ b/\uff4cocked/new.py\n@@ -0,0 +1 @@\n+mine\n",
}  # fmt: skip


@pytest.fixture(scope="session")
def repo(tmp_path_factory):
    project = new_project(tmp_path_factory.mktemp("differentials"))
    project.commit(BASE, "begin")
    return project


@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["default", "strict"])
@pytest.mark.parametrize("name", LIES)
def test_no_wording_changes_a_protected_file(repo, name, strict):
    document = repo.check(LIES[name], *strict).json
    assert document["decision"] != "accepted"
    paths = {change["path"] for change in document["changes"]}
    changed = {path for path in paths if unicodedata.normalize("NFKC", path).lower().startswith("locked/")}
    assert changed <= {path for code, path in told(document) if code == "protected-path"}
    assert document["violations"]


SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("separator", SEPARATORS, ids=[f"U+{ord(s):04X}" for s in SEPARATORS])
def test_only_a_newline_ends_a_line_of_a_diff(repo, separator):
    line = separator.join(["MAIN = 2", *HIDDEN.splitlines()])
    document = repo.check(ALLOWED.replace("MAIN = 2", line).replace("src/main.py", "src/notes.txt").replace(
        "--- a/src/notes.txt", "new file mode 100644\n--- /dev/null").replace("@@ -1 +1 @@\n-MAIN = 1", "@@ -0,0 +1 @@")
    ).json  # fmt: skip
    assert (document["decision"], [c["path"] for c in document["changes"]]) == ("accepted", ["src/notes.txt"])
    assert document["changes"][0]["new_oid"] == repo.git("hash-object", "--stdin", stdin=f"{line}\n").strip()


@pytest.mark.parametrize("separator", SEPARATORS, ids=[f"U+{ord(s):04X}" for s in SEPARATORS])
def test_only_a_newline_ends_an_operation(repo, separator):
    hidden = json.dumps({"type": "delete", "file_path": SECRET})
    content = f"a{separator}{hidden}{separator}\n"
    reply = json.dumps(create("src/notes.txt", content), ensure_ascii=False) + "\n"
    document = repo.check(reply).json
    assert SECRET not in {change["path"] for change in document["changes"]}
    if document["decision"] == "accepted":
        assert document["operations"]["declared"] == 1
        assert document["changes"][0]["new_oid"] == repo.git("hash-object", "--stdin", stdin=content).strip()


def test_nothing_is_filled_in_from_the_object_store(repo):
    """`Binary files differ` with whole ids: git would take the content of any blob it has."""
    oid = repo.rev(f"HEAD:{SECRET}")
    patch = (
        f"diff --git a/src/x.bin b/src/x.bin\nnew file mode 100644\nindex {'0' * 40}..{oid}\n"
        "Binary files /dev/null and b/src/x.bin differ\n"
    )
    document = repo.check(patch).json
    assert (document["decision"], document["tree"]) == ("unusable", None)


def test_the_index_line_is_no_base_to_merge_with(repo):
    oid = repo.rev(f"HEAD:{SECRET}")
    patch = ALLOWED.replace("--- a/", f"index {oid}..{'1' * 40} 100644\n--- a/").replace(
        "-MAIN = 1", "-CORE = 1"
    )
    document = repo.check(patch).json
    assert (document["decision"], document["tree"]) == ("unusable", None)
