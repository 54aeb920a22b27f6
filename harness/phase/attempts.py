"""The attempts of one invocation, one after the other, and why they ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.phase.answer import attempt_line
from harness.phase.approval import waits_for_approval
from harness.phase.attempt import NoReplyError
from harness.phase.budgets import Denied, Grant, Spent, grant, settled, unenforced_cost
from harness.phase.documents import AttemptDocument
from harness.phase.escalation import escalated_budget
from harness.phase.fix_documents import FixResultDocument
from harness.phase.fix_journal import pending_fix
from harness.phase.history import read_history
from harness.phase.invocation import Invocation
from harness.phase.making import NotApprovedError, Turn, make_attempt
from harness.phase.progress import no_progress
from harness.phase.reservation import release, reserve, run_spent
from harness.phase.task import Task

Ending = Literal["", "no-reply", "approval", "budget", "no-progress", "stopped"]


@dataclass(frozen=True, slots=True)
class Made:
    """The attempts of an invocation; `ended` and `why` say what kept it from making more, "" for nothing."""

    attempts: tuple[AttemptDocument, ...] = ()
    ended: Ending = ""
    why: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _UnderWay:
    """An invocation under way. `number` is the last attempt's, for life; `counted` are those that count."""

    invocation: Invocation
    task: Task
    history: list[AttemptDocument]
    number: int
    fix: FixResultDocument | None
    is_ready: bool
    allowed: int
    counted: int = 0
    made: list[AttemptDocument] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def known(self) -> list[AttemptDocument]:
        """The attempts the next one goes on from."""
        return self.history + self.made

    def ends(self, ended: Ending = "", why: str = "") -> Made:
        """What was made, and why it ended."""
        return Made(tuple(self.made), ended, why, tuple(self.warnings))


def make_attempts(invocation: Invocation, task: Task) -> Made:
    """Attempts until one is complete or blocked, or nothing is gained by, or left for, another."""
    under_way = _begin(invocation, task)
    try:
        while under_way.counted < under_way.allowed:
            granted = _grant(under_way)
            if isinstance(granted, Denied):
                return under_way.ends("budget", f"budget: {granted.why}")
            ended = _next(under_way, granted)
            if ended is not None:
                return ended
    finally:
        if not invocation.options.dry_run:
            release(invocation)
    return under_way.ends()


def _begin(invocation: Invocation, task: Task) -> _UnderWay:
    again = invocation.options.again
    recorded = read_history(task.user, task.run, task.phase.id)
    history = [] if again else _since_complete(recorded)
    fix = None if again else pending_fix(task.user, task.run, task.phase.id)
    is_ready = _is_ready(invocation, history, fix)
    return _UnderWay(
        invocation,
        task,
        history,
        number=max((attempt.number for attempt in recorded), default=0),
        fix=fix,
        is_ready=is_ready,
        allowed=1 if invocation.options.dry_run else task.phase.max_attempts + is_ready,
    )


def _grant(under_way: _UnderWay) -> Grant | Denied:
    """What the next attempt may use: of what the phase has left, and reserved in the run's."""
    task = under_way.task
    if under_way.is_ready:
        return Grant(task.budget)  # nobody is asked
    wanted = max(task.budget, escalated_budget(under_way.known) or 0)
    spent = _spent(under_way)
    run = task.limits.run
    if run.tokens is None and run.cost is None:
        return grant(task.limits, wanted, spent, Spent(seconds=spent.seconds))

    def granted(settled_in_run: Spent) -> Grant | Denied:
        return grant(task.limits, wanted, spent, replace(settled_in_run, seconds=spent.seconds))

    if under_way.invocation.options.dry_run:
        return granted(run_spent(task.user, task.run, task.limits))
    return reserve(under_way.invocation, task.limits, granted)


def _spent(under_way: _UnderWay) -> Spent:
    """What this invocation has used of its phase's budget."""
    spent = settled(under_way.made, under_way.task.limits.attempt.cost)
    return replace(spent, seconds=time.monotonic() - under_way.began)


def _next(under_way: _UnderWay, granted: Grant) -> Made | None:
    """Make the next attempt; what was made, if it was the last."""
    under_way.number += 1
    turn = _turn(under_way)
    task = under_way.task
    try:
        attempt, after = make_attempt(
            under_way.invocation, replace(task, budget=granted.tokens, seconds=granted.seconds), turn
        )
    except NotApprovedError as why_not:
        return under_way.ends("approval", str(why_not))
    except NoReplyError as none:
        why = f"no reply for attempt {under_way.number}: {none}"
        task.progress(why)
        return under_way.ends("no-reply", why)
    under_way.task = replace(after, budget=task.budget, seconds=None)
    under_way.is_ready, under_way.fix = False, None
    under_way.made.append(attempt)
    under_way.counted += attempt.outcome != "escalated"
    task.progress(attempt_line(attempt))
    _warn_once(under_way, unenforced_cost(task.limits, attempt))
    if attempt.outcome in ("complete", "blocked"):
        return under_way.ends()
    if why := no_progress(attempt):
        return under_way.ends("no-progress", why)
    if under_way.invocation.options.stop():
        return under_way.ends("stopped")
    return None


def _turn(under_way: _UnderWay) -> Turn:
    task, known = under_way.task, under_way.known
    limit = task.limits.phase.tokens
    is_last = under_way.counted + 1 >= under_way.allowed
    return Turn(
        under_way.number,
        known,
        under_way.fix,
        under_way.is_ready,
        may_escalate=not is_last and escalated_budget(known) is None,
        left=None if limit is None else limit - _spent(under_way).tokens,
    )


def _warn_once(under_way: _UnderWay, warning: str) -> None:
    if warning and warning not in under_way.warnings:
        under_way.warnings.append(warning)
        under_way.task.progress(f"warning: {warning}")


def _is_ready(
    invocation: Invocation, history: Sequence[AttemptDocument], fix: FixResultDocument | None
) -> bool:
    """Whether there is a candidate to judge before anybody is asked: of a fix, or one that waits."""
    if invocation.options.response is not None:
        return False
    return fix is not None or (bool(history) and waits_for_approval(history[-1]))


def _since_complete(history: list[AttemptDocument]) -> list[AttemptDocument]:
    """The attempts an invocation goes on from: those since the phase was last complete."""
    last = max((i for i, attempt in enumerate(history) if attempt.outcome == "complete"), default=-1)
    return history[last + 1 :]
