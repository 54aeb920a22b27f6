"""What is wrong with a plan as a whole: found from plan and configuration alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.plan import Phase, Plan
from harness.policy.harness_files import HARNESS_FILES


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What a plan is held against.

    `protected` and `closed` are globs of paths no phase may change, `closed` in maintenance runs neither.
    `test_paths` is what pytest is given, from the folder `workdir`; None: a project without tests.
    `there` are the deliverables the run's base has already.
    """

    protected: tuple[str, ...] = ()
    closed: tuple[str, ...] = HARNESS_FILES
    test_paths: tuple[str, ...] | None = ()
    workdir: str = "."
    there: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Why a phase can't be carried out as it stands; `other` is the phase it collides with, if one does."""

    code: str
    phase: str
    message: str
    hint: str
    path: str | None = None
    other: str | None = None

    @property
    def line(self) -> str:
        """The problem in one line."""
        return f"phase {self.phase!r}: {self.message} [{self.code}]"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def plan_problems(plan: Plan, rules: PlanRules) -> list[PlanProblem]:
    """Everything that keeps phases of `plan` from being carried out; phase by phase, in plan order."""
    from harness.planning.ownership import owned_twice
    from harness.planning.places import place_problems
    from harness.planning.required_tests import test_problems

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


def needed_by(plan: Plan, phase_id: str) -> set[str]:
    """The phases a phase depends on, and those these depend on."""
    depends = {phase.id: phase.depends_on for phase in plan.phase}
    needed: set[str] = set()
    waiting = list(depends[phase_id])
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(depends[name])
    return needed
