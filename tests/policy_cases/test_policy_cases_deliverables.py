"""Deliverables and symbols, case by case; the number is that of the behavioural case."""

from __future__ import annotations

import json

import pytest
from policy_cases_phases import CONFIG, phase_table, put, told
from policy_cases_project import new_project
from project import create

BASE = {"harness.toml": CONFIG, "src/main.py": "MAIN = 1\n", "src/other.py": "OTHER = 1\n"}
A, B = create("src/a.py", "A = 1\n"), create("tests/test_a.py", "def test_a(): pass\n")
DONE = put("src/main.py", "MAIN = 2\n")
MISSING, EMPTY, SYMBOL = "deliverable-missing", "deliverable-empty", "symbol-missing"


@pytest.fixture(scope="session")
def repo(tmp_path_factory):
    """For checks alone, which leave nothing in it but another plan."""
    project = new_project(tmp_path_factory.mktemp("deliverables"))
    project.commit(BASE, "begin")
    return project


@pytest.fixture
def phased(warm):
    warm.commit(BASE, "begin")
    return warm


def ask(repo, deliverables, *operations, **keys):
    repo.plan(phase_table(deliverables=deliverables, scope=["**"], **keys))
    return repo.ask(DONE, *operations)


BOTH = {
    "57-list": ["src/a.py", "tests/test_a.py"],
    "57-buckets": {"code": ["src/a.py"], "tests": ["tests/test_a.py"]},
    "57-any-name-of-a-bucket": {"polish": ["src/a.py"], "anything else": "tests/test_a.py"},
    "57-nested-buckets": {"work": {"code": ["src/a.py"], "tests": ["tests/test_a.py"]}},
    "57-one-text": "src/a.py\ntests/test_a.py\n",
    "58-prose-bullets-are-no-paths": ["- src/a.py - the module", "Logging configuration", "* `tests/test_a.py`"],
    "58-prose-with-a-slash-is-none": ["src/a.py", "CLI output / formatting", "Improved error/retry handling", "tests/test_a.py"],
    "58-remarks-behind-a-path": ["src/a.py with the parser", "tests/test_a.py updated"],
}  # fmt: skip


@pytest.mark.parametrize("shape", BOTH)
def test_every_shape_is_checked_in_full(repo, shape):
    assert told(ask(repo, BOTH[shape]).json) == {(MISSING, "src/a.py"), (MISSING, "tests/test_a.py")}
    partial = ask(repo, BOTH[shape], A)
    assert (partial.code, told(partial.json)) == (3, {(MISSING, "tests/test_a.py")})
    whole = ask(repo, BOTH[shape], A, B)
    assert (whole.code, told(whole.json)) == (0, set())


@pytest.mark.parametrize(
    "value", ["Logging configuration", ["CLI output / formatting"], {"code": ["Better logs"]}]
)
def test_58_deliverables_without_any_path_are_a_wrong_plan(repo, value):
    result = ask(repo, value)
    assert (result.code, result.json["code"]) == (2, "invalid-plan")
    assert "no deliverable is a path" in result.json["message"]


NOT_THERE = {
    "60-a-folder-without-files": (["tests/unit/"], [], {(MISSING, "tests/unit/")}),
    "60-a-file-in-its-place": (["tests/unit/"], [create("tests/unit", "x\n")], {(MISSING, "tests/unit/")}),
    "60-a-folder-of-a-longer-name": (["tests/unit/"], [create("tests/units/a.py", "x = 1\n")], {(MISSING, "tests/unit/")}),
    "62-an-empty-file": (["src/a.py"], [create("src/a.py", "")], {(EMPTY, "src/a.py")}),
    "62-blanks-alone": (["docs/a.md"], [create("docs/a.md", " \n\t\n")], {(EMPTY, "docs/a.md")}),
    "62-a-folder": (["src/a.py"], [create("src/a.py/b.py", "x = 1\n")], {(MISSING, "src/a.py")}),
    "62-another-case": (["src/a.py"], [create("src/A.py", "x = 1\n")], {(MISSING, "src/a.py")}),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_THERE)
def test_what_does_not_satisfy_a_deliverable(repo, name):
    deliverables, operations, codes = NOT_THERE[name]
    result = ask(repo, deliverables, *operations)
    assert (result.code, told(result.json)) == (3, codes)


THERE = {
    "60-one-file-deep-in-the-folder": (["tests/unit/"], [create("tests/unit/deep/a.txt", "x\n")]),
    "62-an-empty-package-file": (["src/p/__init__.py"], [create("src/p/__init__.py", "")]),
    "62-an-empty-placeholder": (["logs/.gitkeep"], [create("logs/.gitkeep", "")]),
    "59-what-was-there-before": (["src/other.py", "src/main.py"], []),
}


@pytest.mark.parametrize("name", THERE)
def test_what_satisfies_one(repo, name):
    deliverables, operations = THERE[name]
    assert ask(repo, deliverables, *operations).code == 0


@pytest.mark.parametrize("path", ["../../../../etc/passwd", "/etc/passwd", ".git/config", "src/../../x.py"])
def test_62_a_deliverable_outside_the_repository_is_a_wrong_plan(repo, path):
    result = ask(repo, [path, "src/main.py"])
    assert (result.code, result.json["code"]) == (2, "invalid-plan")


def test_62_a_link_is_no_deliverable(repo):
    repo.plan(phase_table(deliverables=["src/a.py"], scope=["**"]))
    link = "diff --git a/src/a.py b/src/a.py\nnew file mode 120000\n--- /dev/null\n+++ b/src/a.py\n@@ -0,0 +1 @@\n"
    document = repo.check(link + "+main.py\n\\ No newline at end of file\n", "--phase", "w").json
    assert told(document) == {("symlink", "src/a.py"), (MISSING, "src/a.py")}


def test_63_a_file_beside_the_deliverables_refuses_all(repo):
    repo.plan(phase_table(deliverables=["src/a.py"]))
    result = repo.ask(A, create("lib/extra.py", "x = 1\n"))
    assert (result.code, told(result.json)) == (3, {("out-of-scope", "lib/extra.py")})


SYMBOLS = {
    "64-missing": ("def other(): pass\n", {(SYMBOL, "src/a.py")}),
    "64-in-a-comment": ("# def wanted(): pass\nx = 1\n", {(SYMBOL, "src/a.py")}),
    "64-in-a-text": ('"""class wanted: pass"""\n', {(SYMBOL, "src/a.py")}),
    "64-imported-from-elsewhere-is-not-defined-here": ("print(wanted)\n", {(SYMBOL, "src/a.py")}),
    "64-nested-too-deeply-to-be-read": (
        "wanted = " + "-" * 10_000 + "1\n", {("does-not-parse", "src/a.py"), (SYMBOL, "src/a.py")}
    ),
    "64-function": ("def wanted(): pass\n", set()),
    "64-class": ("class wanted: pass\n", set()),
    "64-name": ("wanted = 1\n", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", SYMBOLS)
def test_symbols(repo, name):
    content, codes = SYMBOLS[name]
    result = ask(repo, ["src/a.py"], create("src/a.py", content), symbols={"src/a.py": ["wanted"]})
    assert (result.code, told(result.json)) == (3 if codes else 0, codes)


# What a phase makes of a reply: keys of the phase, operations, exit code, outcome and codes.
OUTCOMES = {
    "57-missing": ({"deliverables": {"polish": ["src/a.py", "src/b.py"]}}, [A], 1, "failed", {(MISSING, "src/b.py")}),
    "60-empty-folder": ({"deliverables": ["tests/unit/", "src/a.py"]}, [A], 1, "failed", {(MISSING, "tests/unit/")}),
    "62-empty": ({"deliverables": ["src/a.py"]}, [create("src/a.py", "\n")], 1, "failed", {(EMPTY, "src/a.py")}),
    "63-outside": (
        {"deliverables": ["src/a.py"], "scope": ["src/"]}, [A, create("lib/a.py", "A = 1\n")], 3, "refused",
        {("out-of-scope", "lib/a.py")},
    ),
    "64-symbol-in-a-comment": (
        {"deliverables": ["src/a.py"], "symbols": {"src/a.py": ["wanted"]}},
        [create("src/a.py", "# def wanted(): pass\nx = 1\n")], 1, "failed", {(SYMBOL, "src/a.py")},
    ),
    "65-no-op-and-missing": (
        {"deliverables": ["src/a.py"], "scope": ["src/"]}, [{"type": "modify", "file_path": "src/main.py", "operations": []}],
        4, "unusable", {("no-op", None), (MISSING, "src/a.py")},
    ),
    "65-no-op-said-in-full-and-missing": (
        {"deliverables": ["src/a.py"], "scope": ["src/"]}, [put("src/main.py", BASE["src/main.py"])],
        4, "unusable", {("no-op", None), (MISSING, "src/a.py")},
    ),
    "65-one-change-and-one-that-is-none": (
        {"deliverables": ["src/a.py"], "scope": ["src/"], "allow_noop": True}, [A, put("src/main.py", BASE["src/main.py"])],
        3, "refused", {("no-effect", "src/main.py")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_phase_ends_as_its_deliverables_stand(phased, name):
    keys, operations, code, outcome, codes = OUTCOMES[name]
    phased.plan(phase_table(**{"scope": ["**"], **keys}))
    phased.reply("w", 1, *operations)
    result = phased.warm("run-phase", "w", "--json")
    assert (result.code, result.json["outcome"], result.json["commit"]) == (code, outcome, None), (
        result.stdout
    )
    assert {(c, p or None) for c, p in told(result.json["attempts"][0])} == codes


NOTHING = {
    "no operations": {"type": "modify", "file_path": "src/main.py", "operations": []},
    "the same content": put("src/main.py", BASE["src/main.py"]),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    ("allow", "deliverable"), [(False, "src/main.py"), (True, "src/main.py"), (True, "src/a.py")]
)
def test_65_a_no_op_that_may_be_completes_with_a_warning(phased, allow, deliverable, nothing):
    phased.plan(phase_table(allow_noop=allow, deliverables=[deliverable], scope=["src/"]))
    phased.reply("w", 1, NOTHING[nothing])
    result = phased.warm("run-phase", "w", "--json")
    attempt = result.json["attempts"][0]
    assert (result.code, result.json["outcome"], told(attempt)) == (0, "complete", set())
    assert "the attempt changed nothing" in attempt["warnings"]
    assert any("whether the goal is reached" in warning for warning in attempt["warnings"]) != allow
    assert any("src/a.py" in warning for warning in attempt["warnings"]) == (deliverable == "src/a.py")


def test_65_what_an_attempt_left_out_is_missing_though_the_next_changes_nothing(phased):
    table = phase_table(
        allow_noop=True, deliverables=["src/a.py", "src/b.py"], scope=["src/"], max_attempts=2
    )
    phased.plan(table)
    phased.reply("w", 1, A)
    phased.reply("w", 2, NOTHING["the same content"])
    result = phased.warm("run-phase", "w", "--json")
    assert [told(attempt) for attempt in result.json["attempts"]] == [{(MISSING, "src/b.py")}] * 2
    assert (result.code, result.json["outcome"]) == (1, "failed")


def test_61_a_misplaced_file_is_told_with_the_place_it_was_expected_in(repo):
    document = ask(repo, ["src/pkg/slug.py"], create("lib/slug.py", "S = 1\n")).json
    (violation,) = document["violations"]
    assert (violation["code"], violation["path"]) == (MISSING, "src/pkg/slug.py")
    assert "lib/slug.py" in json.dumps(violation)
