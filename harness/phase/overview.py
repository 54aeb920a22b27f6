"""The phases of a run at a glance, each state derived from ledger and refs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from harness.git.ledger import ledger_phases
from harness.git.repository import Repository
from harness.phase.history import read_history
from harness.phase.state import completed_commit, unmet_dependencies
from harness.plan import Plan


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase: `state` is queued, waiting, complete, or the outcome of its last attempt."""

    phase: str
    state: str
    attempts: int
    commit: str | None
    tokens: int | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def overview(user: Repository, run: str, plan: Plan | None) -> list[PhaseRow]:
    """Every phase of the plan, in order, then those only the ledger knows."""
    recorded = ledger_phases(user, run)
    planned = [phase.id for phase in plan.phase] if plan else []
    names = [*planned, *(name for name in recorded if name not in planned)]
    return [_row(user, run, name, plan) for name in names]


def _row(user: Repository, run: str, name: str, plan: Plan | None) -> PhaseRow:
    history = read_history(user, run, name)
    used = [a.tokens.actual for a in history if a.tokens.actual is not None]
    commit = completed_commit(user, run, name, user.head())
    last = history[-1] if history else None
    state, reason = "queued", ""
    if commit:
        state = "complete"
    elif last is not None and last.outcome != "complete":
        state = last.outcome
        reason = ", ".join(dict.fromkeys(violation.code for violation in last.violations))
    elif last is not None:
        reason = "was complete; its commit is in no branch any more"
    phase = next((p for p in plan.phase if p.id == name), None) if plan else None
    if phase is not None and state == "queued" and plan is not None:
        unmet = unmet_dependencies(user, plan, phase, user.head())
        state, reason = ("waiting", f"waits for {', '.join(unmet)}") if unmet else (state, reason)
    return PhaseRow(name, state, len(history), commit, sum(used) if used else None, reason)
