"""What is wrong with a plan as a whole: found from plan and configuration alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from harness.planning.model import PlanProblem, PlanRules, needed_by
from harness.planning.ownership import owned_twice
from harness.planning.places import place_problems
from harness.planning.required_tests import test_problems

if TYPE_CHECKING:
    from harness.plan import Phase, Plan


def plan_problems(plan: Plan, rules: PlanRules) -> list[PlanProblem]:
    """Everything that keeps phases of `plan` from being carried out; phase by phase, in plan order."""
    owned = owned_twice(plan)
    found = []
    for phase in plan.phase:
        found += place_problems(plan, phase, rules)
        found += test_problems(phase, rules)
        found += owned.get(phase.id, ())
    return found


def problems_in_the_way(
    problems: Sequence[PlanProblem], plan: Plan, phase: Phase, complete: Collection[str] = ()
) -> list[PlanProblem]:
    """Those that stand in the way of one phase, run by itself: its own and those of what it waits for.

    Who else delivers the same path matters only where several phases are run.
    """
    needed = {phase.id, *needed_by(plan, phase.id)}
    return [
        problem
        for problem in open_problems(problems, complete)
        if problem.phase in needed and problem.other is None
    ]


def open_problems(problems: Sequence[PlanProblem], complete: Collection[str]) -> list[PlanProblem]:
    """Those in which no phase is complete already: what was carried out needs no leave any more."""
    return [p for p in problems if p.phase not in complete and p.other not in complete]
