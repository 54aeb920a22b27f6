"""Running a phase's tests again, on the commit that was tested, and holding the outcomes side by side."""

from __future__ import annotations

import os
from collections.abc import Callable

from harness.checks.interpreter import find_interpreter
from harness.checks.model import TestRun
from harness.config import Config
from harness.phase.containing import confine
from harness.phase.context import read_checkout_config
from harness.phase.testing import Testing, run_on
from harness.phase.workspace import attempt_workspace
from harness.verify.finding import Compared, Difference, Findings, Skipped
from harness.verify.ledger import RecordedAttempt
from harness.verify.reports import REPORT_FILE, flaky_tests, report_outcomes
from harness.verify.rules import Basis, json_line, read_basis
from harness.verify.scene import Scene


def rerun_tests(scene: Scene, attempt: RecordedAttempt, say: Callable[[str], None]) -> Findings:
    """Every test whose outcome isn't the recorded one. UsageError where no interpreter is to be had."""
    basis, commit = read_basis(scene, attempt), attempt.document.commit
    if not isinstance(basis, Basis) or commit is None or not scene.has(commit):
        return
    testing = _testing(scene, basis)
    if testing is None or attempt.document.tests.status == "none":
        yield Skipped("tests of phases that say there are none")
        return
    say(f"{attempt.run}/{attempt.phase}: running its tests again")
    name = f"verify-{attempt.phase}-{attempt.document.number}"
    with attempt_workspace(scene.user, attempt.run, name, say) as workspace:
        run = run_on(testing, workspace, "verify", commit)
    yield Compared("tests_rerun")
    yield from _compare(attempt, run)


def _testing(scene: Scene, basis: Basis) -> Testing | None:
    table, user = basis.config.tests, scene.user
    if basis.phase.tests == "none" or table is None:
        return None
    interpreter = find_interpreter(user.root, table.python, os.environ)
    # What a record says was its maker's choice; how contained it runs here is chosen here.
    checkout = read_checkout_config(user) or Config()
    confinement = confine("tests", user, checkout.containment, os.environ, interpreter)
    return Testing(user, basis.phase, table, interpreter, confinement)


def _compare(attempt: RecordedAttempt, run: TestRun) -> Findings:
    recorded = report_outcomes(json_line(attempt.entry.files.get(REPORT_FILE, b"")))
    if not run.report:
        yield Difference("tests-differ", f"running them again came to no result: {run.why or run.status}")
        return
    again = report_outcomes(json_line(run.report.encode()))
    # What was flaky then says nothing now.
    for node in sorted((recorded.keys() | again.keys()) - flaky_tests(attempt.document.tests)):
        before, after = recorded.get(node, "not there"), again.get(node, "not there")
        if before != after:
            yield Difference("tests-differ", f"{before} as recorded, {after} now", node)
