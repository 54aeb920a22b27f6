"""`run-phase`: one phase, all its attempts, from the plan to the sealed evidence."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from harness.errors import BlockedError, UsageError
from harness.git.checkout_watch import CheckoutChange, look
from harness.git.ledger import ledger_ref
from harness.git.locks import hold, phase_lock, run_lock
from harness.git.refs import read_ref
from harness.git.repository import (
    require_name_free,
    require_not_checked_out,
    require_run_name_free,
)
from harness.git.seal import roll_forward
from harness.git.tree import Tree
from harness.phase.answer import attempt_line, phase_document
from harness.phase.approval import find_approval, phase_digest, waits_for_approval
from harness.phase.attempt import Attempted, NoReplyError, answer_attempt, blocked, judge_answer
from harness.phase.context import BaseConfig, read_base_config, read_checkout_config
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.fix_documents import FixResultDocument
from harness.phase.fix_journal import pending_fix
from harness.phase.history import read_history
from harness.phase.invocation import Invocation, make_task, phase_base
from harness.phase.landing import on_current_tip, outside_changes
from harness.phase.record import record_attempt, settle_telemetry
from harness.phase.samples import deliverable_facts, ledger_rows, sample_row
from harness.phase.start import Start, attempt_start, fixed_start
from harness.phase.state import completed_commit, unmet_dependencies
from harness.phase.task import Attempt, ReadyCandidate, Task
from harness.phase.workspace import Workspace, attempt_workspace, reap


def run_phase(invocation: Invocation) -> PhaseDocument:
    """Run a phase to its end and record every attempt.

    Raises UsageError before anything is started, BlockedError where a ref was moved by somebody else.
    """
    user, run, phase, say = invocation.user, invocation.run, invocation.phase, invocation.progress
    require_name_free(user)
    user.head()
    require_not_checked_out(user, run)
    require_run_name_free(user, run)
    with hold(
        phase_lock(user.common_dir, run, phase.id),
        lambda owner: say(f"waiting for {owner}, which works on {run}/{phase.id}"),
    ):
        begun = _begin(invocation)
        return begun if isinstance(begun, PhaseDocument) else _run(invocation, *begun)


def _begin(invocation: Invocation) -> PhaseDocument | tuple[Task, BaseConfig]:
    """What is to be done, read while nothing of the run moves; or the answer, where that is nothing."""
    user, run, phase = invocation.user, invocation.run, invocation.phase
    config = read_checkout_config(user)
    with _run_held(invocation):
        _clear_up(invocation)
        base = phase_base(invocation)
        done = completed_commit(user, run, phase.id, base)
        if done and not invocation.options.again:
            return _already(invocation, done)
        unmet = unmet_dependencies(user, invocation.plan, phase, base)
        if unmet:
            reason = f"waits for {', '.join(unmet)}"
            return phase_document(invocation.plan, phase, "blocked", reason, base=base)
        base_config = read_base_config(user, base, config)
        return make_task(invocation, base, base_config, config or base_config.config), base_config


def _run_held(invocation: Invocation) -> contextlib.AbstractContextManager[None]:
    """Nothing of the run lands meanwhile."""
    run = invocation.run
    return hold(
        run_lock(invocation.user.common_dir, run),
        lambda owner: invocation.progress(f"waiting for {owner}, which works on run {run}"),
    )


def _clear_up(invocation: Invocation) -> None:
    """Finish and remove what killed commands left of this run; a dry run only removes."""
    user, run = invocation.user, invocation.run
    reap(user, run)
    if invocation.options.dry_run:
        return
    for remark in roll_forward(user):
        invocation.progress(remark)
    # This phase's own rows wait for how it ends now, so that its base stays where it was.
    _settle(invocation, phase_base(invocation), besides=invocation.phase.id)


def _settle(invocation: Invocation, base: str, besides: str | None = None) -> None:
    with attempt_workspace(invocation.user, invocation.run, "settle") as workspace:
        settle_telemetry(invocation.user, workspace.private, invocation.run, base, besides)


def _run(invocation: Invocation, task: Task, base_config: BaseConfig) -> PhaseDocument:
    plan, phase, options = invocation.plan, invocation.phase, invocation.options
    for remark in _opening_remarks(invocation, base_config):
        invocation.progress(remark)
    made, ended = _attempts(invocation, task)
    if not made:
        return _no_reply(invocation, task, ended)
    if not options.dry_run:
        with _run_held(invocation):
            _settle(invocation, phase_base(invocation))
    last = made[-1]
    return phase_document(
        plan,
        phase,
        last.outcome,
        ", ".join(dict.fromkeys(violation.code for violation in last.violations)),
        base=last.base,
        commit=last.commit if last.outcome == "complete" and not options.dry_run else None,
        attempts=made,
        warnings=(*base_config.remarks, *phase.remarks),
        dry_run=options.dry_run,
    )


def _no_reply(invocation: Invocation, task: Task, why: str) -> PhaseDocument:
    """Without a further reply a phase ends with the outcome it had; without any, nothing was usable."""
    recorded = read_history(task.user, task.run, task.phase.id)
    last = recorded[-1] if recorded else None
    return phase_document(
        invocation.plan,
        invocation.phase,
        last.outcome if last else "unusable",
        f"{why}; {_way_on(task, last)}",
        base=task.base,
        commit=last.commit if last and last.outcome == "complete" else None,
    )


def _way_on(task: Task, last: AttemptDocument | None) -> str:
    if last is not None and waits_for_approval(last):
        again = "or --again to have it done anew"
        look = f"look at it with `harness diff {task.run}/{task.phase.id}`"
        return f"{look}; harness approve {task.phase.id} --reason TEXT, {again}"
    return "record a reply, or give --response FILE"


def _attempts(invocation: Invocation, task: Task) -> tuple[list[AttemptDocument], str]:
    """Attempts one after the other, and why they ended if the agent had nothing more to say."""
    recorded = read_history(task.user, task.run, task.phase.id)
    history = [] if invocation.options.again else _since_complete(recorded)
    number = max((attempt.number for attempt in recorded), default=0)
    made: list[AttemptDocument] = []
    fix = None if invocation.options.again else pending_fix(task.user, task.run, task.phase.id)
    is_ready = _is_ready(invocation, history, fix)
    for _ in range(1 if invocation.options.dry_run else task.phase.max_attempts + is_ready):
        number += 1
        first = not made
        try:
            attempt, task = _one(
                invocation,
                task,
                number,
                history + made,
                fix if first else None,
                is_ready=is_ready and first,
                dry_run=invocation.options.dry_run,
            )
        except NotApprovedError:
            return made, "waits for an approval"
        except NoReplyError as none:
            why = f"no reply for attempt {number}: {none}"
            task.progress(why)
            return made, why
        made.append(attempt)
        task.progress(attempt_line(attempt))
        is_over = attempt.outcome in ("complete", "blocked") or _budget_spent(task, made)
        if is_over or invocation.options.stop():
            break
    return made, ""


class NotApprovedError(Exception):
    """What blocks the phase has not been approved."""


def _is_ready(invocation: Invocation, history: list[AttemptDocument], fix: FixResultDocument | None) -> bool:
    """Whether there is a candidate to judge before anybody is asked: of a fix, or one that waits."""
    if invocation.options.response is not None:
        return False
    return fix is not None or (bool(history) and waits_for_approval(history[-1]))


def _approved_candidate(task: Task, workspace: Workspace, tree: str) -> ReadyCandidate:
    """The blocked candidate, as it is on today's phase base, with its approval."""
    digest = phase_digest(workspace.private, task.base_tree, tree)
    approval = find_approval(task.user, task.run, task.phase.id, digest)
    if approval is None:
        raise NotApprovedError
    return ReadyCandidate(tree, "approved", approval)


def _one(
    invocation: Invocation,
    task: Task,
    number: int,
    history: list[AttemptDocument],
    fix: FixResultDocument | None,
    *,
    is_ready: bool,
    dry_run: bool,
) -> tuple[AttemptDocument, Task]:
    """Make one attempt and record it, unless it is a dry run; also the task as it stands afterwards.

    The agent is asked beside others of the run; what it answered lands alone, on the tip there is then.
    `fix` is what changed the last candidate since, `is_ready` whether that is judged without asking an
    agent. NotApprovedError where it waits for an approval.
    """
    before = look(task.user, task.run)
    with attempt_workspace(task.user, task.run, f"{task.phase.id}-{number}") as workspace:
        previous = history[-1] if history else None
        start = attempt_start(workspace.private, task.base, task.base_tree, history)
        if fix is not None and fix.commit is not None:
            start = fixed_start(workspace.private, task.base, task.base_tree, fix, previous)
        ledger = read_ref(task.user.git, ledger_ref(task.run, task.phase.id))
        candidate = None
        if is_ready:
            by_fix = ReadyCandidate(start.tree, "fix") if fix else None
            candidate = by_fix or _approved_candidate(task, workspace, start.tree)
            start = Start(task.base_tree)
        attempt = Attempt(task, workspace, number, start, previous, ledger, candidate)
        answered = answer_attempt(attempt)
        with _run_held(invocation):
            landing = on_current_tip(attempt, answered.built)
            if landing.asked:
                task.progress(f"attempt {number}: judged on top of what other phases landed meanwhile")

            def watch() -> list[CheckoutChange]:
                return outside_changes(attempt, before)

            made = judge_answer(landing.attempt, replace(answered, built=landing.built), watch)
            made = replace(made, document=made.document.model_copy(update={"asked": landing.asked}))
            task = landing.attempt.task
            return made.document if dry_run else _record(task, workspace, made), task


def _record(task: Task, workspace: Workspace, made: Attempted) -> AttemptDocument:
    """Record an attempt; one that can't land, because its branch was moved, is kept as blocked."""
    try:
        if made.document.outcome == "complete":
            require_not_checked_out(task.user, task.run)
        return _seal(task, workspace, made)
    except (BlockedError, UsageError) as error:
        if error.code not in ("branch-moved", "branch-checked-out") or made.document.outcome != "complete":
            raise
        return _seal(task, workspace, blocked(made, error))


def _seal(task: Task, workspace: Workspace, made: Attempted) -> AttemptDocument:
    facts = deliverable_facts(task.phase, Tree(task.user.objects, task.base))
    row = sample_row(task, made.document, facts, made.answered)
    return record_attempt(task, workspace.private, made, row, ledger_rows(task.user, task.run))


def _since_complete(history: list[AttemptDocument]) -> list[AttemptDocument]:
    """The attempts an invocation goes on from: those since the phase was last complete."""
    last = max((i for i, attempt in enumerate(history) if attempt.outcome == "complete"), default=-1)
    return history[last + 1 :]


def _budget_spent(task: Task, made: list[AttemptDocument]) -> bool:
    used = sum(attempt.usage.output or 0 for attempt in made)
    return task.token_limit is not None and used >= task.token_limit


def _opening_remarks(invocation: Invocation, base_config: BaseConfig) -> list[str]:
    remarks = [*base_config.remarks, *(f"deliverables: {remark}" for remark in invocation.phase.remarks)]
    uncommitted = invocation.user.uncommitted()
    if uncommitted:
        what = f"{uncommitted} uncommitted change{'s' if uncommitted != 1 else ''}"
        remarks.append(f"not part of the phase: {what} in your checkout")
    return remarks


def _already(invocation: Invocation, commit: str) -> PhaseDocument:
    history = read_history(invocation.user, invocation.run, invocation.phase.id)
    return phase_document(
        invocation.plan,
        invocation.phase,
        "complete",
        "already complete; --again redoes it",
        base=history[-1].base,
        commit=commit,
        attempts=history,
    )
