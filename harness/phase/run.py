"""`run-phase`: one phase, all its attempts, from the plan to the sealed evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.diagnosis.documents import DiagnosisDocument
from harness.diagnosis.journal import guidance, read_diagnoses
from harness.diagnosis.proposals import planned_phase, why_not_tried
from harness.git.refs import read_ref
from harness.git.repository import (
    branch_of,
    require_name_free,
    require_not_checked_out,
    require_run_name_free,
    short_branch,
)
from harness.git.seal import roll_forward
from harness.git.tree import Tree
from harness.phase.answer import phase_document
from harness.phase.approval import is_approved, waits_for_approval
from harness.phase.attempts import Made, make_attempts
from harness.phase.context import BaseConfig, read_base_config, read_checkout_config, require_agent
from harness.phase.documents import AttemptDocument, Outcome, PhaseDocument
from harness.phase.fix_journal import pending_fix
from harness.phase.history import read_history
from harness.phase.holding import held_phase
from harness.phase.invocation import Invocation, make_task, phase_base, run_held
from harness.phase.progress import held_back
from harness.phase.record import settle_telemetry, unsettled_rows
from harness.phase.samples import require_place_for_rows
from harness.phase.sharing import landed
from harness.phase.state import begun_elsewhere, completed_commit, unmet_dependencies
from harness.phase.task import Task
from harness.phase.workspace import attempt_workspace, reap
from harness.wording import counted


def run_phase(invocation: Invocation) -> PhaseDocument:
    """Run a phase to its end and record every attempt.

    Raises UsageError before anything is started, BlockedError where a ref was moved by somebody else.
    """
    user, run = invocation.user, invocation.run
    require_name_free(user)
    phase_base(invocation)
    require_not_checked_out(user, run)
    require_run_name_free(user, run)
    with held_phase(invocation) as held:
        diagnoses = read_diagnoses(user, run, held.phase.id)
        invocation = replace(held, phase=planned_phase(user, held.phase, diagnoses))
        begun = _begin(invocation, diagnoses)
        return begun if isinstance(begun, PhaseDocument) else _run(invocation, *begun)


def _begin(
    invocation: Invocation, diagnoses: Sequence[DiagnosisDocument]
) -> PhaseDocument | tuple[Task, BaseConfig]:
    """What is to be done, read while nothing of the run moves; or the answer, where that is nothing."""
    user, run, phase = invocation.user, invocation.run, invocation.phase
    config = read_checkout_config(user)
    with run_held(invocation):
        require_place_for_rows(Tree(user.objects, phase_base(invocation)), run)
        _clear_up(invocation)
        base = phase_base(invocation)
        if invocation.options.agent is not None and invocation.options.response is None:
            require_agent(config or read_base_config(user, base, None).config, invocation.options.agent)
        done = completed_commit(user, run, phase.id, base)
        if done and not invocation.options.again and not _has_redone(invocation):
            return _already(invocation, done)
        unmet = unmet_dependencies(user, invocation.plan, phase, base)
        if unmet:
            reason = f"waits for {', '.join(unmet)}"
            return phase_document(invocation.plan, phase, "blocked", reason, base=base)
        base_config = read_base_config(user, base, config)
        task = make_task(invocation, base, base_config, config or base_config.config)
    history = read_history(user, run, phase.id)
    task = replace(task, guidance=guidance(diagnoses, history))
    given_up = _given_up(task, diagnoses, history) if invocation.options.drain else None
    return given_up or (task, base_config)


def _has_redone(invocation: Invocation) -> bool:
    """Whether something made since the phase was complete is to be judged: approved work, or a kept fix."""
    user, run, phase = invocation.user, invocation.run, invocation.phase.id
    if invocation.options.response is not None:
        return False
    last = read_history(user, run, phase)[-1]
    return is_approved(user, run, phase, last) or pending_fix(user, run, phase) is not None


def _given_up(
    task: Task, diagnoses: Sequence[DiagnosisDocument], history: Sequence[AttemptDocument]
) -> PhaseDocument | None:
    """The answer where a drain has no reason to try: given up, waiting, or stuck with nothing changed."""
    user, run, phase = task.user, task.run, task.phase.id
    if pending_fix(user, run, phase):
        return None
    last: Outcome = history[-1].judged if history else "failed"
    skipped, waits = why_not_tried(user, phase, diagnoses, history)
    if waits:
        last = "blocked"
    stuck = held_back(history, task.situation, task.guidance.id if task.guidance else None)
    held = f"{stuck}; change the plan, or harness run-phase {phase}" if stuck else ""
    reason = skipped or waits or held
    return phase_document(task.plan, task.phase, last, reason, base=task.base) if reason else None


def _clear_up(invocation: Invocation) -> None:
    """Finish and remove what killed commands left of this run; a dry run only removes."""
    user, run = invocation.user, invocation.run
    reap(user, run)
    if invocation.options.dry_run:
        return
    for remark in roll_forward(user):
        invocation.progress(remark)
    # This phase's own rows wait for how it ends now, so that its base stays where it was.
    _settle(invocation, besides=invocation.phase.id)


def _settle(invocation: Invocation, besides: str | None = None, began: str | None = None) -> None:
    """Commit the rows the run branch lacks; where there is none yet, it begins with `began`."""
    user, run, sharing = invocation.user, invocation.run, invocation.sharing

    def base() -> str:
        return read_ref(user.git, branch_of(run)) or began or phase_base(invocation)

    sharing.pull()
    if not unsettled_rows(user, run, base(), besides):
        return
    where = user.checked_out(branch_of(run))
    if where is not None:
        # The ledger has the rows: the next command that may move the branch commits them.
        invocation.progress(f"telemetry waits: {short_branch(run)} is checked out in {where}")
        return
    with attempt_workspace(user, run, "settle") as workspace:

        def settle() -> None:
            settle_telemetry(user, workspace.private, run, base(), besides, sharing.publish)

        landed(sharing, settle, lambda: None)


def _run(invocation: Invocation, task: Task, base_config: BaseConfig) -> PhaseDocument:
    plan, phase, options = invocation.plan, invocation.phase, invocation.options
    for remark in _opening_remarks(invocation, task, base_config):
        invocation.progress(remark)
    made = make_attempts(invocation, task)
    if not made.attempts:
        return _none_made(invocation, task, made)
    if not options.dry_run:
        with run_held(invocation):
            # Where people have gone on since, a new run still begins where its phases began.
            _settle(invocation, began=None if task.tip else task.base)
    last = made.attempts[-1]
    codes = ", ".join(dict.fromkeys(violation.code for violation in last.violations))
    why = made.why if made.ended in ("budget", "no-progress") else ""
    return phase_document(
        plan,
        phase,
        last.judged,
        "; ".join(filter(None, [codes, why])),
        base=last.base,
        commit=last.commit if last.outcome == "complete" and not options.dry_run else None,
        attempts=made.attempts,
        warnings=(*base_config.remarks, *phase.remarks, *made.warnings),
        dry_run=options.dry_run,
    )


def _none_made(invocation: Invocation, task: Task, made: Made) -> PhaseDocument:
    """Without a further reply a phase ends with the outcome it had; without any, nothing was usable.

    Where a budget stands in the way, that is what it is blocked by. What was complete and is in no branch
    any more counts as nothing.
    """
    recorded = read_history(task.user, task.run, task.phase.id)
    done = completed_commit(task.user, task.run, task.phase.id, task.base)
    last = recorded[-1] if recorded and (done or recorded[-1].outcome != "complete") else None
    if made.ended == "budget":
        return phase_document(invocation.plan, invocation.phase, "blocked", made.why, base=task.base)
    return phase_document(
        invocation.plan,
        invocation.phase,
        last.judged if last else "unusable",
        f"{made.why}; {_way_on(task, last)}",
        base=task.base,
        commit=last.commit if last and last.outcome == "complete" else None,
    )


def _way_on(task: Task, last: AttemptDocument | None) -> str:
    if last is not None and waits_for_approval(last):
        if is_approved(task.user, task.run, task.phase.id, last):
            return f"harness run-phase {task.phase.id} --again has it done anew"
        again = "or --again to have it done anew"
        look = f"look at it with `harness diff {task.run}/{task.phase.id}`"
        return f"{look}; harness approve {task.phase.id} --reason TEXT, {again}"
    return "record a reply, or give --response FILE"


def _opening_remarks(invocation: Invocation, task: Task, base_config: BaseConfig) -> list[str]:
    user, run = invocation.user, invocation.run
    remarks = [*base_config.remarks, *(f"deliverables: {remark}" for remark in invocation.phase.remarks)]
    if base_config.remarks and task.tip is not None:
        merge = f"commit it and merge it into {short_branch(run)}"
        remarks.append(f"for the checkout's to count, {merge}; or harness drop {run}, to begin the run anew")
    if task.tip is None and (elsewhere := begun_elsewhere(user, run)):
        remarks.append(f"warning: {elsewhere}")
    uncommitted = user.uncommitted()
    if uncommitted:
        what = counted(uncommitted, "uncommitted change")
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
        attempts=() if invocation.options.drain else history,
    )
