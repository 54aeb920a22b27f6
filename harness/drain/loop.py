"""`drain`: phases one by one or side by side, until nothing can run or something says stop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.config import Config
from harness.drain.options import DrainEvent, DrainOptions, Tell
from harness.drain.queue import PhaseView, next_phase, worked_on_elsewhere
from harness.drain.reading import Reading
from harness.drain.remote import exchange, give
from harness.drain.report import drain_document
from harness.drain.spending import why_over
from harness.drain.work import PhaseAnswer, PhaseWork, run_work
from harness.errors import BlockedError, FaultError, UsageError
from harness.phase.answer import phase_document
from harness.phase.context import read_base_config, read_checkout_config, require_agent
from harness.phase.history import read_history
from harness.phase.invocation import run_tip
from harness.wording import counted

if TYPE_CHECKING:
    from harness.drain.documents import DrainDocument, StopReason
    from harness.git.repository import Repository
    from harness.phase.documents import PhaseDocument
    from harness.plan import Phase, Plan

# Seconds between two looks at what somebody else works on: here, and where that asks a remote.
_LOOK, _LOOK_AT_REMOTE = 0.2, 2.0


@dataclass(slots=True)
class _Drain:
    """A drain under way: what it began, what is running, and what became of the rest."""

    reading: Reading
    options: DrainOptions
    tell: Tell
    config: Config
    began: float = field(default_factory=time.monotonic)
    running: dict[Future[PhaseAnswer], str] = field(default_factory=dict)
    done: dict[str, PhaseDocument] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    recorded: dict[str, int] = field(default_factory=dict)  # attempts a phase had when it was begun
    owners: dict[str, str] = field(default_factory=dict)  # who did what is done, as a claim names it
    lost: set[str] = field(default_factory=set)  # whose worker was killed
    stopped: str = ""  # what a diagnosis says that nothing further is to be begun for
    is_waiting: bool = False

    @property
    def plan(self) -> Plan:
        return self.reading.plan

    @property
    def begun(self) -> set[str]:
        """The phases this drain tried or is trying."""
        return {*self.done, *self.running.values(), *self.lost}

    def work(self, phase: Phase) -> PhaseWork:
        options = self.options
        return PhaseWork(
            repository=str(self.reading.user.root),
            plan=self.plan,
            plan_path=str(options.plan_path),
            phase=phase.id,
            stop=str(options.stop),
            base=options.base,
            agent=options.agent,
            label=options.jobs > 1,
            remote=options.remote,
            replaces=self.reading.dead_claim(phase.id),
            seconds=self._seconds_left(),
        )

    def _seconds_left(self) -> float | None:
        limit = self.config.budget.run_seconds
        return None if limit is None else max(limit - (time.monotonic() - self.began), 0.001)


def drain(
    user: Repository, plan: Plan, options: DrainOptions, tell: Tell, executor: Executor
) -> DrainDocument:
    """Run every phase that can run, `options.jobs` at a time, each once; the ledger says what became of it.

    The work is plain values for a function of this package, so any executor will do.
    """
    if options.remote:
        exchange(user, options.remote, plan.run.id, lambda text: tell(DrainEvent("waiting", text)))
    # A base or an agent that can't be is told also where nothing is left to do.
    base, checkout = run_tip(user, plan.run.id, options.base), read_checkout_config(user)
    if options.agent is not None:
        require_agent(checkout or read_base_config(user, base, None).config, options.agent)
    config = checkout or Config()
    under_way = _Drain(Reading(user, plan, options), options, tell, config)
    while True:
        views = under_way.reading.views(set(under_way.running.values()), under_way.owners)
        stop = _why_stop(under_way, views)
        if stop is None and len(under_way.running) < options.jobs:
            phase = _next(under_way, views)
            if phase is not None:
                _begin(under_way, phase, executor)
                continue
        if under_way.running:
            _collect(under_way, _patience(under_way, views))
        elif stop is not None:
            return _document(under_way, views, *stop)
        else:
            _look_again(under_way, views)


def _document(
    under_way: _Drain, views: Sequence[PhaseView], stop_reason: StopReason, reason: str
) -> DrainDocument:
    seconds = time.monotonic() - under_way.began
    under_way.reading.sweep()
    if under_way.options.remote:
        give(under_way.reading.user, under_way.options.remote, under_way.tell)
    done, took = under_way.done, under_way.seconds
    no_room = under_way.reading.without_room(under_way.config) if stop_reason == "budget" else {}
    held = [
        replace(v, state="waiting", reason=no_room[v.phase.id]) if v.phase.id in no_room else v for v in views
    ]
    return drain_document(under_way.reading, held, done, took, seconds, stop_reason, reason)


def _begin(under_way: _Drain, phase: Phase, executor: Executor) -> None:
    number, total = len(under_way.begun) + 1, len(under_way.plan.phase)
    text = f"[{number}/{total}] {phase.id}: {' '.join(phase.goal.split())}"
    under_way.tell(DrainEvent("begun", text, phase.id, number, total))
    under_way.is_waiting = False
    under_way.started[phase.id] = time.monotonic()
    under_way.recorded[phase.id] = len(under_way.reading.facts[phase.id].history)
    try:
        under_way.running[executor.submit(run_work, under_way.work(phase))] = phase.id
    except BrokenExecutor:
        raise FaultError(
            "workers-lost", "the workers of the drain can't be reached any more", "run it again to go on"
        ) from None


def _patience(under_way: _Drain, views: Sequence[PhaseView]) -> float | None:
    """Seconds to wait for work of our own; None for as long as it takes.

    Where there is room for more, what others complete may let something begin.
    """
    is_full = len(under_way.running) >= under_way.options.jobs
    if is_full or not worked_on_elsewhere(views, ()):
        return None
    return _LOOK_AT_REMOTE if under_way.options.remote else _LOOK


def _collect(under_way: _Drain, seconds: float | None) -> None:
    """Wait until something is over, and take it in."""
    over, _ = wait(under_way.running, timeout=seconds, return_when=FIRST_COMPLETED)
    for future in over:
        name = under_way.running.pop(future)
        under_way.seconds[name] = round(time.monotonic() - under_way.started[name], 3)
        try:
            _take_in(under_way, name, future.result())
        except BrokenExecutor:
            under_way.lost.add(name)
            under_way.tell(DrainEvent("over", f"{name}: its worker was killed; nothing is recorded", name))


def _take_in(under_way: _Drain, name: str, answer: PhaseAnswer) -> None:
    if answer.error is None or answer.error[0] != "phase-claimed":
        under_way.owners[name] = answer.owner
    if answer.document is not None:
        under_way.done[name] = answer.document
        if answer.action == "stop":
            under_way.stopped = f"{name}: {answer.document.reason}"
        reason = f" ({answer.document.reason})" if answer.document.reason else ""
        text = f"{name}: {answer.document.outcome}{reason}"
        under_way.tell(DrainEvent("over", text, name, document=answer.document))
        return
    assert answer.error is not None
    code, message, hint = answer.error
    if answer.exit_code == FaultError.exit_code:
        raise FaultError(code, f"{name}: {message}", hint)
    if answer.exit_code != BlockedError.exit_code:
        # What others are at is finished and told: the configuration went wrong while the drain went on.
        if not under_way.done and not under_way.running:
            raise UsageError(code, f"{name}: {message}", hint)
        under_way.stopped = f"{name}: {message} [{code}]"
    if code in ("remote-refused", "remote-unreachable"):
        # What is made next couldn't land either, and would cost as much.
        under_way.stopped = f"{name}: {message} [{code}]"
    under_way.tell(DrainEvent("over", f"{name}: {message} [{code}]", name))
    if code == "phase-claimed":
        # Somebody else was faster. What they do is read from refs; this drain looks for something else.
        del under_way.seconds[name]
        time.sleep(_LOOK)
        return
    plan, user = under_way.plan, under_way.reading.user
    made = read_history(user, plan.run.id, name)[under_way.recorded[name] :]
    reason = f"{message} [{code}]; {hint}"
    under_way.done[name] = phase_document(plan, plan.find(name), "blocked", reason, attempts=made)


def _look_again(under_way: _Drain, views: Sequence[PhaseView]) -> None:
    """Nothing can run here until somebody else has done what they are at."""
    if not under_way.is_waiting:
        names = ", ".join(worked_on_elsewhere(views, ()))
        under_way.tell(DrainEvent("waiting", f"waiting for others, who work on {names}"))
        under_way.is_waiting = True
    time.sleep(_LOOK_AT_REMOTE if under_way.options.remote else _LOOK)


def _why_stop(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str] | None:
    """The stop reason and what it means here; None to go on."""
    if all(view.is_complete for view in views):
        return "complete", ""
    options = under_way.options
    if options.stop.exists():
        return "interrupted", "it was asked to stop; run it again to go on"
    if under_way.stopped:
        return "blocked", under_way.stopped
    failed = [name for name, document in under_way.done.items() if document.outcome != "complete"]
    if options.stop_on_failure and failed:
        return "first_failure", f"{failed[-1]} is not complete"
    phase = _next(under_way, views)
    if phase is None:
        return None if under_way.running else _left(under_way, views)
    if options.max_phases is not None and len(under_way.begun) >= options.max_phases:
        return "max_phases", f"ran {counted(options.max_phases, 'phase')}, as many as were asked for"
    over = _why_over(under_way, phase)
    return ("budget", f"{phase.id}: {over}") if over else None


def _next(under_way: _Drain, views: Sequence[PhaseView]) -> Phase | None:
    """The phase to begin next. Where the budget has no room for it, one that asks nobody goes before it."""
    phase = next_phase(views, under_way.begun)
    if phase is None or not _why_over(under_way, phase):
        return phase
    ready = [view for view in views if under_way.reading.is_ready(view.phase.id)]
    return next_phase(ready, under_way.begun, views) or phase


def _why_over(under_way: _Drain, phase: Phase) -> str:
    """Why the run's budget has no room for one more phase, "" where it has, or nobody is to be asked."""
    budget, reading = under_way.config.budget, under_way.reading
    if budget.run_tokens is None and budget.run_cost is None and budget.run_seconds is None:
        return ""
    if reading.is_ready(phase.id):
        return ""
    running = [name for name in under_way.running.values() if not reading.is_ready(name)]
    reserved = [under_way.plan.find(name) for name in running]
    reserve = sum(reading.reserve(each, under_way.config) for each in [*reserved, phase])
    spent = reading.spent(time.monotonic() - under_way.began, budget.attempt_cost)
    return why_over(budget, spent, reserve, (len(running) + 1) * (budget.attempt_cost or 0.0))


def _left(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str] | None:
    """Nothing more can be begun, and something is not complete. None to wait."""
    if under_way.lost:
        names = ", ".join(sorted(under_way.lost))
        return "interrupted", f"a worker was killed, which worked on {names}; run it again to go on"
    return _stuck(under_way, views)


def _stuck(under_way: _Drain, views: Sequence[PhaseView]) -> tuple[StopReason, str] | None:
    """Nothing can run: blocked, where all that is left waits for a person; else stalled. None to wait.

    What others work on may free something for a drain that took part, or that is told to wait.
    """
    elsewhere = worked_on_elsewhere(views, ())
    most = under_way.options.max_phases
    if elsewhere and most is not None and len(under_way.begun) >= most:
        return "max_phases", f"ran {counted(most, 'phase')}, as many as were asked for"
    if elsewhere:
        if under_way.options.wait or under_way.done:
            return None
        named = ", ".join(elsewhere)
        return "stalled", f"others work on {named}; --wait waits, and takes over what gives no sign of life"
    roots = [view for view in views if not view.is_over and view.phase.id in under_way.done]
    outcomes = {under_way.done[view.phase.id].outcome for view in roots}
    short = [view.phase.id for view in roots if under_way.done[view.phase.id].reason.startswith("budget: ")]
    if short:
        return "budget", f"{short[0]}: {under_way.done[short[0]].reason.removeprefix('budget: ')}"
    if outcomes and outcomes <= {"blocked"}:
        return "blocked", "what is left waits for a person"
    return "stalled", "nothing that is left can run"
