"""An attempt's delta, made again of the recorded baseline and the recorded report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from harness.checks.baseline_document import BASELINE_FILE, parse_baseline
from harness.checks.delta import compare
from harness.checks.flaky import without_flaky
from harness.checks.model import TestOutcome, TestRun
from harness.git.object_id import blob_id
from harness.phase.documents import TestsDocument
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import same_version

CODE = "baseline-changed"
_TOLD = ("newly_failing", "still_failing", "fixed", "added", "removed", "newly_skipped", "narrowed")
_PLAIN: dict[str, TestOutcome] = {name: name for name in get_args(TestOutcome) if name != "unknown"}


def check_baseline(attempt: RecordedAttempt, report: Mapping[str, Any]) -> Findings:
    """Whether what is said to be new, known, gone or skipped follows from what ran on the phase base."""
    tests, data = attempt.document.tests, attempt.entry.files.get(BASELINE_FILE)
    if not tests.baseline_object and data is None:
        # An older harness kept none; this one does wherever it ran the tests of the phase base.
        if same_version(attempt) and tests.baseline not in ("", "none"):
            yield Difference(CODE, "the outcome speaks of one, and none is recorded", BASELINE_FILE)
        return
    yield Compared("baselines")
    if data is None or blob_id(data) != tests.baseline_object:
        what = "it is missing" if data is None else f"it is {blob_id(data)[:12]}"
        yield Difference(CODE, f"the outcome names {tests.baseline_object[:12]}, {what}", BASELINE_FILE)
        return
    try:
        base = parse_baseline(data)
    except ValueError as error:
        yield Difference(CODE, f"it can't be read: {error}", BASELINE_FILE)
        return
    outcomes = plain_outcomes(report)
    if outcomes is not None and tests.status != "unknown":
        yield from _differences(tests, base.run(), outcomes)


def plain_outcomes(report: Mapping[str, Any]) -> dict[str, TestOutcome] | None:
    """Node id -> outcome of a report; None where a plugin's own words need more than it to be read."""
    found: dict[str, TestOutcome] = {}
    for test in report.get("tests") or ():
        outcome = _PLAIN.get(str(test.get("outcome")))
        if outcome is None:
            return None
        stages = [test.get(name, {}).get("outcome") for name in ("setup", "call", "teardown")]
        # A test is called skipped for one of its subtests, too.
        found[str(test.get("nodeid"))] = (
            "passed" if outcome == "skipped" and "skipped" not in stages else outcome
        )
    return found


def _differences(tests: TestsDocument, base: TestRun, outcomes: Mapping[str, TestOutcome]) -> Findings:
    delta = tests.delta
    if {*delta.newly_failing, *delta.still_failing} - outcomes.keys():
        return  # modules that couldn't be collected, which a report has no outcome for
    again = without_flaky(compare(base, TestRun("completed", 0, outcomes)), frozenset(delta.flaky))
    for name in _TOLD:
        found, told = set(getattr(again, name)), set(getattr(delta, name))
        what = name.replace("_", " ")
        for node in sorted(found ^ told):
            says = f"isn't {what}, as recorded" if node in told else f"is {what}, and not recorded so"
            yield Difference(CODE, f"held against the baseline it {says}", node)
