"""The decision table: one row a line of it, and unknown is never a pass."""

import pytest

from harness.checks.delta import compare
from harness.checks.model import TestRun
from harness.phase.finalizer import AttemptFacts, TestFacts, finalize
from harness.policy.model import Violation

BAD = [Violation("protected-path", "x", "no")]
MISSING = [Violation("deliverable-missing", "y", "no")]


def ran(after, before=None, status="completed", base_status="completed", excused=(), required=()):
    base = TestRun(base_status, 0, before if before is not None else {"t.py::a": "passed"})
    candidate = TestRun(status, 0, after, why="because" if status != "completed" else "")
    return TestFacts(candidate, base, compare(base, candidate), required, frozenset(excused))


GREEN = ran({"t.py::a": "passed"})
REMOVED = ran({"t.py::b": "passed"})
REMOVED_AND_RED = ran({"t.py::b": "failed"})
MEANT = frozenset({"test-removed"})
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
    "unknown outcome": (AttemptFacts("built", tests=ran({"t.py::a": "unknown"})), "failed", "tests"),
    "no report": (AttemptFacts("built", tests=ran({}, status="unknown")), "failed", "tests"),
    "can't be collected": (AttemptFacts("built", tests=ran({}, status="broken")), "failed", "tests"),
    "no tests found": (AttemptFacts("built", tests=ran({}, status="no_tests")), "failed", "tests"),
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
    "unknown outcome": ("test-failed",),
    "no report": ("tests-unknown",),
    "can't be collected": ("tests-broken",),
    "no tests found": ("no-tests",),
    "no baseline, one fails": ("test-failed",),
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


@pytest.mark.parametrize("status", ["unknown", "no_tests"])
def test_what_is_not_known_is_unknown_not_failed(status):
    decision = finalize(AttemptFacts("built", tests=ran({}, status=status)))
    assert [g.state for g in decision.gates if g.name == "tests"] == ["unknown"]
