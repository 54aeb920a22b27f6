"""What a plan is held against, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.policy.harness_files import HARNESS_FILES

if TYPE_CHECKING:
    from harness.plan import Plan


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
