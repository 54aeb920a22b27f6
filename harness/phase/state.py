"""The state of phases, derived from ledger and refs each time it is asked for, never stored."""

from __future__ import annotations

from harness.git.refs import read_ref
from harness.git.repository import Repository, branch_of
from harness.phase.history import read_history
from harness.plan import Phase, Plan


def completed_commit(user: Repository, run: str, phase: str, base: str) -> str | None:
    """The phase's newest commit whose work is in the run branch, or in `base` (merged already); else None."""
    commits = [a.commit for a in read_history(user, run, phase) if a.outcome == "complete" and a.commit]
    tips = [tip for tip in (read_ref(user.git, branch_of(run)), base) if tip]
    for commit in reversed(commits):
        if any(user.is_ancestor(commit, tip) for tip in tips):
            return commit
    return None


def unmet_dependencies(user: Repository, plan: Plan, phase: Phase, base: str) -> list[str]:
    """The phases `phase` depends on that are not complete."""
    return [name for name in phase.depends_on if not completed_commit(user, plan.run.id, name, base)]


def has_only_grown(user: Repository, run: str, old: str, new: str) -> bool:
    """Whether the commits since `old` that lead to `new` are all of this run's own making."""
    for commit, of_run in user.first_parents_with_trailer(new, "Run-Id"):
        if commit == old:
            return True
        if of_run != run:
            return False
    return False


def run_base(user: Repository, run: str) -> str | None:
    """The commit a run began with: where its branch's own commits, known by their trailer, begin."""
    tip = read_ref(user.git, branch_of(run))
    if tip is None:
        return None
    for commit, of_run in user.first_parents_with_trailer(tip, "Run-Id"):
        if of_run != run:
            return commit
    return None
