"""What `run-phase` answers: the document of a phase, and the lines said while it is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.git.repository import short_branch
from harness.phase.documents import (
    AttemptDocument,
    Outcome,
    PhaseDocument,
    TestsDocument,
    ViolationDocument,
)

if TYPE_CHECKING:
    from harness.plan import Phase, Plan

_SHOWN = 5


def phase_document(
    plan: Plan,
    phase: Phase,
    outcome: Outcome,
    reason: str = "",
    *,
    base: str | None = None,
    commit: str | None = None,
    attempts: Sequence[AttemptDocument] = (),
    warnings: Sequence[str] = (),
    dry_run: bool = False,
) -> PhaseDocument:
    """The answer about one phase."""
    return PhaseDocument(
        run=plan.run.id,
        phase=phase.id,
        outcome=outcome,
        commit=commit,
        reason=reason,
        branch=short_branch(plan.run.id),
        base=base,
        dry_run=dry_run,
        attempts=tuple(attempts),
        warnings=tuple(warnings),
    )


def attempt_line(attempt: AttemptDocument) -> str:
    """An attempt in one line: its outcome and the first reasons against it."""
    reasons = "; ".join(violation_line(violation) for violation in attempt.violations[:_SHOWN])
    left = len(attempt.violations) - _SHOWN
    more = f" (and {left} more)" if left > 0 else ""
    used = f", {attempt.tokens.actual} tokens" if attempt.tokens.actual is not None else ""
    to = f" to {attempt.escalation.budget} tokens" if attempt.escalation else ""
    return f"attempt {attempt.number}: {attempt.outcome}{to}{used}{': ' if reasons else ''}{reasons}{more}"


def failed_tests(tests: TestsDocument) -> str:
    """How many tests failed, and how many of them did on the phase base, too."""
    known = min(len(tests.delta.still_failing), tests.failed)
    before = " as before" if known == tests.failed else f", {known} of them as before"
    return f"{tests.failed} failed{before if known else ''}"


def violation_line(violation: ViolationDocument) -> str:
    """A violation in one line: path, message, code."""
    known = violation.path is None or violation.message.startswith(violation.path)
    where = "" if known else f"{violation.path}: "
    return f"{where}{violation.message} [{violation.code}]"
