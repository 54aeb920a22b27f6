"""`drain`: one runnable phase after the other, until nothing can run or something says stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.config import BudgetTable, Config
from harness.drain.documents import DrainDocument, DrainedPhase, StopReason
from harness.drain.queue import PhaseView, next_phase, why_left
from harness.drain.spending import Spending, why_over
from harness.git.repository import Repository, short_branch
from harness.git.tree import Tree
from harness.phase.context import read_checkout_config
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.history import read_history
from harness.phase.invocation import Invocation, PhaseOptions, phase_base
from harness.phase.run import run_phase
from harness.phase.samples import deliverable_facts, predict_phase
from harness.phase.state import completed_commit
from harness.plan import Phase, Plan


@dataclass(frozen=True, slots=True)
class DrainOptions:
    """What the command line asked for. `stop` tells when nothing further is to be begun."""

    plan_path: Path
    stop: Callable[[], bool]
    base: str | None = None
    agent: str | None = None
    max_phases: int | None = None
    stop_on_failure: bool = False


@dataclass(slots=True)
class _Drain:
    """A drain under way: what it tried, and what that gave."""

    user: Repository
    plan: Plan
    options: DrainOptions
    say: Callable[[str], None]
    budget: BudgetTable
    profile: str
    began: float = field(default_factory=time.monotonic)
    done: dict[str, PhaseDocument] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def invocation(self, phase: Phase) -> Invocation:
        options = PhaseOptions(
            self.options.plan_path, base=self.options.base, agent=self.options.agent, stop=self.options.stop
        )
        return Invocation(self.user, self.plan, phase, options, self.say)


def drain(user: Repository, plan: Plan, options: DrainOptions, say: Callable[[str], None]) -> DrainDocument:
    """Run every phase that can run. Each is tried once; the ledger says what became of it."""
    config = read_checkout_config(user) or Config()
    under_way = _Drain(user, plan, options, say, config.budget, config.telemetry.profile)
    while True:
        views = _views(under_way)
        stop = _why_stop(under_way, views)
        if stop is not None:
            return _document(under_way, views, *stop)
        phase = next_phase(views, under_way.done)
        assert phase is not None
        _run(under_way, phase, sum(view.is_complete for view in views))


def _why_stop(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str] | None:
    """The stop reason and what it means here; None to go on."""
    if all(view.is_complete for view in views):
        return "complete", ""
    options = under_way.options
    if options.stop():
        return "interrupted", "it was asked to stop; run it again to go on"
    failed = [name for name, document in under_way.done.items() if document.outcome != "complete"]
    if options.stop_on_failure and failed:
        return "first_failure", f"{failed[-1]} is not complete"
    phase = next_phase(views, under_way.done)
    if phase is None:
        return _stuck(under_way, views)
    if options.max_phases is not None and len(under_way.done) >= options.max_phases:
        return "max_phases", f"{options.max_phases} phases were run"
    over = why_over(under_way.budget, _spent(under_way), _reserve(under_way, phase))
    return ("budget", f"{phase.id}: {over}") if over else None


def _stuck(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str]:
    """Nothing can run: blocked, where all that is left waits for a person; else stalled."""
    roots = [view for view in views if not view.is_complete and view.phase.id in under_way.done]
    outcomes = {under_way.done[view.phase.id].outcome for view in roots}
    if outcomes and outcomes <= {"blocked"}:
        return "blocked", "what is left waits for a person"
    return "stalled", "nothing that is left can run"


def _run(under_way: _Drain, phase: Phase, complete: int) -> None:
    total = len(under_way.plan.phase)
    under_way.say(f"[{complete + 1}/{total}] {phase.id}: {' '.join(phase.goal.split())}")
    began = time.monotonic()
    document = run_phase(under_way.invocation(phase))
    under_way.seconds[phase.id] = round(time.monotonic() - began, 3)
    under_way.done[phase.id] = document
    reason = f" ({document.reason})" if document.reason else ""
    under_way.say(f"[{complete + 1}/{total}] {phase.id}: {document.outcome}{reason}")


def _views(under_way: _Drain) -> list[PhaseView]:
    """Every phase of the plan, from the ledger as it is now."""
    return [_view(under_way, phase) for phase in under_way.plan.phase]


def _view(under_way: _Drain, phase: Phase) -> PhaseView:
    user, run = under_way.user, under_way.plan.run.id
    history = read_history(user, run, phase.id)
    complete = completed_commit(user, run, phase.id, user.head()) is not None
    last = history[-1] if history else None
    return PhaseView(phase, complete, last.outcome if last else "", _codes(last) if last else "")


def _codes(attempt: AttemptDocument) -> str:
    return ", ".join(dict.fromkeys(violation.code for violation in attempt.violations))


def _spent(under_way: _Drain) -> Spending:
    spent = Spending(seconds=time.monotonic() - under_way.began)
    for phase in under_way.plan.phase:
        spent = spent.with_attempts(read_history(under_way.user, under_way.plan.run.id, phase.id))
    return spent


def _reserve(under_way: _Drain, phase: Phase) -> int:
    """Output tokens an attempt of a phase may use."""
    base = phase_base(under_way.invocation(phase))
    facts = deliverable_facts(phase, Tree(under_way.user.objects, base))
    limits = [
        predict_phase(phase, facts, under_way.profile).budget,
        phase.budget,
        under_way.budget.tokens,
    ]
    return min(limit for limit in limits if limit is not None)


def _document(
    under_way: _Drain, views: Sequence[PhaseView], stop_reason: StopReason, reason: str
) -> DrainDocument:
    tried = {name: _told(document) for name, document in under_way.done.items()}
    left = why_left(views, tried)
    phases = tuple(_drained(under_way, view, left.get(view.phase.id, "")) for view in views)
    spent = _spent(under_way)
    return DrainDocument(
        run=under_way.plan.run.id,
        stop_reason=stop_reason,
        reason=reason,
        branch=short_branch(under_way.plan.run.id),
        phases=phases,
        tokens=sum(phase.tokens for phase in phases),
        cost=spent.cost or None,
        seconds=round(spent.seconds, 3),
    )


def _told(document: PhaseDocument) -> str:
    return f"{document.outcome}: {document.reason}" if document.reason else document.outcome


def _drained(under_way: _Drain, view: PhaseView, reason: str) -> DrainedPhase:
    document = under_way.done.get(view.phase.id)
    made = document.attempts if document else ()
    commit = completed_commit(under_way.user, under_way.plan.run.id, view.phase.id, under_way.user.head())
    state = "complete" if view.is_complete else (document.outcome if document else _untried(view, reason))
    return DrainedPhase(
        phase=view.phase.id,
        state=state,
        ran=document is not None and bool(made),
        attempts=len(made),
        commit=commit,
        tokens=sum(attempt.usage.output or 0 for attempt in made),
        seconds=under_way.seconds.get(view.phase.id, 0.0),
        reason=reason,
    )


def _untried(view: PhaseView, reason: str) -> str:
    return "waiting" if reason.startswith("waits") else (view.outcome or "queued")
