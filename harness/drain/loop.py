"""`drain`: phases one by one or side by side, until nothing can run or something says stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from harness.config import BudgetTable, Config
from harness.drain.documents import DrainDocument, DrainedPhase, StopReason
from harness.drain.queue import PhaseView, next_phase, why_left
from harness.drain.spending import Spending, why_over
from harness.drain.work import PhaseAnswer, PhaseWork, run_work
from harness.errors import HarnessError, UsageError
from harness.git.repository import Repository, short_branch
from harness.git.tree import Tree
from harness.phase.context import read_checkout_config
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.history import read_history
from harness.phase.invocation import Invocation, PhaseOptions, phase_base
from harness.phase.samples import deliverable_facts, predict_phase
from harness.phase.state import completed_commit
from harness.plan import Phase, Plan


@dataclass(frozen=True, slots=True)
class DrainOptions:
    """What the command line asked for. Nothing further is begun once the file `stop` exists."""

    plan_path: Path
    stop: Path
    base: str | None = None
    agent: str | None = None
    jobs: int = 1
    max_phases: int | None = None
    stop_on_failure: bool = False


@dataclass(slots=True)
class _Drain:
    """A drain under way: what it began, what is running, and what became of the rest."""

    user: Repository
    plan: Plan
    options: DrainOptions
    say: Callable[[str], None]
    budget: BudgetTable
    profile: str
    began: float = field(default_factory=time.monotonic)
    running: dict[Future[PhaseAnswer], str] = field(default_factory=dict)
    done: dict[str, PhaseDocument] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    broken: bool = False

    @property
    def begun(self) -> set[str]:
        """The phases this drain tried or is trying."""
        return {*self.done, *self.running.values()}

    def work(self, phase: Phase) -> PhaseWork:
        options = self.options
        return PhaseWork(
            repository=str(self.user.root),
            plan=str(options.plan_path),
            phase=phase.id,
            stop=str(options.stop),
            base=options.base,
            agent=options.agent,
            label=options.jobs > 1,
        )


def drain(
    user: Repository, plan: Plan, options: DrainOptions, say: Callable[[str], None], executor: Executor
) -> DrainDocument:
    """Run every phase that can run, `options.jobs` at a time, each once; the ledger says what became of it.

    The work is plain values for a function of this package, so any executor will do.
    """
    config = read_checkout_config(user) or Config()
    under_way = _Drain(user, plan, options, say, config.budget, config.telemetry.profile)
    while True:
        views = _views(under_way)
        stop = _why_stop(under_way, views)
        if stop is None and len(under_way.running) < options.jobs:
            phase = next_phase(views, under_way.begun)
            if phase is not None:
                _begin(under_way, phase, executor)
                continue
        if not under_way.running:
            assert stop is not None
            return _document(under_way, views, *stop)
        _collect(under_way)


def _begin(under_way: _Drain, phase: Phase, executor: Executor) -> None:
    number, total = len(under_way.begun) + 1, len(under_way.plan.phase)
    under_way.say(f"[{number}/{total}] {phase.id}: {' '.join(phase.goal.split())}")
    under_way.started[phase.id] = time.monotonic()
    under_way.running[executor.submit(run_work, under_way.work(phase))] = phase.id


def _collect(under_way: _Drain) -> None:
    """Wait until something is over, and take it in."""
    over, _ = wait(under_way.running, return_when=FIRST_COMPLETED)
    for future in over:
        name = under_way.running.pop(future)
        under_way.seconds[name] = round(time.monotonic() - under_way.started[name], 3)
        try:
            answer = future.result()
        except BrokenExecutor:
            under_way.broken = True
            continue
        if answer.document is None:
            assert answer.error is not None
            raise _failure(name, *answer.error)
        under_way.done[name] = answer.document
        reason = f" ({answer.document.reason})" if answer.document.reason else ""
        under_way.say(f"{name}: {answer.document.outcome}{reason}")


def _failure(name: str, code: str, message: str, hint: str) -> HarnessError:
    return UsageError(code, f"{name}: {message}", hint)


def _why_stop(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str] | None:
    """The stop reason and what it means here; None to go on."""
    if all(view.is_complete for view in views):
        return "complete", ""
    options = under_way.options
    if under_way.broken:
        return "interrupted", "a worker was killed; run it again to go on"
    if options.stop.exists():
        return "interrupted", "it was asked to stop; run it again to go on"
    failed = [name for name, document in under_way.done.items() if document.outcome != "complete"]
    if options.stop_on_failure and failed:
        return "first_failure", f"{failed[-1]} is not complete"
    phase = next_phase(views, under_way.begun)
    if phase is None:
        return None if under_way.running else _stuck(under_way, views)
    if options.max_phases is not None and len(under_way.begun) >= options.max_phases:
        return "max_phases", f"{options.max_phases} phases were run"
    reserved = sum(_reserve(under_way, under_way.plan.find(name)) for name in under_way.running.values())
    over = why_over(under_way.budget, _spent(under_way), reserved + _reserve(under_way, phase))
    return ("budget", f"{phase.id}: {over}") if over else None


def _stuck(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str]:
    """Nothing can run: blocked, where all that is left waits for a person; else stalled."""
    roots = [view for view in views if not view.is_complete and view.phase.id in under_way.done]
    outcomes = {under_way.done[view.phase.id].outcome for view in roots}
    if outcomes and outcomes <= {"blocked"}:
        return "blocked", "what is left waits for a person"
    return "stalled", "nothing that is left can run"


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
    options = PhaseOptions(under_way.options.plan_path, base=under_way.options.base)
    base = phase_base(Invocation(under_way.user, under_way.plan, phase, options, under_way.say))
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
