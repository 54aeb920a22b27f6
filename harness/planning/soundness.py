"""Holding a plan against the repository it is for, before anything of it is started."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.git.refs import read_ref
from harness.git.repository import Repository, branch_of
from harness.git.tree import Tree
from harness.phase.context import read_base_config, read_checkout_config, rules_for
from harness.phase.state import completed_commit
from harness.planning.model import PlanProblem, PlanRules
from harness.planning.problems import open_problems, plan_problems, problems_in_the_way

if TYPE_CHECKING:
    from harness.plan import Phase, Plan


def require_sound_plan(user: Repository, plan: Plan, path: Path, base: str | None = None) -> None:
    """UsageError `plan-problems` with a line for each thing that keeps a phase from being carried out.

    `base` is what a new run would begin with (default: HEAD). Phases that are complete count no more.
    """
    found = plan_problems(plan, plan_rules(user, plan, path, base))
    refuse(open_problems(found, _complete(user, plan, base, found)), path.name)


def problems_of_phase(
    user: Repository, plan: Plan, path: Path, phase: Phase, base: str | None = None
) -> list[PlanProblem]:
    """What keeps one phase run by itself from being carried out: its own faults, and those it waits for."""
    found = plan_problems(plan, plan_rules(user, plan, path, base))
    return problems_in_the_way(found, plan, phase, _complete(user, plan, base, found))


def plan_rules(user: Repository, plan: Plan, path: Path, base: str | None = None) -> PlanRules:
    """What the plan at `path` is held against: the rules of the commit its next phase would build on."""
    commit = next_base(user, plan, base)
    config = read_base_config(user, commit, read_checkout_config(user)).config
    tree = Tree(user.objects, commit)
    named = {deliverable for phase in plan.phase for deliverable in phase.deliverables}
    closed = rules_for(user, config, plan, plan.phase[0], path).closed if plan.phase else ()
    return PlanRules(
        protected=config.policy.protected,
        closed=closed,
        test_paths=config.tests.paths if config.tests else None,
        workdir=config.tests.workdir if config.tests else ".",
        there=frozenset(name for name in named if _is_there(tree, name)),
    )


def next_base(user: Repository, plan: Plan, base: str | None = None) -> str:
    """The commit the next phase of the plan builds on: the run's tip, else `base`, else HEAD."""
    return read_ref(user.git, branch_of(plan.run.id)) or (user.resolve(base) if base else user.head())


def refuse(problems: Sequence[PlanProblem], name: str) -> None:
    """UsageError `plan-problems` where there are any, a line for each."""
    if not problems:
        return
    lines = [f"{name}: {problem.line}" for problem in problems]
    hint = problems[0].hint if len(problems) == 1 else "see what to do about each: harness plan show"
    raise UsageError("plan-problems", "; ".join(lines), hint, lines)


def _is_there(tree: Tree, path: str) -> bool:
    return tree.is_folder(path.removesuffix("/")) if path.endswith("/") else tree.entry(path) is not None


def _complete(user: Repository, plan: Plan, base: str | None, problems: Sequence[PlanProblem]) -> set[str]:
    """Of the phases there are problems with, those that are complete."""
    names = {name for problem in problems for name in (problem.phase, problem.other) if name}
    commit = next_base(user, plan, base)
    return {name for name in names if completed_commit(user, plan.run.id, name, commit)}
