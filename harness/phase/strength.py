"""Test strength of a candidate: the rules on its tree, and the base's tests run on its code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from harness.checks.base_tests import (
    BasePlan,
    BaseTests,
    plan_base_tests,
    unproven_tests,
    weakened_tests,
)
from harness.checks.model import TestRun
from harness.config import TestsTable
from harness.git.private import PrivateRepository
from harness.git.tree import Tree, write_tree
from harness.phase.finalizer import TestFacts
from harness.phase.task import Attempt
from harness.phase.testing import Testing, run_on
from harness.plan import Phase
from harness.policy.model import TreeChange, Violation
from harness.policy.pytest_settings import pytest_settings
from harness.policy.test_places import DEFAULT_PATTERNS, TestPlaces
from harness.policy.test_strength import check_test_strength, name_exact, read_file
from harness.verdict import Judged


def phase_places(phase: Phase, table: TestsTable | None) -> TestPlaces:
    """Where a phase's tests are; `table` is `[tests]`, None where there are none by choice."""
    paths = phase.tests if isinstance(phase.tests, tuple) else table.paths if table else ()
    return TestPlaces(paths, table.workdir if table else ".")


def judge_strength(
    private: PrivateRepository, base: str, candidate: str, judged: Judged, phase: Phase, places: TestPlaces
) -> list[Violation]:
    """The rules of test strength on the trees `base` and `candidate`, judged by the others already."""
    named = name_exact(phase.deliverables, phase.allow_tests, phase.allow)
    trees = Tree(private.objects, base), Tree(private.objects, candidate)
    return check_test_strength(judged.changes, *trees, places, named)


def with_base_tests(
    attempt: Attempt, places: TestPlaces, changes: Sequence[TreeChange], candidate: str, tests: TestFacts
) -> TestFacts:
    """The same facts, and what the base's versions of changed tests say where they are needed.

    They aren't where the candidate fails its own tests: there is another attempt to make first.
    """
    testing = attempt.task.testing
    if testing is None or tests.candidate.status != "completed" or tests.delta.newly_failing:
        return tests
    old = _reader(attempt, attempt.task.base_tree)
    new = _reader(attempt, candidate)
    patterns = _patterns(places, old)
    if tests.base is None or tests.base.status == "unknown":
        touched = unproven_tests(changes, old, new, patterns, tests.excused)
        return dataclasses.replace(tests, unproven=touched)
    plan = plan_base_tests(changes, tests.base, old, new, patterns, tests.excused)
    if plan is None:
        return tests
    attempt.task.progress(f"attempt {attempt.number}: running the base's versions of changed tests")
    run = _run(attempt, testing, plan, candidate)
    found = weakened_tests(plan, tests.base, run)
    return dataclasses.replace(tests, base_tests=BaseTests(plan, run, found))


def _run(attempt: Attempt, testing: Testing, plan: BasePlan, candidate: str) -> TestRun:
    task, private = attempt.task, attempt.workspace.private
    tree = write_tree(private.objects, candidate, plan.restored)
    commit = private.commit(tree, [task.base], "The base's tests on the candidate", task.user.identity)
    assert task.testing is not None
    return run_on(testing, attempt.workspace, "base-tests", commit, plan.run)


def _reader(attempt: Attempt, oid: str) -> Callable[[str], bytes | None]:
    tree = Tree(attempt.workspace.private.objects, oid)
    return lambda path: read_file(tree, path)


def _patterns(places: TestPlaces, old: Callable[[str], bytes | None]) -> Sequence[str]:
    """`python_files` of the base."""
    lines = pytest_settings(places.roots[0], old, native_toml=True).get("python_files", ())
    return [word for line in lines for word in line.split()] or DEFAULT_PATTERNS
