"""`harness check` on unified diffs: git decides what they do, the tree decides whether they may."""

import json
import subprocess

import pytest
from project import names

BASE = {
    "src/a.py": "one\ntwo\nthree\n",
    "src/b.py": "b\n",
    "protected/secret.py": "secret\n",
    "docs/x y.md": "spaced\n",
    "crlf.txt": b"one\r\ntwo\r\n",
    "bin.dat": bytes(range(256)),
    "noeol.txt": "no newline",
}
GUARD = ("--scope", "src/", "--protected", "protected/")


@pytest.fixture
def repo(empty_project):
    empty_project.commit(BASE, "begin")
    return empty_project


def diff_of(repo, change):
    """What `git diff --binary` says of a change made in the checkout, and the tree it makes."""
    change(repo)
    repo.git("add", "-A")
    command = ["git", "diff", "--cached", "--binary", "-M", "-C", "--find-copies-harder"]
    patch = subprocess.run(
        command, cwd=repo.root, env=repo.environment, capture_output=True, check=True
    ).stdout
    tree = repo.git("write-tree").strip()
    repo.git("reset", "-q", "--hard")
    repo.git("clean", "-qfd")
    return patch, tree


CHANGES = {
    "text": lambda r: r.write("src/a.py", "one\n2\nthree\n"),
    "new": lambda r: r.write("src/new.py", "x = 1\n"),
    "empty new": lambda r: r.write("src/__init__.py", ""),
    "delete": lambda r: (r.root / "src/b.py").unlink(),
    "rename": lambda r: (r.root / "src/a.py").rename(r.root / "src/c.py"),
    "copy": lambda r: r.write("src/copy.py", BASE["src/a.py"]),
    "mode": lambda r: (r.root / "src/a.py").chmod(0o755),
    "binary": lambda r: r.write("bin.dat", bytes(reversed(range(256)))),
    "new binary": lambda r: r.write("src/new.bin", bytes(range(0, 256, 3)) * 20),
    "crlf": lambda r: r.write("crlf.txt", b"one\r\n2\r\n"),
    "no newline at end": lambda r: r.write("noeol.txt", "still no newline"),
    "newline added at end": lambda r: r.write("noeol.txt", "no newline\n"),
    "quoted path": lambda r: r.write('src/tab\there "quoted" é.py', "x\n"),
    "spaces": lambda r: r.write("docs/x y.md", "changed\n"),
    "latin-1": lambda r: r.write("src/a.py", b"one\n\xe9\nthree\n"),
    "swap": lambda r: (
        (r.root / "src/a.py").rename(r.root / "t"),
        (r.root / "src/b.py").rename(r.root / "src/a.py"),
        (r.root / "t").rename(r.root / "src/b.py"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_candidate_is_gits_own_tree(repo, name):
    patch, tree = diff_of(repo, CHANGES[name])
    refs = repo.git("for-each-ref")
    result = repo.check(patch)
    document = result.json
    assert document["tree"] == tree
    accepted = name != "quoted path"  # a tab in a name is refused wherever it comes from
    assert (result.code, document["decision"]) == ((0, "accepted") if accepted else (3, "refused")), document
    assert document["format"] == "unified-diff"
    assert repo.git("for-each-ref") == refs
    assert repo.git("status", "--porcelain") == ""


def test_a_symlink_is_built_but_refused(repo):
    patch, tree = diff_of(repo, lambda r: (r.root / "src/link").symlink_to("/etc/passwd"))
    result = repo.check(patch)
    assert (result.code, result.json["tree"]) == (3, tree)
    assert names(result.json["violations"]) == {"symlink"}


def test_a_rename_out_of_a_protected_folder_is_seen_on_both_sides(repo):
    patch, _ = diff_of(repo, lambda r: (r.root / "protected/secret.py").rename(r.root / "src/secret.py"))
    assert "rename from protected/secret.py" in patch.decode()
    result = repo.check(patch, *GUARD)
    assert result.code == 3
    assert {(v["code"], v["path"]) for v in result.json["violations"]} >= {
        ("protected-path", "protected/secret.py"),
        ("out-of-scope", "protected/secret.py"),
    }


# Texts in which a diff library and git read different paths, or git reads more than it seems.
LIES = {
    "implicit rename deletes": "diff --git a/src/c.py b/src/c.py\n--- a/protected/secret.py\n+++ b/src/c.py\n"
    "@@ -1 +1 @@\n-secret\n+mine\n",
    "rename from a lie": "diff --git a/src/a.py b/src/c.py\nsimilarity index 100%\nrename from protected/secret.py\n"
    "rename to src/c.py\n",
    "other prefix": "--- z/protected/secret.py\n+++ z/protected/secret.py\n@@ -1 +1 @@\n-secret\n+mine\n",
    "src as prefix": "--- src/protected/secret.py\n+++ src/protected/secret.py\n@@ -1 +1 @@\n-secret\n+mine\n",
    "octal quoting": '--- "a/\\160rotected/secret.py"\n+++ "b/\\160rotected/secret.py"\n@@ -1 +1 @@\n-secret\n+mine\n',
    "deleted with other names": "diff --git a/src/a.py b/src/a.py\ndeleted file mode 100644\n"
    "--- a/protected/secret.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n",
    "after prose and a fence": "Here you are:\n```\nnothing\n```\n--- a/protected/secret.py\n"
    "+++ b/protected/secret.py\n@@ -1 +1 @@\n-secret\n+mine\n",
    "mode change": "diff --git a/protected/secret.py b/protected/secret.py\nold mode 100644\nnew mode 100755\n",
    "deletion": "diff --git a/protected/secret.py b/protected/secret.py\ndeleted file mode 100644\n"
    "--- a/protected/secret.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n",
}


@pytest.mark.parametrize("name", LIES)
def test_no_wording_reaches_a_protected_file(repo, name):
    result = repo.check(LIES[name], *GUARD)
    assert result.code in (3, 4), result.json
    assert result.json["decision"] != "accepted"
    if result.json["tree"]:
        assert "protected/secret.py" in {v["path"] for v in result.json["violations"]}


OVER_EXISTING = {
    "plain": "diff --git a/src/a.py b/src/a.py\nnew file mode 100644\n--- /dev/null\n+++ b/src/a.py\n@@ -0,0 +1 @@\n+x\n",
    "index first": "diff --git a/src/a.py b/src/a.py\nindex 0000000..587be6b\nnew file mode 100644\n--- /dev/null\n"
    "+++ b/src/a.py\n@@ -0,0 +1 @@\n+x\n",
    "only dev null": "--- /dev/null\n+++ b/src/a.py\n@@ -0,0 +1 @@\n+x\n",
}


@pytest.mark.parametrize("name", OVER_EXISTING)
def test_a_new_file_over_an_existing_one_is_refused(repo, name):
    result = repo.check(OVER_EXISTING[name])
    assert (result.code, result.json["decision"]) == (3, "refused")
    assert names(result.json["violations"]) == {"create-exists"}


@pytest.mark.parametrize(
    "path",
    ["../evil.txt", "/etc/evil.txt", ".git/hooks/pre-commit", ".GIT/config", "src/.git/config", "a/../../b"],
)
def test_unsafe_paths_are_refused_by_name(repo, path):
    patch = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    result = repo.check(patch)
    assert result.json["decision"] in ("refused", "unusable")
    assert result.json["tree"] is None
    if not path.startswith("/"):
        assert result.code == 3
        assert any(code.startswith("path-") for code in names(result.json["violations"]))
    assert not (repo.root.parent / "evil.txt").exists()


def test_copy_from_outside_reads_nothing(repo):
    patch = (
        "diff --git a/src/c.py b/src/c.py\nsimilarity index 100%\ncopy from /etc/passwd\ncopy to src/c.py\n"
    )
    result = repo.check(patch)
    assert result.code in (3, 4)
    assert result.json["tree"] is None


def test_a_gitlink_is_refused(repo):
    patch = (
        "diff --git a/src/sub b/src/sub\nnew file mode 160000\n--- /dev/null\n+++ b/src/sub\n@@ -0,0 +1 @@\n"
        f"+Subproject commit {'1' * 40}\n"
    )
    result = repo.check(patch)
    assert result.code == 3
    assert names(result.json["violations"]) >= {"gitlink"}


def test_one_hunk_that_doesnt_fit_undoes_all(repo):
    good = "--- a/src/b.py\n+++ b/src/b.py\n@@ -1 +1 @@\n-b\n+B\n"
    new = "--- /dev/null\n+++ b/src/n.py\n@@ -0,0 +1 @@\n+n\n"
    bad = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-nothing like it\n+x\n"
    result = repo.check(good + new + bad)
    assert (result.code, result.json["decision"], result.json["tree"]) == (4, "unusable", None)
    assert names(result.json["violations"]) == {"patch-does-not-apply"}


@pytest.mark.parametrize(
    "text",
    [
        "--- a/src/a.py\n+++ b/src/a.py\n@@ ... @@\n-two\n+2\n",
        "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n",
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+two\n three\n",
    ],
)
def test_a_diff_that_changes_nothing_is_an_error(repo, text):
    result = repo.check(text)
    assert result.code in (3, 4), result.json
    assert result.json["violations"]


def test_the_document_has_its_documented_shape(repo):
    patch, _tree = diff_of(repo, CHANGES["rename"])
    document = repo.check(patch).json
    assert set(document) == {
        "schema", "format", "base", "tree", "decision", "violations", "changes", "operations", "truncated", "repairs",
    }  # fmt: skip
    assert document["schema"] == "harness.check/1"
    assert document["base"] == repo.rev("HEAD")
    assert [(c["path"], c["status"]) for c in document["changes"]] == [("src/a.py", "D"), ("src/c.py", "A")]
    assert document["changes"][0] | {"old_oid": ""} == {
        "path": "src/a.py", "status": "D", "old_mode": "100644", "new_mode": "000000", "old_oid": "", "new_oid": None,
    }  # fmt: skip
    assert set(document["operations"]) == {"declared", "applied", "skipped", "rejected"}
    json.dumps(document)


def test_it_works_below_the_top_and_from_a_file(repo):
    patch, tree = diff_of(repo, CHANGES["text"])
    file = repo.root.parent / "p.diff"
    file.write_bytes(patch)
    result = repo.harness("check", str(file), "--json", cwd=repo.root / "src")
    assert (result.code, result.json["tree"]) == (0, tree)
    missing = repo.harness("check", "nowhere.diff", "--json")
    assert (missing.code, missing.json["code"]) == (2, "unreadable-input")
