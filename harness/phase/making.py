"""Making one attempt: asked beside others of the run, landed alone, concluded, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import BlockedError, HarnessError, UsageError
from harness.git.checkout_watch import CheckoutChange, Sighting, look
from harness.git.ledger import ledger_ref
from harness.git.refs import read_ref
from harness.git.repository import require_not_checked_out
from harness.git.seal import Publish
from harness.git.tree import Tree
from harness.phase.approval import find_approval, is_approved, phase_digest
from harness.phase.attempt import Answered, Attempted, answer_attempt, blocked, judge_answer
from harness.phase.budgets import account_warnings, settled_tokens
from harness.phase.documents import AttemptDocument
from harness.phase.escalation import escalated
from harness.phase.fix_documents import FixResultDocument
from harness.phase.invocation import Invocation, run_held
from harness.phase.landing import on_current_tip, outside_changes
from harness.phase.progress import files_of, no_progress, with_progress
from harness.phase.record import record_attempt
from harness.phase.reservation import release
from harness.phase.samples import deliverable_facts, ledger_rows, sample_row
from harness.phase.sharing import landed
from harness.phase.start import Start, attempt_start, fix_conflict, fixed_start
from harness.phase.task import Attempt, ReadyCandidate, Task
from harness.phase.unlanded import is_recorded, keep_unlanded
from harness.phase.workspace import Workspace, attempt_workspace


class NotApprovedError(Exception):
    """What blocks the phase has not been approved, or can't be used any more; the text says which."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An attempt that is to be made after `history`.

    `fix` is what changed the last candidate since, `is_ready` whether that, or one that waits for an
    approval, is judged without asking an agent. `may_escalate` is whether it may be answered with a larger
    budget, `left` the output tokens the phase may use from here on (None: no limit).
    """

    number: int
    history: Sequence[AttemptDocument]
    fix: FixResultDocument | None = None
    is_ready: bool = False
    may_escalate: bool = False
    left: int | None = None


def make_attempt(invocation: Invocation, task: Task, turn: Turn) -> tuple[AttemptDocument, Task]:
    """Make one attempt and record it, unless it is a dry run; also the task as it stands afterwards.

    The agent is asked beside others of the run; what it answered lands alone, on the tip there is then.
    NotApprovedError where the candidate waits for an approval, NoReplyError where no answer came.
    """
    before = look(task.user, task.run)
    name = f"{task.phase.id}-{turn.number}"
    with attempt_workspace(task.user, task.run, name, task.progress) as workspace:
        attempt = _attempt(task, turn, workspace)
        answered = answer_attempt(attempt)
        known = workspace.entries()

        def land() -> tuple[AttemptDocument, Task]:
            fresh = replace(attempt, evidence=attempt.evidence.copy())
            return _land(invocation, fresh, answered, turn, before)

        with run_held(invocation):
            try:
                return landed(invocation.sharing, land, lambda: workspace.remove_but(known))
            except HarnessError as error:
                raise _kept(invocation, attempt, answered, error) from None
            finally:
                # Before anything else of the run is reserved: what it used counts by now.
                if not invocation.options.dry_run:
                    release(invocation)


def _kept(invocation: Invocation, attempt: Attempt, answered: Answered, error: HarnessError) -> HarnessError:
    """Keep what was answered but couldn't be recorded; the error, which then says where it is."""
    task = attempt.task
    if invocation.options.dry_run or attempt.ready or is_recorded(attempt, answered):
        return error
    try:
        ref = keep_unlanded(attempt, answered, error)
    except (HarnessError, OSError):
        return error  # what keeps an attempt from being recorded, a full disk say, can keep this from it too
    task.progress(f"attempt {attempt.number}: not landed; what the agent made is kept at {ref}")
    return error


def _land(
    invocation: Invocation, attempt: Attempt, answered: Answered, turn: Turn, before: Sighting
) -> tuple[AttemptDocument, Task]:
    """Judge what was answered on the tip there is, and record it; also the task as it stands then."""
    task, workspace = attempt.task, attempt.workspace
    landing = on_current_tip(attempt, answered.built)
    if landing.asked:
        task.progress(f"attempt {turn.number}: judged on top of what other phases landed meanwhile")

    def watch() -> list[CheckoutChange]:
        return outside_changes(attempt, before)

    made = judge_answer(landing.attempt, replace(answered, built=landing.built), watch)
    document = made.document.model_copy(update={"asked": landing.asked})
    task = landing.attempt.task
    made = replace(made, document=_concluded(task, workspace, document, turn))
    if invocation.options.dry_run:
        return made.document, task
    return _record(task, workspace, made, invocation.sharing.publish), task


def _attempt(task: Task, turn: Turn, workspace: Workspace) -> Attempt:
    previous = turn.history[-1] if turn.history else None
    start = attempt_start(workspace.private, task.base, task.base_tree, turn.history)
    if turn.fix is not None and turn.fix.commit is not None:
        start = fixed_start(workspace.private, task.base, task.base_tree, turn.fix, previous)
    ledger = read_ref(task.user.git, ledger_ref(task.run, task.phase.id))
    candidate = None
    if turn.is_ready:
        candidate = _fixed_candidate(task, workspace, start, turn.fix) if turn.fix else None
        candidate = candidate or _approved_candidate(task, workspace, start, turn.history[-1])
        start = Start(task.base_tree)
    return Attempt(task, workspace, turn.number, start, turn.history, ledger, candidate)


def _fixed_candidate(
    task: Task, workspace: Workspace, start: Start, fix: FixResultDocument
) -> ReadyCandidate:
    conflict = fix_conflict(workspace.private, task.base, fix)
    return ReadyCandidate(start.tree, "fix", conflict=conflict)


def _approved_candidate(
    task: Task, workspace: Workspace, start: Start, last: AttemptDocument
) -> ReadyCandidate:
    """The candidate that `last` left blocked, as it is on today's phase base, with its approval.

    Where the same files have changed since it was approved, it is without one: it is judged anew as it is.
    """
    digest = phase_digest(workspace.private, task.base_tree, start.tree)
    approval = find_approval(task.user, task.run, task.phase.id, digest)
    if approval is None and not is_approved(task.user, task.run, task.phase.id, last):
        raise NotApprovedError("waits for an approval")
    if approval is None and start.carried is None:
        raise NotApprovedError(f"what was approved conflicts with what has landed since ({task.base[:10]})")
    return ReadyCandidate(start.tree, "approved" if approval else "rejudged", approval)


def _concluded(task: Task, workspace: Workspace, document: AttemptDocument, turn: Turn) -> AttemptDocument:
    """The attempt with what follows from it for the next: a larger budget, or that none would help."""
    if turn.may_escalate:
        most = [limit for limit in (task.most_tokens, task.limits.attempt.tokens) if limit is not None]
        left = None if turn.left is None else turn.left - settled_tokens(document)
        document = escalated(document, min(most) if most else None, left)
    diagnosis = task.guidance.id if task.guidance else None
    candidate = files_of(workspace.private.objects, document.tree) if document.tree else None
    document = with_progress(document, turn.history, task.situation, diagnosis, candidate)
    told = [*account_warnings(task.limits, document), *filter(None, [no_progress(document)])]
    return document.model_copy(update={"warnings": (*document.warnings, *told)})


def _record(task: Task, workspace: Workspace, made: Attempted, publish: Publish | None) -> AttemptDocument:
    """Record an attempt; one that can't land, because its branch was moved, is kept as blocked."""
    try:
        if made.document.outcome == "complete":
            require_not_checked_out(task.user, task.run)
        return _seal(task, workspace, made, publish)
    except (BlockedError, UsageError) as error:
        if error.code not in ("branch-moved", "branch-checked-out") or made.document.outcome != "complete":
            raise
        return _seal(task, workspace, blocked(made, error), publish)


def _seal(task: Task, workspace: Workspace, made: Attempted, publish: Publish | None) -> AttemptDocument:
    facts = deliverable_facts(task.phase, Tree(task.user.objects, task.base))
    row = sample_row(task, made.document, facts, made.answered)
    earlier = ledger_rows(task.user, task.run)
    return record_attempt(task, workspace.private, made, row, earlier, publish)
