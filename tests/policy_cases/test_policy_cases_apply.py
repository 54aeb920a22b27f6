"""Scope, protection and kinds of runs, case by case; the number is that of the behavioural case."""

from __future__ import annotations

import pytest
from policy_cases_phases import CONFIG, delete, phase_table, put, rename, told
from project import create

BASE = {
    "harness.toml": CONFIG,
    "src/main.py": "MAIN = 1\n",
    "src/deep/b.py": "B = 1\n",
    "llm_service.py": "A = 1\n",
    "llm_service.py.bak": "A = 0\n",
    "lib/llm_service.py": "A = 2\n",
    "locked/a b.txt": "a\n",
    "locked/core.py": "CORE = 1\n",
    "locked/other.py": "OTHER = 1\n",
}


@pytest.fixture
def repo(warm):
    warm.commit(BASE, "begin")
    return warm


DONE = put("src/main.py", "MAIN = 2\n")

# Scope, what is changed beside src/main.py, and what of it is outside.
SCOPES = {
    "46-one-file-and-a-test-beside-it": (["src/main.py"], [create("tests/test_main.py", "x = 1\n")], {"tests/test_main.py"}),
    "46-a-folder-admits-what-lies-deep-in-it": (["src/"], [create("src/a/b.py", "b = 1\n")], set()),
    "46-a-folder-without-its-slash-means-the-same": (["src"], [create("src/a/b.py", "b = 1\n")], set()),
    "46-a-neighbour-of-that-name-is-outside": (["src"], [create("srcs/a.py", "a = 1\n")], {"srcs/a.py"}),
    "46-other-separators-and-blanks": ([".\\src\\main.py ", " ./lib/x.py"], [create("lib/x.py", "x = 1\n")], set()),
    "46-other-separators-open-nothing-else": ([".\\src\\main.py "], [create("src/x.py", "x = 1\n")], {"src/x.py"}),
    "46-two-stars-are-everything": (["**"], [create("a/b/c.txt", "c\n")], set()),
    "46-without-a-scope-the-deliverables-are-it": (None, [create("src/x.py", "x = 1\n")], {"src/x.py"}),
    "46-an-empty-scope-admits-nothing": ([], [create("src/x.py", "x = 1\n")], {"src/x.py", "src/main.py"}),
    "46-both-sides-of-a-rename": (["src/"], [rename("lib/llm_service.py", "src/l.py")], {"lib/llm_service.py"}),
    "46-deletions-count": (["src/"], [delete("llm_service.py.bak")], {"llm_service.py.bak"}),
    "46-case-counts": (["SRC/", "src/main.py"], [create("src/x.py", "x = 1\n")], {"src/x.py"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SCOPES)
def test_scope_is_exclusive(repo, name):
    scope, operations, outside = SCOPES[name]
    protected = {p for p in outside if p.endswith("llm_service.py")}
    repo.plan(phase_table(scope=scope))
    document = repo.ask(DONE, *operations).json
    assert {path for code, path in told(document) if code == "out-of-scope"} == outside
    assert document["decision"] == ("refused" if outside else "accepted"), document["violations"]
    assert {path for code, path in told(document) if code == "protected-path"} == protected


def test_46_the_path_outside_is_named_to_people(repo):
    repo.plan(phase_table(scope=["src/main.py"]))
    reply = repo.root.parent / "reply.txt"
    reply.write_text('{"type":"create","file_path":"tests/test_main.py","content":"x = 1\\n"}')
    result = repo.warm("check", str(reply), "--phase", "w")
    assert result.code == 3
    assert "tests/test_main.py: is outside the phase's scope [out-of-scope]" in result.stdout


def test_47_protected_beats_scope_and_deliverables(repo):
    repo.plan(phase_table(deliverables=["locked/core.py"], scope=["locked/", "**"]))
    document = repo.ask(put("locked/core.py", "CORE = 2\n")).json
    assert (document["decision"], told(document)) == ("refused", {("protected-path", "locked/core.py")})


# What a maintenance run allows, what it changes, and what stays closed to it.
ALLOWED = {
    "47-the-exact-path": (["locked/core.py"], [put("locked/core.py", "CORE = 2\n")], set()),
    "47-not-the-one-beside-it": (
        ["locked/core.py"], [put("locked/other.py", "OTHER = 2\n")], {("protected-path", "locked/other.py")},
    ),
    "47-no-folder": (["locked/"], [put("locked/core.py", "CORE = 2\n")], {("protected-path", "locked/core.py")}),
    "47-no-glob": (["locked/*"], [put("locked/core.py", "CORE = 2\n")], {("protected-path", "locked/core.py")}),
    "47-no-longer-name": (
        ["llm_service.py"], [create("locked/llm_service.py.bak", "A = 1\n")],
        {("protected-path", "locked/llm_service.py.bak")},
    ),
    "47-no-name-at-another-depth": (
        ["llm_service.py"], [put("lib/llm_service.py", "A = 3\n")], {("protected-path", "lib/llm_service.py")},
    ),
    "47-no-other-case": (
        ["locked/core.py"], [delete("locked/core.py"), create("locked/new/CORE.py", "CORE = 1\n")],
        {("protected-path", "locked/new/CORE.py")},
    ),
    "50-not-harness-toml": (["harness.toml"], [put("harness.toml", CONFIG + "\n")], {("harness-file", "harness.toml")}),
    "50-not-the-plan": (["plan.toml"], [create("plan.toml", "x\n")], {("harness-file", "plan.toml")}),
    "50-not-the-telemetry": (
        ["telemetry/demo.ndjson"], [create("telemetry/demo.ndjson", "{}\n")], {("harness-file", "telemetry/demo.ndjson")},
    ),
    "50-not-the-hooks": (
        ["hooks/pre-commit"], [create("hooks/pre-commit", "#!/bin/sh\n")], {("harness-file", "hooks/pre-commit")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_maintenance_opens_exactly_the_paths_it_lists(repo, name):
    allow, operations, closed = ALLOWED[name]
    repo.plan(phase_table(allow=allow, scope=["**"]), head='type = "maintenance"')
    document = repo.ask(DONE, *operations).json
    assert told(document) == closed
    assert document["decision"] == ("refused" if closed else "accepted")


@pytest.mark.parametrize("command", [("check", "-", "--json", "--phase", "w"), ("run-phase", "w", "--json")], ids=["check", "run-phase"])  # fmt: skip
def test_50_a_project_build_that_lists_paths_to_open_is_a_wrong_plan(repo, command):
    repo.plan(phase_table(allow=["locked/core.py"]))
    result = repo.warm(*command, stdin=b'{"type":"create","file_path":"x.py","content":"x = 1\\n"}')
    assert (result.code, result.json["code"]) == (2, "invalid-plan")
    assert "maintenance" in result.json["message"]
    assert repo.git("for-each-ref", "refs/harness", "refs/heads/harness") == ""


@pytest.mark.parametrize(
    "path",
    ["./locked/core.py", "locked//core.py", "Locked/core.py", "locked/CORE.PY", "locked/./core.py", "x/../locked/core.py"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["create", "replace_file"])
def test_49_no_spelling_gets_round_protection(repo, kind, path):
    result = repo.check(f'{{"type":"{kind}","file_path":"{path}","content":"CORE = 2\\n"}}')
    assert result.json["decision"] != "accepted"
    changed = {change["path"] for change in result.json["changes"]}
    assert changed <= {p for code, p in told(result.json) if code == "protected-path"}


def test_48_a_protected_path_with_a_blank_is_judged_whole(repo):
    patch = (
        "diff --git a/locked/a b.txt b/src/a b.txt\nsimilarity index 100%\n"
        "rename from locked/a b.txt\nrename to src/a b.txt\n"
    )
    document = repo.check(patch).json
    assert told(document) == {("protected-path", "locked/a b.txt")}
    assert {change["path"] for change in document["changes"]} == {"locked/a b.txt", "src/a b.txt"}
