"""The account of an attempt: its document, put together from what happened. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from harness.agents.model import AgentReply
from harness.candidate import Candidate, NotBuilt
from harness.checks.baseline_document import encode_baseline
from harness.checks.delta import severity
from harness.git.checkout_watch import CheckoutChange
from harness.git.object_id import blob_id
from harness.phase.asking import says_truncated
from harness.phase.documents import (
    ApprovalDocument,
    AttemptDocument,
    CheckoutChangeDocument,
    DeltaDocument,
    GateState,
    TestsDocument,
    TestsStatus,
    TokensDocument,
    ViolationDocument,
)
from harness.phase.finalizer import Decision
from harness.phase.judging import Findings
from harness.phase.task import Attempt
from harness.policy.model import Violation
from harness.policy.secrets import masked

_TESTS_STATUS: dict[GateState, TestsStatus] = {"pass": "passed", "fail": "failed", "unknown": "unknown"}


def attempt_document(
    attempt: Attempt,
    reply: AgentReply,
    built: Candidate | NotBuilt,
    findings: Findings,
    decision: Decision,
    changes: Sequence[CheckoutChange],
) -> AttemptDocument:
    """What `--json` prints and the ledger keeps of an attempt, but for when it was made."""
    task = attempt.task
    return AttemptDocument(
        number=attempt.number,
        outcome=decision.outcome,
        violations=tuple(map(_violation, decision.violations)),
        gates=decision.gates,
        tests=_tests(attempt, findings, decision),
        tokens=TokensDocument(
            predicted=task.prediction.tokens, actual=reply.usage.output, budget=task.budget
        ),
        usage=reply.usage,
        stop_reason=reply.stop_reason or reply.usage.stop_reason,
        truncated=built.truncated or says_truncated(reply),
        format=built.format,
        base=task.base,
        start=attempt.start.tree,
        tree=built.tree if isinstance(built, Candidate) else None,
        commit=findings.commit,
        would_apply=() if isinstance(built, Candidate) else built.good,
        warnings=(
            *map(masked, (*decision.warnings, *_remarks(reply, built))),
            *task.containment.warnings,
            *_outside(changes),
        ),
        checkout_changes=tuple(
            CheckoutChangeDocument(kind=c.kind, name=_text(c.name), change=c.change) for c in changes
        ),
        containment=task.containment.document,
        approval=_approval(attempt),
    )


def _violation(violation: Violation) -> ViolationDocument:
    # What stands in an edit or in a test's failure may be quoted.
    told = {"message": masked(violation.message), "hint": masked(violation.hint)}
    path = None if violation.path is None else masked(violation.path)
    return ViolationDocument.of(dataclasses.replace(violation, path=path, **told))


def _approval(attempt: Attempt) -> ApprovalDocument | None:
    approval = attempt.ready.approval if attempt.ready else None
    if approval is None:
        return None
    return ApprovalDocument(**approval.model_dump(include=set(ApprovalDocument.model_fields)))


def _tests(attempt: Attempt, findings: Findings, decision: Decision) -> TestsDocument:
    if findings.facts.tests == "none":
        return TestsDocument(status="none", why="the plan says there are no tests to run")
    if findings.tests is None:
        return TestsDocument(status="not_run", why="the candidate was not accepted")
    run, base, delta = findings.tests.candidate, findings.tests.base, findings.tests.delta
    outcomes = list(run.outcomes.values())
    return TestsDocument(
        status=_TESTS_STATUS[_state(decision, "tests")],
        why=masked(run.why),
        total=len(outcomes),
        passed=sum(outcome in ("passed", "xpassed") for outcome in outcomes),
        failed=sum(outcome in ("failed", "error") for outcome in outcomes) + len(run.collection_errors),
        skipped=sum(outcome in ("skipped", "xfailed") for outcome in outcomes),
        severity=severity(len(delta.newly_failing)),
        delta=DeltaDocument(**dataclasses.asdict(delta)),
        baseline=base.status if base else "none",
        baseline_object=blob_id(encode_baseline(base).encode()) if base else "",
        duration=round(run.duration, 3),
        python=run.python,
        interpreter=attempt.task.testing.interpreter.chosen if attempt.task.testing else "",
    )


def _state(decision: Decision, name: str) -> GateState:
    return next(gate.state for gate in decision.gates if gate.name == name)


def _remarks(reply: AgentReply, built: Candidate | NotBuilt) -> list[str]:
    found = []
    if reply.status == "answered" and reply.reason:
        found.append(f"the agent: {reply.reason}")
    if reply.usage_problem:
        found.append(f"the agent's usage is unknown: {reply.usage_problem}")
    for repair in built.repairs:
        found.append(f"repaired: {repair.told()}")
    if isinstance(built, Candidate) and built.skipped:
        found.append(f"skipped operations: {', '.join(map(str, built.skipped))}")
    if isinstance(built, Candidate) and built.unrecorded:
        names = ", ".join(map(_text, built.unrecorded[:10]))
        more = f" and {len(built.unrecorded) - 10} more" if len(built.unrecorded) > 10 else ""
        found.append(f"what changed in submodules is no part of the edits, and is lost: {names}{more}")
    return found


def _outside(changes: Sequence[CheckoutChange]) -> list[str]:
    if not changes:
        return []
    names = ", ".join(f"{_text(c.name)} ({c.change})" for c in changes[:10])
    more = f" and {len(changes) - 10} more" if len(changes) > 10 else ""
    return [
        f"changed in your checkout meanwhile: {names}{more}; this may be the agent or the tests of this "
        "phase writing by absolute path, or somebody working there; nothing was undone"
    ]


def _text(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
