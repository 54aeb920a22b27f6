"""One attempt, verified from its evidence: candidate, verdict, outcome, report, notes, commit, row."""

from __future__ import annotations

from harness.candidate import Candidate, NotBuilt
from harness.errors import HarnessError
from harness.phase.evidence import has_secret
from harness.verify.candidates import Origin, agent_failed, check_candidate, check_start, rebuild
from harness.verify.decisions import check_approval
from harness.verify.finding import Difference, Findings, Skipped
from harness.verify.landing import agrees, rebuild_landed
from harness.verify.ledger import RecordedAttempt
from harness.verify.notes import check_notes
from harness.verify.phase_commits import check_commit
from harness.verify.reports import check_ci_line, check_report
from harness.verify.rules import Basis, Unknown, check_policy, read_basis
from harness.verify.scene import Scene
from harness.verify.telemetry import check_row
from harness.verify.verdicts import agent_failure_outcome, check_outcome, check_verdict, decide_again


def check_attempt(scene: Scene, attempt: RecordedAttempt) -> Findings:
    """Every difference between what is recorded of an attempt and what follows from it."""
    yield from check_commit(scene, attempt)
    yield from check_notes(scene, attempt)
    yield from check_ci_line(attempt)
    basis = read_basis(scene, attempt)
    if isinstance(basis, Unknown):
        yield Difference(basis.code, basis.why, basis.path)
        return
    yield from check_policy(attempt, basis)
    yield from check_report(attempt, basis)
    yield from check_row(attempt, basis, scene)
    yield from _check_work(scene, attempt, basis)


def guarded(findings: Findings) -> Findings:
    """The same findings; where a record is so odd that nothing can be computed from it, that is one."""
    try:
        yield from findings
    except HarnessError as error:
        if error.code != "git-failed":
            raise
        yield Difference("evidence-unreadable", error.message)
    except Exception as error:  # whatever a forged record makes a reader trip over
        yield Difference("evidence-unreadable", f"{type(error).__name__}: {error}")


def _check_work(scene: Scene, attempt: RecordedAttempt, basis: Basis) -> Findings:
    """Start, candidate, verdict and outcome, each from the one before."""
    document = attempt.document
    if document.masked and has_secret(document) and document.judged == "refused" and document.commit is None:
        yield Skipped("what was proposed with a secret in it, which isn't kept")
        return
    wrong = list(check_start(scene, attempt, basis))
    origin = Origin(document.base, basis.base_tree, document.start)
    known = not wrong or scene.has(document.start)
    built = rebuild(scene, attempt, basis, origin) if known else None
    if wrong or not agrees(document, built):
        landed = rebuild_landed(scene, attempt, basis)
        wrong, built = ([], landed) if landed is not None else (wrong, built)
    yield from wrong
    yield from check_candidate(attempt, built)
    yield from check_approval(scene, attempt, basis, built.tree if isinstance(built, Candidate) else None)
    if built is None:
        yield from _without_candidate(attempt)
        return
    if isinstance(built, NotBuilt) and document.tree:
        return  # told already
    decision = decide_again(scene, attempt, basis, built)
    yield from check_verdict(attempt, decision)
    yield from check_outcome(attempt, decision)


def _without_candidate(attempt: RecordedAttempt) -> Findings:
    if agent_failed(attempt.document):
        yield from agent_failure_outcome(attempt.document)
    elif attempt.document.judged not in ("refused", "unusable"):
        message = f"recorded as {attempt.document.judged}, without a candidate"
        yield Difference("outcome-differs", message, "attempt.json")
    else:
        yield Skipped("what an agent left in its worktree that no tree can hold")
