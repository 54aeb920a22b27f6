"""Tests that go and approvals, case by case; further ones stand with test strength and approvals of phases."""

from __future__ import annotations

import pytest
from policy_cases_phases import delete, put, rename, told
from project import create

TESTS = "def test_two():\n    assert 1 + 1 == 2\n"
PHASE = 'id = "w"\ngoal = "g"\ndeliverables = ["src/textkit/sums.py"]\nscope = ["src/", "tests/"]\nmax_attempts = 1\n'
SUMS = create("src/textkit/sums.py", "TOTAL = 3\n")
BROKEN_TEST = create("tests/test_more.py", "import nowhere_to_be_found\n")


@pytest.fixture
def repo(project):
    project.commit({"tests/test_sums.py": TESTS}, "tests")
    return project


def run(repo, *operations, keys=""):
    repo.plan(PHASE + keys)
    repo.reply("w", 1, *operations)
    return repo.phase("w")


def test_70_a_passing_test_that_is_renamed_away_blocks_and_is_named(repo):
    result = run(repo, SUMS, rename("tests/test_sums.py", "tests/sums.py"))
    attempt = result.json["attempts"][0]
    assert (result.code, result.json["outcome"], result.json["commit"]) == (5, "blocked", None), attempt
    assert told(attempt) == {("test-removed", "tests/test_sums.py")}
    assert "test_two" in attempt["violations"][0]["message"]


@pytest.mark.slow
def test_70_a_test_that_goes_as_declared_is_complete(repo):
    result = run(repo, SUMS, delete("tests/test_sums.py"), keys='allow_tests = ["tests/test_sums.py"]\n')
    assert (result.code, result.json["outcome"]) == (0, "complete"), result.stdout
    assert "tests/test_sums.py" not in repo.git("ls-tree", "-r", "--name-only", "harness/demo")


@pytest.mark.parametrize(
    ("operations", "code"),
    [
        pytest.param([SUMS, delete("tests/test_sums.py"), BROKEN_TEST], "collection-error", id="76-collection-and-removed"),
        pytest.param([SUMS, delete("tests/test_sums.py"), put("src/textkit/__init__.py", "X = 1\n")], "test-failed", id="76-regression-and-removed"),
        pytest.param([delete("tests/test_sums.py")], "deliverable-missing", id="76-deliverables-and-removed"),
    ],
)  # fmt: skip
def test_76_no_approval_overrides_the_other_gates(repo, operations, code):
    result = run(repo, *operations)
    attempt = result.json["attempts"][0]
    assert (result.code, result.json["outcome"]) == (1, "failed"), attempt
    assert code in {violation["code"] for violation in attempt["violations"]}
    approved = repo.harness("approve", "w", "--reason", "I like it", "--json")
    assert (approved.code, approved.json["code"]) == (2, "nothing-to-approve")
    assert repo.git("for-each-ref", "refs/harness/approvals") == ""
