"""An attempt's test report: that it is the recorded one, and says what the attempt says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.checks.delta import severity
from harness.git.object_id import blob_id
from harness.phase.documents import AttemptDocument, TestsDocument
from harness.verify.deltas import check_baseline
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import Basis, json_line

REPORT_FILE = "report.json"
CI_FILE = "ci.json"
_FAILING = frozenset({"failed", "error"})
_COUNTED = {
    "passed": frozenset({"passed", "xpassed"}),
    "failed": _FAILING,
    "skipped": frozenset({"skipped", "xfailed"}),
}
_PLAIN = frozenset().union(*_COUNTED.values())


def report_outcomes(report: Mapping[str, Any]) -> dict[str, str]:
    """Node id -> outcome of a pytest-json-report document."""
    tests = [test for test in report.get("tests") or [] if isinstance(test, dict)]
    return {str(test.get("nodeid")): str(test.get("outcome")) for test in tests}


def check_report(attempt: RecordedAttempt, basis: Basis) -> Findings:
    """The report against its digest, its identity, and the counts and delta made of it."""
    document, tests = attempt.document, attempt.document.tests
    yield from _check_choice(attempt, basis)
    data = attempt.entry.files.get(REPORT_FILE)
    if tests.report is None:
        if tests.status == "passed" or data is not None:
            yield Difference(
                "report-changed",
                "there is a report in the record or in the outcome, not in both",
                REPORT_FILE,
            )
        return
    yield Compared("reports")
    if data is None or blob_id(data) != tests.report.object:
        what = "it is missing" if data is None else f"it is {blob_id(data)[:12]}"
        yield Difference(
            "report-changed", f"the outcome names {tests.report.object[:12]}, {what}", REPORT_FILE
        )
    report = json_line(data or b"")
    about = report.get("harness")
    if data is not None and not _is_of(about if isinstance(about, dict) else {}, attempt):
        yield Difference("report-changed", "it is of another attempt", REPORT_FILE)
    if data is not None:
        yield from _check_counts(document, report_outcomes(report))
        yield from _check_delta(tests, report_outcomes(report), basis)
        yield from check_baseline(attempt, report)


def _check_choice(attempt: RecordedAttempt, basis: Basis) -> Findings:
    none_wanted = basis.phase.tests == "none" or basis.config.tests is None
    if (
        attempt.document.tests.status == "none"
    ) != none_wanted and attempt.document.tests.status != "not_run":
        yield Difference(
            "outcome-differs", "whether there are tests to run is recorded wrongly", "attempt.json"
        )
    gate = next((gate.state for gate in attempt.document.gates if gate.name == "tests"), None)
    passing = attempt.document.tests.status in ("passed", "none")
    if gate is not None and (gate == "pass") != passing:
        message = f"the tests gate is {gate}, the tests are {attempt.document.tests.status}"
        yield Difference("outcome-differs", message, "attempt.json")


def _is_of(about: Mapping[str, Any], attempt: RecordedAttempt) -> bool:
    wanted = (attempt.run, attempt.phase, attempt.document.number, attempt.document.tree)
    return tuple(about.get(key) for key in ("run", "phase", "attempt", "tree")) == wanted


def _check_counts(document: AttemptDocument, outcomes: Mapping[str, str]) -> Findings:
    """The counts, where the report has plain outcomes only; more than a report decides on a plugin's own."""
    tests = document.tests
    if set(outcomes.values()) - _PLAIN:
        return
    collected = [
        node for node in tests.delta.newly_failing + tests.delta.still_failing if node not in outcomes
    ]
    found = {name: sum(o in kinds for o in outcomes.values()) for name, kinds in _COUNTED.items()}
    found |= {"failed": found["failed"] + len(collected), "total": len(outcomes)}
    for name, count in found.items():
        recorded = getattr(tests, name)
        # A run told apart from its retries counts fewer failures than its report lists.
        if recorded != count and not (name in ("failed", "passed") and flaky_tests(tests)):
            message = f"{name}: {recorded} recorded, {count} in the report"
            yield Difference("report-changed", message, REPORT_FILE)


def flaky_tests(tests: TestsDocument) -> frozenset[str]:
    """What failed at first and passed when it was run again, which a report doesn't show."""
    return frozenset(getattr(tests.delta, "flaky", ()))


def _check_delta(tests: TestsDocument, outcomes: Mapping[str, str], basis: Basis) -> Findings:
    """Every failure of the report has to be accounted for, and none may be new where the tests passed."""
    told = {*tests.delta.newly_failing, *tests.delta.still_failing, *flaky_tests(tests)}
    for node in sorted(
        node for node, outcome in outcomes.items() if outcome in _FAILING and node not in told
    ):
        yield Difference("report-changed", "fails in the report, and the outcome doesn't say so", node)
    if tests.severity != severity(len(tests.delta.newly_failing)):
        yield Difference("report-changed", f"{tests.severity} isn't how bad its failures are", "attempt.json")
    if tests.status != "passed":
        return
    for node in tests.delta.newly_failing:
        yield Difference("outcome-differs", "newly failing, and the tests are said to have passed", node)
    passing = {n for n, outcome in outcomes.items() if outcome in _COUNTED["passed"]} | flaky_tests(tests)
    for wanted in basis.phase.required_tests:
        below = [n for n in outcomes if n == wanted or n.startswith((f"{wanted}::", f"{wanted}["))]
        if not set(outcomes.values()) - _PLAIN and (not below or set(below) - passing):
            yield Difference("outcome-differs", "required, and not passed in the report", wanted)


def check_ci_line(attempt: RecordedAttempt) -> Findings:
    """The compact result line against the attempt it sums up."""
    data = attempt.entry.files.get(CI_FILE)
    if data is None:
        return
    yield Compared("reports")
    document, line = attempt.document, json_line(data)
    tests = document.tests
    wanted = {
        "run": attempt.run,
        "phase": attempt.phase,
        "attempt": document.number,
        "tree": document.tree,
        "tests": tests.status,
        "passed": tests.passed,
        "failed": tests.failed,
        "skipped": tests.skipped,
        "total": tests.total,
        "flaky": len(tests.delta.flaky) if "flaky" in line else None,
        "report": tests.report.object if tests.report else None,
    }
    odd = [name for name, value in wanted.items() if line.get(name) != value]
    if odd:
        yield Difference("report-changed", f"the result line says otherwise of {', '.join(odd)}", CI_FILE)
