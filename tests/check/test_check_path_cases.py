"""Paths that no edit may name, and operations outside what a phase may change, case by case.

The number in a test's id is that of the behavioural case it stands for.
"""

import json

import pytest
from check_watched import WatchedProject, delete, lines, meta, modify, not_accepted, replace
from project import create, names

BASE = {
    "src/a.py": "one\ntwo\nthree\n",
    "src/b.py": "b = 1\n",
    "docs/x y.md": "spaced\n",
    "crlf.txt": b"one\r\ntwo\r\n",
}
X = create("x.py", "x = 1\n")


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


UNSAFE = {
    "up": ("../x", "path-traversal"),
    "absolute": ("/abs", "path-absolute"),
    "drive": ("C:\\x", "path-absolute"),
    "hook": (".git/hooks/pre-commit", "path-git-directory"),
    "git-in-capitals": (".GIT/config", "path-git-directory"),
    "up-in-the-middle": ("a/../../b", "path-traversal"),
    "nul": ("a\0b", "path-control-character"),
    "empty": ("", "path-empty"),
}
LAYOUTS = {
    "line": lambda path: lines(X, create(path, "x\n")),
    "files": lambda path: json.dumps({"files": [{"path": "x.py", "new_content": "x\n"}, {"path": path, "new_content": "x\n"}]}),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", UNSAFE)
def test_38_unsafe_path(repo, name, layout):
    path, code = UNSAFE[name]
    document = not_accepted(repo.check(LAYOUTS[layout](path)), 3, code)
    assert (document["tree"], document["changes"]) == (None, [])
    assert [v["path"] for v in document["violations"]] == [path]
    assert document["operations"]["would_apply"] == [1]


PATCHED = {
    "codex-patch": "*** Begin Patch\n*** Add File: x.py\n+x = 1\n*** Add File: {}\n+evil\n*** End Patch\n",
    "search-replace": "x.py\n```\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n```\n\n"
    "{}\n```\n<<<<<<< SEARCH\n=======\nevil\n>>>>>>> REPLACE\n```\n",
    "whole-file": "x.py\n```python\nx = 1\n```\n\n{}\n```python\nevil\n```\n",
    "unified-diff": "--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+x = 1\n--- /dev/null\n+++ b/{}\n@@ -0,0 +1 @@\n+evil\n",
}


@pytest.mark.parametrize("path", ["../evil.txt", "src/../../evil.txt", ".git/hooks/pre-commit", "src/.GIT/x"])
@pytest.mark.parametrize("style", PATCHED)
def test_38_unsafe_path_in_another_format(repo, style, path):
    document = repo.check(PATCHED[style].format(path)).json
    assert document["format"] == style
    assert (document["decision"], document["tree"], document["changes"]) == ("refused", None, [])
    assert any(code.startswith("path-") for code in names(document["violations"]))
    assert path in {v["path"] for v in document["violations"]}


THROUGH_A_LINK = {
    "create-below": create("link/x.py", "x\n"),
    "modify-below": modify("link/inside.txt", {"type": "append", "content": "x\n"}),
    "delete-below": delete("link/inside.txt"),
    "replace-the-link": {"type": "replace_file", "file_path": "link", "content": "x\n"},
    "rename-below": {"type": "rename", "file_path": "src/a.py", "new_path": "link/a.py"},
}


@pytest.mark.parametrize("name", THROUGH_A_LINK)
def test_38_path_through_a_symlink(repo, name):
    outside = repo.outside / "target"
    outside.mkdir()
    (outside / "inside.txt").write_text("inside\n")
    (repo.root / "link").symlink_to(outside)
    repo.commit(message="a link")
    document = repo.check(lines(X, THROUGH_A_LINK[name])).json
    assert document["decision"] in ("refused", "unusable")
    assert (document["tree"], document["changes"]) == (None, [])
    assert [r["operation"] for r in document["operations"]["rejected"]] == [2]
    assert sorted(p.name for p in outside.iterdir()) == ["inside.txt"]


PLAN = 'id = "w"\ngoal = "g"\ndeliverables = ["src/new.py"]\nscope = ["src/"]\nagent = "recorded"\n'
NEW = create("src/new.py", "new = 1\n")


@pytest.fixture
def planned(repo):
    repo.plan(PLAN, PLAN.replace('"w"', '"narrow"').replace('scope = ["src/"]\n', ""))
    return repo


OUTSIDE_MANIFEST = {
    "39-one-operation-outside": ("w", [NEW, create("docs/n.md", "n\n")], {"docs/n.md"}),
    "39-every-path-outside-is-listed": (
        "w", [create("z.py", "z\n"), NEW, create("docs/n.md", "n\n"), delete("crlf.txt")],
        {"z.py", "docs/n.md", "crlf.txt"},
    ),
    "39-without-a-scope-the-deliverables-are-the-manifest": ("narrow", [NEW, modify("src/a.py", replace("one", "1"))], {"src/a.py"}),
    "39-code-src-new-is-not-mapped-to-src-new-as-no-path-is-ever-rewritten": (
        "narrow", [create("code/src/new.py", "new = 1\n")], {"code/src/new.py"},
    ),
    "39-rename-out-of-the-scope": (
        "w", [NEW, {"type": "rename", "file_path": "src/b.py", "new_path": "lib/b.py"}], {"lib/b.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE_MANIFEST)
def test_manifest(planned, name):
    phase, operations, outside = OUTSIDE_MANIFEST[name]
    result = planned.check(lines(*operations), "--plan", "plan.toml", "--phase", phase)
    document = result.json
    assert (result.code, document["decision"]) == (3, "refused")
    assert {v["path"] for v in document["violations"] if v["code"] == "out-of-scope"} == outside
    assert planned.git("for-each-ref", "refs/harness", "refs/heads/harness") == ""


def test_39_traversal_into_the_manifest_is_refused_by_name(planned):
    result = planned.check(lines(NEW, create("src/../../evil", "x\n")), "--phase", "w")
    document = not_accepted(result, 3, "path-traversal")
    assert (document["tree"], document["violations"][0]["path"]) == (None, "src/../../evil")


RUN = '[tests]\npaths = ["tests"]\n\n[agents.recorded]\nkind = "recorded"\nreply = "replies/{phase}-{attempt}.txt"\n'


@pytest.fixture
def runnable(planned):
    """The plan with a phase that has no tests to run, committed."""
    planned.plan(PLAN + 'tests = "none"\nmax_attempts = 1\n')
    planned.commit({"harness.toml": RUN}, "plan")
    return planned


def respond(repo, reply, **usage):
    """`run-phase` on a recorded response, beside which the agent's usage stands."""
    response = repo.outside / "reply.txt"
    response.write_text(reply)
    (repo.outside / "reply.txt.usage.json").write_text(json.dumps({"input": 10, "output": 100, **usage}))
    return repo.phase("w", "--response", str(response))


def test_39_a_phase_with_an_operation_outside_keeps_nothing_of_it(runnable):
    result = respond(runnable, lines(NEW, create("docs/n.md", "n\n")))
    assert (result.code, result.json["outcome"], result.json["commit"]) == (3, "refused", None)
    assert "src/new.py" not in runnable.git("ls-tree", "-r", "--name-only", "--full-tree", "main")
    branch = runnable.rev("harness/demo")
    assert not branch or "src/new.py" not in runnable.git("ls-tree", "-r", "--name-only", branch)


def test_24_a_phase_is_unusable_where_meta_says_more(runnable):
    result = respond(runnable, lines(meta(3), NEW))
    assert (result.code, result.json["outcome"]) == (4, "unusable")
    attempt = result.json["attempts"][0]
    assert names(attempt["violations"]) == {"operation-count"}
    assert attempt["would_apply"] == [1]


def test_24_the_agents_word_that_it_was_cut_makes_the_rest_count(runnable):
    result = respond(runnable, lines(meta(3), NEW), stop_reason="max_tokens")
    assert (result.code, result.json["outcome"]) == (0, "complete"), result.json
    assert result.json["attempts"][0]["truncated"] is True
    commit = result.json["commit"]
    tree = runnable.git("ls-tree", "-r", "--name-only", commit).split("\n")
    assert "src/new.py" in tree
    assert runnable.git("cat-file", "blob", f"{commit}:src/new.py") == "new = 1\n"
