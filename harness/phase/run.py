"""`run-phase`: one phase, all its attempts, from the plan to the sealed evidence."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.checks.interpreter import find_interpreter
from harness.config import Config
from harness.errors import UsageError
from harness.git.checkout_watch import CheckoutChange, compare, look
from harness.git.locks import hold, lock_folder
from harness.git.refs import read_ref
from harness.git.repository import Repository, require_name_free
from harness.git.seal import roll_forward
from harness.git.tree import Tree
from harness.phase.attempt import Attempted, Task, make_attempt
from harness.phase.context import (
    BaseConfig,
    branch_of,
    choose_agent,
    read_base_config,
    read_checkout_config,
    rules_for,
)
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.record import read_history, record_attempt, settle_telemetry
from harness.phase.samples import deliverable_facts, ledger_rows, predict_phase, sample_row
from harness.phase.start import Start, attempt_start
from harness.phase.state import completed_commit, run_base, unmet_dependencies
from harness.phase.testing import Testing
from harness.phase.workspace import Workspace, attempt_workspace, reap
from harness.plan import Phase, Plan


@dataclass(frozen=True, slots=True)
class PhaseOptions:
    """What the command line asked for. `plan_path` is where the plan was read from."""

    plan_path: Path
    base: str | None = None
    agent: str | None = None
    response: Path | None = None
    again: bool = False
    dry_run: bool = False


def run_phase(
    user: Repository,
    plan: Plan,
    phase: Phase,
    options: PhaseOptions,
    progress: Callable[[str], None],
) -> PhaseDocument:
    """Run a phase to its end and record every attempt.

    Raises UsageError before anything is started, BlockedError where a ref was moved by somebody else.
    """
    run = plan.run.id
    require_name_free(user)
    user.head()
    _require_not_checked_out(user, run)
    config = read_checkout_config(user)
    lock = lock_folder(user.common_dir) / "runs" / f"{run}.lock"
    with hold(lock, lambda owner: progress(f"waiting for {owner}, which works on run {run}")):
        for remark in roll_forward(user):
            progress(remark)
        reap(user, run)
        base = _phase_base(user, run, options)
        done = completed_commit(user, run, phase.id, base)
        if done and not options.again:
            return _already(user, plan, phase, done)
        unmet = unmet_dependencies(user, plan, phase, base)
        if unmet:
            return _blocked(plan, phase, base, unmet)
        return _attempts(user, plan, phase, options, config, base, progress)


def _attempts(
    user: Repository,
    plan: Plan,
    phase: Phase,
    options: PhaseOptions,
    config: Config | None,
    base: str,
    progress: Callable[[str], None],
) -> PhaseDocument:
    base_config = read_base_config(user, base, config)
    task = _task(user, plan, phase, options, config or base_config.config, base_config, base, progress)
    for remark in _opening_remarks(user, phase, base_config):
        progress(remark)
    if not options.dry_run:
        # What a killed run left unsettled; this phase's own rows come with how it ends.
        with attempt_workspace(user, plan.run.id, "settle") as workspace:
            moved = settle_telemetry(user, workspace.private, plan.run.id, base, besides=phase.id)
        if moved:
            return _attempts(user, plan, phase, options, config, moved, progress)
    history = _relevant(read_history(user, plan.run.id, phase.id), options.again)
    number = max((a.number for a in read_history(user, plan.run.id, phase.id)), default=0)
    made: list[AttemptDocument] = []
    limit = 1 if options.dry_run else phase.max_attempts
    while len(made) < limit:
        number += 1
        attempt = _one(user, task, number, history + made, options.dry_run)
        if attempt is None:
            break
        made.append(attempt)
        progress(_attempt_line(attempt))
        if attempt.outcome == "complete" or _budget_spent(task, made):
            break
    if not made:
        return _no_reply(plan, phase, base, task.agent.name, number)
    if not options.dry_run:
        with attempt_workspace(user, plan.run.id, "settle") as workspace:
            settle_telemetry(user, workspace.private, plan.run.id, base)
    return _result(plan, phase, base, made, base_config, options.dry_run)


def _one(
    user: Repository, task: Task, number: int, history: list[AttemptDocument], dry_run: bool
) -> AttemptDocument | None:
    """Make one attempt and record it; None where the agent has no further reply."""
    before = look(user)

    def watch() -> list[CheckoutChange]:
        return compare(before, look(user))

    with attempt_workspace(user, task.plan.run.id, f"{task.phase.id}-{number}") as workspace:
        start = attempt_start(workspace.private, task.base, task.base_tree, history)
        previous = history[-1] if history else None
        made = make_attempt(task, workspace, number, start, previous, watch)
        if made is None:
            return None
        if dry_run:
            return made.document
        return _record(task, workspace, start, made)


def _record(task: Task, workspace: Workspace, start: Start, made: Attempted) -> AttemptDocument:
    facts = deliverable_facts(task.phase, Tree(task.user.objects, task.base))
    row = sample_row(
        task.plan.run.id,
        task.phase,
        made.document,
        facts,
        task.prediction,
        task.agent.name,
        made.answered,
    )
    earlier = ledger_rows(task.user, task.plan.run.id)
    return record_attempt(task, workspace.private, made, row, earlier)


def _task(
    user: Repository,
    plan: Plan,
    phase: Phase,
    options: PhaseOptions,
    config: Config,
    base_config: BaseConfig,
    base: str,
    progress: Callable[[str], None],
) -> Task:
    agent = choose_agent(config, phase, options.plan_path.parent, user.root, options.agent, options.response)
    tree = Tree(user.objects, base)
    prediction = predict_phase(phase, deliverable_facts(phase, tree), config.telemetry.profile)
    limits = [prediction.budget, phase.budget, config.budget.tokens]
    return Task(
        user=user,
        plan=plan,
        phase=phase,
        agent=agent,
        rules=rules_for(base_config.config, plan, phase, _inside(user, options.plan_path)),
        policy_digest=base_config.digest,
        testing=_testing(user, phase, base_config.config),
        base=base,
        base_tree=tree.oid,
        prediction=prediction,
        budget=min(limit for limit in limits if limit is not None),
        progress=progress,
    )


def _testing(user: Repository, phase: Phase, config: Config) -> Testing | None:
    if phase.tests == "none" or config.tests is None:
        return None
    interpreter = find_interpreter(user.root, config.tests.python, os.environ)
    return Testing(user, phase, config.tests, interpreter)


def _phase_base(user: Repository, run: str, options: PhaseOptions) -> str:
    tip = read_ref(user.git, branch_of(run))
    wanted = user.resolve(options.base) if options.base else None
    if tip is None:
        return wanted or user.head()
    began = run_base(user, run)
    if wanted and began and wanted != began:
        raise UsageError(
            "other-base",
            f"run {run} began at {began[:10]}, not at {wanted[:10]}",
            f"leave --base out, or discard the run first: harness drop {run}",
        )
    return tip


def _require_not_checked_out(user: Repository, run: str) -> None:
    where = user.checked_out(branch_of(run))
    if where is not None:
        raise UsageError(
            "branch-checked-out",
            f"harness/{run} is checked out in {where}, and moving it would change that checkout's HEAD",
            "switch to another branch there: git switch -",
        )


def _inside(user: Repository, path: Path) -> str | None:
    try:
        return path.resolve().relative_to(user.root.resolve()).as_posix()
    except ValueError:
        return None


def _relevant(history: list[AttemptDocument], again: bool) -> list[AttemptDocument]:
    """The attempts an invocation goes on from: those since the last complete one; none for `--again`."""
    if again:
        return []
    last = max((i for i, a in enumerate(history) if a.outcome == "complete"), default=-1)
    return history[last + 1 :]


def _budget_spent(task: Task, made: list[AttemptDocument]) -> bool:
    limit = task.phase.budget
    return limit is not None and sum(a.usage.output or 0 for a in made) >= limit


def _opening_remarks(user: Repository, phase: Phase, base_config: BaseConfig) -> list[str]:
    remarks = [*base_config.remarks, *(f"deliverables: {remark}" for remark in phase.remarks)]
    uncommitted = user.uncommitted()
    if uncommitted:
        remarks.append(f"{uncommitted} uncommitted changes in your checkout are not part of the phase")
    return remarks


def _attempt_line(attempt: AttemptDocument) -> str:
    reasons = "; ".join(
        f"{v.path + ': ' if v.path else ''}{v.message} [{v.code}]" for v in attempt.violations[:5]
    )
    more = f" (and {len(attempt.violations) - 5} more)" if len(attempt.violations) > 5 else ""
    return f"attempt {attempt.number}: {attempt.outcome}{': ' if reasons else ''}{reasons}{more}"


def _result(
    plan: Plan,
    phase: Phase,
    base: str,
    made: list[AttemptDocument],
    base_config: BaseConfig,
    dry_run: bool,
) -> PhaseDocument:
    last = made[-1]
    complete = last.outcome == "complete" and not dry_run
    return PhaseDocument(
        run=plan.run.id,
        phase=phase.id,
        outcome=last.outcome,
        commit=last.commit if complete else None,
        reason=", ".join(dict.fromkeys(v.code for v in last.violations)),
        branch=f"harness/{plan.run.id}",
        base=base,
        dry_run=dry_run,
        attempts=tuple(made),
        warnings=(*base_config.remarks, *phase.remarks),
    )


def _no_reply(plan: Plan, phase: Phase, base: str, agent: str, number: int) -> PhaseDocument:
    return PhaseDocument(
        run=plan.run.id,
        phase=phase.id,
        outcome="unusable",
        reason=f"agent {agent!r} has no reply for attempt {number}: record one, or give --response FILE",
        branch=f"harness/{plan.run.id}",
        base=base,
    )


def _already(user: Repository, plan: Plan, phase: Phase, commit: str) -> PhaseDocument:
    history = read_history(user, plan.run.id, phase.id)
    return PhaseDocument(
        run=plan.run.id,
        phase=phase.id,
        outcome="complete",
        commit=commit,
        reason="already complete; --again redoes it",
        branch=f"harness/{plan.run.id}",
        base=history[-1].base if history else None,
        attempts=tuple(history),
    )


def _blocked(plan: Plan, phase: Phase, base: str, unmet: list[str]) -> PhaseDocument:
    return PhaseDocument(
        run=plan.run.id,
        phase=phase.id,
        outcome="blocked",
        reason=f"waits for {', '.join(unmet)}",
        branch=f"harness/{plan.run.id}",
        base=base,
    )
