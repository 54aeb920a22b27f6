"""What a run has used, and whether the next phase still fits into its budgets. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.phase.budgets import settled

if TYPE_CHECKING:
    from harness.config import BudgetTable
    from harness.phase.documents import AttemptDocument


@dataclass(frozen=True, slots=True)
class Spending:
    """Output tokens and money all attempts of a run count as; seconds of this drain.

    An attempt that doesn't tell what it used counts as the tokens it was given.
    """

    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    def with_attempts(
        self,
        attempts: Iterable[AttemptDocument],
        seconds: float = 0.0,
        reserved_cost: float | None = None,
    ) -> Spending:
        """After these attempts; one that doesn't tell its cost counts as `reserved_cost`."""
        spent = settled(attempts, reserved_cost)
        return Spending(self.tokens + spent.tokens, self.cost + spent.cost, self.seconds + seconds)


def why_over(budget: BudgetTable, spent: Spending, reserve: int, reserved_cost: float = 0.0) -> str:
    """Why a phase can't be begun; empty where it can.

    Its attempt, and those under way, may use `reserve` output tokens and `reserved_cost` of money.
    """
    if budget.run_tokens is not None and spent.tokens + reserve > budget.run_tokens:
        used = f"{spent.tokens} tokens are used, an attempt may take {reserve}"
        return f"{used}, and {budget.run_tokens} are the run's limit ([budget] run_tokens)"
    if budget.run_cost is not None and spent.cost >= budget.run_cost:
        return f"{spent.cost:.2f} is spent of {budget.run_cost:.2f} ([budget] run_cost)"
    if budget.run_cost is not None and spent.cost + reserved_cost > budget.run_cost:
        used = f"{spent.cost:.2f} is spent of {budget.run_cost:.2f} ([budget] run_cost)"
        return f"{used}, and an attempt may take {budget.attempt_cost:.2f} ([budget] attempt_cost)"
    if budget.run_seconds is not None and spent.seconds >= budget.run_seconds:
        return f"{spent.seconds:.0f} s are over of {budget.run_seconds:.0f} s ([budget] run_seconds)"
    return ""
