"""What attempts may use and have used: reserved before, settled after. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from harness.config import BudgetTable
from harness.phase.documents import AttemptDocument
from harness.plan import Phase

_Number = TypeVar("_Number", int, float)
_NOT_ASKED = ("approved", "fix", "rejudged")


@dataclass(frozen=True, slots=True)
class Limits:
    """Output tokens, money and seconds; None is no limit."""

    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of an attempt, of a phase in one invocation, and of a run."""

    attempt: Limits = Limits()
    phase: Limits = Limits()
    run: Limits = Limits()

    @property
    def counts_tokens(self) -> bool:
        """Whether any limit on tokens is set."""
        return any(limits.tokens is not None for limits in (self.attempt, self.phase, self.run))

    @property
    def counts_cost(self) -> bool:
        """Whether any limit on money is set."""
        return any(limits.cost is not None for limits in (self.attempt, self.phase, self.run))


@dataclass(frozen=True, slots=True)
class Spent:
    """What is settled, or reserved by others: output tokens, money, seconds."""

    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What an attempt may use; `seconds` is None where nothing but its agent's own timeout limits it."""

    tokens: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """Why no further attempt may begin."""

    why: str


def budget_of(table: BudgetTable, phase: Phase, run_seconds: float | None = None) -> Budget:
    """The limits that hold for a phase; of two for the same thing the smaller one.

    `run_seconds` is what a drain has left of its time when the phase begins.
    """
    return Budget(
        attempt=Limits(table.attempt_tokens, table.attempt_cost, table.attempt_seconds),
        phase=Limits(
            _smaller(phase.budget, table.tokens),
            _smaller(phase.budget_cost, table.cost),
            _smaller(phase.budget_seconds, table.seconds),
        ),
        run=Limits(table.run_tokens, table.run_cost, run_seconds),
    )


def settled_tokens(attempt: AttemptDocument) -> int:
    """Output tokens an attempt counts as: those reported, else all it was given; without an agent none."""
    if attempt.format in _NOT_ASKED:
        return 0
    return attempt.usage.output if attempt.usage.output is not None else attempt.tokens.budget


def settled(attempts: Iterable[AttemptDocument], reserved_cost: float | None = None) -> Spent:
    """What attempts count as. One that doesn't tell its cost counts as `reserved_cost`, 0 without."""
    made = list(attempts)
    asked = [attempt for attempt in made if attempt.format not in _NOT_ASKED]
    told = [reserved_cost or 0.0 if a.usage.cost is None else a.usage.cost for a in asked]
    return Spent(sum(map(settled_tokens, made)), sum(told))


def grant(budget: Budget, wanted: int, phase: Spent, run: Spent) -> Grant | Denied:
    """What the next attempt may use, or why there may be none.

    `wanted` are output tokens. `phase` is settled in this invocation, `run` in all of the run and reserved by
    its other phases. A phase's last tokens and seconds are given out; of a run what is wanted must fit.
    """
    denied = _denied("phase", budget.phase, phase, budget.attempt.cost)
    denied = denied or _denied("run", budget.run, run, budget.attempt.cost)
    if denied:
        return Denied(denied)
    left = None if budget.phase.tokens is None else budget.phase.tokens - phase.tokens
    tokens = min(limit for limit in (wanted, budget.attempt.tokens, left) if limit is not None)
    if budget.run.tokens is not None and run.tokens + tokens > budget.run.tokens:
        return Denied(
            f"{run.tokens} tokens of the run are used or reserved, this attempt may take {tokens}, "
            f"and {budget.run.tokens} are the limit"
        )
    times = [_left(budget.phase.seconds, phase.seconds), _left(budget.run.seconds, phase.seconds)]
    known = [time for time in (budget.attempt.seconds, *times) if time is not None]
    return Grant(tokens, min(known) if known else None)


def _denied(what: str, limits: Limits, spent: Spent, reserved_cost: float | None) -> str:
    if limits.tokens is not None and spent.tokens >= limits.tokens:
        return f"{spent.tokens} of {limits.tokens} tokens of the {what} are used"
    if limits.cost is not None:
        if spent.cost >= limits.cost:
            return f"{spent.cost:.2f} is spent of {limits.cost:.2f} for the {what}"
        if spent.cost + (reserved_cost or 0.0) > limits.cost:
            return (
                f"{spent.cost:.2f} is spent of {limits.cost:.2f} for the {what}, "
                f"and an attempt may take {reserved_cost:.2f}"
            )
    if limits.seconds is not None and spent.seconds >= limits.seconds:
        return f"{spent.seconds:.0f} s are over of {limits.seconds:.0f} s for the {what}"
    return ""


def account_warnings(budget: Budget, attempt: AttemptDocument) -> list[str]:
    """What is to be said of an attempt that doesn't tell what it used, or used more than it was given."""
    if attempt.format in _NOT_ASKED:
        return []
    told, usage, most = [], attempt.usage, budget.attempt.cost
    if budget.counts_tokens and usage.output is None:
        told.append(f"its use of tokens is unknown, and counts as the {attempt.tokens.budget} it was given")
    if blind := unenforced_cost(budget, attempt):
        told.append(blind)
    if most is not None and usage.cost is None:
        told.append(f"its cost is unknown, and counts as the {most:.2f} reserved for it")
    if most is not None and usage.cost is not None and usage.cost > most:
        told.append(f"it cost {usage.cost:.2f}, more than the {most:.2f} of [budget] attempt_cost")
    return told


def unenforced_cost(budget: Budget, attempt: AttemptDocument) -> str:
    """The warning that a limit on money can't hold, because the agent doesn't tell its cost; "" else."""
    blind = budget.counts_cost and budget.attempt.cost is None
    if not blind or attempt.format in _NOT_ASKED or attempt.usage.cost is not None:
        return ""
    return (
        "the limit on cost can't be enforced: the agent doesn't report what it costs; "
        "[budget] attempt_cost says what each such attempt counts as"
    )


def _left(limit: float | None, spent: float) -> float | None:
    return None if limit is None else max(limit - spent, 0.001)


def _smaller(one: _Number | None, other: _Number | None) -> _Number | None:
    known = [limit for limit in (one, other) if limit is not None]
    return min(known) if known else None
