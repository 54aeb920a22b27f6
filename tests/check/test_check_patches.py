"""`harness check` on unified diffs: git decides what they do, the tree decides whether they may."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, names

from harness.candidate import Candidate
from harness.candidate_building import build_candidate
from harness.git.private import PrivateRepository
from harness.git.repository import discover
from harness.policy.model import Rules
from harness.verdict import judge_candidate

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
    "latin-1": lambda r: r.write("noeol.txt", b"one\n\xe9\nthree\n"),
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


# Texts in which a diff library and git read different paths, or git reads more than it seems. Each would
# change something protected, or make a link; the names are those of the ways they work in.
GIT = "diff --git a/{0} b/{0}\n"
CHANGE = "@@ -1 +1 @@\n-secret\n+mine\n"
NEW = "@@ -0,0 +1 @@\n+mine\n"
MOVE = "similarity index 100%\nrename from {0}\nrename to {1}\n"
SECRET = "protected/secret.py"
ALLOWED = GIT.format("src/b.py") + "--- a/src/b.py\n+++ b/src/b.py\n"
HIDDEN = f"--- a/{SECRET}\n+++ b/{SECRET}\n{CHANGE}"
LIES = {
    "implicit-rename-delete": GIT.format("src/c.py") + f"--- a/{SECRET}\n+++ b/src/c.py\n{CHANGE}",
    "implicit-rename-new": GIT.format("src/b.py") + "--- a/src/b.py\n+++ b/protected/n.py\n@@ -1 +1 @@\n-b\n+mine\n",
    "deleted-mode-mismatch": "diff --git a/src/a.py b/src/b.py\ndeleted file mode 100644\n"
    f"--- a/{SECRET}\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n",
    "deleted-other-name": GIT.format("src/a.py") + f"deleted file mode 100644\n--- a/{SECRET}\n+++ /dev/null\n"
    "@@ -1 +0,0 @@\n-secret\n",
    "copy-outside": GIT.format("src/c.py") + "similarity index 100%\ncopy from ../outside\ncopy to src/c.py\n",
    "copy-absolute": GIT.format("src/c.py") + "similarity index 100%\ncopy from /etc/passwd\ncopy to src/c.py\n",
    "copy-git-config": GIT.format("src/c.py") + "similarity index 100%\ncopy from .git/config\ncopy to src/c.py\n",
    "copy-into": GIT.format("src/c.py") + "similarity index 100%\ncopy from src/a.py\ncopy to protected/c.py\n",
    "rename-lie-source": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format(SECRET, "src/c.py"),
    "rename-lie-target": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format("src/a.py", "protected/c.py"),
    "rename-twice": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format("src/a.py", "src/c.py")
    + f"rename from {SECRET}\nrename to src/c.py\n",
    "rename-legacy-words": "diff --git a/src/a.py b/src/c.py\n"
    f"similarity index 100%\nrename old {SECRET}\nrename new src/c.py\n",
    "rename-after-names": f"diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\nrename from {SECRET}\n"
    "rename to src/c.py\n",
    "rename-header-tab": "diff --git a/src/a.py\tb/src/a.py\n" + MOVE.format(SECRET, "src/c.py"),
    "rename-header-one-name": "diff --git z\n" + MOVE.format(SECRET, "src/c.py"),
    "rename-header-tail": "diff --git a/src/a.py b/src/a.py and more\n" + MOVE.format(SECRET, "src/c.py"),
    "mode-header-tab": f"diff --git a/{SECRET}\tb/{SECRET}\nold mode 100644\nnew mode 100755\n",
    "rename-quoted-octal": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format('"\\160rotected/secret.py"', "src/c.py"),
    "rename-quoted-nul": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format(f'"{SECRET}\\000.md"', "src/c.py"),
    "quoted-octal": '--- "a/\\160rotected/secret.py"\n+++ "b/\\160rotected/secret.py"\n' + CHANGE,
    "quoted-octal-git": 'diff --git "a/\\160rotected/secret.py" "b/\\160rotected/secret.py"\n'
    '--- "a/\\160rotected/secret.py"\n+++ "b/\\160rotected/secret.py"\n' + CHANGE,
    "quoted-nul": f'--- "a/{SECRET}\\000.md"\n+++ "b/{SECRET}\\000.md"\n' + CHANGE,
    "quoted-slash": '--- "a/protected\\057secret.py"\n+++ "b/protected\\057secret.py"\n' + CHANGE,
    "quoted-junk": f'--- "a/{SECRET}"junk\n+++ "b/{SECRET}"junk\n' + CHANGE,
    "quoted-junk-new": '--- /dev/null\n+++ "b/protected/n.py"/../../src/n.py\n' + NEW,
    "raw-nul": f"--- a/{SECRET}\0.md\n+++ b/{SECRET}\0.md\n{CHANGE}",
    "raw-nul-rename": "diff --git a/src/a.py b/src/c.py\n" + MOVE.format(f"{SECRET}\0.md", "src/c.py"),
    "raw-cr": f"--- a/{SECRET}\r.md\n+++ b/{SECRET}\r.md\n{CHANGE}",
    "timestamp-blank": f"--- a/{SECRET} 2010-07-05 19:41:17\n+++ b/{SECRET} 2010-07-05 19:41:17\n{CHANGE}",
    "timestamp-blank-zone": f"--- a/{SECRET} 2010-07-05 19:41:17.62 -0500\n+++ b/{SECRET} 2010-07-05 19:41:17\n{CHANGE}",
    "shorter-name": f"--- a/{SECRET}\n+++ b/{SECRET}_notes.md\n{CHANGE}",
    "prefix-strip-z": f"--- z/{SECRET}\n+++ z/{SECRET}\n{CHANGE}",
    "prefix-strip-folder": f"--- src/{SECRET}\n+++ src/{SECRET}\n{CHANGE}",
    "prefix-strip-git": f"diff --git src/{SECRET} src/{SECRET}\n--- src/{SECRET}\n+++ src/{SECRET}\n{CHANGE}",
    "prefix-strip-new": "--- /dev/null\n+++ src/protected/n.py\n" + NEW,
    "prefix-strip-mode": f"diff --git src/{SECRET} src/{SECRET}\nold mode 100644\nnew mode 100755\n",
    "prefix-strip-one-side": "diff --git a/n.py src/n.py\nnew file mode 100644\n",
    "hunk-unicode-digit": f"{ALLOWED}@@ -1 +1 @@\n-b\n+B\n\n@@ -\u0661 +\u0661 @@\n{HIDDEN}",
    "hunk-fullwidth-digit": f"{ALLOWED}@@ -1 +1 @@\n-b\n+B\n\n@@ -\uff11 +\uff11 @@\n{HIDDEN}",
    "hunk-overflow": f"{ALLOWED}@@ -1 +1 @@\n-b\n+B\n\n@@ -1 +99999999999999999999 @@\n{HIDDEN}",
    "symlink-odd-octal": GIT.format("src/l") + "new file mode 0120777\n--- /dev/null\n+++ b/src/l\n" + NEW,
    "symlink-mode-tail": GIT.format("src/l") + "new file mode 120000 x\n--- /dev/null\n+++ b/src/l\n" + NEW,
    "header-tab-new-file": "diff --git a/protected/n.py\tb/protected/n.py\nnew file mode 100644\n--- /dev/null\n"
    "+++ b/protected/n.py\t\n" + NEW,
    "after-prose-and-a-fence": f"Here you are:\n```\nnothing\n```\n{HIDDEN}",
    "after-a-signature": f"{ALLOWED}@@ -1 +1 @@\n-b\n+B\n-- \n2.39.5\n\n{HIDDEN}",
    "mode-change": GIT.format(SECRET) + "old mode 100644\nnew mode 100755\n",
    "deletion": GIT.format(SECRET) + f"deleted file mode 100644\n--- a/{SECRET}\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """One repository for all checks that must not be accepted: none of them may leave anything in it."""
    folder = tmp_path_factory.mktemp("standing")
    kept = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GIT_CONFIG_NOSYSTEM": "1"}
    (folder / "project").mkdir()
    (folder / "outside").write_text("outside\n")
    project = Project(folder / "project", {**kept, "HOME": str(folder), "HARNESS_STATE_HOME": str(folder)})
    project.git("init", "-q", "-b", "main")
    project.commit(BASE, "begin")
    return project


@pytest.mark.parametrize("name", LIES)
def test_no_wording_reaches_a_protected_file(standing, name):
    document = standing.check(LIES[name], *GUARD).json
    assert document["decision"] in ("refused", "unusable")
    assert document["violations"]
    protected = {c["path"] for c in document["changes"] if c["path"].startswith("protected/")}
    assert protected <= {v["path"] for v in document["violations"] if v["code"] == "protected-path"}
    if document["tree"] and not protected:
        assert names(document["violations"]) & {"symlink", "gitlink", "undeclared-change", "out-of-scope"}
    assert standing.git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", LIES)
def test_nor_does_any_under_strict(standing, name, tmp_path):
    user = discover(standing.root)
    base = user.head()
    private = PrivateRepository(tmp_path / "private", user)
    built = build_candidate(private, base, base, LIES[name].encode(), strict=True)
    if isinstance(built, Candidate):
        rules = Rules(protected=("protected/",), scope=("src/",))
        assert judge_candidate(user, private, base, built, rules).violations


def test_a_mode_of_zero_is_judged_as_what_git_makes_of_it(repo):
    """A plain file to some versions of git, a submodule to others."""
    patch = (
        "diff --git a/src/l b/src/l\nnew file mode 0\n--- /dev/null\n+++ b/src/l\n@@ -0,0 +1 @@\n"
        f"+Subproject commit {'1' * 40}\n"
    )
    document = repo.check(patch, *GUARD).json
    assert document["decision"] == "accepted" or "gitlink" in names(document["violations"])
    assert document["decision"] != "accepted" or [c["new_mode"] for c in document["changes"]] == ["100644"]


def test_a_small_delta_that_makes_a_large_file_is_refused_before_it_is_unpacked(repo):
    """A few bytes that would make 383 MiB of the 256 bytes of `bin.dat`."""
    patch = (
        f"diff --git a/bin.dat b/bin.dat\nindex {repo.rev('HEAD:bin.dat')}..{'2' * 40} 100644\n"
        "GIT binary patch\ndelta 6135\nic-rm30Sy2E2m_#L@;B3H=5Pbj$xa0T00000c<%toZ2PDH\n\n"
    )
    result = repo.check(patch)
    assert (result.code, result.json["tree"]) == (4, None)
    assert names(result.json["violations"]) == {"binary-too-large"}


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
    assert names(result.json["violations"]) == {"hunk-missing"}
    (problem,) = result.json["operations"]["rejected"]
    assert (problem["operation"], problem["path"], problem["line"]) == (3, "src/a.py", 12)
    assert "2 other files" in problem["hint"]


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
    assert set(document["operations"]) >= {"declared", "applied", "skipped", "rejected"}
    json.dumps(document)


def test_it_works_below_the_top_and_from_a_file(repo):
    patch, tree = diff_of(repo, CHANGES["text"])
    file = repo.root.parent / "p.diff"
    file.write_bytes(patch)
    result = repo.harness("check", str(file), "--json", cwd=repo.root / "src")
    assert (result.code, result.json["tree"]) == (0, tree)
    missing = repo.harness("check", "nowhere.diff", "--json")
    assert (missing.code, missing.json["code"]) == (2, "unreadable-input")


def test_a_reply_in_another_format_than_named_is_told_apart_from_none(project):
    reply = '{"type":"create","file_path":"x.py","content":"x = 1\\n"}\n'
    result = project.check(reply, "--format", "unified-diff")
    (violation,) = result.json["violations"]
    assert (result.code, violation["code"]) == (4, "no-edits")
    assert violation["message"] == "no edits in the format unified-diff; seen: edits in the format ndjson"
    (none,) = project.check("Sorry.", "--format", "ndjson").json["violations"]
    assert none["message"] == "no edits in the format ndjson; seen: prose alone"
