"""The decision table: one row a line of it, and unknown is never a pass."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checks.base_tests import BasePlan, BaseTests
from harness.checks.delta import compare
from harness.checks.flaky import without_flaky
from harness.checks.model import TestRun
from harness.phase.finalizer import AttemptFacts, TestFacts, finalize
from harness.policy.model import Violation

BAD = [Violation("protected-path", "x", "no")]
MISSING = [Violation("deliverable-missing", "y", "no")]


def ran(after, before=None, status="completed", base_status="completed", excused=(), required=(), doubt=""):
    base = TestRun(base_status, 0, before if before is not None else {"t.py::a": "passed"})
    candidate = TestRun(status, 0, after, why="because" if status != "completed" else "", doubt=doubt)
    return TestFacts(candidate, base, compare(base, candidate), required, frozenset(excused))


def flaky(node="t.py::a", beside=None, **more):
    """`node` failed, and passed when run again; `beside` failed, too, and keeps failing."""
    facts = ran({node: "failed"} | ({beside: "failed"} if beside else {}), **more)
    delta = without_flaky(facts.delta, frozenset({node}))
    return replace(facts, delta=delta, tries={node: ("passed", "passed")})


def with_base_tests(status="completed", **weakened):
    """Green, and the base's versions of a changed test file came to `weakened` functions."""
    plan = BasePlan({"t.py": None}, ("t.py",), ("t.py::a (changed)",))
    run = TestRun(status, 0, {}, why="" if status == "completed" else "it crashed")
    return replace(GREEN, base_tests=BaseTests(plan, run, weakened))


GREEN = ran({"t.py::a": "passed"})
REMOVED = ran({"t.py::b": "passed"})
REMOVED_AND_RED = ran({"t.py::b": "failed"})
MEANT = frozenset({"test-removed"})
WEAKENED = {"t.py::a": "fails"}
UNCOLLECTED = TestRun("broken", 2, {}, collection_errors={"u.py": "ImportError"}, why="because")
TABLE = {
    "unusable edits": (AttemptFacts("unusable", problems=BAD), "unusable", "edits"),
    "refused edits": (AttemptFacts("refused", problems=BAD), "refused", "edits"),
    "policy": (AttemptFacts("built", violations=BAD, tests=GREEN), "refused", "policy"),
    "policy beats missing": (AttemptFacts("built", violations=BAD, missing=MISSING), "refused", "policy"),
    "no-op, missing": (AttemptFacts("built", missing=MISSING, noop=True, tests="none"), "unusable", "no-op"),
    "no-op, all there": (AttemptFacts("built", noop=True, tests="none"), "complete", None),
    "no-op, allowed, missing": (
        AttemptFacts("built", missing=MISSING, noop=True, allow_noop=True, tests="none"),
        "failed",
        "deliverables",
    ),
    "nothing ever done, allowed, missing": (
        AttemptFacts("built", missing=MISSING, noop=True, allow_noop=True, untouched=True, tests="none"),
        "complete",
        None,
    ),
    "nothing ever done, missing": (
        AttemptFacts("built", missing=MISSING, noop=True, untouched=True, tests="none"),
        "unusable",
        "no-op",
    ),
    "missing": (AttemptFacts("built", missing=MISSING, tests=GREEN), "failed", "deliverables"),
    "green": (AttemptFacts("built", tests=GREEN), "complete", None),
    "no tests by choice": (AttemptFacts("built", tests="none"), "complete", None),
    "tests not run": (AttemptFacts("built"), "failed", "tests"),
    "newly failing": (AttemptFacts("built", tests=ran({"t.py::a": "failed"})), "failed", "tests"),
    "newly erroring": (AttemptFacts("built", tests=ran({"t.py::a": "error"})), "failed", "tests"),
    "new and failing": (
        AttemptFacts("built", tests=ran({"t.py::a": "passed", "t.py::b": "failed"})),
        "failed",
        "tests",
    ),
    "failed before too": (
        AttemptFacts("built", tests=ran({"t.py::a": "failed"}, {"t.py::a": "failed"})),
        "complete",
        None,
    ),
    "removed": (AttemptFacts("built", tests=REMOVED), "blocked", "tests"),
    "removed, approved": (AttemptFacts("built", tests=REMOVED, approved=MEANT), "complete", None),
    "removed, another fault approved": (
        AttemptFacts("built", tests=REMOVED, approved=frozenset({"test-skipped"})),
        "blocked",
        "tests",
    ),
    "removed, and work missing": (
        AttemptFacts("built", missing=MISSING, tests=REMOVED, approved=MEANT),
        "failed",
        "deliverables",
    ),
    "removed, and another fails": (AttemptFacts("built", tests=REMOVED_AND_RED), "failed", "tests"),
    "removed and approved, another fails": (
        AttemptFacts("built", tests=REMOVED_AND_RED, approved=MEANT | {"test-failed"}),
        "failed",
        "tests",
    ),
    "no report, approved": (
        AttemptFacts("built", tests=ran({}, status="unknown"), approved=MEANT | {"tests-unknown"}),
        "failed",
        "tests",
    ),
    "refused, approved": (
        AttemptFacts("built", violations=BAD, tests=GREEN, approved=frozenset({"protected-path"})),
        "refused",
        "policy",
    ),
    "removed, excused": (
        AttemptFacts("built", tests=ran({"t.py::b": "passed"}, excused=["t.py"])),
        "complete",
        None,
    ),
    "skipped now": (AttemptFacts("built", tests=ran({"t.py::a": "skipped"})), "blocked", "tests"),
    "expected to fail now": (AttemptFacts("built", tests=ran({"t.py::a": "xfailed"})), "blocked", "tests"),
    "flaky": (AttemptFacts("built", tests=flaky()), "complete", None),
    "flaky, and another fails": (AttemptFacts("built", tests=flaky(beside="t.py::b")), "failed", "tests"),
    "flaky, and required": (AttemptFacts("built", tests=flaky(required=["t.py::a"])), "failed", "tests"),
    "weakened": (AttemptFacts("built", tests=with_base_tests(**WEAKENED)), "blocked", "tests"),
    "weakened, approved": (
        AttemptFacts("built", tests=with_base_tests(**WEAKENED), approved=frozenset({"test-weakened"})),
        "complete",
        None,
    ),
    "rewritten, and passes as it was": (AttemptFacts("built", tests=with_base_tests()), "complete", None),
    "no result of the base's tests": (
        AttemptFacts("built", tests=with_base_tests("unknown")),
        "failed",
        "tests",
    ),
    "no result of the base's tests, approved": (
        AttemptFacts("built", tests=with_base_tests("unknown"), approved=frozenset({"tests-unknown"})),
        "failed",
        "tests",
    ),
    "fewer parameters": (
        AttemptFacts(
            "built", tests=ran({"t.py::a[1]": "passed"}, {"t.py::a[1]": "passed", "t.py::a[2]": "passed"})
        ),
        "complete",
        None,
    ),
    "canary passed": (
        AttemptFacts("built", tests=ran({}, status="unknown", doubt="canary-passed")),
        "failed",
        "tests",
    ),
    "canary passed, approved": (
        AttemptFacts(
            "built",
            tests=ran({}, status="unknown", doubt="canary-passed"),
            approved=frozenset({"canary-passed"}),
        ),
        "failed",
        "tests",
    ),
    "collection error": (
        AttemptFacts("built", tests=replace(ran({}, status="broken"), candidate=UNCOLLECTED)),
        "failed",
        "tests",
    ),
    "unknown outcome": (AttemptFacts("built", tests=ran({"t.py::a": "unknown"})), "failed", "tests"),
    "no report": (AttemptFacts("built", tests=ran({}, status="unknown")), "failed", "tests"),
    "can't be collected": (AttemptFacts("built", tests=ran({}, status="broken")), "failed", "tests"),
    "no tests found": (AttemptFacts("built", tests=ran({}, status="no_tests")), "failed", "tests"),
    "all skipped": (
        AttemptFacts("built", tests=ran({"t.py::a": "skipped"}, {"t.py::a": "skipped"})),
        "failed",
        "tests",
    ),
    "one of all expected to fail, the others skipped": (
        AttemptFacts(
            "built", tests=ran({"t.py::a": "xfailed", "t.py::b": "skipped"}, {"t.py::a": "xfailed"})
        ),
        "complete",
        None,
    ),
    "first tests": (
        AttemptFacts("built", tests=ran({"t.py::a": "passed"}, {}, base_status="no_tests")),
        "complete",
        None,
    ),
    "no baseline, one fails": (
        AttemptFacts("built", tests=ran({"t.py::a": "failed"}, {}, base_status="unknown")),
        "failed",
        "tests",
    ),
    "no baseline, and tests of the base are changed": (
        AttemptFacts(
            "built",
            tests=replace(ran({"t.py::a": "passed"}, {}, base_status="unknown"), unproven=("t.py::b",)),
        ),
        "failed",
        "tests",
    ),
    "required, absent": (
        AttemptFacts("built", tests=ran({"t.py::a": "passed"}, required=["t.py::z"])),
        "failed",
        "tests",
    ),
    "required, failing before too": (
        AttemptFacts("built", tests=ran({"t.py::a": "failed"}, {"t.py::a": "failed"}, required=["t.py"])),
        "failed",
        "tests",
    ),
    "required, passed": (
        AttemptFacts("built", tests=ran({"t.py::a[1]": "passed"}, required=["t.py::a"], before={})),
        "complete",
        None,
    ),
}


# What is told of those that stop; where tests didn't run, the gate alone says so.
SAID = {
    "unusable edits": ("protected-path",),
    "refused edits": ("protected-path",),
    "policy": ("protected-path",),
    "policy beats missing": ("protected-path", "deliverable-missing"),
    "no-op, missing": ("no-op", "deliverable-missing"),
    "no-op, allowed, missing": ("deliverable-missing",),
    "nothing ever done, missing": ("no-op", "deliverable-missing"),
    "missing": ("deliverable-missing",),
    "newly failing": ("test-failed",),
    "newly erroring": ("test-failed",),
    "new and failing": ("test-failed",),
    "removed": ("test-removed",),
    "removed, another fault approved": ("test-removed",),
    "removed, and work missing": ("deliverable-missing",),
    "removed, and another fails": ("test-failed", "test-removed"),
    "removed and approved, another fails": ("test-failed",),
    "no report, approved": ("tests-unknown",),
    "refused, approved": ("protected-path",),
    "skipped now": ("test-skipped",),
    "expected to fail now": ("test-skipped",),
    "flaky, and another fails": ("test-failed",),
    "flaky, and required": ("required-test",),
    "weakened": ("test-weakened",),
    "no result of the base's tests": ("tests-unknown",),
    "no result of the base's tests, approved": ("tests-unknown",),
    "canary passed": ("canary-passed",),
    "canary passed, approved": ("canary-passed",),
    "collection error": ("tests-broken", "collection-error"),
    "unknown outcome": ("test-failed",),
    "no report": ("tests-unknown",),
    "can't be collected": ("tests-broken",),
    "no tests found": ("no-tests",),
    "all skipped": ("no-tests",),
    "no baseline, one fails": ("test-failed",),
    "no baseline, and tests of the base are changed": ("tests-unknown",),
    "required, absent": ("required-test",),
    "required, failing before too": ("required-test",),
}


@pytest.mark.parametrize("name", TABLE)
def test_decision(name):
    facts, outcome, gate = TABLE[name]
    decision = finalize(facts)
    assert decision.outcome == outcome
    stopping = [g.name for g in decision.gates if g.state != "pass"]
    assert (stopping[0] if stopping else None) == gate
    assert tuple(violation.code for violation in decision.violations) == SAID.get(name, ())


@pytest.mark.parametrize(("path", "told"), [("a/t.py", []), ("t.py", []), ("elsewhere/test_u.py", ["u"]), ("at.py", ["a"])])  # fmt: skip
def test_tests_that_were_delivered_and_not_run_are_told(path, told):
    """A phase was complete without a word though pytest's `testpaths` left its new tests out."""
    decision = finalize(AttemptFacts("built", tests=replace(GREEN, delivered=[path])))
    assert decision.outcome == "complete"
    assert [path in w and "tests-not-collected" in w for w in decision.warnings] == [True for _ in told]


def test_delivered_tests_that_are_all_skipped_are_told():
    tests = ran({"t.py::a": "passed", "u.py::b": "skipped"})
    told = finalize(AttemptFacts("built", tests=replace(tests, delivered=["t.py", "u.py"]))).warnings
    assert [w.partition(" is ")[0] for w in told] == ["tests-not-collected: u.py"]


@pytest.mark.parametrize("status", ["unknown", "no_tests"])
def test_what_is_not_known_is_unknown_not_failed(status):
    decision = finalize(AttemptFacts("built", tests=ran({}, status=status)))
    assert [g.state for g in decision.gates if g.name == "tests"] == ["unknown"]


WARNED = {
    "flaky": "flaky-test",
    "rewritten, and passes as it was": "tests-changed",
    "fewer parameters": "fewer parameters",
    "no-op, all there": "changed nothing",
    "no baseline, one fails": "no baseline",
    "weakened, approved": "approved",
}


@pytest.mark.parametrize("name", TABLE)
def test_what_passes_with_a_warning_says_so(name):
    told = " ".join(finalize(TABLE[name][0]).warnings)
    for row, words in WARNED.items():
        assert (words in told) or row != name
    assert name not in WARNED or told


def test_every_code_and_gate_of_the_documented_table_has_a_row():
    page = (Path(__file__).parents[2] / "docs" / "decision-table.md").read_text()
    tests = page.split("**tests**:")[1].split("\n\n")[1]
    documented = set(re.findall(r"`([a-z-]+)`", tests))
    reached = {code for codes in SAID.values() for code in codes} | {
        "flaky-test",
        "tests-changed",
        "tests-not-collected",
    }
    assert documented <= reached, documented - reached
    outcomes = re.findall(r"^\|.*\| (\w+) \| \d \|$", page, re.M)
    assert set(outcomes) == {outcome for _, outcome, _ in TABLE.values()}
