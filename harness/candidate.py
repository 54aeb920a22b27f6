"""A candidate tree: what an agent's edits make of a start tree, or why nothing was built from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.edits.excerpt import excerpt
from harness.policy.model import Violation

if TYPE_CHECKING:
    from harness.edits.model import Problem
    from harness.edits.repairs import Repair
    from harness.policy.model import Declaration


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tree the edits make of the start tree, and what they said they would do."""

    tree: str
    format: str
    declaration: Declaration | None
    declared: int = 0
    applied: int = 0
    skipped: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    total: int | None = None  # what `meta` announced
    present: int = 0  # what the reply has of it, those that are skipped too
    unrecorded: tuple[str, ...] = ()  # files that changed where no tree can hold them


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Edits nothing was built from: refused where an edit names what no edit may, else unusable."""

    refused: bool
    problems: tuple[Problem, ...]
    format: str
    good: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    total: int | None = None


def candidate_from_worktree(tree: str, unrecorded: tuple[str, ...] = ()) -> Candidate:
    """The candidate an agent made by editing its worktree: it declares nothing."""
    return Candidate(tree, "worktree", None, unrecorded=unrecorded)


def problem_violation(problem: Problem) -> Violation:
    """A problem in the words every front end shows."""
    where = f"operation {problem.operation}: " if problem.operation is not None else ""
    line = f" (line {problem.line} of the reply)" if problem.line is not None else ""
    hint = "\n".join(filter(None, [problem.hint, excerpt(problem.nearest)]))
    return Violation(problem.code, problem.path, f"{where}{problem.message}{line}", hint)
